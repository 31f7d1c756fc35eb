"""Unary calls: repeated safely, refused with a reason."""

import asyncio
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from grpc import StatusCode

import acd_client
from acd.v1.contact_pb2 import Contact
from acd.v1.contact_service_pb2 import (
    AcceptAssignmentRequest,
    AcceptAssignmentResponse,
    GetContactResponse,
)
from acd.v1.error_reason_pb2 import ErrorReason
from acd_client import (
    AcdApiError,
    AcdClient,
    Field,
    InvalidRequest,
    NotAllowed,
    NotFound,
    StaleAssignment,
    Unavailable,
    WrongState,
    service_config,
)
from acd_client.channel import resolve
from acd_client.errors import BY_REASON
from tests.client.fakes import Context, FakeRouter, refuse

NAME = "centers/demo/contacts/c1/assignments/1"


@pytest.mark.parametrize("code", [StatusCode.UNAVAILABLE, StatusCode.UNKNOWN, StatusCode.CANCELLED], ids=str)
async def test_is_repeated_with_the_same_request_id(router: FakeRouter, client: AcdClient, code: StatusCode) -> None:
    async def twice_nothing(_request: Any, context: Context) -> AcceptAssignmentResponse:
        if len(router.contacts.requests) < 3:
            await context.abort(code, "gone")
        return AcceptAssignmentResponse(contact=Contact(name="centers/demo/contacts/c1"))

    router.contacts.answer = twice_nothing
    response = await client.contacts.accept_assignment(name=NAME)
    assert response.contact.name == "centers/demo/contacts/c1"
    ids = {request.request_id for request in router.contacts.requests}
    assert len(router.contacts.requests) == 3
    assert len(ids) == 1
    assert uuid.UUID(ids.pop()).version == 4


async def test_a_call_outlives_the_server_that_it_was_on(router: FakeRouter, client: AcdClient) -> None:
    reached = asyncio.Event()

    async def dies_with_the_first(_request: Any, _context: Context) -> AcceptAssignmentResponse:
        if len(router.contacts.requests) == 1:
            reached.set()
            await asyncio.Event().wait()
        return AcceptAssignmentResponse()

    router.contacts.answer = dies_with_the_first
    call = asyncio.create_task(client.contacts.accept_assignment(name=NAME))
    await reached.wait()
    await router.stop()
    await router.start()
    await call
    first, second = (request.request_id for request in router.contacts.requests)
    assert first == second


async def test_a_refusal_is_not_repeated(router: FakeRouter, client: AcdClient) -> None:
    async def wrong_state(_request: Any, context: Context) -> None:
        await refuse(context, StatusCode.FAILED_PRECONDITION, "WRONG_STATE", name=NAME, state="CONTACT_STATE_QUEUED")

    router.contacts.answer = wrong_state
    with pytest.raises(WrongState) as raised:
        await client.contacts.accept_assignment(name=NAME)
    assert len(router.contacts.requests) == 1
    error = raised.value
    assert error.reason == "WRONG_STATE"
    assert error.code is StatusCode.FAILED_PRECONDITION
    assert error.message == "refused with WRONG_STATE"
    assert error.metadata == {"name": NAME, "state": "CONTACT_STATE_QUEUED"}
    assert error.from_router


async def test_every_mutation_gets_a_request_id_of_its_own(router: FakeRouter, client: AcdClient) -> None:
    async def ok(_request: Any, _context: Context) -> AcceptAssignmentResponse:
        return AcceptAssignmentResponse()

    router.contacts.answer = ok
    request = AcceptAssignmentRequest(name=NAME)
    await client.contacts.accept_assignment(request)
    await client.contacts.accept_assignment(request)
    await client.contacts.accept_assignment(name=NAME, request_id="mine")
    first, second, third = (request.request_id for request in router.contacts.requests)
    assert first != second
    assert third == "mine"
    assert request.request_id == ""


async def test_a_read_carries_the_token_and_no_request_id(router: FakeRouter, client: AcdClient) -> None:
    async def ok(_request: Any, _context: Context) -> GetContactResponse:
        return GetContactResponse()

    router.contacts.answer = ok
    await client.contacts.get_contact(name="centers/demo/contacts/c1")
    assert router.contacts.metadata[0]["authorization"] == "Bearer secret"


async def test_a_wrong_field_is_named(router: FakeRouter, client: AcdClient) -> None:
    async def invalid(_request: Any, context: Context) -> None:
        await refuse(context, StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", 0.0, "contact.channel")

    router.contacts.answer = invalid
    with pytest.raises(InvalidRequest) as raised:
        await client.contacts.enqueue_contact(parent="centers/demo")
    assert raised.value.fields == (Field("contact.channel", "is wrong"),)


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        (StatusCode.NOT_FOUND, "RESOURCE_NOT_FOUND", NotFound),
        (StatusCode.FAILED_PRECONDITION, "STALE_ASSIGNMENT", StaleAssignment),
        (StatusCode.FAILED_PRECONDITION, "A_REASON_OF_TOMORROW", AcdApiError),
        (StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED", NotAllowed),
    ],
)
async def test_class_goes_by_reason_then_by_code(
    router: FakeRouter, client: AcdClient, code: StatusCode, reason: str, kind: type[AcdApiError]
) -> None:
    async def refused(_request: Any, context: Context) -> None:
        await refuse(context, code, reason)

    router.contacts.answer = refused
    with pytest.raises(AcdApiError) as raised:
        await client.contacts.get_contact(name="x")
    assert type(raised.value) is kind
    assert raised.value.reason == reason


async def test_an_answer_that_no_router_made_has_the_code_as_reason(router: FakeRouter, client: AcdClient) -> None:
    async def proxy(_request: Any, context: Context) -> None:
        await context.abort(StatusCode.UNIMPLEMENTED, "Received http2 header with status: 404")

    router.contacts.answer = proxy
    with pytest.raises(AcdApiError) as raised:
        await client.contacts.get_contact(name="x")
    assert raised.value.reason == "UNIMPLEMENTED"
    assert not raised.value.from_router


async def test_garbage_in_the_details_does_no_harm(router: FakeRouter, client: AcdClient) -> None:
    async def garbage(_request: Any, context: Context) -> None:
        await context.abort(StatusCode.NOT_FOUND, "no", (("grpc-status-details-bin", b"\xff\xff\xff"),))

    router.contacts.answer = garbage
    with pytest.raises(AcdApiError) as raised:
        await client.contacts.get_contact(name="x")
    assert (raised.value.reason, raised.value.message) == ("NOT_FOUND", "no")


async def test_a_server_that_cancels_is_an_error_not_a_cancellation(router: FakeRouter, client: AcdClient) -> None:
    async def cancel(_request: Any, context: Context) -> None:
        await context.abort(StatusCode.CANCELLED, "reset")

    router.contacts.answer = cancel
    with pytest.raises(AcdApiError) as raised:
        await client.contacts.get_contact(name="x")
    assert raised.value.code is StatusCode.CANCELLED


async def test_own_deadline(router: FakeRouter, client: AcdClient) -> None:
    async def never(_request: Any, _context: Context) -> None:
        await asyncio.Event().wait()

    router.contacts.answer = never
    with pytest.raises(Unavailable) as raised:
        await client.contacts.get_contact.within(0.1)(name="x")
    assert raised.value.reason == "DEADLINE_EXCEEDED"


async def test_ready_says_where_nobody_answers(router: FakeRouter, client: AcdClient) -> None:
    await client.ready(2.0)
    await router.stop()
    async with AcdClient(router.target) as other:
        with pytest.raises(Unavailable, match=router.target):
            await other.ready(0.2)


def test_the_published_service_config_is_the_one_in_use() -> None:
    clients = Path(acd_client.__file__).resolve().parents[2]
    published = json.loads((clients / "service_config.json").read_text(encoding="utf-8"))
    assert json.loads(service_config()) == published
    policies = [entry["retryPolicy"] for entry in published["methodConfig"] if "retryPolicy" in entry]
    assert policies
    for policy in policies:
        assert set(policy["retryableStatusCodes"]) == {"UNAVAILABLE", "UNKNOWN", "CANCELLED"}
    assert published["retryThrottling"]["maxTokens"] > 0


def test_every_class_belongs_to_a_reason_of_the_contract() -> None:
    known = {name.removeprefix("ERROR_REASON_") for name in ErrorReason.keys()}  # noqa: SIM118 - not a dict
    assert set(BY_REASON) <= known


def test_several_servers() -> None:
    assert resolve("router:7700") == "router:7700"
    assert resolve("127.0.0.1:7700, 127.0.0.1:7701") == "ipv4:127.0.0.1:7700,127.0.0.1:7701"
    assert resolve("[::1]:7700,[::1]:7701") == "ipv6:[::1]:7700,[::1]:7701"
    assert resolve("ipv4:127.0.0.1:7700,127.0.0.1:7701") == "ipv4:127.0.0.1:7700,127.0.0.1:7701"
    with pytest.raises(ValueError, match="IP address"):
        resolve("a:7700,b:7700")
    with pytest.raises(ValueError, match="mixed"):
        resolve("127.0.0.1:7700,[::1]:7700")
