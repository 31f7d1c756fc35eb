"""Calls that are repeated until they have an answer."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import TypeVar

from acd_client import Unavailable

Request = TypeVar("Request")
Response = TypeVar("Response")

GIVE_UP_AFTER = 60.0
"""Wall seconds without an answer after which the router is taken for dead."""
FIRST_PAUSE = 0.02
LONGEST_PAUSE = 1.0


def request_id() -> str:
    return str(uuid.uuid4())


async def insist(call: Callable[[Request], Awaitable[Response]], request: Request) -> Response:
    """Makes the call until the router answers it: the request carries its id, so repeating is safe.

    Raises AcdApiError when it is refused, or when nothing answered for a minute.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + GIVE_UP_AFTER
    pause = FIRST_PAUSE
    while True:
        try:
            return await call(request)
        except Unavailable:
            if loop.time() > deadline:
                raise
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
