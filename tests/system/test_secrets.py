"""Passwords and tokens come from files and are seen nowhere else: not in logs, arguments, environments, settings."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest

from acd_client import AcdClient
from acd_server.auth import digest_of
from store_node.settings import SHARDS
from tests.store_node.nodes import APPLICATION, OPERATOR, PASSWORD, Nodes
from tests.support.cells import program
from tests.support.redis_process import PASSWORD as STORE_PASSWORD
from tests.support.redis_process import StoreProcess
from tests.support.wait import wait_until
from tests.system.processes import ACD, START_LIMIT, Process, free_port

OPERATOR_TOKEN, DISPATCHER_TOKEN, WRONG = "acd_operators-own", "acd_dispatchers-own", "not-the-right-word"
WORDS = (STORE_PASSWORD, quote(STORE_PASSWORD, safe=""), OPERATOR_TOKEN, DISPATCHER_TOKEN, WRONG)


def seen_in(process: Process) -> list[str]:
    """Where a secret can be seen of a process that runs: the words are not told."""
    places = {"log": process.said()}
    for kind in ("cmdline", "environ"):
        places[kind] = Path(f"/proc/{process.pid}/{kind}").read_text(errors="replace")
    return [place for place, text in places.items() if any(word in text for word in WORDS)]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    tokens = [(OPERATOR_TOKEN, "operator"), (DISPATCHER_TOKEN, "dispatcher")]
    entries = [f'[[tokens]]\nsha256 = "{digest_of(word)}"\nrole = "{role}"\ncenter = "*"\n' for word, role in tokens]
    texts = {
        "tokens": "".join(entries),
        "password": f"{STORE_PASSWORD}\n",
        "wrong": f"{WRONG}\n",
        "operator": f"{OPERATOR_TOKEN}\n",
        "dispatcher": f"{DISPATCHER_TOKEN}\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return {name: str(tmp_path / name) for name in texts}


@pytest.fixture
def closed_store() -> Iterator[StoreProcess]:
    """A store in which nobody without a name may do anything."""
    process = StoreProcess(program("valkey9"), port=free_port())
    process.start()
    process.command("ACL", "SETUSER", "default", "off")
    yield process
    process.remove()


@pytest.fixture
def parts() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


async def test_no_secret_is_seen(
    closed_store: StoreProcess, files: dict[str, str], tmp_path: Path, parts: ExitStack
) -> None:
    port, other = free_port(), free_port()
    store = {"redis_url": f"redis://acd@127.0.0.1:{closed_store.port}", "redis_password_file": files["password"]}
    access = {"auth": "tokens", "tokens_file": files["tokens"]}
    logs = {"log_level": "debug", "log_format": "json"}

    def started(name: str, *words: str, **settings: str) -> Process:
        process = Process([str(ACD), *words], tmp_path / f"{name}.log", **settings, **logs)
        parts.callback(process.remove)
        return process.start()

    server = started("server", "serve", address=f"127.0.0.1:{port}", **store, **access)
    # It is told that its password is wrong, again and again, and says so.
    locked_out = {**store, "redis_password_file": files["wrong"]}
    locked = started("locked", "serve", address=f"127.0.0.1:{other}", **locked_out, **access)
    dispatcher = started("dispatcher", "dispatch", servers=f"127.0.0.1:{port}", token_file=files["dispatcher"])
    async with AcdClient(f"127.0.0.1:{port}", token=OPERATOR_TOKEN) as client:
        await client.ready(START_LIMIT)
        await client.centers.create_center(center_id="basel")
        await wait_until(lambda: "does not know this user and password" in locked.said(), "it is told", START_LIMIT)
        assert [seen_in(process) for process in (server, locked, dispatcher)] == [[], [], []]
        told = started("status", "status", servers=f"127.0.0.1:{port}", token_file=files["operator"])
        assert await told.ended(START_LIMIT) == 0, told.said()
    page = started("settings", "settings", **store, **access, token_file=files["operator"])
    assert await page.ended(START_LIMIT) == 0
    assert "ACD_REDIS_PASSWORD=(set)" in page.said()
    assert "ACD_TOKEN=(set)" in page.said()
    assert not [word for word in WORDS if word in page.said() + told.said()]


@pytest.mark.timeout(240)
def test_no_secret_of_the_nodes_is_seen(tmp_path: Path) -> None:
    nodes = Nodes(tmp_path, program("valkey9"))
    try:
        nodes.start()
        nodes.wait_until_whole()
        for node in range(1, SHARDS + 1):
            info = nodes.membership.process(node, node).ask("INFO", "server")
            assert isinstance(info, dict)
            arguments = Path(f"/proc/{info['process_id']}/cmdline").read_text()
            texts = (nodes.said(node), arguments)
            assert not [word for word in (PASSWORD, APPLICATION, OPERATOR) for text in texts if word in text]
            for name in ("store.conf", "users.acl"):
                path = nodes.data(node) / f"shard-{node}" / name
                assert path.stat().st_mode & 0o077 == 0, f"{name} can be read by others"
    finally:
        nodes.remove()
