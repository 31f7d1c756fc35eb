"""Hostile requests of every kind: each is refused in good order, or means what it says."""

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acd.v1 import (
    agent_service_pb2,
    assignment_feed_pb2,
    center_service_pb2,
    contact_service_pb2,
    dispatch_service_pb2,
    simulation_service_pb2,
    skill_service_pb2,
)
from acd_server import validation
from acd_server.errors import AcdError
from acd_server.names import ID, SLUG
from acd_server.services._requests import request_key
from acd_server.validation import agents, centers, contacts, simulation, skills
from tests.fuzz.world import HOSTILE

VALIDATORS: dict[type[Message], Callable[[Any], Any]] = {
    center_service_pb2.CreateCenterRequest: centers.validate_create_center,
    center_service_pb2.GetCenterRequest: centers.validate_get_center,
    center_service_pb2.ListCentersRequest: centers.validate_list_centers,
    center_service_pb2.UpdateCenterRequest: centers.validate_update_center,
    center_service_pb2.OpenCenterRequest: centers.validate_open_center,
    center_service_pb2.CloseCenterRequest: centers.validate_close_center,
    center_service_pb2.ExplainRoutingRequest: centers.validate_explain_routing,
    center_service_pb2.GetCenterSnapshotRequest: centers.validate_get_center_snapshot,
    skill_service_pb2.CreateSkillRequest: skills.validate_create_skill,
    skill_service_pb2.ListSkillsRequest: skills.validate_list_skills,
    skill_service_pb2.DeleteSkillRequest: skills.validate_delete_skill,
    agent_service_pb2.CreateAgentRequest: agents.validate_create_agent,
    agent_service_pb2.GetAgentRequest: agents.validate_get_agent,
    agent_service_pb2.ListAgentsRequest: agents.validate_list_agents,
    agent_service_pb2.UpdateAgentRequest: agents.validate_update_agent,
    agent_service_pb2.DeleteAgentRequest: agents.validate_delete_agent,
    agent_service_pb2.AddAgentSkillRequest: agents.validate_add_agent_skill,
    agent_service_pb2.RemoveAgentSkillRequest: agents.validate_remove_agent_skill,
    agent_service_pb2.SetAgentStateRequest: agents.validate_set_agent_state,
    agent_service_pb2.RenewAgentLeaseRequest: agents.validate_renew_agent_lease,
    contact_service_pb2.EnqueueContactRequest: contacts.validate_enqueue_contact,
    contact_service_pb2.RenewOwnerRequest: contacts.validate_renew_owner,
    contact_service_pb2.GetContactRequest: contacts.validate_get_contact,
    contact_service_pb2.ListContactsRequest: contacts.validate_list_contacts,
    contact_service_pb2.GetQueuePositionRequest: contacts.validate_get_queue_position,
    contact_service_pb2.AcceptAssignmentRequest: contacts.validate_assignment,
    contact_service_pb2.DeclineAssignmentRequest: contacts.validate_decline,
    contact_service_pb2.CompleteContactRequest: contacts.validate_assignment,
    contact_service_pb2.ExtendWrapUpRequest: contacts.validate_extend_wrap_up,
    agent_service_pb2.PullContactRequest: agents.validate_pull_contact,
    contact_service_pb2.TransferContactRequest: contacts.validate_transfer,
    contact_service_pb2.RescheduleContactRequest: contacts.validate_reschedule,
    contact_service_pb2.FinishWrapUpRequest: contacts.validate_assignment,
    contact_service_pb2.RequeueContactRequest: contacts.validate_assignment,
    contact_service_pb2.AbandonContactRequest: contacts.validate_leave,
    contact_service_pb2.CancelContactRequest: contacts.validate_leave,
    contact_service_pb2.ReprioritizeContactRequest: contacts.validate_reprioritize,
    assignment_feed_pb2.WatchRequest: validation.validate_watch,
    dispatch_service_pb2.WatchWorkRequest: validation.validate_watch_work,
    dispatch_service_pb2.MatchContactsRequest: validation.validate_match,
    dispatch_service_pb2.FireDeadlinesRequest: validation.validate_fire,
    simulation_service_pb2.AdvanceClockRequest: simulation.validate_advance_clock,
}
REASONS = {"INVALID_FIELD", "PAGE_TOKEN_INVALID"}
SERVICES = (
    center_service_pb2,
    skill_service_pb2,
    agent_service_pb2,
    contact_service_pb2,
    assignment_feed_pb2,
    dispatch_service_pb2,
    simulation_service_pb2,
)

IDS = st.sampled_from(HOSTILE)
NUMERALS = st.sampled_from([*HOSTILE, "1", "0", "-1", "1e3", "9" * 20])
COLLECTIONS = st.sampled_from(["agents", "contacts", "skills", "x"])
NAMES = st.one_of(
    st.builds("centers/{}".format, IDS),
    st.builds("centers/{}/{}/{}".format, IDS, COLLECTIONS, IDS),
    st.builds("centers/{}/contacts/{}/assignments/{}".format, IDS, IDS, NUMERALS),
)
UUIDS = st.builds(str, st.uuids())
MASKS = st.sampled_from(["*", "display_name", "skills", "policy", "policy.max_wait", "policy.strategy", "capacity"])
STRINGS = st.one_of(st.sampled_from(HOSTILE), NAMES, UUIDS, MASKS, st.text(max_size=20))
NUMBERS = st.one_of(st.integers(-2, 11), st.integers(-(2**31), 2**31 - 1))
LONG_NUMBERS = st.one_of(st.integers(-2, 11), st.integers(-(2**63), 2**63 - 1))


def value(field: Any) -> st.SearchStrategy[Any]:
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        return fields(GetMessageClass(field.message_type))
    if field.type == FieldDescriptor.TYPE_STRING:
        return STRINGS
    if field.type == FieldDescriptor.TYPE_BOOL:
        return st.booleans()
    return LONG_NUMBERS if field.type == FieldDescriptor.TYPE_INT64 else NUMBERS


def fields(kind: type[Message]) -> st.SearchStrategy[dict[str, Any]]:
    """Arguments of the message: any subset of its fields, with values to be afraid of."""
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for field in kind.DESCRIPTOR.fields:
        if field.message_type and field.message_type.GetOptions().map_entry:
            optional[field.name] = st.dictionaries(STRINGS, STRINGS, max_size=4)
        elif field.is_repeated:
            optional[field.name] = st.lists(value(field), max_size=4)
        else:
            optional[field.name] = value(field)
    return st.fixed_dictionaries({}, optional=optional)


def ids(result: Any) -> Iterator[tuple[str, str]]:
    """Everything in a checked result that becomes part of a key, with what it is."""
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        result = {field.name: getattr(result, field.name) for field in dataclasses.fields(result)}
    elif isinstance(result, tuple) and hasattr(result, "_asdict"):
        result = result._asdict()
    if not isinstance(result, Mapping):
        return
    for kind in ("center", "skill", "agent", "contact", "owner"):
        if kind in result:
            yield kind, result[kind]
    for skill in (*(result.get("skills") or ()), *result.get("skill_ids", ())):
        yield "skill", skill


def outcome(validate: Callable[[Any], Any], request: Message) -> Any:
    """What the validator returned, or the AcdError that it raised."""
    try:
        return validate(request)
    except AcdError as error:
        return error


def test_every_request_has_a_validator() -> None:
    requests = {
        method.input_type.full_name
        for service in SERVICES
        for described in service.DESCRIPTOR.services_by_name.values()
        for method in described.methods
    }
    assert {kind.DESCRIPTOR.full_name for kind in VALIDATORS} == requests


# A key drawn twice makes hypothesis name the strategy, whose long texts it then complains of.
@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@pytest.mark.parametrize("kind", VALIDATORS, ids=lambda kind: kind.__name__)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_hostile_requests(kind: type[Message], data: st.DataObject) -> None:
    request = kind(**data.draw(fields(kind)))
    before = request.SerializeToString(deterministic=True)
    result = outcome(VALIDATORS[kind], request)
    assert request.SerializeToString(deterministic=True) == before
    if isinstance(result, AcdError):
        assert result.reason in REASONS
        # A status must fit in trailers, and be fit for a log line.
        assert len(result.message) + sum(len(f.field) + len(f.description) for f in result.fields) < 5000
        assert re.fullmatch(r"[ -~]+", result.message)
        return
    for kind_of_id, text in ids(result):
        pattern = SLUG if kind_of_id in ("center", "skill") else ID
        assert pattern.fullmatch(text) or (text == "" and kind_of_id in ("owner", "agent"))


@given(request_id=UUIDS)
def test_the_fingerprint_tells_requests_apart(request_id: str) -> None:
    def key(message: Message) -> tuple[str, str]:
        made = request_key(message)
        assert made is not None
        return made.id, made.fingerprint

    name = "centers/bank/contacts/c1/assignments/1"
    accept = contact_service_pb2.AcceptAssignmentRequest(name=name, request_id=request_id)
    complete = contact_service_pb2.CompleteContactRequest(name=name, request_id=request_id)
    shouted = contact_service_pb2.AcceptAssignmentRequest(name=name, request_id=request_id.upper())
    other = contact_service_pb2.AcceptAssignmentRequest(name=name + "2", request_id=request_id)
    assert key(accept) == key(shouted)
    assert len({key(accept), key(complete), key(other)}) == 3
    assert {key(accept)[0], key(complete)[0], key(other)[0]} == {request_id}


def test_without_a_request_id_nothing_is_remembered() -> None:
    assert request_key(contact_service_pb2.AcceptAssignmentRequest(name="x")) is None
