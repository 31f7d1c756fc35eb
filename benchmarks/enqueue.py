"""EnqueueContact per second as a share of what the empty handler answers: the router's cost of one call."""

from dataclasses import dataclass
from typing import Any

from acd_client import AcdClient
from acd_client.channel import open_channel
from benchmarks import machine
from benchmarks.load import CENTER, SKILL, Once, alternate, enqueuer, rate
from benchmarks.numbers import Ratio, ratio
from benchmarks.report import Result, at_least, counted
from benchmarks.stage import DURABILITY, TOPOLOGIES, Stage

GOAL, MOONSHOT = 0.6, "0.75"
IN_FLIGHT = 32
NO_PARTS: dict[str, list[int]] = {}


@dataclass(frozen=True)
class Size:
    rounds: int
    calls: int
    """Of each kind and round."""
    topologies: tuple[str, ...] = TOPOLOGIES


SIZES = {"full": Size(15, 3000), "quick": Size(5, 600), "tiny": Size(2, 64, ("node",))}


@dataclass(frozen=True)
class Found:
    ratio: Ratio
    router: float
    empty: float
    """Calls per second, the best round of each."""
    cpu: dict[str, dict[str, float]]
    """Microseconds of processor time for a call, by kind and part: what others on the machine move least."""


async def measure(
    router: str, empty: str, size: Size, in_flight: int = IN_FLIGHT, parts: dict[str, list[int]] = NO_PARTS
) -> Found:
    """Calls to the two in turns, over one connection each; `parts` are processes by name."""
    meter, cpu = machine.CpuMeter(parts), {kind: dict.fromkeys(parts, 0.0) for kind in ("router", "empty")}

    async def metered(kind: str, once: Once) -> float:
        meter.begin()
        found = await rate(once, size.calls, in_flight)
        for part, seconds in meter.end().items():
            cpu[kind][part] += seconds
        return found

    async with open_channel(router) as routed, open_channel(empty) as bare:
        ours, theirs = enqueuer(routed), enqueuer(bare)
        await rate(ours, in_flight, in_flight)
        await rate(theirs, in_flight, in_flight)
        rates = await alternate(lambda: metered("router", ours), lambda: metered("empty", theirs), size.rounds)
    calls = len(rates[0]) * size.calls
    each = {kind: {part: 1e6 * seconds / calls for part, seconds in found.items()} for kind, found in cpu.items()}
    return Found(ratio(*rates), max(rates[0]), max(rates[1]), each)


async def prepare(client: AcdClient, centers: tuple[str, ...] = (CENTER,)) -> None:
    """Centers with one skill, and nobody to serve."""
    for center in centers:
        await client.centers.create_center(center_id=center)
        await client.skills.create_skill(parent=f"centers/{center}", skill_id=SKILL)


async def run(stage: Stage, size_name: str) -> Result:
    size, result = SIZES[size_name], Result()
    for topology in size.topologies:
        async with stage.stack(topology) as stack, AcdClient(stack.router) as client:
            await prepare(client)
            found = await measure(stack.router, stack.empty, size, parts=stack.groups())
            waiting = await client.centers.get_center_snapshot(name=f"centers/{CENTER}")
        name = f"calls/s ÷ empty, {topology}, {DURABILITY[topology]}"
        result.rows.append(at_least(name, found.ratio.median, GOAL, moonshot=MOONSHOT))
        expected = found.ratio.rounds * size.calls + IN_FLIGHT
        result.rows.append(counted(f"contacts in the queue, {topology}", waiting.waiting_count, expected))
        result.details[topology] = _details(found)
    return result


def _details(found: Found) -> dict[str, Any]:
    return {
        "ratio": found.ratio.details(),
        "router_calls_per_s": found.router,
        "empty_calls_per_s": found.empty,
        "cpu_us_per_call": found.cpu,
    }
