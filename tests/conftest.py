"""Fixtures that every test may use: a store in each cell of the matrix, a server, a client.

A test that asks for `store`, `server` or `client` (or for `cell`, `store_url`) runs once
in every cell that `--cell` names; the others run once.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator

import pytest

from acd_client import AcdClient
from acd_server.store import Store
from acd_server.store.store import Clock
from tests.support import keyspace
from tests.support.cells import CELLS, IN_CI, Cell, CellMissingError
from tests.support.redis_process import Store as StoreProcesses
from tests.support.server import Server, running
from tests.support.wait import wait_until

# Helpers that assert, imported by tests of several folders.
pytest.register_assert_rewrite("tests.store.consistency", "tests.store.steps", "tests.store.seeds")

pytest_plugins = ["tests.support.plugin"]

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def store_processes(cell: Cell) -> Iterator[StoreProcesses]:
    """The cell's processes, for tests that look behind the store or break it and heal it again."""
    try:
        processes = cell.make()
    except CellMissingError as error:
        if IN_CI:
            raise
        pytest.skip(f"{cell.name}: {error}")
    try:
        processes.start()
        yield processes
    finally:
        processes.remove()


@pytest.fixture
async def clean_store(store_processes: StoreProcesses) -> AsyncIterator[StoreProcesses]:
    """Empty before and after; nothing is left behind but keys of known families."""
    before = keyspace.connections(store_processes)
    yield store_processes
    problems = keyspace.strangers(store_processes)
    keyspace.flush(store_processes)
    assert not problems, problems
    await wait_until(
        lambda: keyspace.connections(store_processes) == before,
        "connections to the store are closed at the end of a test",
    )


@pytest.fixture
def store_url(clean_store: StoreProcesses) -> str:
    """What `Store.open` takes. The store is empty, and emptied after the test.

    The user is the servers' own: whatever the router does in a test it does with the rights that it has in production.
    """
    return clean_store.application_url


@pytest.fixture
def clock() -> Clock:
    """Which clock `store` and `server` run on; whoever wants the virtual one gives a fixture of this name."""
    return "redis"


@pytest.fixture
async def store(store_url: str, cell: Cell, clock: Clock) -> AsyncIterator[Store]:
    """The cell's store, opened for this test: `replicated` on the cluster."""
    store = await Store.open(store_url, documents=cell.documents, clock=clock)
    yield store
    await store.close()


@pytest.fixture
async def server(store: Store, clock: Clock) -> AsyncIterator[Server]:
    """A server in this process over the cell's store; `server.target` is its address."""
    async with running(store, clock=clock) as server:
        yield server


@pytest.fixture
async def client(server: Server) -> AsyncIterator[AcdClient]:
    async with AcdClient(server.target) as client:
        yield client


@pytest.fixture
def center() -> str:
    """An id that no other test uses."""
    return f"center-{next(_numbers)}"


@pytest.fixture(autouse=True)
async def no_task_left() -> AsyncIterator[None]:
    """Fails a test that leaves a task running."""
    before = asyncio.all_tasks()

    def left() -> set[asyncio.Task[object]]:
        current = asyncio.current_task()
        return {task for task in asyncio.all_tasks() - before if task is not current and not task.done()}

    yield
    current = asyncio.current_task()
    before.add(current) if current else None
    try:
        await wait_until(lambda: not left(), "every task ends with its test", 1.0)
    except AssertionError as error:
        raise AssertionError(f"tasks left by the test: {[repr(task)[:300] for task in left()]}") from error


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cell" in metafunc.fixturenames:
        names = metafunc.config.getoption("--cell")
        metafunc.parametrize("cell", [CELLS[name] for name in names], ids=names, scope="session")
