"""Queues and floors made to be slow to match: what one call costs there, and the longest script.

Each case is repeated and the least of the longest scripts counts: what the case costs it costs
each time, while a machine that holds the store up does so by chance.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from acd_server.store import Store
from benchmarks.report import Result, at_most, counted
from benchmarks.stage import Stage, only
from benchmarks.store_meter import CENTER, POLICY, RedisMeter, crowd, enqueue, hire

LONGEST_MS = 10.0


@dataclass(frozen=True)
class Size:
    agents: int
    """Free at once."""
    waiting: int
    repeats: int


@dataclass(frozen=True)
class Case:
    name: str
    agent: Callable[[int], dict[str, int]]
    """Skills of the n-th agent."""
    contact: Callable[[int], dict[str, int]]
    """What the n-th contact requires that nobody can serve."""
    one: bool
    """A single contact, whose walk through the agents is what costs; else the whole queue waits."""


CASES = (
    Case("nothing matchable", lambda _: {"b": 5}, lambda n: {"a": 1 + n % 5}, one=False),
    Case("two skills, disjoint agents", lambda n: {"a" if n % 2 else "b": 5}, lambda _: {"a": 1, "b": 1}, one=True),
    Case("everybody one level too low", lambda _: {"a": 5}, lambda _: {"a": 6}, one=True),
)


async def run(stage: Stage, size: Size, result: Result) -> None:
    for case in CASES:
        found = [await _play(stage, case, size) for _ in range(size.repeats)]
        longest = min(each["longest_script"]["us"] for each in found) / 1000
        result.rows.append(at_most(f"longest script (ms), {case.name}", longest, LONGEST_MS))
        made = sum(int(each["pairs"]) for each in found)
        result.rows.append(counted(f"pairs made, {case.name}", made, len(found)))
        result.details[case.name] = found


async def _play(stage: Stage, case: Case, size: Size) -> dict[str, Any]:
    """The case's contacts come, then one that anybody can serve: he must get an agent for all that."""
    process = only(stage.store("node"))
    store = await Store.open(process.url, documents="string", max_waiting=size.waiting + 10, history_max=1000)
    meter = RedisMeter(process)
    try:
        await store.centers.create_center(CENTER, display_name="", policy=POLICY, request=None)
        for skill in ("a", "b"):
            await store.skills.create_skill(CENTER, skill, display_name="", request=None)
        await crowd(hire(store, f"a{n}", case.agent(n)) for n in range(size.agents))
        count = 1 if case.one else size.waiting
        meter.reset()
        await crowd(enqueue(store, f"c{n}", case.contact(n)) for n in range(count))
        enqueued = meter.spent()
        calls = await _until_still(store)
        await enqueue(store, "anybody", {})
        before = meter.spent()
        pairs = await _pairs(store)
        after = meter.spent()
        return {
            "enqueue_us": enqueued.wall_us / count,
            "enqueue_cpu_us": enqueued.cpu_us / count,
            "calls_until_still": calls,
            "pairs": pairs,
            "match_of_another_us": after.wall_us - before.wall_us,
            "match_of_another_cpu_us": after.cpu_us - before.cpu_us,
            "longest_script": meter.longest()._asdict(),
        }
    finally:
        meter.close()
        await store.close()


async def _until_still(store: Store) -> int:
    """Calls of MatchContacts until there is no more to do."""
    calls = 1
    while (await store.dispatch.match_contacts(CENTER, max_pairs=16)).more:
        calls += 1
    return calls


async def _pairs(store: Store) -> int:
    """Pairs made until there is no more to do."""
    found, more = 0, True
    while more:
        reply = await store.dispatch.match_contacts(CENTER, max_pairs=16)
        found, more = found + len(reply.assignments), reply.more
    return found
