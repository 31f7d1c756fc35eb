"""A network that delivers every request twice, and loses some answers."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from grpc import StatusCode

from acd_client import AcdApiError, Unavailable

LOST = 0.1
"""Share of the answers that do not arrive."""
PASSING = ("STORE_FULL",)
"""Reasons of refusals that may be over a moment later: of two deliveries one may be refused so."""

Call = Callable[[Any], Awaitable[Any]]


class DifferError(Exception):
    """Two deliveries of one request were answered differently."""


async def twice(call: Call, request: Any, dice: random.Random) -> Any:
    """The answer to a request that arrives twice at the same time. Raises DifferError, and what `call` raises."""
    both = await asyncio.gather(call(request), call(request), return_exceptions=True)
    for one in both:
        if isinstance(one, BaseException) and not isinstance(one, AcdApiError):
            raise one
    if differ(*both):
        raise DifferError(" | ".join(repr(one)[:200] for one in both))
    if dice.random() < LOST:
        raise Unavailable("UNAVAILABLE", StatusCode.UNAVAILABLE, "the answer was lost", from_router=False)
    told = next((one for one in both if not isinstance(one, AcdApiError)), both[0])
    if isinstance(told, AcdApiError):
        raise told
    return told


def differ(first: Any, second: Any) -> bool:
    """Whether two answers to one request contradict each other; an unknown outcome contradicts nothing."""
    for one in (first, second):
        if isinstance(one, Unavailable) or (isinstance(one, AcdApiError) and one.reason in PASSING):
            return False
    refused = [isinstance(one, AcdApiError) for one in (first, second)]
    return any(refused) if refused[0] != refused[1] else not refused[0] and bool(first != second)
