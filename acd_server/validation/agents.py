"""Requests of AgentService."""

from collections.abc import Iterable
from typing import NamedTuple

from acd.v1 import agent_pb2, agent_service_pb2
from acd_server.names import ID, AgentName
from acd_server.policy import CAPACITY_RANGE
from acd_server.validation._capacity import read_costs
from acd_server.validation._check import MAX_REASON, Check
from acd_server.validation._page import Page, read_page

_PATHS = frozenset({"display_name", "skills", "capacity", "channel_capacity"})


class CreateAgent(NamedTuple):
    """`capacity` 0 and channels without `costs`: the policy's."""

    center: str
    agent: str
    display_name: str
    skills: dict[str, int]
    capacity: int
    costs: dict[str, dict[str, int]]


class ListAgents(NamedTuple):
    center: str
    presence: str
    page: Page


class UpdateAgent(NamedTuple):
    """None: not to be changed."""

    center: str
    agent: str
    display_name: str | None
    skills: dict[str, int] | None
    capacity: int | None
    costs: dict[str, dict[str, int]] | None


class AddAgentSkill(NamedTuple):
    center: str
    agent: str
    skill: str
    level: int


class RemoveAgentSkill(NamedTuple):
    center: str
    agent: str
    skill: str


class SetAgentState(NamedTuple):
    center: str
    agent: str
    presence: str
    reason: str
    after_work: bool


def validate_create_agent(request: agent_service_pb2.CreateAgentRequest) -> CreateAgent:
    with Check() as check:
        center = check.center(request.parent)
        agent = check.id(request.agent_id, "agent_id")
        display_name = check.display_name(request.agent.display_name, "agent.display_name")
        skills = _skills(check, request.agent.skills)
        capacity = check.between(request.agent.capacity, "agent.capacity", 0, CAPACITY_RANGE[1])
        costs = read_costs(check, request.agent.channel_capacity, "agent.channel_capacity")
        check.request_id(request.request_id)
    return CreateAgent(center, agent, display_name, skills, capacity, costs)


def validate_get_agent(request: agent_service_pb2.GetAgentRequest) -> AgentName:
    with Check() as check:
        return check.agent(request.name)


def validate_list_agents(request: agent_service_pb2.ListAgentsRequest) -> ListAgents:
    with Check() as check:
        center = check.center(request.parent)
        presence = check.enum(agent_pb2.Presence, request.presence, "presence")
        limit = check.page_size(request.page_size)
    return ListAgents(center, presence, read_page(request.page_token, limit, ID, "ListAgents", center, presence))


def validate_update_agent(request: agent_service_pb2.UpdateAgentRequest) -> UpdateAgent:
    agent = request.agent
    display_name = skills = capacity = costs = None
    with Check() as check:
        name = check.agent(agent.name, "agent.name")
        paths = check.mask(request.update_mask.paths, _PATHS)
        if "display_name" in paths or (not paths and agent.display_name):
            display_name = check.display_name(agent.display_name, "agent.display_name")
        if "skills" in paths or (not paths and agent.skills):
            skills = _skills(check, agent.skills)
        if "capacity" in paths or (not paths and agent.capacity):
            capacity = check.between(agent.capacity, "agent.capacity", 0, CAPACITY_RANGE[1])
        if "channel_capacity" in paths or (not paths and agent.channel_capacity):
            costs = read_costs(check, agent.channel_capacity, "agent.channel_capacity")
        check.request_id(request.request_id)
    return UpdateAgent(name.center, name.agent, display_name, skills, capacity, costs)


def validate_delete_agent(request: agent_service_pb2.DeleteAgentRequest) -> AgentName:
    with Check() as check:
        name = check.agent(request.name)
        check.request_id(request.request_id)
        return name


def validate_add_agent_skill(request: agent_service_pb2.AddAgentSkillRequest) -> AddAgentSkill:
    with Check() as check:
        name = check.agent(request.name)
        skill = check.slug(request.skill.skill_id, "skill.skill_id")
        level = check.level(request.skill.level, "skill.level")
        check.request_id(request.request_id)
    return AddAgentSkill(name.center, name.agent, skill, level)


def validate_remove_agent_skill(request: agent_service_pb2.RemoveAgentSkillRequest) -> RemoveAgentSkill:
    with Check() as check:
        name = check.agent(request.name)
        skill = check.slug(request.skill_id, "skill_id")
        check.request_id(request.request_id)
    return RemoveAgentSkill(name.center, name.agent, skill)


def validate_set_agent_state(request: agent_service_pb2.SetAgentStateRequest) -> SetAgentState:
    with Check() as check:
        name = check.agent(request.name)
        presence = check.enum(agent_pb2.Presence, request.presence, "presence")
        if request.presence == agent_pb2.PRESENCE_UNSPECIFIED:
            check.add("presence", "is required")
        reason = check.line(request.reason, "reason", MAX_REASON)
        if presence == "NOT_READY" and not reason.strip():
            check.add("reason", "is required with PRESENCE_NOT_READY")
        if presence in ("OFFLINE", "AVAILABLE") and reason:
            check.add("reason", "is allowed with PRESENCE_NOT_READY only")
        check.request_id(request.request_id)
    return SetAgentState(name.center, name.agent, presence, reason, request.after_work)


class PullContact(NamedTuple):
    center: str
    agent: str
    contact: str


def validate_pull_contact(request: agent_service_pb2.PullContactRequest) -> PullContact:
    with Check() as check:
        name = check.agent(request.name)
        contact = check.contact(request.contact, "contact")
        if name.center and contact.center and contact.center != name.center:
            check.add("contact", "must be of the agent's center")
        check.request_id(request.request_id)
    return PullContact(name.center, name.agent, contact.contact)


def validate_renew_agent_lease(request: agent_service_pb2.RenewAgentLeaseRequest) -> AgentName:
    with Check() as check:
        return check.agent(request.name)


def _skills(check: Check, skills: Iterable[agent_pb2.AgentSkill]) -> dict[str, int]:
    return check.levels(((skill.skill_id, skill.level) for skill in skills), "agent.skills", "level")
