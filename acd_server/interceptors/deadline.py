"""Gives unary calls without a deadline one, so that nothing is worked on for ever."""

import asyncio
from typing import Any

from acd_server.errors import AcdError
from acd_server.interceptors._wrap import Call, Interceptor, Proceed


class DeadlineInterceptor(Interceptor):
    """`timeout` in seconds, for calls that bring none. A caller's own deadline cancels the call."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout

    async def around(self, call: Call, proceed: Proceed) -> Any:
        if call.streams:
            return await proceed()
        remaining = call.context.time_remaining()
        limit = asyncio.timeout(self._timeout if remaining is None else remaining)
        try:
            async with limit:
                return await proceed()
        except TimeoutError:
            if not limit.expired():
                raise
            raise AcdError("DEADLINE_EXCEEDED") from None
