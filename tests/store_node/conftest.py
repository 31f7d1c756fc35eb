"""Three real nodes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store_node.nodes import Nodes
from tests.support.cells import IN_CI, CellMissingError, program


@pytest.fixture
def nodes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Nodes]:
    """Of Valkey 9, or of what a test is given as parameter."""
    try:
        running = Nodes(tmp_path, program(getattr(request, "param", "valkey9")))
    except CellMissingError as error:
        if IN_CI:
            raise
        pytest.skip(str(error))
    try:
        running.start()
        running.wait_until_whole()
        yield running
    finally:
        running.remove()
