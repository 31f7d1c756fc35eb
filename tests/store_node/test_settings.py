"""A node's settings: every fault is told at once, and what they become for a process."""

from pathlib import Path

import pytest

from store_node.configuration import configuration
from store_node.settings import SettingsError, load

RIGHT = {"STORE_NODE": "2", "STORE_NODES": "10.0.0.1:7001,10.0.0.2:7001,10.0.0.3:7101"}


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load(
            {
                "STORE_NODE": "4",
                "STORE_NODES": "10.0.0.1",
                "STORE_APPENDFSYNC": "no",
                "STORE_NODE_TIMEOUT_MS": "soon",
                "STORE_PASSWORD_FILE": "/nowhere/at/all",
            }
        )
    assert [fault.partition(":")[0] for fault in str(caught.value).split("; ")] == [
        "STORE_NODE",
        "STORE_NODES",
        "STORE_NODES",
        "STORE_APPENDFSYNC",
        "STORE_NODE_TIMEOUT_MS",
        "STORE_PASSWORD_FILE",
    ]


def test_a_timeout_that_a_pause_would_exceed_is_refused() -> None:
    with pytest.raises(SettingsError, match="at least 500"):
        load({**RIGHT, "STORE_NODE_TIMEOUT_MS": "200"})


def test_the_pause_is_longer_than_three_timeouts() -> None:
    settings = load({**RIGHT, "STORE_NODE_TIMEOUT_MS": "2000"})
    assert settings.restart_pause_s > 6.0


def test_a_process_gets_its_place_and_its_secret(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hush\n")
    settings = load({**RIGHT, "STORE_PASSWORD_FILE": str(tmp_path / "password"), "STORE_MODULE": "/lib/rejson.so"})
    lines = configuration(settings, 3, tmp_path).splitlines()
    for line in (
        "bind 10.0.0.2 127.0.0.1",
        "port 7003",
        "cluster-announce-ip 10.0.0.2",
        "cluster-node-timeout 1500",
        "cluster-require-full-coverage no",
        "cluster-allow-replica-migration no",
        "min-replicas-to-write 1",
        "appendonly yes",
        "appendfsync everysec",
        'requirepass "hush"',
        'masterauth "hush"',
        "loadmodule /lib/rejson.so",
        "replica-lazy-flush no",
        "lazyfree-lazy-user-del no",
    ):
        assert line in lines
    assert settings.address(3, 2).port == 7102
