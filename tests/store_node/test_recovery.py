"""The commands of docs/recovery.md, run as they stand there, on real stores with the router's own data in them."""

import os
import re
import shutil
import subprocess
import tarfile
import uuid
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from acd_server.errors import AcdError
from acd_server.store import Store
from acd_server.store.requests import RequestKey
from store_node.settings import SHARDS
from tests.store.seeds import POLICY
from tests.store_node.nodes import OPERATOR, Nodes
from tests.support.cells import IN_CI, program
from tests.support.redis_process import StoreProcess, free_port
from tests.support.wait import wait_for, wait_until

pytestmark = pytest.mark.timeout(240)
PAGE = Path(__file__).parent.parent.parent / "docs" / "recovery.md"
CENTER = "basel"
REPEATS = 10


def run(title: str, **variables: str | Path | int) -> str:
    """Runs the block of the page that stands below the comment `title`."""
    if shutil.which("redis-cli") is None:
        if IN_CI:
            raise AssertionError("there is no redis-cli; `make setup-system` installs it")
        pytest.skip("there is no redis-cli")
    block = re.search(rf"<!-- {title} -->\s*```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block, title
    ended = subprocess.run(
        ["bash", "-euc", block[1]],
        env={**os.environ, **{name: str(value) for name, value in variables.items()}},
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


async def until_replicated(call: Callable[[RequestKey], Awaitable[object]]) -> None:
    """A call, sent again as the same request while the nodes that just came are not in step."""
    request = RequestKey(str(uuid.uuid4()), "print")
    for _ in range(REPEATS):
        try:
            await call(request)
            return
        except AcdError as error:
            if error.reason != "NOT_REPLICATED":
                raise
    raise AssertionError(f"not replicated in {REPEATS} attempts")


async def fill(url: str, contact: str) -> None:
    """A contact that waits, in a center that is made for the first."""
    store = await Store.open(url)
    try:
        try:
            await store.centers.get_center(CENTER)
        except AcdError:
            create = partial(store.centers.create_center, CENTER, display_name="", policy=POLICY)
            await until_replicated(lambda request: create(request=request))
        enqueue = partial(
            store.contacts.enqueue_contact,
            CENTER,
            contact,
            channel="VOICE",
            skills={},
            priority=0,
            attributes={},
            owner="",
            owner_lease=0,
        )
        await until_replicated(lambda request: enqueue(request=request))
    finally:
        await store.close()


async def waiting(url: str) -> list[str]:
    store = await Store.open(url)
    try:
        page = await store.contacts.list_contacts(CENTER, state="QUEUED", after="", limit=10)
        return sorted(contact.name.rsplit("/", 1)[1] for contact in page[0])
    finally:
        await store.close()


def take_over(nodes: Nodes, node: int) -> None:
    address = nodes.membership.process(node, 1).address
    for shard in range(1, SHARDS + 1):
        wait_for(nodes.membership.process(node, shard).answers, "it has read its files", 30.0)
    said = run("takeover", HOST=address.host, PORT=address.port, REDISCLI_AUTH=OPERATOR)
    assert set(said.split("\n")) <= {"OK", "", "ERR You should send CLUSTER FAILOVER to a replica"}, said
    wait_for(lambda: [nodes.holder(shard) for shard in range(1, SHARDS + 1)] == [node] * SHARDS, "it has all", 30.0)


async def test_two_nodes_gone(nodes: Nodes) -> None:
    await fill(nodes.url, "call-1")
    nodes.kill(1, 2)
    take_over(nodes, 3)
    for node in (1, 2):
        shutil.rmtree(nodes.data(node))
    nodes.start(1, 2)
    nodes.wait_until_whole()
    assert await waiting(nodes.url) == ["call-1"]
    await fill(nodes.url, "call-2")


async def test_a_cluster_is_restored_from_a_copy_of_one_node(nodes: Nodes, tmp_path: Path) -> None:
    backup = tmp_path / "backup.tar"
    await fill(nodes.url, "call-1")
    nodes.stop(2)
    run("backup", STORE_DATA=nodes.data(2), BACKUP=backup)
    with tarfile.open(backup) as archive:
        names = {Path(name).name for name in archive.getnames()}
    assert "appendonlydir" in names
    assert not names & {"store.conf", "users.acl"}, "it holds secrets"
    nodes.start(2)
    nodes.wait_until_whole()
    await fill(nodes.url, "call-2")
    nodes.kill()
    for node in range(1, SHARDS + 1):
        shutil.rmtree(nodes.data(node))
    run("restore", STORE_DATA=nodes.data(2), BACKUP=backup)
    nodes.start(2)
    take_over(nodes, 2)
    nodes.start(1, 3)
    nodes.wait_until_whole()
    assert await waiting(nodes.url) == ["call-1"], "what came after the copy is not in it"
    await fill(nodes.url, "call-2")


@pytest.mark.parametrize("server", ["valkey9", "redis7"])
async def test_one_node_is_restored_into_a_fresh_one(server: str, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    old, new = (StoreProcess(program(server), port=free_port(), options={"appendonly": "yes"}) for _ in range(2))
    try:
        old.start()
        # Without a user of this name, or a password, everybody is the operator.
        old.command("ACL", "SETUSER", "operator", "on", f">{OPERATOR}", "~*", "&*", "+@all")
        await fill(old.url, "call-1")
        variables: dict[str, str | Path | int] = {"HOST": "127.0.0.1", "PORT": old.port, "REDISCLI_AUTH": OPERATOR}
        run("backup of one", **variables, FOLDER=old.folder, BACKUP=backup)
        await fill(old.url, "call-2")
        run("restore of one", BACKUP=backup, FOLDER=new.folder)
        new.start()
        await wait_until(lambda: new.command("PING"), "it has read its files")
        assert await waiting(new.url) == ["call-1"]
        await fill(new.url, "call-3")
    finally:
        old.remove()
        new.remove()
