"""Load on a server: as many calls at once as told, or calls at times that were drawn before."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from typing import Any

from acd.v1 import contact_pb2, contact_service_pb2
from acd.v1.contact_service_pb2_grpc import ContactServiceStub

Once = Callable[[], Awaitable[Any]]

CENTER, SKILL = "bench", "billing"
CALL = contact_pb2.Contact(
    channel=contact_pb2.CHANNEL_VOICE, required_skills=[contact_pb2.SkillRequirement(skill_id=SKILL)]
)
LIMIT_S = 120.0
"""For the rounds of one comparison."""
NONE: Mapping[str, str] = {}

_numbers = count(1)


def enqueue_request(
    center: str = CENTER, contact: contact_pb2.Contact = CALL
) -> contact_service_pb2.EnqueueContactRequest:
    """A contact with one skill and an id that no other has."""
    return contact_service_pb2.EnqueueContactRequest(
        parent=f"centers/{center}", contact_id=f"c{next(_numbers)}", contact=contact
    )


def enqueuer(channel: Any, center: str = CENTER, attributes: Mapping[str, str] = NONE) -> Once:
    """The call that is compared: the same message to the router and to the empty handler, by the bare stub."""
    stub: Any = ContactServiceStub(channel)
    contact = contact_pb2.Contact()
    contact.CopyFrom(CALL)
    contact.attributes.update(attributes)
    return lambda: stub.EnqueueContact(enqueue_request(center, contact))


async def rate(once: Once, calls: int, in_flight: int) -> float:
    """Calls per second, `in_flight` at a time."""
    left = iter(range(calls))

    async def work() -> None:
        for _ in left:
            await once()

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(in_flight):
            tasks.create_task(work())
    return calls / (time.perf_counter() - begun)


async def alternate(first: Once, second: Once, rounds: int, limit_s: float = LIMIT_S) -> tuple[list[Any], list[Any]]:
    """`rounds` values of each, in turns; who begins changes, so that a trend favours neither.

    Fewer, but one at least, when `limit_s` is over: a machine that is busy must not make a run endless.
    """
    found: tuple[list[Any], list[Any]] = ([], [])
    give_up = time.monotonic() + limit_s
    for number in range(rounds):
        if number and time.monotonic() > give_up:
            break
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            found[which].append(await (first, second)[which]())
    return found


def arrivals(per_second: float, calls: int, seed: int) -> list[float]:
    """Seconds at which calls come that know nothing of each other (a Poisson stream)."""
    chance = random.Random(seed)
    at, found = 0.0, []
    for _ in range(calls):
        at += chance.expovariate(per_second)
        found.append(at)
    return found


async def play(times: list[float], begin: Callable[[float], Awaitable[None]]) -> None:
    """Begins a call at each of the times and returns when all have ended; `begin` gets the time it was due.

    Due, not sent: what waits because the load's own loop is busy has waited, too.
    """
    start = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for at in times:
            if (pause := start + at - time.perf_counter()) > 0:
                await asyncio.sleep(pause)
            tasks.create_task(_due(begin, start + at))


async def _due(begin: Callable[[float], Awaitable[None]], due: float) -> None:
    await begin(due)
