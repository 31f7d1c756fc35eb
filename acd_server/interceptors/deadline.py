"""Gives unary calls without a deadline one, so that nothing is worked on for ever."""

import asyncio
import math
from typing import Any

from acd_server.errors import AcdError
from acd_server.interceptors._wrap import Call, Interceptor, Proceed


class _Limit:
    """A call that is cancelled when its time is over."""

    __slots__ = ("at", "over", "task")

    def __init__(self, task: "asyncio.Task[Any]", at: float) -> None:
        self.task = task
        self.at = at
        self.over = False


class _Limits:
    """The limits of all calls, with one timer of the loop: one for each call is more than the rest of its way in."""

    def __init__(self) -> None:
        self._open: dict[_Limit, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = math.inf

    def begin(self, task: "asyncio.Task[Any]", seconds: float) -> _Limit:
        loop = task.get_loop()
        limit = _Limit(task, loop.time() + seconds)
        self._open[limit] = None
        if limit.at < self._rings_at:
            self._wait(loop, limit.at)
        return limit

    def end(self, limit: _Limit) -> None:
        del self._open[limit]

    def _wait(self, loop: asyncio.AbstractEventLoop, at: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer, self._rings_at = loop.call_at(at, self._ring, loop), at

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        """The call that it was set for may have ended long ago; then this looks for the next one only."""
        self._timer, self._rings_at = None, math.inf
        now, following = loop.time(), math.inf
        for limit in self._open:
            if limit.at > now:
                following = min(following, limit.at)
            elif not limit.over:
                limit.over = True
                limit.task.cancel()
        if following < math.inf:
            self._wait(loop, following)


class DeadlineInterceptor(Interceptor):
    """`timeout` in seconds, for calls that bring none. A caller's own deadline cancels the call."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._limits = _Limits()

    async def around(self, call: Call, proceed: Proceed) -> Any:
        if call.streams:
            return await proceed(call)
        remaining = call.context.time_remaining()
        task = asyncio.current_task()
        assert task is not None
        limit = self._limits.begin(task, self._timeout if remaining is None else remaining)
        try:
            return await proceed(call)
        except asyncio.CancelledError:
            # Whoever else cancels this call is the caller who leaves, or the server that stops.
            if not limit.over or task.uncancel() > 0:
                raise
            raise AcdError("DEADLINE_EXCEEDED") from None
        finally:
            self._limits.end(limit)
