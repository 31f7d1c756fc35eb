"""The cluster forms itself, gets over every loss of one node, and is never formed over data."""

import os
import shutil
import signal
import time
from functools import partial

import pytest

from store_node.settings import SHARDS
from tests.store_node.nodes import TIMEOUT_MS, Nodes
from tests.support.wait import wait_for

pytestmark = pytest.mark.timeout(240)
SHARD_NUMBERS = range(1, SHARDS + 1)


@pytest.mark.parametrize("nodes", ["valkey9", "redis7"], indirect=True)
def test_a_lost_node_comes_back_and_gets_its_primary_back(nodes: Nodes) -> None:
    for shard in SHARD_NUMBERS:
        nodes.time_to_write(shard, "before")
    assert [nodes.check(node) for node in SHARD_NUMBERS] == [0, 0, 0]
    for lost in (1, 2):  # the second loss finds a majority only because of what followed the first
        nodes.kill(lost)
        assert nodes.check(lost) == 1
        gap = nodes.time_to_write(lost, f"without {lost}")
        assert gap < 5 + 3 * TIMEOUT_MS / 1000, f"{gap:.1f} s"
        nodes.start(lost)
        nodes.wait_until_whole()
        assert "not stopped in order" in nodes.said(lost)
        assert nodes.read(lost) == f"without {lost}"
    assert nodes.read(3) == "before"


def test_after_an_orderly_stop_nobody_waits(nodes: Nodes) -> None:
    nodes.wait_until_whole()  # a replica that is still taking its data over can be handed nothing
    nodes.stop(2)
    assert nodes.holder(2) in (1, 3)
    assert nodes.time_to_write(2, "handed over") < 1.0, "it needed an election"
    nodes.start(2)
    nodes.wait_until_whole()
    assert "not stopped in order" not in nodes.said(2)
    assert nodes.read(2) == "handed over"


def test_a_process_that_died_comes_back_as_a_replica(nodes: Nodes) -> None:
    info = nodes.membership.process(3, 3).ask("INFO", "server")
    assert isinstance(info, dict)
    died = time.monotonic()
    os.kill(int(info["process_id"]), signal.SIGKILL)
    wait_for(lambda: nodes.holder(3) in (1, 2), "another takes over", 30.0)
    wait_for(nodes.membership.process(3, 3).answers, "it is back", 30.0)
    assert time.monotonic() - died > 3 * TIMEOUT_MS / 1000
    nodes.wait_until_whole()


@pytest.mark.parametrize("nodes", ["valkey9", "redis7"], indirect=True)
def test_all_nodes_die_at_once(nodes: Nodes) -> None:
    for shard in SHARD_NUMBERS:
        nodes.time_to_write(shard, f"kept {shard}")
    nodes.kill()
    nodes.start()
    nodes.wait_until_whole()
    assert [nodes.read(shard) for shard in SHARD_NUMBERS] == ["kept 1", "kept 2", "kept 3"]


def test_a_node_with_a_new_disk_is_filled_again(nodes: Nodes) -> None:
    nodes.time_to_write(1, "kept")
    nodes.kill(1)
    wait_for(lambda: nodes.holder(1) in (2, 3), "another takes over", 30.0)
    shutil.rmtree(nodes.data(1))
    nodes.start(1)
    nodes.wait_until_whole()
    assert nodes.read(1) == "kept"
    wait_for(lambda: len(nodes.membership.process(2, 2).members()) == SHARDS**2, "the old ones are forgotten", 30.0)


@pytest.mark.parametrize("on_disk", ["valkey9", "redis7"], indirect=True)
def test_what_a_full_disk_left_can_be_read_again(on_disk: Nodes) -> None:
    """The store itself leaves a hole in a file that a rewrite began, and does not start from it."""
    nodes, process = on_disk, on_disk.membership.process(1, 1)
    assert nodes.disk is not None
    process.ask("BGREWRITEAOF")
    wait_for(lambda: process.persistence()["aof_rewrites"] == 1, "it has begun", 10.0)
    wait_for(lambda: process.persistence()["aof_rewrite_in_progress"] == 0, "a rewrite", 10.0)
    nodes.disk.fill()

    def refuses() -> bool:
        nodes.write(1, "x" * 3000)
        return process.persistence()["aof_last_write_status"] == "err"

    wait_for(refuses, "the disk is full", 30.0)
    wait_for(lambda: "cannot write its append-only file" in nodes.said(1), "it was seen", 10.0)
    nodes.disk.empty()
    nodes.time_to_write(1, "after that")
    wait_for(lambda: "has a new append-only file" in nodes.said(1), "it was mended", 30.0)
    nodes.kill()
    nodes.start()
    nodes.wait_until_whole()
    assert nodes.read(1) == "after that"


def test_nothing_is_formed_over_data(nodes: Nodes) -> None:
    """Every node has lost what it knew of the cluster, and one shard still has its data."""
    nodes.time_to_write(1, "kept")
    copies = [nodes.membership.process(node, 1) for node in SHARD_NUMBERS]
    wait_for(lambda: [copy.keys() for copy in copies] == [1, 1, 1], "the second replica has it, too", 10.0)
    nodes.kill()
    for node in SHARD_NUMBERS:
        for shard in SHARD_NUMBERS:
            folder = nodes.data(node) / f"shard-{shard}"
            if shard == 1:
                (folder / "nodes.conf").unlink()
            else:
                shutil.rmtree(folder)
    nodes.start()
    for node in SHARD_NUMBERS:
        wait_for(partial(_refuses, nodes, node), f"node {node} says why it waits:\n{nodes.said(node)}", 30.0)
    for node in SHARD_NUMBERS:
        assert nodes.membership.process(node, 1).keys() == 1
        assert len(nodes.membership.process(node, 1).members()) == 1


def _refuses(nodes: Nodes, node: int) -> bool:
    return "has data but belongs to no cluster" in nodes.said(node)
