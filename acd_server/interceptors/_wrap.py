"""One way to wrap a handler, whatever its kind.

grpc.aio knows four kinds of RPC, and for streamed responses two ways to write
them: an async generator, or a coroutine that calls `context.write` (the stock health
servicer's `Watch`). Here all become coroutines first, so an interceptor is one
coroutine `around(call, proceed)`, and a generator is closed as soon as its call ends
instead of when it is collected.

To grpc they are services like any other. Its own way to have interceptors asks them for a handler in every call,
through two coroutines; here a handler is wrapped at its first call, and what was made is kept.
"""

import abc
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import DecodeError

from acd_server.errors import AcdError, invalid_field

MAX_MESSAGE_BYTES = 64 * 1024
"""Size of a request. Larger ones up to `RECEIVE_LIMIT` are refused by name, beyond that by the transport."""
RECEIVE_LIMIT = 1024 * 1024

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"  # generic in its stubs only


Metadata = Sequence[tuple[str, str | bytes]]

_METADATA: ContextVar[Metadata] = ContextVar("metadata", default=())
"""Of the call that is served. grpc has it for whoever looks for the handler, and would make it anew for the handler."""


@dataclass(slots=True)
class Call:
    """One call on its way in. `request` is a message, or an iterator of them."""

    method: str  # without the leading slash: acd.v1.CenterService/GetCenter
    request: Any
    context: grpc.aio.ServicerContext[Any, Any]
    streams: bool  # in either direction
    metadata: Metadata = ()


Proceed = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True)
class Unreadable:
    """Stands in for a request that could not be decoded, until an interceptor refuses it."""

    error: AcdError


def readable(request: Any) -> Any:
    """Returns the request; raises the refusal of one that could not be decoded."""
    if isinstance(request, Unreadable):
        raise request.error
    return request


async def readable_stream(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for request in requests:
        yield readable(request)


def tolerant(deserialize: Callable[[bytes], Any] | None) -> Callable[[bytes], Any] | None:
    """A deserializer that never raises: grpc would answer UNKNOWN before any interceptor runs."""
    if deserialize is None:
        return None

    def read(data: bytes) -> Any:
        if len(data) > MAX_MESSAGE_BYTES:
            message = f"the request has {len(data)} bytes; at most {MAX_MESSAGE_BYTES} are taken"
            return Unreadable(AcdError("LIMIT_EXCEEDED", message, name="request", limit=str(MAX_MESSAGE_BYTES)))
        try:
            return deserialize(data)
        except (DecodeError, UnicodeDecodeError, ValueError):
            return Unreadable(invalid_field("request", "cannot be decoded as the method's request message"))

    return read


def _as_coroutine(behaviour: Any, *, response_streaming: bool) -> Any:
    if not response_streaming or not inspect.isasyncgenfunction(behaviour):
        return behaviour

    async def run(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> None:
        async with aclosing(behaviour(request, context)) as responses:
            async for response in responses:
                await context.write(response)

    return run


def _kind(handler: Handler) -> tuple[str, Callable[..., Any]]:
    if handler.request_streaming:
        if handler.response_streaming:
            return "stream_stream", grpc.stream_stream_rpc_method_handler
        return "stream_unary", grpc.stream_unary_rpc_method_handler
    if handler.response_streaming:
        return "unary_stream", grpc.unary_stream_rpc_method_handler
    return "unary_unary", grpc.unary_unary_rpc_method_handler


class Interceptor(abc.ABC):
    """Base of ours: `around` runs for every call of every kind."""

    @abc.abstractmethod
    async def around(self, call: Call, proceed: Proceed) -> Any:
        """Calls `proceed` for the rest of the way in; may change `call.request` before."""


class Guarded(grpc.GenericRpcHandler):
    """Services with the interceptors around their methods, outermost first."""

    def __init__(self, interceptors: Sequence[Interceptor], services: grpc.GenericRpcHandler) -> None:
        self._interceptors = interceptors
        self._services = services
        # A service that gets its handlers late has others from then on.
        self._wrapped: dict[str, tuple[Handler, Handler]] = {}

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "Handler | None":
        handler = self._services.service(handler_call_details)
        if handler is None:  # unknown method: grpc answers UNIMPLEMENTED
            return handler
        # The handler runs in the same task.
        _METADATA.set(handler_call_details.invocation_metadata or ())
        method = str(handler_call_details.method)
        known = self._wrapped.get(method)
        if known is None or known[0] is not handler:
            known = self._wrapped[method] = (handler, self._wrap(handler, method.removeprefix("/")))
        return known[1]

    def _wrap(self, handler: "Handler", method: str) -> "Handler":
        attribute, make = _kind(handler)
        streams = handler.request_streaming or handler.response_streaming
        behaviour = _as_coroutine(getattr(handler, attribute), response_streaming=handler.response_streaming)

        def serve(call: Call) -> Awaitable[Any]:
            answer: Awaitable[Any] = behaviour(call.request, call.context)
            return answer

        way_in: Proceed = serve
        for interceptor in reversed(self._interceptors):
            way_in = partial(interceptor.around, proceed=way_in)

        async def run(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
            return await way_in(Call(method, request, context, streams, _METADATA.get()))

        wrapped: Handler = make(
            run,
            request_deserializer=tolerant(handler.request_deserializer),
            response_serializer=handler.response_serializer,
        )
        return wrapped
