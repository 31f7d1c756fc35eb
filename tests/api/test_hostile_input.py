"""Input that is after the store, not the field: over the wire, on every verb that takes it."""

import uuid
from typing import Any

import grpc.aio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acd.v1.agent_pb2 import PRESENCE_NOT_READY, Agent
from acd.v1.agent_service_pb2 import AddAgentSkillRequest, CreateAgentRequest, GetAgentRequest
from acd.v1.center_service_pb2 import CreateCenterRequest, GetCenterRequest
from acd.v1.contact_pb2 import CHANNEL_VOICE, Contact, SkillRequirement
from acd.v1.contact_service_pb2 import EnqueueContactRequest, GetContactRequest, RenewOwnerRequest
from acd.v1.skill_service_pb2 import CreateSkillRequest, ListSkillsRequest
from acd_server.tokens import encode_page_token
from tests.api.harness import Api, Bank, refusal
from tests.api.violations import message, span
from tests.support import keyspace
from tests.support.server import Server

# One store serves all examples: nothing of one can be in the way of another.
SETTINGS = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

IDS = [
    *("{", "}", "{other}", "other}:queue", "a:b", "*", "?", "[a-z]", "\0", "a\0", "\n", "a\nb", "a b", "/", "..", "_"),
    *("{_}", "\u00e9", "\u0130", "\u017f", "\u2028", "\U0001d11e", "a" * 129, "x" * 50_000, "-", "a-", "$ne", "%s"),
]


@pytest.mark.parametrize("hostile", IDS, ids=ascii)
async def test_an_id_that_does_not_belong_in_a_key(api: Api, bank: Bank, hostile: str) -> None:
    contact = Contact(channel=CHANNEL_VOICE)
    owned = Contact(channel=CHANNEL_VOICE, owner=hostile)
    skilled = Contact(channel=CHANNEL_VOICE, required_skills=[SkillRequirement(skill_id=hostile)])
    calls: list[tuple[Any, Any]] = [
        (api.centers.CreateCenter, CreateCenterRequest(center_id=hostile)),
        (api.centers.GetCenter, GetCenterRequest(name=f"centers/{hostile}")),
        (api.skills.CreateSkill, CreateSkillRequest(parent=bank.name, skill_id=hostile)),
        (api.skills.CreateSkill, CreateSkillRequest(parent=f"centers/{hostile}", skill_id="billing")),
        (api.agents.CreateAgent, CreateAgentRequest(parent=bank.name, agent_id=hostile)),
        (api.agents.GetAgent, GetAgentRequest(name=bank.agent_name(hostile))),
        (api.agents.AddAgentSkill, message(AddAgentSkillRequest, name=bank.agent_name(), skill={"skill_id": hostile})),
        (api.contacts.EnqueueContact, _enqueue(bank, hostile, contact)),
        (api.contacts.EnqueueContact, _enqueue(bank, "c1", owned)),
        (api.contacts.EnqueueContact, _enqueue(bank, "c1", skilled)),
        (api.contacts.GetContact, GetContactRequest(name=bank.contact_name(hostile))),
        (api.contacts.RenewOwner, RenewOwnerRequest(parent=bank.name, owner=hostile, owner_lease=span(1))),
    ]
    before = api.dump()
    for call, request in calls:
        assert (await refusal(call(request))).reason == "INVALID_FIELD", request
    assert keyspace.differences(before, api.dump()) == {}


def _enqueue(bank: Bank, contact_id: str, contact: Contact) -> EnqueueContactRequest:
    return EnqueueContactRequest(parent=bank.name, contact_id=contact_id, contact=contact)


async def test_a_forged_page_token(api: Api, bank: Bank) -> None:
    for cursor in ("\0", "+", "(a", "a b", "\U0001d11e" * 100):
        token = encode_page_token(cursor, "ListSkills", bank.id)
        request = ListSkillsRequest(parent=bank.name, page_token=token)
        assert (await refusal(api.skills.ListSkills(request))).reason == "PAGE_TOKEN_INVALID"


async def test_a_message_of_a_mebibyte_is_refused_by_the_transport(api: Api, bank: Bank) -> None:
    request = CreateAgentRequest(parent=bank.name, agent_id="x" * 2**20)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await api.agents.CreateAgent(request)
    assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize("body", [b"\xff", b"\x0a\x05ab", b"\x0a\x02\xff\xfe", b"\x00", b"\x0a\x01a" * 30_000])
async def test_bytes_that_are_no_request(server: Server, body: bytes) -> None:
    async with grpc.aio.insecure_channel(server.target) as channel:
        call: Any = channel.unary_unary("/acd.v1.CenterService/GetCenter")
        got = await refusal(call(body))
    assert got.reason in ("INVALID_FIELD", "LIMIT_EXCEEDED")


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
LINES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=64)


@given(attributes=st.dictionaries(LINES.filter(lambda key: 1 <= len(key.encode()) <= 64), TEXTS, max_size=8))
@SETTINGS
async def test_whatever_an_attribute_says_comes_back(bank: Bank, attributes: dict[str, str]) -> None:
    contact = f"c-{uuid.uuid4()}"
    body = Contact(channel=CHANNEL_VOICE, attributes=attributes)
    stored = (await bank.api.contacts.EnqueueContact(_enqueue(bank, contact, body))).contact
    assert dict(stored.attributes) == attributes
    assert dict((await bank.get_contact(contact)).attributes) == attributes


@given(name=LINES, reason=LINES.filter(str.strip))
@SETTINGS
async def test_whatever_a_name_or_a_reason_says_comes_back(bank: Bank, name: str, reason: str) -> None:
    agent = f"a-{uuid.uuid4()}"
    body = Agent(display_name=name)
    await bank.api.agents.CreateAgent(CreateAgentRequest(parent=bank.name, agent_id=agent, agent=body))
    await bank.set_state(PRESENCE_NOT_READY, reason, agent=agent)
    stored = await bank.get_agent(agent)
    assert (stored.display_name, stored.presence_reason) == (name, reason)
