"""What the probes say of themselves: who of them had no success, by name."""

import asyncio
from types import SimpleNamespace
from typing import Any

from tests.stack.probes import Probes


async def test_what_had_no_success_is_named() -> None:
    anything: Any = SimpleNamespace(ca_file="", events=[])
    probes = Probes("127.0.0.1:1", anything, anything, anything, lately=60.0)
    begun = asyncio.get_running_loop().time() - 1.0
    assert "offers of center 2" in probes.missed_since(begun)
    assert not probes.healthy_since(begun)
    for series in probes.everything:
        series.success()
    assert probes.healthy_since(begun)
    probes.shards[2].times[-1] = begun - 1.0
    assert probes.missed_since(begun) == ["writes to shard 2"]
    assert probes.missed_since(begun - 2.0) == []
