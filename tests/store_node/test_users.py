"""The store's users: none of them may do more than its work, and passwords change without a moment of refusal."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, NoPermissionError

from store_node import passwords, users
from store_node.configuration import configuration
from store_node.passwords import Passwords
from store_node.settings import SHARDS, SettingsError, load
from store_node.users import HEALTH, KEEPER, OPERATOR, REPLICA
from tests.store_node import nodes as words
from tests.store_node.nodes import Nodes, key_of
from tests.store_node.test_settings import RIGHT
from tests.support.wait import wait_for

pytestmark = pytest.mark.timeout(240)
SHARD_NUMBERS = range(1, SHARDS + 1)

FORBIDDEN = {
    users.APPLICATION: (
        "FLUSHALL",
        "KEYS *",
        "CONFIG GET *",
        "CLUSTER FAILOVER",
        "ACL LIST",
        "PSYNC ? -1",
    ),
    KEEPER: (
        "GET {hello}:",
        "SET {hello}: x",
        "FLUSHALL",
        "CONFIG GET *",
        "EVAL return 0",
        "ACL LIST",
        "CLUSTER RESET",
    ),
    REPLICA: ("GET {hello}:", "FLUSHALL", "CONFIG GET *", "CLUSTER NODES", "INFO"),
    HEALTH: ("GET {hello}:", "INFO", "CLUSTER NODES", "PSYNC ? -1"),
}


def test_a_file_of_users_has_hashes_and_no_words() -> None:
    text = users.users(Passwords(("node",), ("new", "old"), ()), json=False)
    lines = {line.split()[1]: line for line in text.splitlines()}
    assert lines["default"] == "user default reset ~* &* +@all", "off, and yet able to read the files"
    assert sorted(lines) == ["acd", "default", "health", "keeper", "replica"]
    assert lines["acd"].count(" #") == 2
    assert "+json.set" not in text
    assert "+json.set" in users.users(Passwords(("node",), ("new",)), json=True)
    assert not [word for word in ("node", "new", "old") if f"#{word}" in text or f">{word}" in text]


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({passwords.APPLICATION: "a"}, "STORE_PASSWORD_FILE: where there are users, the nodes need a password"),
        ({passwords.NODES: "n", passwords.OPERATOR: "o"}, "STORE_APPLICATION_PASSWORD_FILE: where there are users"),
        ({passwords.NODES: ""}, "STORE_PASSWORD_FILE: .* is empty"),
    ],
)
def test_what_is_wrong_with_passwords_is_told(files: Mapping[str, str], fault: str, tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(SettingsError, match=fault):
        load({**RIGHT, **{name: str(tmp_path / name) for name in files}})


def test_with_users_nobody_needs_no_name(tmp_path: Path) -> None:
    for name in (passwords.NODES, passwords.APPLICATION):
        (tmp_path / name).write_text("one\ntwo\n")
    settings = load({**RIGHT, **{name: str(tmp_path / name) for name in (passwords.NODES, passwords.APPLICATION)}})
    lines = configuration(settings, 1, tmp_path).splitlines()
    assert "masteruser replica" in lines
    assert 'masterauth "one"' in lines
    assert f"aclfile {tmp_path / 'users.acl'}" in lines
    assert not [line for line in lines if line.startswith("requirepass")]
    assert settings.user == KEEPER


@pytest.mark.parametrize("nodes", ["valkey9", "redis7"], indirect=True)
def test_everybody_may_do_his_work_and_no_more(nodes: Nodes) -> None:
    """The nodes have formed their cluster with these rights: none of them was refused anything."""
    for node in SHARD_NUMBERS:
        for shard in SHARD_NUMBERS:
            with nodes.as_user(node, shard, OPERATOR, words.OPERATOR) as operator:
                assert operator.acl_log() == []
    assert nodes.write(1, "by the servers")
    known = {users.APPLICATION: words.APPLICATION, KEEPER: words.PASSWORD, REPLICA: words.PASSWORD, HEALTH: "any"}
    for user, password in known.items():
        with nodes.as_user(1, 1, user, password) as client:
            assert client.ping()
            for command in FORBIDDEN[user]:
                with pytest.raises(NoPermissionError):
                    client.execute_command(*command.split())
    with nodes.as_user(1, 1, "default", words.PASSWORD) as nobody, pytest.raises(AuthenticationError):
        nobody.ping()
    assert nodes.read(1) == "by the servers"


def test_passwords_change_without_a_moment_of_refusal(nodes: Nodes) -> None:
    @contextmanager
    def servers(password: str) -> Iterator[Redis]:
        with nodes.as_user(2, 2, users.APPLICATION, password) as client:
            yield client

    def may(password: str) -> bool:
        try:
            with servers(password) as client:
                return bool(client.ping())
        except AuthenticationError:
            return False

    with servers(words.APPLICATION) as connected:
        assert connected.set(key_of(2), "before")
        nodes.write_passwords("application", words.APPLICATION, "the next word")
        wait_for(partial(may, "the next word"), "the new one is good", 15.0)
        assert may(words.APPLICATION)
        nodes.write_passwords("application", "the next word")
        wait_for(lambda: not may(words.APPLICATION), "the old one is not", 15.0)
        assert connected.get(key_of(2)) == "before"
    # The nodes' own: it is changed by three steps and a restart each, of which nobody notices.
    nodes.write_passwords("nodes", words.PASSWORD, "the nodes' next")
    wait_for(lambda: all("has read the changed" in nodes.said(node) for node in SHARD_NUMBERS), "they know it", 15.0)
    nodes.write_passwords("nodes", "the nodes' next", words.PASSWORD)
    for node in SHARD_NUMBERS:
        nodes.stop(node)
        nodes.start(node)
        nodes.wait_until_whole()
    nodes.write_passwords("nodes", "the nodes' next")
    with servers("the next word") as client:
        assert client.get(key_of(2)) == "before"
