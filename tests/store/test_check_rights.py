"""What the store's user may do is what the router needs: a server with less does not serve, and says what it lacks."""

import json
from collections.abc import Iterator

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError, ResponseError

from acd_server.errors import AcdError
from acd_server.store import Store, client, rights, scripts
from acd_server.store.faults import as_refusal
from store_node import users
from tests.store.seeds import POLICY
from tests.support.cells import Cell
from tests.support.redis_process import Store as StoreProcesses
from tests.support.redis_process import StoreProcess
from tests.support.wait import wait_until

ASKED_BY_CLUSTERS = {"cluster|slots", "wait"}


@pytest.fixture
def application(clean_store: StoreProcesses) -> Iterator[StoreProcesses]:
    """The store, whose servers' user may be changed; as it was, afterwards."""
    yield clean_store
    for process in clean_store.processes:
        process.command("ACL", "LOAD")


def set_user(store: StoreProcesses, *rules: str) -> None:
    for process in store.processes:
        process.command("ACL", "SETUSER", users.APPLICATION, *rules)


async def test_the_servers_user_lacks_nothing(application: StoreProcesses, store: Store) -> None:
    wanted = rights.needed(store.client.variant)
    calls = json.dumps([[*name.split("|"), *arguments] for name, arguments in wanted.items()])
    assert await scripts.check_rights(store.client, "_", calls=calls) == []
    other = await Store.open(application.application_url, clock="virtual")
    await other.close()


@pytest.mark.parametrize("lacking", ["zadd", "publish", "xadd", "wait", "subscribe", "script|load", "cluster|slots"])
async def test_a_server_that_lacks_a_right_does_not_serve(application: StoreProcesses, lacking: str) -> None:
    if lacking == "cluster|slots" and len(application.processes) > 1:
        pytest.skip("without it a cluster cannot even be found")
    set_user(application, f"-{lacking}")
    with pytest.raises(AcdError) as caught:
        await Store.open(application.application_url, clock="virtual")
    assert (caught.value.reason, caught.value.metadata["cause"]) == ("STORE_REFUSES", "NOPERM")
    if lacking != "script|load":  # without which nothing can be asked
        assert f"lacks rights that the router needs: +{lacking} (on keys" in str(caught.value)


@pytest.mark.parametrize("rules", [("resetkeys", "~other:*"), ("resetchannels", "&other")], ids=["keys", "channels"])
async def test_a_right_on_other_keys_is_none(application: StoreProcesses, rules: tuple[str, ...]) -> None:
    set_user(application, *rules)
    with pytest.raises(AcdError, match="rights") as caught:
        await Store.open(application.application_url, clock="virtual")
    assert (caught.value.reason, caught.value.metadata["cause"]) == ("STORE_REFUSES", "NOPERM")


async def test_a_right_that_is_lost_later_is_told_in_a_sentence(application: StoreProcesses, cell: Cell) -> None:
    store = await Store.open(application.application_url, documents=cell.documents, clock="virtual")
    try:
        set_user(application, "-zadd")
        with pytest.raises(AcdError, match="may not run the router's scripts: correct its access rules") as caught:
            await store.centers.create_center("basel", display_name="", policy=POLICY, request=None)
        assert (caught.value.reason, caught.value.metadata["cause"]) == ("STORE_REFUSES", "NOPERM")
    finally:
        await store.close()


FORBIDDEN: list[tuple[str | int, ...]] = [
    ("FLUSHALL",),
    ("KEYS", "*"),
    ("SCAN", 0),
    ("CONFIG", "GET", "dir"),
    ("CONFIG", "SET", "appendonly", "no"),
    ("ACL", "LIST"),
    ("SHUTDOWN", "NOSAVE"),
    ("EVAL", "return 1", 0),
    ("SCRIPT", "FLUSH"),
    ("FUNCTION", "LIST"),
    ("CLUSTER", "RESET"),
    ("REPLICAOF", "NO", "ONE"),
    ("GET", "of another program"),
    ("SET", "{basel", "no center"),
    ("PUBLISH", "other", "x"),
    ("SUBSCRIBE", "__keyspace@0__:x"),
]


@pytest.mark.parametrize("words", FORBIDDEN, ids=lambda words: " ".join(map(str, words)))
def test_the_servers_user_may_do_nothing_else(clean_store: StoreProcesses, words: tuple[str | int, ...]) -> None:
    with as_application(clean_store.primaries()[0]) as connection, pytest.raises(NoPermissionError):
        connection.execute_command(*words)


@pytest.mark.parametrize(
    "words", ["'FLUSHALL'", "'KEYS', '*'", "'GET', 'of another program'", "'PUBLISH', 'other', 'x'"]
)
def test_not_even_from_a_script(clean_store: StoreProcesses, words: str) -> None:
    """Scripts are loaded by the servers, so they must be no way around."""
    with as_application(clean_store.primaries()[0]) as connection:
        sha = connection.execute_command("SCRIPT LOAD", f"#!lua\nreturn redis.call({words})")
        with pytest.raises(ResponseError) as caught:
            connection.execute_command("EVALSHA", sha, 0)
    refusal = as_refusal(caught.value)
    assert refusal is not None
    assert refusal.metadata["cause"] == "NOPERM"


async def test_of_what_the_client_may_send_it_sends_everything(
    clean_store: StoreProcesses, cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it is refused nothing."""
    monkeypatch.setattr(client, "QUIET_S", 0.05)  # after which a subscription asks whether the other end lives
    for process in clean_store.processes:
        process.command("CONFIG", "RESETSTAT")
        process.command("ACL", "LOG", "RESET")
    expected = rights.OF_CLIENT.keys() - (set() if cell.cluster else ASKED_BY_CLUSTERS)
    store = await Store.open(clean_store.application_url, documents=cell.documents)
    stop = store.wakes.listen(lambda _center: None)
    try:
        await wait_until(lambda: expected == rights.OF_CLIENT.keys() & sent_to(clean_store), "everything was sent")
    finally:
        stop()
        await store.close()
    assert [process.command("ACL", "LOG") for process in clean_store.processes] == [[]] * len(clean_store.processes)


def sent_to(store: StoreProcesses) -> set[str]:
    """The commands that came since the counters began, INFO of these tests among them."""
    found: set[str] = set()
    for process in store.processes:
        stats = process.command("INFO", "commandstats")
        assert isinstance(stats, dict)
        found |= {name.removeprefix("cmdstat_") for name in stats}
    return found


def as_application(process: StoreProcess) -> Redis:
    return Redis.from_url(process.application_url, protocol=2, driver_info=None, retry=None)
