import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from acd.v1.agent_pb2 import (
    PRESENCE_AVAILABLE,
    PRESENCE_NOT_READY,
    PRESENCE_OFFLINE,
    PRESENCE_UNSPECIFIED,
    Agent,
    AgentSkill,
    ChannelCapacity,
)
from acd.v1.agent_service_pb2 import (
    AddAgentSkillRequest,
    CreateAgentRequest,
    RemoveAgentSkillRequest,
    SetAgentStateRequest,
    UpdateAgentRequest,
)
from acd_server.validation.agents import (
    validate_add_agent_skill,
    validate_create_agent,
    validate_remove_agent_skill,
    validate_set_agent_state,
    validate_update_agent,
)
from tests.api.violations import invalid

NAME = "centers/bank/agents/ada"


def skills(*levels: tuple[str, int]) -> list[AgentSkill]:
    return [AgentSkill(skill_id=skill, level=level) for skill, level in levels]


def create(agent: Agent | None = None, agent_id: str = "ada", request_id: str = "") -> CreateAgentRequest:
    return CreateAgentRequest(parent="centers/bank", agent_id=agent_id, agent=agent, request_id=request_id)


def update(agent: Agent, *paths: str) -> UpdateAgentRequest:
    agent.name = NAME
    return UpdateAgentRequest(agent=agent, update_mask=FieldMask(paths=paths))


def test_level_0_means_1() -> None:
    asked = validate_create_agent(create(Agent(display_name="Ada", skills=skills(("billing", 0), ("cards", 10)))))
    assert (asked.center, asked.agent, asked.display_name) == ("bank", "ada", "Ada")
    assert asked.skills == {"billing": 1, "cards": 10}


def test_64_skills_are_allowed_and_65_are_not() -> None:
    most = skills(*((f"s{i}", 1) for i in range(64)))
    assert len(validate_create_agent(create(Agent(skills=most))).skills) == 64
    assert invalid(validate_create_agent, create(Agent(skills=[*most, AgentSkill(skill_id="x")]))) == ["agent.skills"]


def test_skills_are_checked_one_by_one() -> None:
    wrong = skills(("billing", 11), ("billing", 1), ("Cards", -1), ("", 1))
    assert invalid(validate_create_agent, create(Agent(skills=wrong))) == [
        "agent.skills[0].level",
        "agent.skills[1].skill_id",
        "agent.skills[2].skill_id",
        "agent.skills[2].level",
        "agent.skills[3].skill_id",
    ]


def test_output_only_fields_are_ignored_on_creation() -> None:
    agent = Agent(name="x", presence=PRESENCE_AVAILABLE, presence_reason="\0", assignments=["x"], sequence=-1)
    assert validate_create_agent(create(agent)).agent == "ada"


def test_capacity() -> None:
    assert validate_create_agent(create(Agent(capacity=2))).capacity == 2
    assert invalid(validate_create_agent, create(Agent(capacity=-2))) == ["agent.capacity"]
    assert validate_update_agent(update(Agent(capacity=1), "display_name")).capacity is None
    assert validate_update_agent(update(Agent(), "capacity")).capacity == 0
    unknown = Agent(channel_capacity=[ChannelCapacity(cost=1)])
    assert invalid(validate_create_agent, create(unknown)) == ["agent.channel_capacity[0].channel"]


@pytest.mark.parametrize(
    "request_id", ["1", "x" * 36, "6ba7b8109dad11d180b400c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c04fd430c8\n"]
)
def test_a_request_id_is_a_uuid(request_id: str) -> None:
    assert invalid(validate_create_agent, create(request_id=request_id)) == ["request_id"]


def test_a_uuid_of_any_version_will_do() -> None:
    validate_create_agent(create(request_id="6BA7B810-9dad-11d1-80b4-00c04fd430c8"))


class TestUpdateMask:
    def test_without_a_mask_what_is_set_changes(self) -> None:
        asked = validate_update_agent(update(Agent(display_name="Ada")))
        assert (asked.display_name, asked.skills) == ("Ada", None)
        asked = validate_update_agent(update(Agent(skills=skills(("billing", 3)))))
        assert (asked.display_name, asked.skills) == (None, {"billing": 3})

    def test_a_named_field_that_is_unset_becomes_empty(self) -> None:
        asked = validate_update_agent(update(Agent(display_name="Ada"), "skills"))
        assert (asked.display_name, asked.skills) == (None, {})

    def test_a_star_is_both(self) -> None:
        asked = validate_update_agent(update(Agent(), "*"))
        assert (asked.display_name, asked.skills) == ("", {})

    @pytest.mark.parametrize("path", ["presence", "name", "skills.skill_id", "skills[0]", "displayName", ""])
    def test_an_unknown_path_is_refused(self, path: str) -> None:
        assert invalid(validate_update_agent, update(Agent(), path)) == ["update_mask"]

    def test_the_name_is_required(self) -> None:
        assert invalid(validate_update_agent, UpdateAgentRequest()) == ["agent.name"]


@pytest.mark.parametrize("presence", [PRESENCE_OFFLINE, PRESENCE_AVAILABLE])
def test_a_reason_is_for_those_who_are_not_ready(presence: int) -> None:
    asked = validate_set_agent_state(SetAgentStateRequest(name=NAME, presence=presence))  # type: ignore[arg-type]  # a value by number
    assert asked.reason == ""
    request = SetAgentStateRequest(name=NAME, presence=presence, reason="lunch")  # type: ignore[arg-type]  # a value by number
    assert invalid(validate_set_agent_state, request) == ["reason"]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 65, "nul\0", "line\n"])
def test_not_ready_needs_a_good_reason(reason: str) -> None:
    request = SetAgentStateRequest(name=NAME, presence=PRESENCE_NOT_READY, reason=reason)
    assert invalid(validate_set_agent_state, request) == ["reason"]


def test_not_ready() -> None:
    asked = validate_set_agent_state(SetAgentStateRequest(name=NAME, presence=PRESENCE_NOT_READY, reason="x" * 64))
    assert (asked.center, asked.agent, asked.presence, asked.reason) == ("bank", "ada", "NOT_READY", "x" * 64)


@pytest.mark.parametrize("presence", [PRESENCE_UNSPECIFIED, 4, -1, 2**31 - 1])
def test_presence_is_required_and_known(presence: int) -> None:
    request = SetAgentStateRequest(name=NAME, presence=presence)  # type: ignore[arg-type]  # that is the point
    assert invalid(validate_set_agent_state, request) == ["presence"]


def test_adding_and_removing_a_skill() -> None:
    asked = validate_add_agent_skill(AddAgentSkillRequest(name=NAME, skill=AgentSkill(skill_id="billing")))
    assert (asked.skill, asked.level) == ("billing", 1)
    assert invalid(validate_add_agent_skill, AddAgentSkillRequest(name=NAME)) == ["skill.skill_id"]
    assert validate_remove_agent_skill(RemoveAgentSkillRequest(name=NAME, skill_id="billing")).skill == "billing"
    assert invalid(validate_remove_agent_skill, RemoveAgentSkillRequest(name="ada")) == ["name", "skill_id"]
