"""Each benchmark in a tiny size, end to end: it runs, counts what it did, and leaves nothing behind."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import allocator, bare
from benchmarks.__main__ import NAMES
from benchmarks.enqueue import Size, measure
from benchmarks.report import report
from benchmarks.stage import TOPOLOGIES, Stage
from tests.support.cells import IN_CI
from tests.support.wait import wait_until

WANTED = {
    "enqueue": {"calls/s ÷ empty, node, local"},
    "offer": {f"p50 ÷ empty at {share} %, node, local" for share in (10, 50, 80)},
    "lifecycle": {"contacts/s ÷ what empty calls allow, node, local"},
    "match-depth": {"match, 60 ÷ 20 waiting, 10 agents, 6 classes"},
    "strategies": {"longest script (ms), ROUND_ROBIN, 4 eligible", "÷ the default, alone, BEST_FIT, 4 eligible"},
    "memory": {"bytes per waiting contact, string", "bytes per remembered request, string"},
    "feeds": {"events/s ÷ empty stream, 12 feeds", "server bytes per open feed"},
    "durability": {"replicated ÷ local, 1 in flight"},
    "scale": {"2 servers, 1 dispatchers ÷ one of each"},
    "sweep": {"server, share of a core, 1000 centers"},
    "start": {"acd dev from exec to SERVING ÷ 'import grpc, typer'"},
}


DIFFERENCES = {"sweep"}
"""With and without: in a tiny size what lies between may be less than chance."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    folders = [process.folder for store in stage.stores.values() for process in store.processes]
    stage.close()
    assert not any(folder.exists() for folder in folders)


@pytest.mark.parametrize("name", NAMES)
async def test_it_runs_and_reports(stage: Stage, name: str) -> None:
    before = children()
    module: Any = importlib.import_module(f"benchmarks.{name.replace('-', '_')}")
    found = report({name: await module.run(stage, "tiny")}, judge_goals=False, about={})
    assert set(found) == {"checks", "benchmarks"}
    for check in found["checks"]:
        assert set(check) == {"name", "value", "goal", "pass"}
        assert check["pass"], check  # counts: they hold however slow the machine is
    rows = {row["name"]: row for row in found["benchmarks"][name]["goals"]}
    assert rows.keys() >= WANTED[name]
    assert all(
        row["value"] > 0 for row in rows.values() if row["goal"] and not row["count"] and name not in DIFFERENCES
    )
    started = {process.pid for store in stage.stores.values() for process in store.processes}
    await wait_until(lambda: children() - before <= started, "every process of the benchmark has ended")


def children() -> set[int]:
    """Ids of processes that this one started."""
    return {int(pid) for file in Path("/proc/self/task").glob("*/children") for pid in file.read_text().split()}


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_stores_have_the_allocator_of_operators(stage: Stage, topology: str) -> None:
    if allocator.library() is None:
        reason = "there is no jemalloc; `make setup-system` installs it"
        if IN_CI:
            pytest.fail(reason)
        pytest.skip(reason)
    stage.allocators.clear()
    for process in stage.store(topology).processes:
        assert "libjemalloc" in Path(f"/proc/{process.pid}/maps").read_text()
    assert stage.allocators
    assert all(allocator.NAME in name for name in stage.allocators)


async def test_sizes_are_named_alike() -> None:
    for name in NAMES:
        module: Any = importlib.import_module(f"benchmarks.{name.replace('-', '_')}")
        assert list(module.SIZES) == ["full", "quick", "tiny"]


async def test_a_slow_handler_lowers_the_ratio() -> None:
    size = Size(rounds=2, calls=40)
    empty, empty_port = await bare.start()
    slow, slow_port = await bare.start(delay=0.1)
    try:
        same = await measure(f"127.0.0.1:{empty_port}", f"127.0.0.1:{empty_port}", size, in_flight=8)
        slower = await measure(f"127.0.0.1:{slow_port}", f"127.0.0.1:{empty_port}", size, in_flight=8)
    finally:
        await empty.stop(None)
        await slow.stop(None)
    assert slower.ratio.median < same.ratio.median / 2
    assert slower.router < slower.empty
