"""Counts and times calls, and logs how those ended that did not end well."""

import asyncio
import time
from typing import Any

import grpc
import structlog

from acd_server import telemetry
from acd_server.interceptors._wrap import Call, Interceptor, Proceed

log = structlog.get_logger("acd_server")

# A feed that its reader closes is how feeds end.
_QUIET = frozenset({"OK", "CANCELLED"})


class TelemetryInterceptor(Interceptor):
    async def around(self, call: Call, proceed: Proceed) -> Any:
        started = time.perf_counter()
        code = "OK"
        if call.streams:
            telemetry.stream_opened(call.method)
        try:
            return await proceed(call)
        except asyncio.CancelledError:
            code = "CANCELLED"
            raise
        except BaseException:
            code = _code(call.context)
            raise
        finally:
            seconds = time.perf_counter() - started
            if call.streams:
                telemetry.stream_closed(call.method)
            telemetry.observe_call(call.method, code, None if call.streams else seconds)
            if code not in _QUIET:
                log.info("call", method=call.method, code=code, seconds=round(seconds, 6))
            elif telemetry.tells_all():
                log.debug("call", method=call.method, code=code, seconds=round(seconds, 6))


def _code(context: grpc.aio.ServicerContext[Any, Any]) -> str:
    """The code that the errors interceptor, further in, ended the call with."""
    code = context.code()
    return code.name if isinstance(code, grpc.StatusCode) else "UNKNOWN"
