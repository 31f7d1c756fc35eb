"""Gives unary calls without a deadline one, so that nothing is worked on for ever."""

import asyncio
from typing import Any

from acd_server.errors import AcdError
from acd_server.interceptors._wrap import Call, Interceptor, Proceed


class _Expiry:
    """Cancels a call when it is called. `asyncio.timeout` does the same in ten times the time."""

    __slots__ = ("over", "task")

    def __init__(self, task: "asyncio.Task[Any]") -> None:
        self.task = task
        self.over = False

    def __call__(self) -> None:
        self.over = True
        self.task.cancel()


class DeadlineInterceptor(Interceptor):
    """`timeout` in seconds, for calls that bring none. A caller's own deadline cancels the call."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout

    async def around(self, call: Call, proceed: Proceed) -> Any:
        if call.streams:
            return await proceed(call)
        remaining = call.context.time_remaining()
        task = asyncio.current_task()
        assert task is not None
        expiry = _Expiry(task)
        handle = asyncio.get_running_loop().call_later(self._timeout if remaining is None else remaining, expiry)
        try:
            return await proceed(call)
        except asyncio.CancelledError:
            # Whoever else cancels this call is the caller who leaves, or the server that stops.
            if not expiry.over or task.uncancel() > 0:
                raise
            raise AcdError("DEADLINE_EXCEEDED") from None
        finally:
            handle.cancel()
