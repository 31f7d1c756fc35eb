"""Three real nodes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store_node.nodes import Nodes
from tests.support.cells import IN_CI, CellMissingError, program
from tests.support.certificates import Authority


@pytest.fixture
def nodes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Nodes]:
    """Of Valkey 9, or of what a test is given as parameter."""
    yield from _running(tmp_path, getattr(request, "param", "valkey9"))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def encrypted(tmp_path: Path, authority: Authority) -> Iterator[Nodes]:
    """Three nodes with TLS. Of Redis 7: the private store's program is built without TLS."""
    yield from _running(tmp_path, "redis7", authority)


@pytest.fixture
def on_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Nodes]:
    """Three nodes, of which the first has a disk that can be full."""
    yield from _running(tmp_path, request.param, with_disk=True)


def _running(
    folder: Path, server: str, authority: Authority | None = None, *, with_disk: bool = False
) -> Iterator[Nodes]:
    try:
        running = Nodes(folder, program(server), authority)
        if with_disk:
            running.give_disk()
    except (CellMissingError, PermissionError) as error:
        if IN_CI:
            raise
        pytest.skip(str(error))
    try:
        running.start()
        running.wait_until_whole()
        yield running
    finally:
        running.remove()
