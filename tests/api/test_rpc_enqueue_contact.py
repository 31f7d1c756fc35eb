import uuid
from collections.abc import AsyncIterator
from typing import Any

import grpc.aio
import pytest

from acd.v1.center_pb2 import Center, CenterPolicy
from acd.v1.center_service_pb2 import UpdateCenterRequest
from acd.v1.contact_pb2 import (
    CHANNEL_CHAT,
    CHANNEL_VOICE,
    CONTACT_STATE_QUEUED,
    OVERFLOW_ACTION_RAISE_PRIORITY,
    OVERFLOW_ACTION_REPLACE_SKILLS,
    PREFERENCE_END_NONE_SIGNED_IN,
    Contact,
    OverflowRule,
    SkillRequirement,
)
from acd.v1.contact_service_pb2 import EnqueueContactRequest
from acd_server.store import Store
from tests.api.harness import Api, Bank
from tests.api.violations import span
from tests.support.cells import Cell
from tests.support.redis_process import Store as StoreProcesses
from tests.support.server import running


def enqueue(bank: Bank, contact_id: str = "c1", *, request_id: str = "", **fields: Any) -> EnqueueContactRequest:
    contact = Contact(**{"channel": CHANNEL_VOICE} | fields)
    return EnqueueContactRequest(parent=bank.name, contact_id=contact_id, contact=contact, request_id=request_id)


async def test_a_contact_waits(api: Api, bank: Bank) -> None:
    await bank.skill("billing", "cards")
    request = enqueue(
        bank,
        channel=CHANNEL_CHAT,
        priority=3,
        required_skills=[SkillRequirement(skill_id="cards", min_level=4), SkillRequirement(skill_id="billing")],
        attributes={"from": "+49 30 123"},
        owner="edge-1",
    )
    contact = (await api.contacts.EnqueueContact(request)).contact
    assert (contact.name, contact.channel, contact.priority) == (bank.contact_name(), CHANNEL_CHAT, 3)
    assert {skill.skill_id: skill.min_level for skill in contact.required_skills} == {"cards": 4, "billing": 1}
    assert contact.current_skills == contact.required_skills
    assert (dict(contact.attributes), contact.owner) == ({"from": "+49 30 123"}, "edge-1")
    assert (contact.state, contact.offer_count) == (CONTACT_STATE_QUEUED, 0)
    assert not contact.HasField("assignment")
    assert not contact.HasField("end_time")
    assert contact.expire_time.seconds - contact.enqueue_time.seconds == 24 * 3600
    assert contact == await bank.get_contact()


ATTRIBUTES = [
    {"text": "line\nline\ttab\0nul\x7f\x1b[31m\u2028\u202e𝄞"},
    {"json": '{"a":{},"b":[]}', "skills": '"skills":{}', "escape": "\\u0000 \\n \\"},
    {f"{i:064}": "x" * 1024 for i in range(32)},
    {"1": "one", "2": "two"},
    {"empty": ""},
    {"name": "{bank}:queue", "id": "c2", "state": "COMPLETED"},
]


@pytest.mark.parametrize("attributes", ATTRIBUTES, ids=lambda each: next(iter(each)))
async def test_attributes_come_back_byte_by_byte(api: Api, bank: Bank, attributes: dict[str, str]) -> None:
    contact = (await api.contacts.EnqueueContact(enqueue(bank, attributes=attributes))).contact
    assert dict(contact.attributes) == attributes
    assert dict((await bank.get_contact()).attributes) == attributes


async def test_the_id_is_made_from_the_request_id(api: Api, bank: Bank) -> None:
    request_id = str(uuid.uuid4())
    request = enqueue(bank, "", request_id=request_id)
    first = (await api.contacts.EnqueueContact(request)).contact
    assert first.name == bank.contact_name(request_id.replace("-", ""))
    assert (await api.contacts.EnqueueContact(request)).contact == first


async def test_a_forgotten_request_id_still_makes_no_second_contact(
    api: Api, bank: Bank, store_processes: StoreProcesses
) -> None:
    request = enqueue(bank, "", request_id=str(uuid.uuid4()))
    await api.contacts.EnqueueContact(request)
    for process in store_processes.primaries():
        with process.client() as client:
            for key in client.scan_iter(match="*:request:*"):
                client.delete(key)
    await api.refused("RESOURCE_EXISTS", api.contacts.EnqueueContact, request)


async def test_repeating(api: Api, bank: Bank) -> None:
    await api.repeated(api.contacts.EnqueueContact, enqueue(bank), enqueue(bank, priority=1))


async def test_a_reply_that_is_repeated_has_its_attributes(api: Api, bank: Bank) -> None:
    request = enqueue(bank, attributes={"a": "1"})
    reply = await api.repeated(api.contacts.EnqueueContact, request, enqueue(bank))
    assert dict(reply.contact.attributes) == {"a": "1"}


async def test_a_second_contact_of_the_same_id(api: Api, bank: Bank) -> None:
    await bank.contact()
    refused = await api.refused("RESOURCE_EXISTS", api.contacts.EnqueueContact, enqueue(bank))
    assert refused.metadata == {"name": bank.contact_name()}


async def test_one_of_the_two_ids_is_needed(api: Api, bank: Bank) -> None:
    refused = await api.refused("INVALID_FIELD", api.contacts.EnqueueContact, enqueue(bank, ""))
    assert refused.fields == ["contact_id"]


async def test_a_center_or_a_skill_that_does_not_exist(api: Api, bank: Bank) -> None:
    request = enqueue(bank)
    request.parent = "centers/nowhere"
    refused = await api.refused("RESOURCE_NOT_FOUND", api.contacts.EnqueueContact, request)
    assert refused.metadata == {"name": "centers/nowhere"}
    request = enqueue(bank, required_skills=[SkillRequirement(skill_id="billing")])
    refused = await api.refused("RESOURCE_NOT_FOUND", api.contacts.EnqueueContact, request)
    assert refused.metadata == {"name": bank.skill_name("billing")}


async def test_a_skill_that_is_being_deleted(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    await bank.delete_skill("billing")
    request = enqueue(bank, required_skills=[SkillRequirement(skill_id="billing")])
    refused = await api.refused("SKILL_DELETING", api.contacts.EnqueueContact, request)
    assert refused.metadata == {"name": bank.skill_name("billing")}


async def test_a_closed_center(api: Api, bank: Bank) -> None:
    await bank.close()
    refused = await api.refused("CENTER_CLOSED", api.contacts.EnqueueContact, enqueue(bank))
    assert refused.metadata == {"name": bank.name}


async def test_bad_input(api: Api, bank: Bank) -> None:
    request = enqueue(bank, "a b", channel=0, priority=10, owner="x y", attributes={"k": "x" * 1025})
    request.owner_lease.CopyFrom(span(0))
    refused = await api.refused("INVALID_FIELD", api.contacts.EnqueueContact, request)
    assert refused.fields == [
        "contact_id",
        "contact.channel",
        "contact.priority",
        "contact.attributes",
        "contact.owner",
        "owner_lease",
    ]


async def test_more_wrong_fields_than_a_status_can_carry(api: Api, bank: Bank) -> None:
    skills = [SkillRequirement(skill_id="No Slug", min_level=99) for _ in range(64)]
    refused = await api.refused("INVALID_FIELD", api.contacts.EnqueueContact, enqueue(bank, required_skills=skills))
    assert refused.fields[0] == "contact.required_skills[0].skill_id"
    assert 8 <= len(refused.fields) <= 16


async def test_agents_to_hold_out_for(api: Api, bank: Bank) -> None:
    await bank.agent("ann", available=False)
    await bank.agent("bob")
    await bank.agent("eve")
    names = [bank.agent_name("bob"), bank.agent_name("ann")]
    request = enqueue(bank, preferred_agents=names, preferred_wait=span(20))
    found = (await api.contacts.EnqueueContact(request)).contact
    assert list(found.preferred_agents) == names
    assert found.preferred_until.ToMicroseconds() == found.enqueue_time.ToMicroseconds() + 20_000_000
    assert not found.HasField("preferred_wait")
    assert [each.agent for each in await bank.match()] == [bank.agent_name("bob")]
    found = (await api.contacts.EnqueueContact(enqueue(bank, "c2", preferred_agents=names[1:]))).contact
    assert (found.HasField("preferred_until"), found.preference_end) == (False, PREFERENCE_END_NONE_SIGNED_IN)


async def test_agents_that_cannot_be_held_out_for(api: Api, bank: Bank) -> None:
    verb, ann = api.contacts.EnqueueContact, bank.agent_name("ann")
    refused = await api.refused("RESOURCE_NOT_FOUND", verb, enqueue(bank, preferred_agents=[ann]))
    assert refused.metadata == {"name": ann}
    wrongs: list[tuple[dict[str, Any], str]] = [
        ({"preferred_agents": [ann, ann]}, "preferred_agents[1]"),
        ({"preferred_agents": ["centers/other/agents/ann"]}, "preferred_agents[0]"),
        ({"preferred_agents": [f"{ann}{number}" for number in range(11)]}, "preferred_agents"),
        ({"preferred_agents": [ann], "target_agent": bank.agent_name("bob")}, "preferred_agents"),
        ({"preferred_agents": [ann], "preferred_wait": span(0)}, "preferred_wait"),
        ({"preferred_wait": span(1)}, "preferred_wait"),
    ]
    for wrong, field in wrongs:
        refused = await api.refused("INVALID_FIELD", verb, enqueue(bank, **wrong))
        assert refused.fields == [f"contact.{field}"]


async def test_a_request_that_is_too_large(api: Api, bank: Bank) -> None:
    request = enqueue(bank, attributes={"k": "x" * 70_000})
    refused = await api.refused("LIMIT_EXCEEDED", api.contacts.EnqueueContact, request)
    assert refused.metadata == {"name": "request", "limit": "65536"}


@pytest.fixture
async def small(store_processes: StoreProcesses, bank: Bank, cell: Cell) -> AsyncIterator[Bank]:
    """The same center behind a server that allows 3 waiting contacts and 2 requirements."""
    store = await Store.open(store_processes.url, documents=cell.documents, max_waiting=3, max_classes=2)
    async with running(store) as server, grpc.aio.insecure_channel(server.target) as channel:
        yield Bank(Api(channel, store_processes), bank.id)
    await store.close()


async def test_a_full_queue(small: Bank) -> None:
    for contact in ("c1", "c2", "c3"):
        await small.contact(contact)
    refused = await small.api.refused("QUEUE_FULL", small.api.contacts.EnqueueContact, enqueue(small, "c4"))
    assert refused.metadata == {"name": small.name, "limit": "3", "scope": "center"}
    await small.agent()
    await small.match()
    await small.contact("c4")


async def test_limits_of_the_policy(api: Api, bank: Bank) -> None:
    await bank.policy(max_waiting=2, max_class_waiting=1)
    await bank.skill("billing")
    await bank.contact("c1")
    refused = await api.refused("QUEUE_FULL", api.contacts.EnqueueContact, enqueue(bank, "c2"))
    assert refused.metadata == {"name": bank.name, "limit": "1", "scope": "class"}
    await bank.contact("c2", billing=1)
    refused = await api.refused("QUEUE_FULL", api.contacts.EnqueueContact, enqueue(bank, "c3"))
    assert refused.metadata == {"name": bank.name, "limit": "2", "scope": "center"}


async def test_a_longest_wait_of_its_own(api: Api, bank: Bank) -> None:
    contact = (await api.contacts.EnqueueContact(enqueue(bank, max_wait=span(90)))).contact
    assert contact.max_wait == span(90)
    assert contact.expire_time.seconds - contact.enqueue_time.seconds == 90


async def test_overflow_rules(api: Api, bank: Bank) -> None:
    """As they were given; the policy's for who has none; a skill that does not exist is named."""
    await bank.skill("billing")
    wide = OverflowRule(
        id="wide",
        after=span(60),
        action=OVERFLOW_ACTION_REPLACE_SKILLS,
        required_skills=[SkillRequirement(skill_id="billing", min_level=2)],
    )
    up = OverflowRule(id="up", after=span(30.5), action=OVERFLOW_ACTION_RAISE_PRIORITY, priority=4)
    contact = (await api.contacts.EnqueueContact(enqueue(bank, overflow_rules=[wide, up]))).contact
    assert list(contact.overflow_rules) == [wide, up]
    assert list(contact.fired_overflow_rules) == []
    policy = CenterPolicy(overflow_rules=[up])
    update = UpdateCenterRequest(center=Center(name=bank.name, policy=policy))
    assert list((await api.centers.UpdateCenter(update)).center.policy.overflow_rules) == [up]
    assert list((await bank.contact("c2")).overflow_rules) == [up]
    wide.required_skills[0].skill_id = "golf"
    request = enqueue(bank, "c3", overflow_rules=[wide])
    refused = await api.refused("RESOURCE_NOT_FOUND", api.contacts.EnqueueContact, request)
    assert refused.metadata == {"name": bank.skill_name("golf")}
    update = UpdateCenterRequest(center=Center(name=bank.name, policy=CenterPolicy(overflow_rules=[wide])))
    refused = await api.refused("RESOURCE_NOT_FOUND", api.centers.UpdateCenter, update)
    assert refused.metadata == {"name": bank.skill_name("golf")}
    update.center.policy.overflow_rules[0].after.Clear()
    refused = await api.refused("INVALID_FIELD", api.centers.UpdateCenter, update)
    assert refused.fields == ["center.policy.overflow_rules[0].after"]


async def test_too_many_different_requirements(small: Bank) -> None:
    await small.skill("billing", "cards")
    await small.contact("c1")
    await small.contact("c2", billing=1)
    request = enqueue(small, "c3", required_skills=[SkillRequirement(skill_id="cards")])
    refused = await small.api.refused("TOO_MANY_CLASSES", small.api.contacts.EnqueueContact, request)
    assert refused.metadata == {"name": small.name, "limit": "2"}
    await small.contact("c4", billing=1)
