"""Whole contacts: enqueue, offer, accept, complete, agent free again; and which part they cost what.

"What the empty calls alone would allow" is the rate of empty calls by the calls that the client
makes for a contact: three. The dispatcher's calls, each for several contacts, are not counted, so
the goal is strict. Processor time by part is what others on the machine move least.
"""

from dataclasses import dataclass
from typing import Any

from acd_client import AcdClient
from acd_client.channel import open_channel
from benchmarks import machine
from benchmarks.floor import Floor
from benchmarks.load import CENTER, alternate, enqueuer, rate
from benchmarks.numbers import ratio
from benchmarks.report import Result, at_least, counted
from benchmarks.stage import DURABILITY, TOPOLOGIES, Stack, Stage

GOAL = 0.5
CALLS_PER_CONTACT = 3
FULL_MACHINE = 0.9
"""Share of all processors from which on the machine is the limit, whichever part takes most of it."""
IDLE = 0.5
"""Share of one processor below which no part of ours was the limit, but others on the machine, or waiting."""


@dataclass(frozen=True)
class Size:
    rounds: int
    contacts: int
    """Of a round."""
    agents: int
    topologies: tuple[str, ...] = TOPOLOGIES


SIZES = {"full": Size(10, 1500, 64), "quick": Size(3, 200, 32), "tiny": Size(1, 20, 4, ("node",))}


async def run(stage: Stage, size_name: str) -> Result:
    size, result = SIZES[size_name], Result()
    for topology in size.topologies:
        async with stage.stack(topology, dispatchers=1) as stack, AcdClient(stack.router) as client:
            await _measure(result, stack, client, size, topology)
    return result


async def _measure(result: Result, stack: Stack, client: AcdClient, size: Size, topology: str) -> None:
    meter = machine.CpuMeter(stack.groups())
    spent: list[dict[str, float]] = []
    wall: list[float] = []
    async with Floor(client, (CENTER,), size.agents, own_feeds=False) as floor, open_channel(stack.empty) as bare:
        once = enqueuer(bare)

        async def contacts() -> float:
            async with floor.calling(2 * size.agents):
                await floor.reach(floor.completed + size.agents)
                meter.begin()
                found = await floor.rate(size.contacts)
                spent.append(meter.end())
                wall.append(size.contacts / found)
            return found

        rates, empty = await alternate(contacts, lambda: rate(once, CALLS_PER_CONTACT * size.contacts, 32), size.rounds)
        left = floor.calls - floor.completed
    allowed = [each / CALLS_PER_CONTACT for each in empty]
    share = ratio(rates, allowed)
    name = f"contacts/s ÷ what empty calls allow, {topology}, {DURABILITY[topology]}"
    result.rows += [at_least(name, share.median, GOAL), counted(f"contacts not completed, {topology}", left, 0)]
    parts = {part: sum(each[part] for each in spent) for part in spent[0]}
    result.details[topology] = {
        "ratio": share.details(),
        "contacts_per_s": max(rates),
        "empty_calls_per_s": max(empty),
        **account(parts, sum(wall), share.rounds * size.contacts, machine.cores()),
    }


def account(parts: dict[str, float], wall: float, contacts: int, cores: int) -> dict[str, Any]:
    """Processor seconds of each part over `wall` seconds and `contacts`: costs, shares, the bottleneck.

    The bottleneck is the part that takes most of one processor (each of ours runs on one);
    where all together take nearly all there are, it is the machine, and that part the first to shrink.
    """
    total = sum(parts.values())
    busiest = max(parts, key=lambda part: parts[part])
    bottleneck = busiest
    if total >= FULL_MACHINE * cores * wall:
        bottleneck = f"the machine's {cores} cores, of which {busiest} takes most"
    elif parts[busiest] < IDLE * wall:
        bottleneck = f"none of ours: {busiest} takes most, and is idle or held up by others more than half of the time"
    return {
        "contacts_per_core_s": contacts / total if total else float("inf"),
        "cpu_us_per_contact": {part: 1e6 * seconds / contacts for part, seconds in parts.items()},
        "cpu_share_of_a_core": {part: seconds / wall for part, seconds in parts.items()},
        "bottleneck": bottleneck,
    }
