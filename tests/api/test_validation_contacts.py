from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from acd.v1.contact_pb2 import CHANNEL_CALLBACK, CHANNEL_VOICE, Contact, SkillRequirement
from acd.v1.contact_service_pb2 import (
    AbandonContactRequest,
    AcceptAssignmentRequest,
    CancelContactRequest,
    CompleteContactRequest,
    DeclineAssignmentRequest,
    EnqueueContactRequest,
    FinishWrapUpRequest,
    RenewOwnerRequest,
    RequeueContactRequest,
    RescheduleContactRequest,
)
from acd_server.errors import AcdError
from acd_server.names import AssignmentName
from acd_server.validation.contacts import (
    AssignmentRequest,
    Decline,
    LeaveRequest,
    validate_assignment,
    validate_decline,
    validate_enqueue_contact,
    validate_leave,
    validate_renew_owner,
    validate_reschedule,
)
from tests.api.violations import invalid, message, refusal, span

REQUEST_ID = "6BA7B810-9DAD-41D1-80B4-00C04FD430C8"
LEASE = span(30)


def enqueue(contact: Contact | None = None, **fields: Any) -> EnqueueContactRequest:
    contact = contact or Contact()
    contact.channel = contact.channel or CHANNEL_VOICE
    return message(EnqueueContactRequest, **{"parent": "centers/bank", "contact": contact, "contact_id": "c1"} | fields)


def test_the_least_that_a_contact_needs() -> None:
    asked = validate_enqueue_contact(enqueue())
    assert (asked.center, asked.contact, asked.channel) == ("bank", "c1", "VOICE")
    assert (asked.skills, asked.priority, asked.attributes, asked.owner, asked.owner_lease) == ({}, 0, {}, "", 0)


def test_everything_that_a_contact_can_have() -> None:
    contact = Contact(
        channel=CHANNEL_CALLBACK,
        required_skills=[SkillRequirement(skill_id="billing", min_level=3), SkillRequirement(skill_id="cards")],
        priority=9,
        attributes={"ä" * 32: "line\nnul\0", "empty": ""},
        owner="sip-7@edge",
    )
    asked = validate_enqueue_contact(enqueue(contact, owner_lease=LEASE))
    assert (asked.channel, asked.priority, asked.owner, asked.owner_lease) == ("CALLBACK", 9, "sip-7@edge", 30_000_000)
    assert asked.skills == {"billing": 3, "cards": 1}
    assert asked.attributes == {"ä" * 32: "line\nnul\0", "empty": ""}


def test_the_contact_id_follows_from_the_request_id() -> None:
    first = validate_enqueue_contact(enqueue(contact_id="", request_id=REQUEST_ID))
    again = validate_enqueue_contact(enqueue(contact_id="", request_id=REQUEST_ID.lower()))
    assert first.contact == again.contact == "6ba7b8109dad41d180b400c04fd430c8"


def test_a_contact_id_of_ones_own_stays() -> None:
    assert validate_enqueue_contact(enqueue(request_id=REQUEST_ID)).contact == "c1"


def test_one_of_the_two_ids_is_needed() -> None:
    assert invalid(validate_enqueue_contact, enqueue(contact_id="")) == ["contact_id"]


def test_every_violation_is_named_at_once() -> None:
    contact = Contact(
        channel=77,  # type: ignore[arg-type]  # not in the enum
        required_skills=[SkillRequirement(skill_id="billing", min_level=11), SkillRequirement(skill_id="billing")],
        priority=10,
        attributes={"": "x"},
        owner="no owner",
        preferred_agents=["centers/bank/agents/ada", "ada"],
    )
    request = enqueue(contact, parent="bank", contact_id="", request_id="x", owner_lease=span(172800))
    assert invalid(validate_enqueue_contact, request) == [
        "parent",
        "request_id",
        "contact.channel",
        "contact.required_skills[0].min_level",
        "contact.required_skills[1].skill_id",
        "contact.priority",
        "contact.attributes",
        "contact.owner",
        "owner_lease",
        "contact.preferred_agents[1]",
    ]


def test_the_channel_is_required() -> None:
    request = EnqueueContactRequest(parent="centers/bank", contact_id="c1")
    assert invalid(validate_enqueue_contact, request) == ["contact.channel"]


@pytest.mark.parametrize("priority", [-1, 10, 2**31 - 1])
def test_priority_is_0_to_9(priority: int) -> None:
    assert invalid(validate_enqueue_contact, enqueue(Contact(priority=priority))) == ["contact.priority"]


@pytest.mark.parametrize(
    "attributes",
    [
        {f"k{i}": "" for i in range(33)},
        {"": "empty key"},
        {"k" * 65: "long key"},
        {"ä" * 33: "long key in bytes"},
        {"nul\0": "control"},
        {"line\n": "control"},
        {"k": "x" * 1025},
        {"k": "ä" * 513},
    ],
)
def test_attributes_that_are_too_many_too_long_or_unprintable(attributes: dict[str, str]) -> None:
    assert invalid(validate_enqueue_contact, enqueue(Contact(attributes=attributes))) == ["contact.attributes"]


def test_attributes_at_the_limit() -> None:
    attributes = {f"{i:064}": "x" * 1024 for i in range(32)}
    assert validate_enqueue_contact(enqueue(Contact(attributes=attributes))).attributes == attributes


def test_a_lease_needs_an_owner() -> None:
    assert invalid(validate_enqueue_contact, enqueue(owner_lease=LEASE)) == ["owner_lease"]


@pytest.mark.parametrize("lease", [Duration(), Duration(nanos=9_999_999), span(86_401), span(-1)])
def test_a_lease_is_10_ms_to_1_day(lease: Duration) -> None:
    contact = Contact(owner="edge-1")
    assert invalid(validate_enqueue_contact, enqueue(contact, owner_lease=lease)) == ["owner_lease"]
    request = RenewOwnerRequest(parent="centers/bank", owner="edge-1", owner_lease=lease)
    assert invalid(validate_renew_owner, request) == ["owner_lease"]


def test_renewing() -> None:
    request = RenewOwnerRequest(parent="centers/bank", owner="edge-1", owner_lease=span(86400))
    assert validate_renew_owner(request).owner_lease == 86_400_000_000
    assert invalid(validate_renew_owner, RenewOwnerRequest()) == ["parent", "owner", "owner_lease"]


@pytest.mark.parametrize(
    "kind",
    [
        AcceptAssignmentRequest,
        CompleteContactRequest,
        FinishWrapUpRequest,
        RequeueContactRequest,
    ],
)
def test_verbs_quote_an_assignment(kind: type[AssignmentRequest]) -> None:
    name = "centers/bank/contacts/c1/assignments/2"
    assert validate_assignment(kind(name=name)) == ("bank", "c1", 2)
    for wrong in ("", "centers/bank/contacts/c1", name + "/", name + "x", "centers/bank/contacts/c1/assignments/0"):
        assert invalid(validate_assignment, kind(name=wrong)) == ["name"]
    assert invalid(validate_assignment, kind(request_id="x")) == ["name", "request_id"]


def test_declining_says_when_to_ask_again() -> None:
    name = "centers/bank/contacts/c1/assignments/2"
    assert validate_decline(DeclineAssignmentRequest(name=name)) == Decline(AssignmentName("bank", "c1", 2), None)
    for seconds in (0, 86_400):
        request = DeclineAssignmentRequest(name=name, retry_after=span(seconds))
        assert validate_decline(request).retry_after == seconds * 1_000_000
    for seconds in (-1, 86_401):
        request = DeclineAssignmentRequest(name="x", retry_after=span(seconds), request_id="x")
        assert invalid(validate_decline, request) == ["name", "retry_after", "request_id"]


@pytest.mark.parametrize("kind", [AbandonContactRequest, CancelContactRequest])
def test_verbs_name_a_contact(kind: type[LeaveRequest]) -> None:
    assert validate_leave(kind(name="centers/bank/contacts/c1")) == ("bank", "c1")
    assert invalid(validate_leave, kind(name="c1", request_id="x")) == ["name", "request_id"]


def test_a_status_stays_small_whatever_is_wrong() -> None:
    skills = [SkillRequirement(skill_id="Ä" * 500, min_level=99) for _ in range(64)]
    error = refusal(
        validate_enqueue_contact, enqueue(Contact(required_skills=skills, attributes={"ä" * 500: "x" * 5000}))
    )
    assert len(error.fields) == 16
    assert error.message.endswith("and 113 more")
    assert len(error.message) < 3000


def test_no_text_of_the_request_gets_into_the_refusal() -> None:
    contact = Contact(attributes={"ünsafe": "x" * 1025}, owner="\nowner")
    with pytest.raises(AcdError) as caught:
        validate_enqueue_contact(enqueue(contact, parent="\n", contact_id="\0"))
    assert caught.value.message.isascii()
    assert caught.value.message.isprintable()


def test_a_plan_for_later() -> None:
    contact = Contact(
        channel=CHANNEL_CALLBACK,
        schedule_time=Timestamp(seconds=1_800_000_000, nanos=5_999),
        schedule_window=span(3600),
        max_attempts=3,
        attempt_delay=span(60),
    )
    assert validate_enqueue_contact(enqueue(contact)).plan == {
        "time": 1_800_000_000_000_005,
        "window": 3_600_000_000,
        "attempts": 3,
        "delay": 60_000_000,
    }
    assert validate_enqueue_contact(enqueue(Contact(channel=CHANNEL_CALLBACK))).plan == {}
    wrong = Contact(channel=CHANNEL_CALLBACK, schedule_window=span(0), max_attempts=101, attempt_delay=span(-1))
    assert invalid(validate_enqueue_contact, enqueue(wrong)) == [
        "contact.schedule_window",
        "contact.schedule_window",
        "contact.max_attempts",
        "contact.attempt_delay",
    ]
    for time in (Timestamp(seconds=-1), Timestamp(nanos=-1), Timestamp(seconds=2**40)):
        wrong = Contact(channel=CHANNEL_CALLBACK, schedule_time=time)
        assert invalid(validate_enqueue_contact, enqueue(wrong)) == ["contact.schedule_time"]


def test_a_longest_wait() -> None:
    contact = Contact(channel=CHANNEL_VOICE, max_wait=span(0.01))
    assert validate_enqueue_contact(enqueue(contact)).plan == {"max_wait": 10_000}
    for wrong in (span(0), span(0.009999), span(30 * 86_400 + 1)):
        contact = Contact(channel=CHANNEL_VOICE, max_wait=wrong)
        assert invalid(validate_enqueue_contact, enqueue(contact)) == ["contact.max_wait"]


def test_rescheduling() -> None:
    name = "centers/bank/contacts/c1/assignments/2"
    assert validate_reschedule(RescheduleContactRequest(name=name)).delay is None
    assert validate_reschedule(RescheduleContactRequest(name=name, delay=span(1))).delay == 1_000_000
    request = RescheduleContactRequest(name="x", delay=span(0), request_id="x")
    assert invalid(validate_reschedule, request) == ["name", "delay", "request_id"]


def test_for_whom_and_about_what() -> None:
    bank = "centers/bank"
    contact = Contact(channel=CHANNEL_CALLBACK, target_agent=f"{bank}/agents/ada", parent_contact=f"{bank}/contacts/c0")
    assert validate_enqueue_contact(enqueue(contact)).plan == {"target": "ada", "wait": 60_000_000, "parent": "c0"}
    contact.target_wait.FromSeconds(5)
    assert validate_enqueue_contact(enqueue(contact)).plan["wait"] == 5_000_000
    wrong = Contact(
        channel=CHANNEL_CALLBACK,
        target_agent="centers/other/agents/ada",
        target_wait=span(0),
        parent_contact="centers/other/contacts/c0",
        schedule_time=Timestamp(seconds=1),
    )
    assert invalid(validate_enqueue_contact, enqueue(wrong)) == [
        "contact.target_agent",
        "contact.target_wait",
        "contact.parent_contact",
        "contact.target_agent",
    ]
    wrong = Contact(channel=CHANNEL_CALLBACK, target_wait=span(1), parent_contact="x")
    assert invalid(validate_enqueue_contact, enqueue(wrong)) == ["contact.target_wait", "contact.parent_contact"]


def test_agents_to_hold_out_for() -> None:
    agents = [f"centers/bank/agents/a{number}" for number in range(10)]
    contact = Contact(channel=CHANNEL_CALLBACK, preferred_agents=agents)
    assert validate_enqueue_contact(enqueue(contact)).plan == {"preferred": "a0,a1,a2,a3,a4,a5,a6,a7,a8,a9"}
    contact.preferred_wait.FromSeconds(20)
    contact.schedule_time.FromSeconds(1)
    assert validate_enqueue_contact(enqueue(contact)).plan["hold"] == 20_000_000


@pytest.mark.parametrize(
    ("contact", "fields"),
    [
        (Contact(preferred_agents=["", "centers/other/agents/ada"]), ["preferred_agents[0]", "preferred_agents[1]"]),
        (Contact(preferred_agents=["centers/bank/agents/ada"] * 2), ["preferred_agents[1]"]),
        (Contact(preferred_agents=["centers/bank/agents/a,b"]), ["preferred_agents[0]"]),
        (Contact(preferred_agents=[f"centers/bank/agents/a{number}" for number in range(11)]), ["preferred_agents"]),
        (Contact(preferred_wait=span(20)), ["preferred_wait"]),
        (Contact(preferred_agents=["centers/bank/agents/ada"], preferred_wait=span(0.009)), ["preferred_wait"]),
        (Contact(preferred_agents=["centers/bank/agents/ada"], preferred_wait=span(86401)), ["preferred_wait"]),
        (
            Contact(preferred_agents=["centers/bank/agents/ada"], target_agent="centers/bank/agents/eve"),
            ["preferred_agents"],
        ),
    ],
)
def test_agents_that_cannot_be_held_out_for(contact: Contact, fields: list[str]) -> None:
    contact.channel = CHANNEL_CALLBACK
    assert invalid(validate_enqueue_contact, enqueue(contact)) == [f"contact.{field}" for field in fields]
