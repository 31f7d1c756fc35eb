"""`acd agents`: agents, their skills and their state."""

from typing import Annotated

import typer
from google.protobuf.field_mask_pb2 import FieldMask

from acd.v1.agent_pb2 import Agent, AgentSkill, ChannelCapacity, Presence
from acd_client import agent_name, center_name, contact_name
from acd_server.cli._arguments import (
    AgentId,
    CenterId,
    DisplayName,
    PresenceName,
    SkillId,
    parse_channel_capacity,
    parse_skill,
    parse_skills,
    value_name,
)
from acd_server.cli._output import Session, all_pages, operator

app = typer.Typer(no_args_is_help=True, help="Create, change and delete agents; set their skills and state.")

Skills = Annotated[
    list[str] | None,
    typer.Option(
        "--skill", metavar="SKILL[=LEVEL]", help="A skill held; may be given several times.", show_default=False
    ),
]


Capacity = Annotated[
    int | None, typer.Option(help="What the agent can hold at once; 0: as the policy says.", show_default=False)
]
ChannelCosts = Annotated[
    list[str] | None,
    typer.Option(
        "--channel-capacity",
        metavar="CHANNEL=COST[:MAX]",
        help="What a contact of the channel costs, and how many at most; may be given several times.",
        show_default=False,
    ),
]


def _costs(texts: list[str] | None) -> list[ChannelCapacity]:
    return [parse_channel_capacity(text) for text in texts or []]


def _skills(texts: list[str] | None) -> list[AgentSkill]:
    return [AgentSkill(skill_id=skill, level=level) for skill, level in parse_skills(texts or [])]


@app.command()
@operator
async def create(  # noqa: PLR0917 - typer makes options of them
    session: Session,
    center: CenterId,
    agent: AgentId,
    skill: Skills = None,
    display_name: DisplayName = None,
    capacity: Capacity = None,
    channel_capacity: ChannelCosts = None,
) -> None:
    """Create an agent, offline."""
    wanted = Agent(
        display_name=display_name or "",
        skills=_skills(skill),
        capacity=capacity or 0,
        channel_capacity=_costs(channel_capacity),
    )
    reply = await session.client.agents.create_agent(parent=center_name(center), agent_id=agent, agent=wanted)
    session.show(reply.agent)


@app.command()
@operator
async def get(session: Session, center: CenterId, agent: AgentId) -> None:
    """Show an agent."""
    reply = await session.client.agents.get_agent(name=agent_name(center, agent))
    session.show(reply.agent)


@app.command("list")
@operator
async def list_(
    session: Session,
    center: CenterId,
    presence: Annotated[PresenceName | None, typer.Option(help="Only these.", show_default=False)] = None,
) -> None:
    """List the agents of a center."""
    wanted = Presence.Value(value_name("PRESENCE", presence)) if presence else Presence.PRESENCE_UNSPECIFIED
    call = session.client.agents.list_agents
    page = await all_pages(
        lambda token: call(parent=center_name(center), page_size=1000, page_token=token, presence=wanted)
    )
    columns = ("name", "presence", "presence_reason", "activity", "skills", "idle_time")
    session.show_list(page, page.agents, columns)


@app.command()
@operator
async def update(  # noqa: PLR0917 - typer makes options of them
    session: Session,
    center: CenterId,
    agent: AgentId,
    skill: Skills = None,
    display_name: DisplayName = None,
    capacity: Capacity = None,
    channel_capacity: ChannelCosts = None,
) -> None:
    """Change the name or the capacity, or replace the skills."""
    given = {
        "display_name": display_name,
        "skills": skill,
        "capacity": capacity,
        "channel_capacity": channel_capacity,
    }
    paths = [path for path, value in given.items() if value is not None]
    if not paths:
        raise typer.BadParameter("nothing to change was given")
    changed = Agent(
        name=agent_name(center, agent),
        display_name=display_name or "",
        skills=_skills(skill),
        capacity=capacity or 0,
        channel_capacity=_costs(channel_capacity),
    )
    reply = await session.client.agents.update_agent(agent=changed, update_mask=FieldMask(paths=paths))
    session.show(reply.agent)


@app.command()
@operator
async def delete(session: Session, center: CenterId, agent: AgentId) -> None:
    """Delete an agent who holds nothing but an offer."""
    session.show(await session.client.agents.delete_agent(name=agent_name(center, agent)))


@app.command("add-skill")
@operator
async def add_skill(
    session: Session,
    center: CenterId,
    agent: AgentId,
    skill: Annotated[str, typer.Argument(metavar="SKILL[=LEVEL]", help="Skill and level.")],
) -> None:
    """Give an agent a skill, or another level of it."""
    skill_id, level = parse_skill(skill)
    reply = await session.client.agents.add_agent_skill(
        name=agent_name(center, agent), skill=AgentSkill(skill_id=skill_id, level=level)
    )
    session.show(reply.agent)


@app.command("remove-skill")
@operator
async def remove_skill(session: Session, center: CenterId, agent: AgentId, skill: SkillId) -> None:
    """Take a skill from an agent."""
    reply = await session.client.agents.remove_agent_skill(name=agent_name(center, agent), skill_id=skill)
    session.show(reply.agent)


@app.command("set-state")
@operator
async def set_state(  # noqa: PLR0917 - typer makes options of them
    session: Session,
    center: CenterId,
    agent: AgentId,
    presence: Annotated[PresenceName, typer.Argument(help="What the agent chose.")],
    reason: Annotated[str, typer.Option(help="Why not ready; required with not-ready.")] = "",
    after_work: Annotated[
        bool, typer.Option("--after-work", help="Not before the work in hand ends; nothing new until then.")
    ] = False,
) -> None:
    """Set what an agent chose to be: offline, available, not ready."""
    reply = await session.client.agents.set_agent_state(
        name=agent_name(center, agent),
        presence=Presence.Value(value_name("PRESENCE", presence)),
        reason=reason,
        after_work=after_work,
    )
    session.show(reply.agent)


@app.command()
@operator
async def explain(session: Session, center: CenterId, agent: AgentId) -> None:
    """Say why an agent is not offered anything."""
    reply = await session.client.centers.explain_routing(name=center_name(center), agent=agent_name(center, agent))
    session.show(reply.agent)


@app.command()
@operator
async def pull(
    session: Session,
    center: CenterId,
    agent: AgentId,
    contact: Annotated[str, typer.Argument(metavar="CONTACT", help="Id of the contact, or its full name.")],
) -> None:
    """Let an agent take a named contact out of the queue."""
    reply = await session.client.agents.pull_contact(
        name=agent_name(center, agent), contact=contact_name(center, contact)
    )
    session.show(reply.contact)


@app.command("renew-lease")
@operator
async def renew_lease(session: Session, center: CenterId, agent: AgentId) -> None:
    """Say that the agent's desktop is alive; the agent is signed out when it stops saying so."""
    session.show(await session.client.agents.renew_agent_lease(name=agent_name(center, agent)))
