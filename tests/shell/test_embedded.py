"""The private store: its data stay, it does not, and it has one owner."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from acd_server.embedded import EmbeddedStore, EmbeddedStoreError
from tests.support.wait import wait_until

OWNER = """
import asyncio, sys
from acd_server.embedded import EmbeddedStore

async def main():
    store = EmbeddedStore(sys.argv[1])
    print(await store.start(), store.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    store = EmbeddedStore(str(tmp_path / "data"))
    await store.start()
    yield store
    await store.stop()


async def ask(url: str, *command: str) -> object:
    async with Redis.from_url(url, decode_responses=True) as redis:
        return await redis.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py


def entries(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def mode_for_others(path: Path) -> int:
    return path.stat().st_mode & 0o077


def alive(pid: int) -> bool:
    """A zombie counts as gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_data_are_there_after_a_restart(tmp_path: Path) -> None:
    for expected in (None, "here"):
        store = EmbeddedStore(str(tmp_path))
        url = await store.start()
        assert await ask(url, "GET", "greeting") == expected
        await ask(url, "SET", "greeting", "here")
        await store.stop()


async def test_without_a_folder_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    store = EmbeddedStore()
    await store.start()
    pid = store.pid
    assert alive(pid)
    assert entries(tmp_path)
    await store.stop()
    assert not alive(pid)
    assert entries(tmp_path) == []


async def test_only_its_user_reaches_it_and_no_port_is_open(embedded: EmbeddedStore) -> None:
    path = Path(embedded.url.removeprefix("unix://"))
    assert {mode_for_others(path), mode_for_others(path.parent)} == {0}
    assert await ask(embedded.url, "CONFIG", "GET", "port") == {"port": "0"}
    assert await ask(embedded.url, "CONFIG", "GET", "appendonly") == {"appendonly": "yes"}


async def test_a_folder_has_one_owner(embedded: EmbeddedStore, tmp_path: Path) -> None:
    second = EmbeddedStore(str(tmp_path / "data"))
    with pytest.raises(EmbeddedStoreError, match="in use by another process"):
        await second.start()
    assert await ask(embedded.url, "PING") in (True, "PONG")


async def test_a_store_that_dies_comes_back_with_its_data(embedded: EmbeddedStore) -> None:
    await ask(embedded.url, "SET", "greeting", "here")
    await ask(embedded.url, "WAITAOF", "1", "0", "5000")
    first = embedded.pid
    os.kill(first, signal.SIGKILL)
    await wait_until(lambda: embedded.pid not in (0, first), "another process runs")

    async def found() -> bool:
        try:
            return await ask(embedded.url, "GET", "greeting") == "here"
        except RedisConnectionError:
            return False

    await wait_until(found, "the data are back")


async def test_it_ends_with_an_owner_that_was_killed(tmp_path: Path) -> None:
    owner = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs here
        [sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with owner:
        assert owner.stdout is not None
        url, pid = owner.stdout.readline().split()
        await ask(url, "SET", "greeting", "here")
        owner.kill()
    heir = EmbeddedStore(str(tmp_path))
    # At once: the heir waits for the end of what is left.
    new_url = await heir.start()
    assert not alive(int(pid))
    assert await ask(new_url, "GET", "greeting") == "here"
    await heir.stop()
    await wait_until(lambda: not Path(url.removeprefix("unix://")).parent.exists(), "its folder is gone")


async def test_a_module_that_is_none_is_told(tmp_path: Path) -> None:
    store = EmbeddedStore(str(tmp_path), json_module=str(tmp_path / "absent.so"))
    with pytest.raises(EmbeddedStoreError, match=r"absent\.so"):
        await store.start()


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedStoreError, match="cannot be used"):
        await EmbeddedStore(str(tmp_path / "file" / "data")).start()
