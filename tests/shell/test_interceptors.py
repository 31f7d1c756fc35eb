"""The interceptors around a servicer that misbehaves in every way a servicer can."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf.wrappers_pb2 import StringValue
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]  # it has no types
from structlog.testing import capture_logs

from acd_server import telemetry
from acd_server.errors import AcdError, invalid_field
from acd_server.interceptors import RECEIVE_LIMIT, guard
from acd_server.interceptors._wrap import Call
from acd_server.interceptors.deadline import DeadlineInterceptor
from acd_server.interceptors.errors import ErrorsInterceptor
from acd_server.telemetry import CALL_FIELDS
from tests.support.wait import wait_until

TIMEOUT_S = 0.2
SERVICE = "test.Fake"


class Fake:
    """Does what the request says."""

    def __init__(self) -> None:
        self.open = 0

    async def _act(self, request: StringValue) -> str:
        match request.value:
            case "refuse":
                raise AcdError("QUEUE_FULL", name="centers/acme", limit="3", scope="center")
            case "field":
                raise invalid_field("parent", "must be set")
            case "crash":
                raise RuntimeError("the secret is 42")
            case "timeout":
                raise TimeoutError
            case "inner cancel":
                raise asyncio.CancelledError
            case "hang":
                await asyncio.Event().wait()
        return f"{request.value} {CALL_FIELDS.get()['request_id']}"

    async def Unary(self, request: StringValue, context: Any) -> StringValue:
        del context
        return StringValue(value=await self._act(request))

    async def Generate(self, request: StringValue, context: Any) -> AsyncIterator[StringValue]:
        del context
        self.open += 1
        try:
            yield StringValue(value="first")
            yield StringValue(value=await self._act(request))
        finally:
            self.open -= 1

    async def Write(self, request: StringValue, context: Any) -> None:
        self.open += 1
        try:
            await context.write(StringValue(value="first"))
            await context.write(StringValue(value=await self._act(request)))
        finally:
            self.open -= 1

    async def Echo(self, requests: AsyncIterator[StringValue], context: Any) -> AsyncIterator[StringValue]:
        del context
        async for request in requests:
            yield request

    def handlers(self) -> grpc.GenericRpcHandler:
        coders: dict[str, Any] = {
            "request_deserializer": StringValue.FromString,
            "response_serializer": StringValue.SerializeToString,
        }
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                "Unary": grpc.unary_unary_rpc_method_handler(self.Unary, **coders),
                "Generate": grpc.unary_stream_rpc_method_handler(self.Generate, **coders),
                "Write": grpc.unary_stream_rpc_method_handler(self.Write, **coders),
                "Echo": grpc.stream_stream_rpc_method_handler(self.Echo, **coders),
            },
        )


async def nothing(center: str, name: str) -> Any:
    raise AssertionError(f"looked up {center} {name}")


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[Fake, grpc.aio.Channel]]:
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", RECEIVE_LIMIT)])
    fake = Fake()
    server.add_generic_rpc_handlers((guard(fake.handlers(), None, TIMEOUT_S, nothing, nothing),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield fake, channel
    finally:
        await server.stop(None)


@pytest.fixture
async def fake() -> AsyncIterator[tuple[Fake, grpc.aio.Channel]]:
    async with serving() as both:
        yield both


def message(text: str) -> bytes:
    return StringValue(value=text).SerializeToString()


async def read(channel: Any, method: str, request: bytes, **options: Any) -> list[str]:
    """All answers, whatever the kind of method."""
    path = f"/{SERVICE}/{method}"
    if method == "Unary":
        return [StringValue.FromString(await channel.unary_unary(path)(request, **options)).value]
    call = channel.unary_stream(path)(request, **options)
    return [StringValue.FromString(answer).value async for answer in call]


async def refusal(channel: Any, method: str, request: bytes, **options: Any) -> tuple[Any, ...]:
    """Code, text, reason, metadata and the other details of a call that must fail."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await read(channel, method, request, **options)
    error = caught.value
    details = dict(error.trailing_metadata() or ())["grpc-status-details-bin"]
    status = status_pb2.Status.FromString(details)
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert info.domain == "acd.v1"
    assert (status.code, status.message) == (error.code().value[0], error.details())
    return error.code(), error.details(), info.reason, dict(info.metadata), list(status.details[1:])


EVERY = pytest.mark.parametrize("method", ["Unary", "Generate", "Write"])


@EVERY
async def test_answers_pass_and_the_handler_knows_the_request_id(method: str, fake: Any) -> None:
    answers = await read(fake[1], method, message("hello"), metadata=(("x-request-id", "call-7"),))
    assert answers[-1] == "hello call-7"
    assert len(answers) == (1 if method == "Unary" else 2)


@pytest.mark.parametrize("given", ["", "a b", "x" * 200, 'a"b'])
async def test_an_id_that_would_hurt_a_log_is_replaced(given: str, fake: Any) -> None:
    call = fake[1].unary_unary(f"/{SERVICE}/Unary")(message("hello"), metadata=(("x-request-id", given),))
    used = StringValue.FromString(await call).value.split()[1]
    assert re.fullmatch("[0-9a-f]{32}", used)
    assert dict(await call.trailing_metadata())["x-request-id"] == used


@EVERY
async def test_a_refusal_has_its_reason_and_when_to_come_again(method: str, fake: Any) -> None:
    code, text, reason, metadata, rest = await refusal(fake[1], method, message("refuse"))
    retry = error_details_pb2.RetryInfo()
    assert (code, reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "QUEUE_FULL")
    assert text == "centers/acme has 3 waiting contacts in the center, as many as it may"
    assert metadata == {"name": "centers/acme", "limit": "3", "scope": "center"}
    assert rest[0].Unpack(retry)
    assert retry.retry_delay.seconds == 1


async def test_a_wrong_field_is_named(fake: Any) -> None:
    code, _, reason, metadata, rest = await refusal(fake[1], "Unary", message("field"))
    bad = error_details_pb2.BadRequest()
    assert (code, reason, metadata) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", {"field": "parent"})
    assert rest[0].Unpack(bad)
    assert [(one.field, one.description) for one in bad.field_violations] == [("parent", "must be set")]


async def test_a_caller_that_is_gone_is_no_fault() -> None:
    """Its stream ends under the hand that writes; that call was cancelled, and nobody is told of a fault."""

    async def proceed(call: Call) -> None:
        raise grpc.aio.InternalError(f"no more messages for {call.method}")

    call: Any = Call("test.Fake/Write", StringValue(), None, streams=True)  # type: ignore[arg-type]  # nothing asks it
    with capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        await ErrorsInterceptor().around(call, proceed)
    assert logs == []


@EVERY
@pytest.mark.parametrize("fault", ["crash", "timeout", "inner cancel"])
async def test_a_fault_is_logged_in_full_and_told_in_a_sentence(method: str, fault: str, fake: Any) -> None:
    with capture_logs() as logs:
        options = {"metadata": (("x-request-id", "call-9"),)}
        code, text, reason, metadata, _ = await refusal(fake[1], method, message(fault), **options)
    assert (code, reason, metadata) == (grpc.StatusCode.INTERNAL, "INTERNAL", {"requestId": "call-9"})
    assert text == "a fault of the router; its log has it under request id call-9"
    assert [entry["method"] for entry in logs if entry["event"] == "fault"] == [f"{SERVICE}/{method}"]


@EVERY
async def test_bytes_that_are_no_message_are_the_callers_fault(method: str, fake: Any) -> None:
    code, _, reason, metadata, _ = await refusal(fake[1], method, b"\xff\xff\xff")
    assert (code, reason, metadata) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", {"field": "request"})


async def test_bytes_that_are_no_message_in_a_stream_of_requests(fake: Any) -> None:
    async def requests() -> AsyncIterator[bytes]:
        yield message("hello")
        yield b"\xff\xff\xff"

    call = fake[1].stream_stream(f"/{SERVICE}/Echo")(requests())
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        assert [answer async for answer in call] == [message("hello")]
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@EVERY
async def test_a_request_that_is_too_large_is_refused(method: str, fake: Any) -> None:
    assert await read(fake[1], method, message("x" * 65_000))
    code, _, reason, metadata, _ = await refusal(fake[1], method, message("x" * 66_000))
    assert (code, reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "LIMIT_EXCEEDED")
    assert metadata == {"name": "request", "limit": "65536"}


async def test_a_request_beyond_all_reason_is_refused_by_the_transport(fake: Any) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await read(fake[1], "Unary", message("x" * (RECEIVE_LIMIT + 1)))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_call_without_a_deadline_gets_one(fake: Any) -> None:
    code, _, reason, _, _ = await refusal(fake[1], "Unary", message("hang"))
    assert (code, reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED")


async def test_each_call_ends_at_its_own_limit() -> None:
    """All limits share one timer: one that comes first is not missed for having begun last, nor one behind another."""
    interceptor, loop = DeadlineInterceptor(TIMEOUT_S), asyncio.get_running_loop()

    async def outcome(limit_s: float | None, work: Callable[[], Awaitable[Any]]) -> str:
        async def proceed(call: Call) -> None:
            del call
            await work()

        context: Any = SimpleNamespace(time_remaining=lambda: limit_s)
        begun = loop.time()
        try:
            await interceptor.around(Call("test.Fake/Unary", StringValue(), context, streams=False), proceed)
        except AcdError as error:
            # The loop's time goes in milliseconds.
            early = loop.time() < begun + (TIMEOUT_S if limit_s is None else limit_s) - 0.002
            return f"{error.reason} too early" if early else error.reason
        return "OK"

    calls: list[tuple[float | None, Callable[[], Awaitable[Any]]]] = [
        (60.0, partial(asyncio.sleep, 0)),
        (60.0, partial(asyncio.sleep, 3 * TIMEOUT_S)),
        (2 * TIMEOUT_S, asyncio.Event().wait),
        (0.5 * TIMEOUT_S, asyncio.Event().wait),
        (None, asyncio.Event().wait),
        (0.0, asyncio.Event().wait),
    ]
    async with asyncio.timeout(30.0):
        found = await asyncio.gather(*(outcome(*call) for call in calls))
        assert found == ["OK", "OK", *4 * ["DEADLINE_EXCEEDED"]]
        assert await outcome(0.5 * TIMEOUT_S, asyncio.Event().wait) == "DEADLINE_EXCEEDED", "nor the next one"


async def test_streams_have_no_deadline_and_end_with_their_reader(fake: Any) -> None:
    servicer, channel = fake
    for method in ("Generate", "Write"):
        call = channel.unary_stream(f"/{SERVICE}/{method}")(message("hang"))
        assert await call.read() == message("first")
        assert servicer.open == 1
        call.cancel()
        # The generator is closed with its call, not when it is collected.
        await wait_until(lambda: servicer.open == 0, f"{method} ends")


async def test_a_reader_that_leaves_is_no_fault(fake: Any) -> None:
    servicer, channel = fake
    with capture_logs() as logs:
        call = channel.unary_stream(f"/{SERVICE}/Write")(message("hang"))
        await call.read()
        call.cancel()
        await wait_until(lambda: servicer.open == 0, "the handler ends")
        assert await read(channel, "Unary", message("hello"))
    assert [entry for entry in logs if entry["log_level"] in ("warning", "error")] == []


async def test_an_unknown_method_is_unimplemented(fake: Any) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await fake[1].unary_unary(f"/{SERVICE}/Nothing")(b"")
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_calls_are_counted_by_the_code_that_the_caller_sees(fake: Any) -> None:
    def count(code: str) -> float:
        labels = {"method": f"{SERVICE}/Unary", "code": code}
        return telemetry.REGISTRY.get_sample_value("acd_calls_total", labels) or 0.0

    before = {code: count(code) for code in ("OK", "RESOURCE_EXHAUSTED", "INTERNAL", "DEADLINE_EXCEEDED")}
    assert await read(fake[1], "Unary", message("hello"))
    for request in ("refuse", "crash", "hang"):
        await refusal(fake[1], "Unary", message(request))
    # A call is counted when its answer has been given, which its caller may hear a moment earlier.
    await wait_until(lambda: sum(count(code) - before[code] for code in before) >= len(before), "all are counted")
    assert {code: count(code) - before[code] for code in before} == dict.fromkeys(before, 1.0)
