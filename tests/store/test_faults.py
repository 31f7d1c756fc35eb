"""What callers are told when the store cannot do what it should, and what is tried again without asking them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from redis.exceptions import ResponseError

from acd_server.errors import AcdError
from acd_server.store import RequestKey, Store, client, scripts
from tests.store import fake_server
from tests.store.consistency import check, dump
from tests.store.fake_server import FakeServer
from tests.store.seeds import MAX_ACTIVE, Seed
from tests.support.cells import Cell, program
from tests.support.redis_process import Store as StoreProcesses
from tests.support.redis_process import StoreProcess, free_port
from tests.support.wait import wait_until

KEY = RequestKey("id-1", "print")


# Scripts that are gone.


async def _forget_scripts(seed: Seed) -> None:
    for node in seed.store.client.topology.primaries():
        await seed.store.client.command(node, "SCRIPT", "FLUSH")


async def test_scripts_that_the_store_forgot_are_loaded_inside_a_group(seed: Seed) -> None:
    await seed.offered()
    await _forget_scripts(seed)
    outcomes = await asyncio.gather(
        seed.accept(),
        *(seed.enqueue(f"call{number}") for number in range(10)),
        seed.store.agents.get_agent(seed.center, "ann"),
        seed.enqueue("call"),
        seed.state("nobody", "AVAILABLE"),
        seed.store.contacts.list_contacts(seed.center, state="", after="", limit=1),
        return_exceptions=True,
    )
    reasons = [outcome.reason for outcome in outcomes if isinstance(outcome, AcdError)]
    assert reasons == ["RESOURCE_EXISTS", "RESOURCE_NOT_FOUND"]
    assert len((await check(seed.store, seed.center))["queue"]) == 10


async def test_each_call_runs_once_when_scripts_are_flushed_all_the_time(seed: Seed) -> None:
    async def flush() -> None:
        for _ in range(20):
            await _forget_scripts(seed)

    flushing = asyncio.create_task(flush())
    for number in range(40):
        await seed.enqueue(f"call{number}")
    await flushing
    assert len((await check(seed.store, seed.center))["queue"]) == 40


# A full store.


@pytest.fixture
async def full(seed: Seed, store_processes: StoreProcesses) -> AsyncIterator[Seed]:
    """Contacts in every state in hand, and no memory left."""
    for number, build in enumerate((seed.offered, seed.offered, seed.active, seed.active, seed.wrapping)):
        await build(f"c{number}", f"a{number}", channel="CHAT", attributes={"k": "v"})
    await seed.enqueue("queued")
    await seed.enqueue("other")
    await check(seed.store, seed.center)
    for process in store_processes.primaries():
        process.command("CONFIG SET", "maxmemory", 1)
    yield seed
    for process in store_processes.primaries():
        process.command("CONFIG SET", "maxmemory", 0)


async def test_a_full_store_takes_nothing_new_and_changes_nothing(full: Seed) -> None:
    store, center = full.store, full.center
    before = await dump(store, center)
    calls = [
        full.enqueue("new", request=KEY),
        full.enqueue("new"),
        store.agents.create_agent(center, "new", display_name="", skills={}, request=KEY),
        store.skills.create_skill(center, "new", display_name="", request=None),
        store.dispatch.match_contacts(center, max_pairs=1),
        full.requeue("c2"),
        full.state("a0", "OFFLINE"),
        store.centers.update_center(center, {"display_name": "x"}, request=None),
    ]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [getattr(outcome, "reason", outcome) for outcome in outcomes] == ["STORE_FULL"] * len(calls)
    assert await dump(store, center) == before


async def test_a_full_store_can_be_emptied(full: Seed) -> None:
    await full.accept("c0", request=RequestKey("r1", "p"))
    await full.decline("c1", request=RequestKey("r2", "p"))
    await full.complete("c2", request=RequestKey("r3", "p"))
    await full.finish("c4", request=RequestKey("r4", "p"))
    await full.abandon("queued", RequestKey("r5", "p"))
    await full.cancel("other", RequestKey("r6", "p"))
    await full.abandon("c1")
    history = await full.store.events.read_events(full.center, first=1, limit=1)
    await scripts.confirm_events(full.store.client, full.center, sequence=1, stamp=history.events[0].stamp)
    for _ in range(2):  # what is active is lost, then all that ended is forgotten
        await _advance(full, 2 * MAX_ACTIVE)
        while (await full.fire(2))[0]:
            pass
    space = await check(full.store, full.center)
    assert not [key for key in space if key.startswith(("contact", "attributes", "deadlines"))]


async def _advance(seed: Seed, us: int) -> None:
    """Moves the clock of a store that takes no plain SET."""
    seed.now += us
    script = "#!lua flags=allow-oom\nreturn redis.call('SET', KEYS[1], ARGV[1])"
    await seed.command("EVAL", script, 1, "@virtual_time", seed.now)


async def test_a_full_store_is_healthy(full: Seed, store_url: str, cell: Cell) -> None:
    """A server on it stays in the balancer, and a new one starts: those who empty it need them."""
    await full.store.check()
    other = await Store.open(store_url, documents=cell.documents, clock="virtual")
    try:
        await other.check()
        assert await other.contacts.get_contact(full.center, "queued")
    finally:
        await other.close()


# A replica, a store that comes back.


@pytest.fixture(scope="module")
def alone(cell: Cell) -> Iterator[StoreProcess]:
    if cell.cluster or cell.documents != "string":
        pytest.skip("one node, with strings, once per server")
    process = StoreProcess(program(cell.server), port=free_port())
    process.start()
    yield process
    process.remove()


async def test_a_read_only_replica_is_refused_and_a_failover_waited_for(
    alone: StoreProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone.command("FLUSHALL")
    store = await Store.open(alone.url, clock="virtual")
    try:
        seed = Seed(store, "basel")
        await seed.start()
        alone.command("REPLICAOF", "127.0.0.1", alone.port + 1)
        monkeypatch.setattr(client, "PATIENCE", 0.2)
        with pytest.raises(AcdError, match="read-only replica: point the server at the primary") as caught:
            await seed.enqueue("call", request=KEY)
        assert (caught.value.reason, caught.value.metadata["cause"]) == ("STORE_REFUSES", "READONLY")
        with pytest.raises(AcdError, match="read-only replica"):
            await store.check()
        monkeypatch.setattr(client, "PATIENCE", 5.0)
        call = asyncio.create_task(seed.enqueue("call", request=KEY))
        await asyncio.to_thread(alone.command, "REPLICAOF", "NO", "ONE")
        assert (await call).name.endswith("/call")
    finally:
        alone.command("REPLICAOF", "NO", "ONE")
        await store.close()


async def test_a_store_that_is_away_is_unavailable_and_comes_back(alone: StoreProcess) -> None:
    alone.command("FLUSHALL")
    store = await Store.open(alone.url, clock="virtual")
    try:
        seed = Seed(store, "basel")
        await seed.start()
        alone.kill()
        with pytest.raises(AcdError) as caught:
            await store.check()
        assert caught.value.reason == "STORE_UNAVAILABLE"
        alone.start()

        async def answers() -> bool:
            with contextlib.suppress(AcdError):
                await store.check()
                return True
            return False

        await wait_until(answers, "the store is back")
        await seed.start()
        assert (await seed.enqueue("call")).name.endswith("/call")
    finally:
        await store.close()


async def test_a_shard_that_says_nothing_does_not_stop_the_others(
    cell: Cell, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its host is gone, say: an answer, or a reset, never comes, and a check has no time to wait for that."""
    if not cell.cluster:
        pytest.skip("a cluster has several primaries")
    lost, *_others = store.client.topology.primaries()
    ask, later = store.client.command, asyncio.Event()

    async def command(node: str, *words: Any) -> Any:
        if node == lost:
            await later.wait()
            raise AcdError("STORE_UNAVAILABLE")
        return await ask(node, *words)

    monkeypatch.setattr(store.client, "command", command)
    async with asyncio.timeout(10.0):
        await store.check()
    later.set()


async def test_a_password_that_is_missing_or_wrong(alone: StoreProcess) -> None:
    alone.command("FLUSHALL")
    with alone.client() as connection:
        connection.config_set("requirepass", "secret")
        try:
            for user, words in (("", "wants a password"), (":wrong@", "does not know this user and password")):
                with pytest.raises(AcdError, match=words) as caught:
                    await Store.open(alone.url.replace("//", f"//{user}"))
                assert caught.value.reason == "STORE_REFUSES"
            await (await Store.open(alone.url.replace("//", "//:secret@"))).close()
        finally:
            connection.config_set("requirepass", "")


async def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PATIENCE", 0.1)
    for scheme in ("redis", "redis+cluster"):
        with pytest.raises(AcdError) as caught:
            await Store.open(f"{scheme}://127.0.0.1:{free_port()}")
        assert caught.value.reason == "STORE_UNAVAILABLE"


# What only a server made for it shows when one wants it.


@pytest.fixture
async def fake(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeServer]:
    monkeypatch.setattr(client, "PATIENCE", 0.5)
    async with fake_server.running() as fake:
        yield fake


@pytest.fixture
async def faked(fake: FakeServer) -> AsyncIterator[Store]:
    store = await Store.open(fake.url)
    fake.scripts.clear()
    yield store
    await store.close()


SENTENCES = {
    "LOADING": "loading its data set",
    "MISCONF": "cannot write to its disk",
    "NOREPLICAS": "no replica in reach",
    "READONLY": "read-only replica",
    "CLUSTERDOWN": "part of the cluster is down",
    "MASTERDOWN": "lost its primary",
    "NOAUTH": "wants a password",
    "WRONGPASS": "does not know this user",
    "NOPERM": "may not run the router's scripts",
    "BUSY": "busy with a script",
}


@pytest.mark.parametrize("word", SENTENCES)
async def test_a_store_that_refuses_says_what_to_do(
    fake: FakeServer, faked: Store, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PATIENCE", 0.05)
    fake.answer = lambda words: f"{word} said the store" if words[0] == "EVALSHA" else None
    for call in (
        faked.dispatch.get_work("basel"),
        faked.dispatch.fire_deadlines("basel", max_count=1),
        faked.check(),
        Store.open(fake.url),
    ):
        with pytest.raises(AcdError, match=SENTENCES[word]) as caught:
            await call
        assert (caught.value.reason, caught.value.metadata["cause"]) == ("STORE_REFUSES", word)


@pytest.mark.parametrize(
    "line",
    [
        *(f"{word} not now" for word in ("LOADING", "NOREPLICAS", "BUSY", "TRYAGAIN", "CLUSTERDOWN", "READONLY")),
        "MASTERDOWN not now",
        "NOSCRIPT No matching script",
    ],
)
async def test_what_did_not_run_is_tried_again(fake: FakeServer, faked: Store, line: str) -> None:
    lines = [line]
    fake.answer = lambda words: lines.pop() if words[0] == "EVALSHA" and lines else None
    await faked.dispatch.fire_deadlines("basel", max_count=1)
    assert len(fake.scripts) == 2


async def test_a_change_whose_reply_is_lost_is_not_sent_again(fake: FakeServer, faked: Store) -> None:
    fake.answer = lambda words: fake_server.HANG_UP if words[0] == "EVALSHA" else None
    with pytest.raises(AcdError, match="its outcome is unknown") as caught:
        await faked.dispatch.fire_deadlines("basel", max_count=1)
    assert caught.value.reason == "STORE_UNAVAILABLE"
    assert len(fake.scripts) == 1


async def test_a_read_whose_reply_is_lost_is_sent_again(fake: FakeServer, faked: Store) -> None:
    lost = [fake_server.HANG_UP]
    fake.answer = lambda words: lost.pop() if words[0] == "EVALSHA" and lost else None
    assert (await faked.dispatch.get_work("basel")).waiting == 0
    assert len(fake.scripts) == 2


async def test_a_fault_of_ours_is_not_dressed_up(fake: FakeServer, faked: Store) -> None:
    fake.answer = lambda words: "ERR user_script:1: attempt to index nil" if words[0] == "EVALSHA" else None
    with pytest.raises(ResponseError, match="attempt to index nil"):
        await faked.dispatch.fire_deadlines("basel", max_count=1)
    assert len(fake.scripts) == 1


@pytest.mark.parametrize(("version", "accepted"), [("6.2.14", False), ("7.0.0", True), ("10.1.2", True)])
async def test_a_server_too_old_is_refused_by_name(fake: FakeServer, version: str, accepted: bool) -> None:
    fake.info = f"# Server\r\nredis_version:{version}\r\nos:Linux: x\r\n"
    if accepted:
        await (await Store.open(fake.url)).close()
        return
    with pytest.raises(AcdError, match=rf"version {version}: Redis 7.0 or Valkey 7.2 is the oldest") as caught:
        await Store.open(fake.url)
    assert (caught.value.reason, caught.value.metadata["cause"]) == ("STORE_REFUSES", "VERSION")


async def test_a_store_that_is_closed_stays_closed(store_url: str, cell: Cell) -> None:
    """Whoever comes late is refused at once, and opens no connection that nobody would close."""
    opened = await Store.open(store_url, documents=cell.documents)
    node = opened.client.topology.primaries()[0]
    await opened.close()
    for call in (opened.agents.get_agent("center", "ann"), opened.client.command(node, "PING")):
        async with asyncio.timeout(0.5):
            with pytest.raises(AcdError) as caught:
                await call
        assert caught.value.reason == "STORE_UNAVAILABLE"
