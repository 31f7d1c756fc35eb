"""What benchmarks run on: private stores, server processes with their empty handlers, dispatchers.

Everything listens on free ports of the loopback, keeps its data in folders of its own, and is
gone with the context that it was made for.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import allocator
from tests.support import keyspace
from tests.support.cells import CELLS
from tests.support.redis_process import Node, StoreProcess
from tests.support.redis_process import Store as Processes

ROOT = Path(__file__).parent.parent
DISPATCH = "from acd_server.cli import main; main()"
START_S, STOP_S = 60.0, 20.0
TOPOLOGIES = ("node", "cluster")
DURABILITY = {"node": "local", "cluster": "replicated"}
"""How each store acknowledges, which is also what goals are given for."""


class StageError(Exception):
    """A process did not start; the text says which and what it said."""


@dataclass(frozen=True)
class Stand:
    """One server process: where the router and the empty handler listen."""

    router: str
    empty: str
    pid: int


@dataclass(frozen=True)
class Stack:
    """Servers and dispatchers over one store."""

    stands: Sequence[Stand]
    dispatchers: Sequence[int]
    store: Processes

    @property
    def router(self) -> str:
        return ",".join(stand.router for stand in self.stands)

    @property
    def empty(self) -> str:
        return ",".join(stand.empty for stand in self.stands)

    def groups(self) -> dict[str, list[int]]:
        """Process ids by part, this process's among them: it is the client."""
        return {
            "client": [os.getpid()],
            "server": [stand.pid for stand in self.stands],
            "dispatcher": list(self.dispatchers),
            "store": [process.pid for process in self.store.primaries()],
        }


@dataclass
class Stage:
    """Stores that are started once and emptied for each use."""

    stores: dict[str, Processes] = field(default_factory=dict)
    allocators: set[str] = field(default_factory=set)
    """What the stores have loaded that were used since this was emptied."""

    def store(self, topology: str, documents: str = "string") -> Processes:
        """An empty store. Raises CellMissingError where this machine has none of the kind."""
        name = f"valkey9-{topology}-{documents}"
        if name not in self.stores:
            # Processes that did not all start are removed at the end, too.
            self.stores[name] = CELLS[name].make(environment=allocator.environment())
            self.stores[name].start()
        self._note_allocators(self.stores[name])
        keyspace.flush(self.stores[name])
        return self.stores[name]

    def _note_allocators(self, store: Processes) -> None:
        found = {allocator.loaded(process) for process in store.processes}
        self.allocators |= found
        for other in sorted(name for name in found if allocator.NAME not in name):
            allocator.complain(other)

    def close(self) -> None:
        while self.stores:
            self.stores.popitem()[1].remove()

    def release(self, topology: str) -> None:
        """Ends a store that is not needed soon: nine idle processes are not nothing."""
        for name in [name for name in self.stores if topology in name]:
            self.stores.pop(name).remove()

    @contextlib.asynccontextmanager
    async def stack(
        self, topology: str = "node", *, servers: int = 1, dispatchers: int = 0, **settings: Any
    ) -> AsyncIterator[Stack]:
        """An empty store with servers and dispatchers that answer. Raises StageError."""
        store = self.store(topology)
        async with contextlib.AsyncExitStack() as exit_stack:
            stands = [await exit_stack.enter_async_context(stand(store.url, **settings)) for _ in range(servers)]
            target = ",".join(each.router for each in stands)
            pids = [await exit_stack.enter_async_context(dispatcher(target)) for _ in range(dispatchers)]
            yield Stack(stands, pids, store)


def only(store: Processes) -> StoreProcess:
    """The process of a store of one node."""
    assert isinstance(store, Node)
    return store.processes[0]


def environment(**settings: str) -> dict[str, str]:
    """Ours without settings of the router, which would make it another than the one that is measured, and with
    compiled modules kept, as an installation has them."""
    left_out = ("ACD_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {**kept, **settings}


@contextlib.asynccontextmanager
async def stand(url: str, **settings: Any) -> AsyncIterator[Stand]:
    """A server process over the store at `url`. Raises StageError."""
    wanted = {"address": "127.0.0.1:0", "redis_url": url, "drain_notice_s": 0.0, **settings}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.stand", json.dumps(wanted),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT, env=environment(),
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), START_S)
        if not line:
            raise StageError(f"a server did not start (exit status {await process.wait()})")
        ports = json.loads(line)
        yield Stand(f"127.0.0.1:{ports['router']}", f"127.0.0.1:{ports['empty']}", process.pid)
    finally:
        process.stdin.close()
        await gone(process)


@contextlib.asynccontextmanager
async def dispatcher(servers: str) -> AsyncIterator[int]:
    """A dispatcher process; its id. It connects when it is ready, and what waits is matched then."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DISPATCH, "dispatch",
        stdin=asyncio.subprocess.DEVNULL, cwd=ROOT,
        env=environment(
            ACD_SERVERS=servers,
            ACD_LOG_LEVEL="error",
            ACD_DISPATCHER_HEALTH_ADDRESS="127.0.0.1:0",
            ACD_DISPATCHER_METRICS_ADDRESS="",
        ),
    )  # fmt: skip
    try:
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await gone(process)


async def gone(process: asyncio.subprocess.Process) -> None:
    """Waits until a process that was told to has ended; kills it after a while."""
    try:
        await asyncio.wait_for(process.wait(), STOP_S)
    except TimeoutError:
        process.kill()
        await process.wait()
