"""The short form: some seeds, the same seed twice, and bugs that are noticed."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from random import Random

import pytest

from acd_server.errors import AcdError
from tests.simulation.bugs import BUGS
from tests.simulation.center import Center
from tests.simulation.judge import Judge
from tests.simulation.loop import Stuck, VirtualLoop, context_of
from tests.simulation.run import run
from tests.simulation.shard import Shard
from tests.simulation.trace import Trace

ROOT = Path(__file__).parents[2]


def play(*arguments: str, hashing: str = "0") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.simulation", *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": hashing}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=55, check=False)


@pytest.mark.parametrize("first", [1, 51, 101])
def test_no_promise_is_broken(first: int) -> None:
    failed = {seed: result.violations for seed in range(first, first + 50) if (result := run(seed)).violations}
    assert not failed


def test_the_same_seed_is_the_same_run() -> None:
    """Line by line, in another process too, whose sets have another order."""
    one, again, other = run(7), run(7), run(8)
    assert one.lines == again.lines
    assert one.digest == again.digest != other.digest
    for hashing in ("1", "2"):
        assert one.digest in play("--runs", "1", "--seed", "7", "--trace", hashing=hashing).stdout


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_is_noticed(bug: str) -> None:
    ended = play("--runs", str(BUGS[bug].within), "--seed", str(BUGS[bug].first), "--bug", bug)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "seed " in ended.stdout


@pytest.mark.parametrize("bug", BUGS)
def test_every_bug_still_has_its_place(bug: str) -> None:
    edit = BUGS[bug]
    file = f"{edit.module.replace('.', '/')}.py"
    found = [path for folder in (ROOT, ROOT / "clients/python") if (path := folder / file).exists()]
    assert found[0].read_text().count(edit.right) == 1


def test_the_report_has_the_shape_of_every_report(tmp_path: Path) -> None:
    report = tmp_path / "simulation.json"
    ended = play("--runs", "2", "--seed", "3", "--json", str(report))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = json.loads(report.read_text())
    assert [line["name"] for line in found["checks"]][:2] == ["runs", "runs that broke a promise"]
    assert all(set(line) == {"name", "value", "goal", "pass"} for line in found["checks"])
    assert (found["runs"], found["failed"]) == (2, {})


def test_a_shard_that_failed_over_is_what_its_replica_was() -> None:
    """And what only the primary had is gone."""
    loop = VirtualLoop(Random(1))
    shard = Shard(loop, Random(1), Trace(loop), lambda: {"c": Center("c", "i", {"ann": ""}, 100)})

    async def enqueue(contact: str) -> object:
        order = json.dumps({"order": contact})
        return await shard.send("enqueue_contact", "c", [contact, "VOICE", "[]", 0, order, "", "", ""])

    async def play() -> None:
        await enqueue("one")
        known = shard.primary["c"].events[:]
        shard.replicating = False
        with pytest.raises(AcdError, match="not replicated"):
            await enqueue("two")
        assert shard.on_replica("c", len(known)) == known[-1].at
        assert shard.on_replica("c", len(known) + 1) is None
        shard.fail()
        shard.promote()
        assert shard.primary["c"].events == known
        assert shard.on_replica("c", len(known)) == known[-1].at

    loop.run_until_complete(play())
    loop.close()


def test_a_pair_waits_from_when_it_could_be_made_or_from_the_last_offer() -> None:
    center = Center("c", "i", {"ann": "", "bob": "", "cyd": ""}, 100)

    def enqueue(contact: str, now: int) -> None:
        center.apply("enqueue_contact", [contact, "VOICE", "[]", 0, json.dumps({"order": contact}), "", "", ""], now)

    assert center.pair_since is None
    for number in range(3):
        enqueue(f"contact-{number}", 1000 + number)
    assert center.pair_since == 1000
    center.apply("match_contacts", [10], 5000)
    assert center.pair_since == 5000, "two of the three were offered, as many as a call makes"
    center.apply("match_contacts", [10], 6000)
    assert center.pair_since is None


def test_what_takes_longer_than_its_limit_while_all_is_well_is_told() -> None:
    """Once a second; and nothing of it is told that had no time after the last fault."""
    loop = VirtualLoop(Random(1))
    trace = Trace(loop)
    shard = Shard(loop, Random(1), trace, lambda: {"c": Center("c", "i", {"ann": ""}, 100)})
    judge = Judge(loop, shard, trace)

    async def looks(seconds: float) -> list[str]:
        for _ in range(round(10 * seconds)):
            await asyncio.sleep(0.1)
            judge.look()
        told, trace.violations = trace.violations, []
        return told

    async def play() -> None:
        shard.primary["c"].apply(
            "enqueue_contact", ["a", "VOICE", "[]", 0, '{"order": "a"}', "", "", ""], shard.now_us()
        )
        assert not await looks(1.1)
        judge.disturbed(loop.time() + 2.0)
        assert not await looks(3.1)
        told = await looks(1.0)
        assert len(told) == 1
        assert "a pair is unmatched for 1." in told[0]

    loop.run_until_complete(play())
    loop.close()


def test_a_loop_that_waits_for_nothing_is_stuck() -> None:
    loop = VirtualLoop(Random(1))
    with pytest.raises(Stuck, match="nothing is scheduled"):
        loop.run_until_complete(loop.create_future())
    loop.close()


def test_a_generator_that_nobody_reads_any_more_is_closed() -> None:
    loop, closed = VirtualLoop(Random(1)), []

    async def numbers() -> AsyncGenerator[int]:
        try:
            yield 1
        finally:
            closed.append(True)

    async def play() -> None:
        async for _ in numbers():
            break
        await asyncio.sleep(1)

    loop.run_until_complete(play())
    loop.close()
    assert closed


def test_time_passes_without_waiting_and_not_for_who_is_paused() -> None:
    loop, times = VirtualLoop(Random(1)), []

    async def tick(name: str) -> None:
        for _ in range(3):
            await asyncio.sleep(1000)
            times.append((name, round(loop.time())))

    async def both() -> None:
        other = asyncio.Task(tick("paused"), context=context_of("other"))
        loop.pause("other")
        await tick("runs")
        loop.resume("other")
        await other

    loop.run_until_complete(both())
    loop.close()
    assert times == [("runs", t) for t in (1000, 2000, 3000)] + [("paused", t) for t in (4000, 5000, 6000)]
