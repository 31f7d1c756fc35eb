"""What the API tests say: calls over the wire, refusals with all they carry, dumps."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc.aio
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2  # type: ignore[import-untyped]  # it has no types
from grpc_status import rpc_status

from acd.v1 import agent_service_pb2, center_service_pb2, contact_service_pb2, dispatch_service_pb2, skill_service_pb2
from acd.v1.agent_pb2 import PRESENCE_AVAILABLE, Agent, AgentSkill, Presence
from acd.v1.agent_service_pb2_grpc import AgentServiceStub
from acd.v1.assignment_feed_pb2_grpc import AssignmentFeedStub
from acd.v1.center_pb2 import Center, CenterPolicy
from acd.v1.center_service_pb2_grpc import CenterServiceStub
from acd.v1.contact_pb2 import CHANNEL_VOICE, Assignment, Contact, SkillRequirement
from acd.v1.contact_service_pb2_grpc import ContactServiceStub
from acd.v1.dispatch_service_pb2_grpc import DispatchServiceStub
from acd.v1.simulation_service_pb2_grpc import SimulationServiceStub
from acd.v1.skill_service_pb2_grpc import SkillServiceStub
from acd_server.errors import CODES, DOMAIN, RETRY_DELAYS
from tests.support import keyspace
from tests.support.redis_process import Store as StoreProcesses

T = TypeVar("T")
Call = Callable[[Any], Awaitable[Any]]


@dataclass(frozen=True)
class Refusal:
    reason: str
    message: str
    metadata: dict[str, str]
    fields: list[str]


def read_refusal(error: grpc.aio.AioRpcError) -> Refusal:
    """Checks what every refusal must have."""
    status = rpc_status.from_call(error)  # type: ignore[arg-type]  # an aio error has what it reads
    assert status is not None, f"{error.code()} {error.details()} carries no details"
    info, bad, retry = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
    found = {type(kind): any(each.Unpack(kind) for each in status.details) for kind in (info, bad, retry)}
    assert found[type(info)]
    assert info.domain == DOMAIN
    assert error.code() == CODES[info.reason]
    assert found[type(retry)] == (info.reason in RETRY_DELAYS)
    assert found[type(bad)] == (info.reason == "INVALID_FIELD")
    fields = [violation.field for violation in bad.field_violations]
    if fields:
        assert dict(info.metadata) == {"field": fields[0]}
    return Refusal(info.reason, error.details() or "", dict(info.metadata), fields)


async def refusal(call: Awaitable[Any]) -> Refusal:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return read_refusal(caught.value)


class Api:
    """Stubs of all services over one channel, and the processes of the store behind the server."""

    def __init__(self, channel: grpc.aio.Channel, processes: StoreProcesses) -> None:
        self._processes = processes
        self.centers = CenterServiceStub(channel)
        self.skills = SkillServiceStub(channel)
        self.agents = AgentServiceStub(channel)
        self.contacts = ContactServiceStub(channel)
        self.feed = AssignmentFeedStub(channel)
        self.dispatch = DispatchServiceStub(channel)
        self.simulation = SimulationServiceStub(channel)

    def dump(self) -> keyspace.Keyspace:
        return keyspace.dump(self._processes)

    async def refused(self, reason: str, call: Call, request: Message) -> Refusal:
        """The call is refused for this reason and changes nothing, nowhere."""
        before = self.dump()
        got = await refusal(call(request))
        assert got.reason == reason, got
        assert keyspace.differences(before, self.dump()) == {}
        return got

    async def repeated(self, call: Call, request: Any, other: Any) -> Any:
        """The request with a new request id, twice: one change, one reply. Returns the reply.

        `other` is a request of the same method; with the same id it must be refused.
        """
        request.request_id = str(uuid.uuid4())
        first = await call(request)
        before = self.dump()
        assert await call(request) == first
        request.request_id = request.request_id.upper()
        assert await call(request) == first
        assert keyspace.differences(before, self.dump()) == {}
        other.request_id = request.request_id
        got = await self.refused("REQUEST_ID_REUSED", call, other)
        assert got.metadata == {"requestId": request.request_id.lower()}
        return first


class Bank:
    """A center with a name of its own, and short ways to bring things about in it."""

    def __init__(self, api: Api, center: str) -> None:
        self.api = api
        self.id = center
        self.name = f"centers/{center}"

    def agent_name(self, agent: str = "ada") -> str:
        return f"{self.name}/agents/{agent}"

    def contact_name(self, contact: str = "c1") -> str:
        return f"{self.name}/contacts/{contact}"

    def skill_name(self, skill: str) -> str:
        return f"{self.name}/skills/{skill}"

    def assignment_name(self, number: int, contact: str = "c1") -> str:
        return f"{self.contact_name(contact)}/assignments/{number}"

    async def get(self) -> Center:
        return (await self.api.centers.GetCenter(center_service_pb2.GetCenterRequest(name=self.name))).center

    async def policy(self, **fields: Any) -> None:
        """Changes the policy. Durations in seconds."""
        policy = CenterPolicy()
        for field, value in fields.items():
            if policy.DESCRIPTOR.fields_by_name[field].message_type:
                getattr(policy, field).FromMicroseconds(round(value * 1_000_000))
            else:
                setattr(policy, field, value)
        request = center_service_pb2.UpdateCenterRequest(center=Center(name=self.name, policy=policy))
        request.update_mask.paths.extend(f"policy.{field}" for field in fields)
        await self.api.centers.UpdateCenter(request)

    async def open(self) -> None:
        await self.api.centers.OpenCenter(center_service_pb2.OpenCenterRequest(name=self.name))

    async def close(self) -> None:
        await self.api.centers.CloseCenter(center_service_pb2.CloseCenterRequest(name=self.name))

    async def skill(self, *skills: str) -> None:
        for skill in skills:
            request = skill_service_pb2.CreateSkillRequest(parent=self.name, skill_id=skill)
            await self.api.skills.CreateSkill(request)

    async def delete_skill(self, skill: str, *, force: bool = False) -> None:
        request = skill_service_pb2.DeleteSkillRequest(name=self.skill_name(skill), force=force)
        await self.api.skills.DeleteSkill(request)

    async def agent(
        self, agent: str = "ada", *, available: bool = True, skills: dict[str, int] | None = None, **more: int
    ) -> Agent:
        held = [AgentSkill(skill_id=skill, level=level) for skill, level in ((skills or {}) | more).items()]
        request = agent_service_pb2.CreateAgentRequest(parent=self.name, agent_id=agent, agent=Agent(skills=held))
        created = (await self.api.agents.CreateAgent(request)).agent
        return await self.set_state(PRESENCE_AVAILABLE, agent=agent) if available else created

    async def get_agent(self, agent: str = "ada") -> Agent:
        request = agent_service_pb2.GetAgentRequest(name=self.agent_name(agent))
        return (await self.api.agents.GetAgent(request)).agent

    async def set_state(self, presence: Presence.ValueType, reason: str = "", agent: str = "ada") -> Agent:
        request = agent_service_pb2.SetAgentStateRequest(name=self.agent_name(agent), presence=presence, reason=reason)
        return (await self.api.agents.SetAgentState(request)).agent

    async def contact(self, contact: str = "c1", *, owner: str = "", priority: int = 0, **skills: int) -> Contact:
        required = [SkillRequirement(skill_id=skill, min_level=level) for skill, level in skills.items()]
        body = Contact(channel=CHANNEL_VOICE, required_skills=required, owner=owner, priority=priority)
        request = contact_service_pb2.EnqueueContactRequest(parent=self.name, contact_id=contact, contact=body)
        return (await self.api.contacts.EnqueueContact(request)).contact

    async def get_contact(self, contact: str = "c1") -> Contact:
        request = contact_service_pb2.GetContactRequest(name=self.contact_name(contact))
        return (await self.api.contacts.GetContact(request)).contact

    async def match(self) -> list[Assignment]:
        request = dispatch_service_pb2.MatchContactsRequest(parent=self.name)
        return list((await self.api.dispatch.MatchContacts(request)).assignments)

    async def fire(self) -> int:
        """Fires all that is due; returns how many."""
        fired = 0
        while True:
            request = dispatch_service_pb2.FireDeadlinesRequest(parent=self.name)
            response = await self.api.dispatch.FireDeadlines(request)
            fired += response.fired_count
            if not response.more:
                return fired

    async def offered(self, contact: str = "c1", agent: str = "ada") -> str:
        """A new contact offered to a new agent; the assignment's name."""
        await self.agent(agent)
        await self.contact(contact)
        (assignment,) = await self.match()
        return assignment.name

    async def active(self, contact: str = "c1", agent: str = "ada") -> str:
        name = await self.offered(contact, agent)
        await self.api.contacts.AcceptAssignment(contact_service_pb2.AcceptAssignmentRequest(name=name))
        return name

    async def completed(self, contact: str = "c1", agent: str = "ada") -> str:
        """Ended, or in wrap-up when the center has one."""
        name = await self.active(contact, agent)
        await self.api.contacts.CompleteContact(contact_service_pb2.CompleteContactRequest(name=name))
        return name
