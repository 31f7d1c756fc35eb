"""From EnqueueContact sent to the offer read by the agent's client, as a multiple of an empty call.

At shares of what the stack can carry; the empty calls come at the same times. Waits count from
when a call was due, so that a load that falls behind does not hide it.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import grpc.aio

from acd.v1.contact_service_pb2_grpc import ContactServiceStub
from acd_client import AcdClient
from acd_client.channel import open_channel
from benchmarks.floor import Floor
from benchmarks.load import CENTER, arrivals, enqueue_request, enqueuer, play
from benchmarks.numbers import percentile, ratio
from benchmarks.report import Result, at_most, counted
from benchmarks.stage import DURABILITY, TOPOLOGIES, Stack, Stage

SHARES = (10, 50, 80)
"""Percent of saturation."""
P50_GOALS = {"local": 5.0, "replicated": 7.0}
P99_GOAL, P99_SHARE = 20.0, 50
MOONSHOT = "3"


@dataclass(frozen=True)
class Size:
    rounds: int
    seconds: float
    """Of each kind and round."""
    agents: int
    saturating: int
    """Contacts by which saturation is found."""
    topologies: tuple[str, ...] = TOPOLOGIES


SIZES = {
    "full": Size(8, 4.0, 64, 2000),
    "quick": Size(2, 1.5, 32, 200),
    "tiny": Size(1, 0.3, 4, 20, ("node",)),
}


async def run(stage: Stage, size_name: str) -> Result:
    size, result = SIZES[size_name], Result()
    for topology in size.topologies:
        async with (
            stage.stack(topology, dispatchers=1) as stack,
            AcdClient(stack.router) as client,
            Floor(client, (CENTER,), size.agents, own_feeds=True) as floor,
        ):
            async with floor.calling(2 * size.agents):
                await floor.reach(size.agents)
                saturation = await floor.rate(size.saturating)
            details: dict[str, Any] = {"saturation_contacts_per_s": saturation}
            for share in SHARES:
                details[f"at {share} %"] = await _at(
                    result, stack, floor, size, per_second=saturation * share / 100, share=share, topology=topology
                )
            result.details[topology] = details
    return result


async def _at(
    result: Result, stack: Stack, floor: Floor, size: Size, *, per_second: float, share: int, topology: str
) -> dict[str, Any]:
    async with open_channel(stack.router) as routed, open_channel(stack.empty) as bare:
        ours: list[list[float]] = []
        theirs: list[list[float]] = []
        calls = max(2, round(per_second * size.seconds))
        for number in range(size.rounds):
            times = arrivals(per_second, calls, seed=1000 * share + number)
            ours.append(await _offers(routed, floor, times))
            theirs.append(await _empty_calls(enqueuer(bare), times))
    where = f"{share} %, {topology}, {DURABILITY[topology]}"
    medians = ratio([percentile(each, 50) for each in ours], [percentile(each, 50) for each in theirs])
    result.rows.append(
        at_most(f"p50 ÷ empty at {where}", medians.median, P50_GOALS[DURABILITY[topology]], moonshot=MOONSHOT)
    )
    tails = [percentile([value for each in kind for value in each], 99) for kind in (ours, theirs)]
    if share == P99_SHARE:
        result.rows.append(at_most(f"p99 ÷ empty at {where}", tails[0] / tails[1], P99_GOAL))
    result.rows.append(counted(f"offers read at {where}", sum(map(len, ours)), calls * size.rounds))
    return {
        "per_s": per_second,
        "p50_ratio": medians.details(),
        "p99_ratio": tails[0] / tails[1],
        "offer_p50_ms": 1000 * percentile([percentile(each, 50) for each in ours], 50),
        "empty_p50_ms": 1000 * percentile([percentile(each, 50) for each in theirs], 50),
        "offer_p99_ms": 1000 * tails[0],
        "empty_p99_ms": 1000 * tails[1],
    }


async def _offers(channel: Any, floor: Floor, times: list[float]) -> list[float]:
    """Seconds from when each contact was due to its offer."""
    stub: Any = ContactServiceStub(channel)
    due: dict[str, float] = {}

    async def begin(at: float) -> None:
        request = enqueue_request()
        due[request.contact_id] = at
        try:
            await stub.EnqueueContact(request)
        except grpc.aio.AioRpcError as error:
            # Its id is nobody else's: the channel repeated a call whose first answer was lost, and the contact is in.
            if error.code() != grpc.StatusCode.ALREADY_EXISTS:
                raise

    before = floor.completed
    await play(times, begin)
    await floor.reach(before + len(times))
    return [floor.offered[contact] - at for contact, at in due.items() if contact in floor.offered]


async def _empty_calls(once: Callable[[], Awaitable[Any]], times: list[float]) -> list[float]:
    found: list[float] = []

    async def begin(at: float) -> None:
        await once()
        found.append(time.perf_counter() - at)

    await play(times, begin)
    return found
