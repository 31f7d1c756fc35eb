"""Two servers and two dispatchers over one center: everything is served once and in order."""

from pathlib import Path

import pytest

from acd_client import AcdClient
from simulator.checks import router_checks
from simulator.generated import generated_day
from simulator.run import Run
from tests.support.cells import Cell
from tests.system.processes import running_router

SPEED = 900.0
"""Two hours in eight seconds: more at once than one dispatcher or one server would see alone."""


@pytest.mark.timeout(120)
async def test_two_servers_and_two_dispatchers_serve_one_center(
    store_url: str, cell: Cell, center: str, tmp_path: Path
) -> None:
    day = generated_day(seed=7, contacts=400, agents=30)
    async with running_router(tmp_path, store_url, cell.documents) as router, AcdClient(router.target) as client:
        result = await Run(client, center, day, SPEED).play()
    failed = [check for check in router_checks(result) if not check["pass"]]
    assert not failed, (failed, result.oracle.verdict.examples, result.feed_error)
    assert result.oracle.verdict.offers > len(day.callers) / 2
