"""One RPC as an object: fields in, response out, the router's reason as an exception."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar, overload

import grpc.aio
from google.protobuf.message import Message
from grpc import StatusCode

from acd_client.errors import AcdApiError, api_error, error_from

P = ParamSpec("P")
Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)

Metadata = tuple[tuple[str, str], ...]


class Call(Generic[P, Request, Response]):
    """A unary RPC, called with the fields of its request or with the request itself.

    A `request_id` that is left empty is made here, so that the retries of the
    channel repeat one change and never make a second. Whoever repeats a call by
    hand passes the same `request_id` again.
    """

    def __init__(
        self,
        request_type: Callable[P, Request],
        method: "grpc.aio.UnaryUnaryMultiCallable[Request, Response]",
        metadata: Metadata,
        timeout: float | None = None,
    ) -> None:
        self._request_type = request_type
        self._method = method
        self._metadata = metadata
        self._timeout = timeout

    def within(self, seconds: float) -> "Call[P, Request, Response]":
        """The same call with a deadline of its own, if that is shorter than the service config's."""
        return Call(self._request_type, self._method, self._metadata, seconds)

    @overload
    async def __call__(self, request: Request, /) -> Response: ...
    @overload
    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Response: ...
    async def __call__(self, *args: Any, **kwargs: Any) -> Response:
        """Raises AcdApiError."""
        make: Callable[..., Request] = self._request_type
        message: Request = args[0] if args else make(**kwargs)
        call = self._method(with_request_id(message), timeout=self._timeout, metadata=self._metadata)
        try:
            return await call
        except grpc.aio.AioRpcError as error:
            raise error_from(error) from error


def with_request_id(message: Request) -> Request:
    """The message, or a copy of it with a `request_id` where it takes one and has none."""
    if "request_id" not in message.DESCRIPTOR.fields_by_name or getattr(message, "request_id"):  # noqa: B009 - which messages have the field is known here only
        return message
    filled = type(message)()
    filled.CopyFrom(message)
    setattr(filled, "request_id", str(uuid.uuid4()))  # noqa: B010 - as above
    return filled


class Stream(Generic[Response]):
    """A server stream that is read message by message.

    A reader may be cancelled and come back: what was being read is not lost.
    """

    def __init__(self, call: "grpc.aio.UnaryStreamCall[Any, Response]") -> None:
        self._call = call
        self._reading: asyncio.Task[object] | None = None

    async def read(self, patience: float) -> Response:
        """The next message. Raises AcdApiError.

        An orderly end is `UNAVAILABLE`, reason `STREAM_ENDED`; nothing for
        `patience` seconds is `UNAVAILABLE`, reason `STREAM_SILENT`, and ends the stream.
        """
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._call.read())
        done, _ = await asyncio.wait({self._reading}, timeout=patience)
        if not done:
            await self.close()
            raise api_error("STREAM_SILENT", StatusCode.UNAVAILABLE, f"nothing came for {patience:g} s")
        reading, self._reading = self._reading, None
        try:
            message = reading.result()
        except grpc.aio.AioRpcError as error:
            raise error_from(error) from error
        except asyncio.CancelledError:
            raise _ended() from None
        if message is grpc.aio.EOF:
            raise _ended()
        return message  # type: ignore[return-value]  # EOF, typed object, is dealt with above

    async def close(self) -> None:
        """Ends the stream; a closed stream may be closed again."""
        self._call.cancel()
        reading, self._reading = self._reading, None
        if reading is not None:
            await asyncio.wait({reading})
            # Fetched, or asyncio complains that nobody looked.
            _ = reading.cancelled() or reading.exception()


def _ended() -> AcdApiError:
    return api_error("STREAM_ENDED", StatusCode.UNAVAILABLE, "the server ended the stream")
