"""Whole contacts per second with more servers and more dispatchers, as a multiple of one of each.

As far as the cores allow: on a machine whose cores one server, one dispatcher, the store and this
client already fill, more processes can only share them. What it would be elsewhere follows from the
processor time per contact of each part, which is reported beside it: `docs/performance.md`.
"""

from dataclasses import dataclass

from acd_client import AcdClient
from benchmarks import machine
from benchmarks.floor import Floor
from benchmarks.lifecycle import account
from benchmarks.report import Result, counted, told
from benchmarks.stage import Stage

CENTERS = ("bench-1", "bench-2", "bench-3", "bench-4")


@dataclass(frozen=True)
class Size:
    shapes: tuple[tuple[int, int], ...]
    """Servers and dispatchers; the first is what the others are held against."""
    contacts: int
    agents: int
    """Of each center."""
    rounds: int


SIZES = {
    "full": Size(((1, 1), (2, 1), (4, 1), (1, 2), (2, 2), (4, 2)), 2000, 24, 3),
    "quick": Size(((1, 1), (2, 1), (2, 2)), 200, 10, 1),
    "tiny": Size(((1, 1), (2, 1)), 20, 2, 1),
}


async def run(stage: Stage, size_name: str) -> Result:
    size, result = SIZES[size_name], Result()
    rates: dict[tuple[int, int], float] = {}
    left = 0
    for servers, dispatchers in size.shapes:
        async with (
            stage.stack("node", servers=servers, dispatchers=dispatchers) as stack,
            AcdClient(stack.router) as client,
            Floor(client, CENTERS, size.agents, own_feeds=False) as floor,
        ):
            meter = machine.CpuMeter(stack.groups())
            found = []
            async with floor.calling(2 * size.agents):
                await floor.reach(size.agents)
                meter.begin()
                found = [await floor.rate(size.contacts) for _ in range(size.rounds)]
                spent = meter.end()
            left += floor.calls - floor.completed
        rates[servers, dispatchers] = best = max(found)
        wall = sum(size.contacts / each for each in found)
        result.details[f"{servers} servers, {dispatchers} dispatchers"] = {
            "contacts_per_s": best,
            **account(spent, wall, size.rounds * size.contacts, machine.cores()),
        }
    base = rates[size.shapes[0]]
    for servers, dispatchers in size.shapes[1:]:
        name = f"{servers} servers, {dispatchers} dispatchers ÷ one of each"
        result.rows.append(told(name, rates[servers, dispatchers] / base))
    result.rows.append(counted("contacts not completed", left, 0))
    return result
