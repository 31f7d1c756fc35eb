"""The one place that makes a status of an error.

Every status has exactly one `google.rpc.ErrorInfo`; `BadRequest` where fields are
wrong, `RetryInfo` where waiting helps. What nobody foresaw is logged in full and
told as a fixed sentence.
"""

import asyncio
from typing import Any, NoReturn

import structlog
from google.protobuf import any_pb2, duration_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2  # type: ignore[import-untyped]  # has none
from grpc.aio import AbortError, InternalError

from acd_server.errors import DOMAIN, RETRY_DELAYS, AcdError
from acd_server.interceptors._wrap import Call, Interceptor, Proceed
from acd_server.interceptors.request_id import METADATA_KEY
from acd_server.telemetry import CALL_FIELDS

log = structlog.get_logger("acd_server")

_DETAILS_KEY = "grpc-status-details-bin"

# A status travels in trailing metadata, of which clients take 8 KiB.
_MAX_TEXT = 512
_MAX_FIELDS = 8


class ErrorsInterceptor(Interceptor):
    async def around(self, call: Call, proceed: Proceed) -> Any:
        try:
            return await proceed(call)
        except AcdError as error:
            await _end(call, error)
        except AbortError:
            raise  # a stock servicer has set its own status
        except InternalError as error:
            # The transport took no message any more: the caller is gone, and no answer would reach it.
            raise asyncio.CancelledError from error
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise  # the caller went away, or the server stops
            # Something inside was cancelled, not this call: unless it is answered
            # the caller would wait for ever.
            await _fail(call, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets a status
            await _fail(call, error)


async def _fail(call: Call, error: BaseException) -> NoReturn:
    log.error("fault", method=call.method, exc_info=error)
    await _end(call, AcdError("INTERNAL", requestId=CALL_FIELDS.get()["request_id"]))


async def _end(call: Call, error: AcdError) -> NoReturn:
    details = status_of(error).SerializeToString()
    metadata = ((_DETAILS_KEY, details), (METADATA_KEY, CALL_FIELDS.get()["request_id"]))
    await call.context.abort(error.code, error.message[:_MAX_TEXT], metadata)


def status_of(error: AcdError) -> status_pb2.Status:
    """The `google.rpc.Status` of an error."""
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=error.metadata)
    status = status_pb2.Status(
        code=code_pb2.Code.Value(error.code.name), message=error.message[:_MAX_TEXT], details=[_pack(info)]
    )
    if error.fields:
        bad = error_details_pb2.BadRequest()
        for violation in error.fields[:_MAX_FIELDS]:
            bad.field_violations.add(field=violation.field, description=violation.description[:_MAX_TEXT])
        status.details.append(_pack(bad))
    if error.reason in RETRY_DELAYS:
        delay = duration_pb2.Duration()
        delay.FromMicroseconds(round(RETRY_DELAYS[error.reason] * 1_000_000))
        status.details.append(_pack(error_details_pb2.RetryInfo(retry_delay=delay)))
    return status


def _pack(message: Any) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed
