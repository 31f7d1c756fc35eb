"""Waiting for something to become true, in place of sleeping."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any

FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.1


async def wait_until(predicate: Callable[[], Any | Awaitable[Any]], what: str, timeout: float = 5.0) -> Any:  # noqa: ASYNC109 - a test says how long it may take
    """Returns the predicate's first true value; fails the test with `what` after `timeout` seconds."""
    give_up = time.monotonic() + timeout
    pause = FIRST_PAUSE
    while True:
        value = predicate()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        if time.monotonic() > give_up:
            raise AssertionError(f"not within {timeout:g} s: {what}")
        await asyncio.sleep(pause)
        pause = min(1.5 * pause, LONGEST_PAUSE)


def wait_for(predicate: Callable[[], Any], what: str, timeout: float = 30.0) -> Any:
    """The same without an event loop, for processes that start and stop."""
    give_up = time.monotonic() + timeout
    pause = 0.01
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > give_up:
            raise AssertionError(f"not within {timeout:g} s: {what}")
        time.sleep(pause)
        pause = min(1.5 * pause, LONGEST_PAUSE)
