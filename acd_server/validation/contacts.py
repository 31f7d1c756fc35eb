"""Requests of ContactService."""

import json
import re
import uuid
from typing import NamedTuple

from acd.v1 import contact_pb2, contact_service_pb2
from acd_server.names import AgentName, AssignmentName, ContactName
from acd_server.policy import DAY, MILLISECOND, SECOND
from acd_server.validation._check import Check
from acd_server.validation._overflow import read_overflow_rules
from acd_server.validation._page import Page, read_page
from acd_server.validation._relaxation import read_steps

_CURSOR = re.compile(r"[0-9]{1,17}")
"""Contacts are listed by enqueue time, in us."""

LONGEST_CREDIT = 30 * DAY
MAX_PREFERRED = 10
_SHORTEST_LEASE = 10 * MILLISECOND
_LONGEST_LEASE = DAY
_TARGET_WAIT = 60 * SECOND

AssignmentRequest = (
    contact_service_pb2.AcceptAssignmentRequest
    | contact_service_pb2.CompleteContactRequest
    | contact_service_pb2.FinishWrapUpRequest
    | contact_service_pb2.RequeueContactRequest
)
"""Requests that quote an assignment."""

LeaveRequest = contact_service_pb2.AbandonContactRequest | contact_service_pb2.CancelContactRequest
"""Requests that take a contact out before it is served."""


class EnqueueContact(NamedTuple):
    """`owner_lease` is in us; 0: none given."""

    center: str
    contact: str
    channel: str
    skills: dict[str, int]
    priority: int
    attributes: dict[str, str]
    owner: str
    owner_lease: int
    relaxation: list[tuple[int, dict[str, int]]]
    """After how many us each step begins, and what it requires."""
    plan: dict[str, int | str]
    """When it enters the queue, how often it is tried, for whom and about what; in us. Only what is given."""


class RenewOwner(NamedTuple):
    center: str
    owner: str
    owner_lease: int


class ListContacts(NamedTuple):
    center: str
    state: str
    page: Page


class Decline(NamedTuple):
    """`retry_after` is in us; None: as the policy says."""

    name: AssignmentName
    retry_after: int | None


class Transfer(NamedTuple):
    """To the skills, or, without (None), to the agent."""

    name: AssignmentName
    skills: dict[str, int] | None
    agent: str
    target_wait: int


class Reschedule(NamedTuple):
    """`delay` is in us; None: as the contact says."""

    name: AssignmentName
    delay: int | None


class ExtendWrapUp(NamedTuple):
    """`remaining` is in us."""

    name: AssignmentName
    remaining: int


def validate_enqueue_contact(request: contact_service_pb2.EnqueueContactRequest) -> EnqueueContact:
    contact = request.contact
    with Check() as check:
        center = check.center(request.parent)
        contact_id = _contact_id(check, request)
        channel = check.enum(contact_pb2.Channel, contact.channel, "contact.channel")
        if contact.channel == contact_pb2.CHANNEL_UNSPECIFIED:
            check.add("contact.channel", "is required")
        required = ((skill.skill_id, skill.min_level) for skill in contact.required_skills)
        skills = check.levels(required, "contact.required_skills", "min_level")
        priority = check.priority(contact.priority, "contact.priority")
        attributes = check.attributes(contact.attributes, "contact.attributes")
        owner = check.id(contact.owner, "contact.owner") if contact.owner else ""
        owner_lease = _owner_lease(check, request) if request.HasField("owner_lease") else 0
        relaxation = read_steps(check, contact.relaxation_steps, skills, "contact.relaxation_steps")
        plan: dict[str, int | str] = {
            **_plan(check, contact),
            **_target(check, contact, center),
            **_preferred(check, contact, center),
        }
        if contact.HasField("credit"):
            plan["credit"] = check.duration(contact.credit, "contact.credit", 0, LONGEST_CREDIT)
    return EnqueueContact(
        center, contact_id, channel, skills, priority, attributes, owner, owner_lease, relaxation, plan
    )


def validate_renew_owner(request: contact_service_pb2.RenewOwnerRequest) -> RenewOwner:
    with Check() as check:
        center = check.center(request.parent)
        owner = check.id(request.owner, "owner")
        owner_lease = check.duration(request.owner_lease, "owner_lease", _SHORTEST_LEASE, _LONGEST_LEASE)
    return RenewOwner(center, owner, owner_lease)


def validate_get_contact(request: contact_service_pb2.GetContactRequest) -> ContactName:
    with Check() as check:
        return check.contact(request.name)


def validate_list_contacts(request: contact_service_pb2.ListContactsRequest) -> ListContacts:
    with Check() as check:
        center = check.center(request.parent)
        state = check.enum(contact_pb2.ContactState, request.state, "state")
        limit = check.page_size(request.page_size)
    return ListContacts(center, state, read_page(request.page_token, limit, _CURSOR, "ListContacts", center, state))


def validate_get_queue_position(request: contact_service_pb2.GetQueuePositionRequest) -> ContactName:
    with Check() as check:
        return check.contact(request.name)


def validate_assignment(request: AssignmentRequest) -> AssignmentName:
    """Checks any request that quotes an assignment."""
    with Check() as check:
        name = check.assignment(request.name)
        check.request_id(request.request_id)
        return name


def validate_decline(request: contact_service_pb2.DeclineAssignmentRequest) -> Decline:
    with Check() as check:
        name = check.assignment(request.name)
        given = request.HasField("retry_after")
        retry_after = check.duration(request.retry_after, "retry_after", 0, DAY) if given else None
        check.request_id(request.request_id)
    return Decline(name, retry_after)


def validate_transfer(request: contact_service_pb2.TransferContactRequest) -> Transfer:
    skills, agent = None, ""
    with Check() as check:
        name = check.assignment(request.name)
        match request.WhichOneof("destination"):
            case "skills":
                required = ((skill.skill_id, skill.min_level) for skill in request.skills.required_skills)
                skills = check.levels(required, "skills.required_skills", "min_level")
                if request.HasField("target_wait"):
                    check.add("target_wait", "needs agent")
            case "agent":
                agent = _of_center(check, name.center, check.agent(request.agent, "agent"), "agent")
            case _:
                check.add("skills", "or agent is required")
        wait = _target_wait(check, request, "target_wait")
        check.request_id(request.request_id)
    return Transfer(name, skills, agent, wait)


def validate_reschedule(request: contact_service_pb2.RescheduleContactRequest) -> Reschedule:
    with Check() as check:
        name = check.assignment(request.name)
        given = request.HasField("delay")
        delay = check.duration(request.delay, "delay", 10 * MILLISECOND, 30 * DAY) if given else None
        check.request_id(request.request_id)
    return Reschedule(name, delay)


def validate_extend_wrap_up(request: contact_service_pb2.ExtendWrapUpRequest) -> ExtendWrapUp:
    with Check() as check:
        name = check.assignment(request.name)
        remaining = check.duration(request.remaining, "remaining", 10 * MILLISECOND, 30 * DAY)
        check.request_id(request.request_id)
    return ExtendWrapUp(name, remaining)


class Reprioritize(NamedTuple):
    """`credit` is in us; None: it stays."""

    name: ContactName
    priority: int
    credit: int | None


def validate_reprioritize(request: contact_service_pb2.ReprioritizeContactRequest) -> Reprioritize:
    with Check() as check:
        name = check.contact(request.name)
        priority = check.priority(request.priority, "priority")
        given = request.HasField("credit")
        credit = check.duration(request.credit, "credit", 0, LONGEST_CREDIT) if given else None
        check.request_id(request.request_id)
    return Reprioritize(name, priority, credit)


def validate_leave(request: LeaveRequest) -> ContactName:
    """Checks AbandonContact and CancelContact."""
    with Check() as check:
        name = check.contact(request.name)
        check.request_id(request.request_id)
        return name


def _plan(check: Check, contact: contact_pb2.Contact) -> dict[str, int | str]:
    plan: dict[str, int | str] = {}
    if contact.HasField("schedule_time"):
        plan["time"] = check.time(contact.schedule_time, "contact.schedule_time")
    if contact.HasField("schedule_window"):
        if "time" not in plan:
            check.add("contact.schedule_window", "needs contact.schedule_time")
        plan["window"] = check.duration(contact.schedule_window, "contact.schedule_window", 10 * MILLISECOND, 30 * DAY)
    if contact.max_attempts:
        plan["attempts"] = check.between(contact.max_attempts, "contact.max_attempts", 1, 100)
    if contact.HasField("attempt_delay"):
        plan["delay"] = check.duration(contact.attempt_delay, "contact.attempt_delay", 10 * MILLISECOND, 30 * DAY)
    if contact.HasField("max_wait"):
        plan["max_wait"] = check.duration(contact.max_wait, "contact.max_wait", 10 * MILLISECOND, 30 * DAY)
    if contact.overflow_rules:
        plan["overflow"] = json.dumps(read_overflow_rules(check, contact.overflow_rules, "contact.overflow_rules"))
    return plan


def _target(check: Check, contact: contact_pb2.Contact, center: str) -> dict[str, int | str]:
    found: dict[str, int | str] = {}
    if contact.target_agent:
        found["target"] = _of_center(check, center, check.agent(contact.target_agent, "contact.target_agent"))
        found["wait"] = _target_wait(check, contact, "contact.target_wait")
    elif contact.HasField("target_wait"):
        check.add("contact.target_wait", "needs contact.target_agent")
    if contact.parent_contact:
        parent = check.contact(contact.parent_contact, "contact.parent_contact")
        if center and parent.center and parent.center != center:
            check.add("contact.parent_contact", "must be of the same center")
        found["parent"] = parent.contact
    if contact.target_agent and contact.HasField("schedule_time"):
        check.add("contact.target_agent", "must not be set together with contact.schedule_time")
    return found


def _preferred(check: Check, contact: contact_pb2.Contact, center: str) -> dict[str, int | str]:
    """The agents to hold out for, divided by commas, and how long, if given."""
    field, named = "contact.preferred_agents", contact.preferred_agents
    if contact.HasField("preferred_wait") and not named:
        check.add("contact.preferred_wait", f"needs {field}")
    if len(named) > MAX_PREFERRED:
        check.add(field, f"must have at most {MAX_PREFERRED} entries")
        return {}
    agents: list[str] = []
    for i, name in enumerate(named):
        agents.append(_of_center(check, center, check.agent(name, f"{field}[{i}]"), f"{field}[{i}]"))
        if name in named[:i]:
            check.add(f"{field}[{i}]", "is listed twice")
    if named and contact.target_agent:
        check.add(field, "must not be set together with contact.target_agent")
    found: dict[str, int | str] = {"preferred": ",".join(agents)} if agents else {}
    if contact.HasField("preferred_wait"):
        found["hold"] = check.duration(contact.preferred_wait, "contact.preferred_wait", 10 * MILLISECOND, DAY)
    return found


def _of_center(check: Check, center: str, name: AgentName, field: str = "contact.target_agent") -> str:
    if center and name.center and name.center != center:
        check.add(field, "must be of the same center")
    return name.agent


def _target_wait(
    check: Check, message: contact_pb2.Contact | contact_service_pb2.TransferContactRequest, field: str
) -> int:
    if not message.HasField("target_wait"):
        return _TARGET_WAIT
    return check.duration(message.target_wait, field, 10 * MILLISECOND, DAY)


def _contact_id(check: Check, request: contact_service_pb2.EnqueueContactRequest) -> str:
    """The contact's id, or one that follows from the request id.

    So a repeated request makes the same contact: even after its request id is
    forgotten it meets the first one and is told RESOURCE_EXISTS.
    """
    check.request_id(request.request_id)
    if request.contact_id:
        return check.id(request.contact_id, "contact_id")
    if not request.request_id:
        check.add("contact_id", "is required when there is no request_id")
        return ""
    try:
        return uuid.UUID(request.request_id).hex
    except ValueError:
        return ""  # noted above


def _owner_lease(check: Check, request: contact_service_pb2.EnqueueContactRequest) -> int:
    if not request.contact.owner:
        check.add("owner_lease", "needs contact.owner")
    return check.duration(request.owner_lease, "owner_lease", _SHORTEST_LEASE, _LONGEST_LEASE)
