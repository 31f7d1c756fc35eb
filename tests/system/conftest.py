"""The whole router in processes of its own, over a store that may be killed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from acd.v1 import agent_pb2, center_pb2
from acd_client import AcdClient
from tests.support.cells import IN_CI, Cell, CellMissingError
from tests.support.process import Process, Server, acd
from tests.support.redis_process import Cluster, Store, StoreProcess, free_port
from tests.support.wait import wait_for
from tests.system.observer import Observer

AGENTS = 48
WORKERS = 2

STORE_OPTIONS = {
    False: {"appendonly": "yes", "appendfsync": "always"},
    # Here the replicas keep what was acknowledged, and a failover is wanted.
    True: {"cluster-node-timeout": "3000"},
}


class System:
    """2 servers with 2 workers each, 2 dispatchers, a client process, and the store."""

    def __init__(self, cell: Cell, store: Store, folder: Path) -> None:
        self.cell = cell
        self.store = store
        self.folder = folder
        self.book = folder / "book.jsonl"
        self.book.touch()
        self.stop_file = folder / "stop"
        settings = {"redis_url": store.url, "documents": cell.documents}
        self.servers = [Server(f"server-{n}", folder, free_port(), WORKERS, **settings) for n in range(2)]
        self.target = ",".join(server.target for server in self.servers)
        self.dispatchers = [acd(f"dispatcher-{n}", folder, "dispatch", servers=self.target) for n in range(2)]
        self.line: Process | None = None
        self.kills: dict[str, list[int]] = {}

    def start(self) -> None:
        self.store.start()
        for server in self.servers:
            server.start()
        for dispatcher in self.dispatchers:
            dispatcher.start()

    def check(self) -> None:
        """Nobody ended but who was killed."""
        for process in (*self.dispatchers, *([self.line] if self.line else [])):
            assert process.code is None, f"{process.name} ended with {process.code}:\n{process.log()[-3000:]}"

    def start_line(self, center: str) -> None:
        arguments = ["-m", "tests.system.line", self.target, center, str(self.book), str(self.stop_file)]
        self.line = Process("line", self.folder, arguments, {"PYTHONPATH": str(Path(__file__).parent.parent.parent)})
        self.line.start()

    def kill(self, kind: str, turn: int, center: str) -> None:
        """kill -9 of one process of a kind, and its way back."""
        match kind:
            case "server worker":
                self.servers[turn % 2].kill_worker(turn // 2 % WORKERS)
                self.servers[turn % 2].wait_until_whole()
            case "dispatcher":
                dispatcher = self.dispatchers[turn % 2]
                dispatcher.kill()
                dispatcher.start()
            case "client":
                assert self.line is not None
                assert self.line.code is None, self.line.log()
                self.line.kill()
                self.start_line(center)
            case "store primary":
                self._kill_store(center)

    def _kill_store(self, center: str) -> None:
        if not isinstance(self.store, Cluster):
            (process,) = self.store.processes
            process.kill()
            process.start()
            return
        killed = self.store.primary_of(center)
        killed.kill()
        wait_for(lambda: self._successor(center), "a replica takes over")
        killed.start()
        self.store.wait_until_whole()

    def _successor(self, center: str) -> StoreProcess | None:
        assert isinstance(self.store, Cluster)
        try:
            return self.store.primary_of(center)
        except (AssertionError, ConnectionError):
            return None

    def end(self) -> None:
        parts: list[Process | Server] = [*self.dispatchers, *self.servers]
        if self.line is not None:
            parts.insert(0, self.line)
        try:
            for part in parts:
                part.end()
        finally:
            self.store.remove()

    def faults(self) -> str:
        """Ends of the logs, for a test that failed."""
        parts: list[Process | Server] = [*self.servers, *self.dispatchers]
        return "\n".join(part.log()[-1500:] for part in parts)


@pytest.fixture
async def system(cell: Cell, tmp_path: Path) -> AsyncIterator[System]:
    try:
        store = cell.make(STORE_OPTIONS[cell.cluster])
    except CellMissingError as error:
        if IN_CI:
            raise
        pytest.skip(f"{cell.name}: {error}")
    system = System(cell, store, tmp_path)
    try:
        await asyncio.to_thread(system.start)
        yield system
    finally:
        await asyncio.to_thread(system.end)


def seconds(value: float) -> Duration:
    found = Duration()
    found.FromTimedelta(timedelta(seconds=value))
    return found


async def open_center(client: AcdClient, center: str) -> None:
    """A center whose policy the feed tells, since it changes after the listener came."""
    policy = center_pb2.CenterPolicy(
        offer_timeout=seconds(3), wrap_up_time=seconds(0.1), max_wait=seconds(25), retry_delay=seconds(1)
    )
    parent = f"centers/{center}"
    paths = [f"policy.{field.name}" for field, _ in policy.ListFields()]
    changed = center_pb2.Center(name=parent, policy=policy)
    await client.centers.update_center(center=changed, update_mask=FieldMask(paths=paths))
    for skill in ("talk", "rare"):
        await client.skills.create_skill(parent=parent, skill_id=skill)
    for number in range(AGENTS):
        held = agent_pb2.Agent(skills=[agent_pb2.AgentSkill(skill_id="talk", level=5)])
        await client.agents.create_agent(parent=parent, agent_id=f"a{number}", agent=held)
        await client.agents.set_agent_state(name=f"{parent}/agents/a{number}", presence=agent_pb2.PRESENCE_AVAILABLE)


@pytest.fixture
async def observer() -> Observer:
    return Observer()
