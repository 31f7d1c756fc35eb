"""Acknowledged means replicated: shown with replicas that are stopped, and with scripts that forget to write."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from acd.v1 import contact_pb2
from acd_server.errors import AcdError
from acd_server.store import RequestKey, Store, client
from acd_server.store.library import FOLDER
from store_node.settings import SHARDS
from tests.store.consistency import check
from tests.store.seeds import Seed
from tests.store.steps import events_of
from tests.support.cells import Cell, program
from tests.support.redis_process import Cluster, StoreProcess, free_port
from tests.support.redis_process import Store as StoreProcesses
from tests.support.wait import wait_for

KEY = RequestKey("id-1", "print")


class Pair:
    """A primary and its replica, which may be stopped."""

    def __init__(self, server: str) -> None:
        path, port = program(server), free_port()
        self.primary = StoreProcess(path, port=port)
        self.replica = StoreProcess(path, port=free_port(), options={"replicaof": f"127.0.0.1 {port}"})

    def start(self) -> None:
        self.primary.start()
        self.replica.start()
        self.wait_until_online()

    def wait_until_online(self) -> None:
        wait_for(self._confirms, "the replica is in step")

    def _confirms(self) -> bool:
        with self.primary.client() as connection:
            connection.delete("{_}:nothing")
            connection.set("{_}:nothing", 1, px=1)
            return bool(connection.wait(1, 200) == 1)

    def remove(self) -> None:
        self.replica.remove()
        self.primary.remove()

    @contextmanager
    def replica_stopped(self) -> Iterator[None]:
        self.replica.pause()
        try:
            yield
        finally:
            self.replica.resume()


@pytest.fixture(scope="module")
def pair_processes(cell: Cell) -> Iterator[Pair]:
    if cell.cluster or cell.documents != "string":
        pytest.skip("one primary and one replica, with strings, once per server")
    pair = Pair(cell.server)
    try:
        pair.start()
        yield pair
    finally:
        pair.remove()


@pytest.fixture
def pair(pair_processes: Pair) -> Iterator[Pair]:
    pair_processes.wait_until_online()
    yield pair_processes
    pair_processes.primary.command("FLUSHALL")


@asynccontextmanager
async def opened(pair: Pair, folder: Path = FOLDER) -> AsyncIterator[Store]:
    store = await Store.open(pair.primary.url, durability="replicated", clock="virtual", lua_dir=str(folder))
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def seeds(pair: Pair, folder: Path = FOLDER) -> AsyncIterator[tuple[Seed, Seed]]:
    """The same center through two servers, each with connections of its own."""
    async with AsyncExitStack() as stack:
        first = Seed(await stack.enter_async_context(opened(pair, folder)), "basel")
        await first.start()
        yield first, Seed(await stack.enter_async_context(opened(pair, folder)), "basel")


async def unacknowledged(call: Awaitable[object]) -> None:
    with pytest.raises(AcdError) as caught:
        await call
    assert caught.value.reason == "NOT_REPLICATED"


async def test_nothing_is_acknowledged_without_the_replica_and_the_retry_is(pair: Pair) -> None:
    async with seeds(pair) as (seed, other):
        with pair.replica_stopped():
            await unacknowledged(seed.enqueue("call", request=KEY))
        contact = await other.enqueue("call", request=KEY)
        assert contact == await seed.store.contacts.get_contact("basel", "call")
        space = await check(seed.store, "basel")
        assert [event["type"] for event in events_of(space)].count("CONTACT_ENQUEUED") == 1


async def test_no_verb_is_acknowledged_without_the_replica(pair: Pair) -> None:
    async with seeds(pair) as (seed, _):
        store = seed.store
        for number, build in enumerate((seed.offered, seed.offered, seed.active, seed.wrapping, seed.active)):
            await build(f"c{number}", f"a{number}", channel="CHAT")
        for name in ("left", "back"):
            await seed.enqueue(name)
        await seed.agent("off", presence="OFFLINE")
        await seed.agent("gone", presence="OFFLINE")
        closing = Seed(store, "closing")
        await closing.start()
        third = (await store.events.read_events("basel", first=3, limit=1)).events[0]
        calls = [
            seed.accept("c0"),
            seed.decline("c1"),
            seed.complete("c2"),
            seed.finish("c3"),
            seed.requeue("c4"),
            seed.abandon("left"),
            seed.cancel("back"),
            seed.enqueue("new"),
            seed.state("off", "AVAILABLE"),
            store.agents.create_agent("basel", "new", display_name="", skills={}, request=None),
            store.agents.update_agent("basel", "a1", display_name="x", skills=None, request=None),
            store.agents.add_agent_skill("basel", "a2", "sales", 1, request=None),
            store.agents.remove_agent_skill("basel", "a3", "sales", request=None),
            store.agents.delete_agent("basel", "gone", request=None),
            store.skills.create_skill("basel", "golf", display_name="", request=None),
            store.skills.delete_skill("basel", "billing", force=True, request=None),
            store.centers.update_center("basel", {"display_name": "x"}, request=None),
            store.centers.open_center("basel", make_available=False, request=None),
            store.centers.close_center("closing", expire_waiting=False, request=None),
            store.contacts.renew_owner("basel", "pbx-1", owner_lease=1_000_000),
            store.events.confirm_events("basel", sequence=3, stamp=third.stamp),
            store.dispatch.match_contacts("basel", max_pairs=1),
            store.dispatch.fire_deadlines("basel", max_count=1),
        ]
        with pair.replica_stopped():
            outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert [getattr(outcome, "reason", outcome) for outcome in outcomes] == ["NOT_REPLICATED"] * len(calls)
        await check(store, "basel")


async def test_reads_and_refusals_need_no_replica(pair: Pair) -> None:
    async with seeds(pair) as (seed, _):
        await seed.enqueue("call")
        with pair.replica_stopped():
            contact = await seed.store.contacts.get_contact("basel", "call")
            assert contact.state == contact_pb2.CONTACT_STATE_QUEUED
            with pytest.raises(AcdError, match="exists already"):
                await seed.enqueue("call")


def mutated(folder: Path, include: str, write: str) -> Path:
    """A copy of the scripts in which an include does not write."""
    shutil.copytree(FOLDER, folder)
    path = folder / "lib" / f"{include}.lua"
    lines = path.read_text().splitlines()
    kept = [line.replace(write, "redis.call('GET', 'x')") if include == "touch" else line for line in lines]
    kept = [line for line in kept if write not in line]
    assert kept != lines
    path.write_text("\n".join(kept) + "\n")
    return folder


async def _acknowledged(pair: Pair, folder: Path, request: RequestKey | None) -> bool:
    """Whether a repeat on another connection is acknowledged while the replica lacks what it repeats."""
    async with seeds(pair, folder) as (seed, other):
        await seed.offered()
        await other.store.dispatch.match_contacts("basel", max_pairs=1)
        with pair.replica_stopped():
            await unacknowledged(seed.accept(request=request))
            (outcome,) = await asyncio.gather(other.accept(request=request), return_exceptions=True)
    assert not isinstance(outcome, BaseException) or getattr(outcome, "reason", outcome) == "NOT_REPLICATED"
    return not isinstance(outcome, BaseException)


async def test_a_replay_on_another_connection_is_not_acknowledged_before_the_first_call_is_replicated(
    pair: Pair,
) -> None:
    assert not await _acknowledged(pair, FOLDER, KEY)


async def test_a_repeat_without_request_id_is_not_either(pair: Pair) -> None:
    assert not await _acknowledged(pair, FOLDER, None)


MUTATIONS = {
    "replay": ("recall", "'PEXPIRE'", KEY),
    "repeat": ("touch", "redis.call('HINCRBY', key('clock'), 'touches', 1)", None),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_scripts_that_forget_to_write_are_found_out(
    pair: Pair, cell: Cell, tmp_path: Path, mutation: str
) -> None:
    """The two tests above can fail. On Redis 7.0 WAIT looks at all that was written: there they prove nothing."""
    if cell.server == "redis7":
        pytest.skip("WAIT of Redis 7.0 covers the writes of others")
    include, write, request = MUTATIONS[mutation]
    assert await _acknowledged(pair, mutated(tmp_path / "lua", include, write), request)


async def test_a_store_that_demands_a_replica_and_has_none_refuses(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PATIENCE", 0.3)
    async with seeds(pair) as (seed, _):
        pair.primary.command("CONFIG SET", "min-replicas-to-write", 1)
        pair.replica.kill()
        try:
            wait_for(lambda: "'connected_slaves': 0" in str(pair.primary.command("INFO", "replication")), "it is gone")
            with pytest.raises(AcdError, match="has no replica in reach and refuses writes") as caught:
                await seed.enqueue("call", request=KEY)
            assert (caught.value.reason, caught.value.metadata["cause"]) == ("STORE_REFUSES", "NOREPLICAS")
        finally:
            pair.replica.start()
            pair.wait_until_online()
        await seed.enqueue("call", request=KEY)
        pair.primary.command("CONFIG SET", "min-replicas-to-write", 0)


async def test_on_a_cluster_each_shard_answers_for_itself(
    seed: Seed, cell: Cell, store_processes: StoreProcesses
) -> None:
    if not cell.cluster:
        pytest.skip("of a cluster")
    assert isinstance(store_processes, Cluster)
    assert seed.store.client.replicated, "the default on a cluster"
    processes = store_processes.processes
    shard = processes.index(store_processes.primary_of(seed.center))
    replicas = processes[SHARDS + shard :: SHARDS]
    far = await _center_of_another_shard(seed, store_processes)
    for replica in replicas:
        replica.pause()
    try:
        await unacknowledged(seed.enqueue("call", request=KEY))
        await far.enqueue("call", request=KEY)
        replicas[0].resume()
        contact = await seed.enqueue("call", request=KEY)
    finally:
        for replica in replicas:
            replica.resume()
    assert contact == await seed.store.contacts.get_contact(seed.center, "call")


async def _center_of_another_shard(seed: Seed, cluster: Cluster) -> Seed:
    near = cluster.primary_of(seed.center)
    name = next(name for name in ("a", "b", "c", "d", "e", "f", "g", "h") if cluster.primary_of(name) is not near)
    far = Seed(seed.store, name)
    await far.start()
    return far
