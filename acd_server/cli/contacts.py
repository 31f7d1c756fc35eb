"""`acd contacts`: the life of a contact, verb by verb."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from acd.v1.contact_pb2 import Channel, Contact, ContactState, RelaxationStep
from acd.v1.contact_service_pb2 import SkillSet
from acd_client import Call, agent_name, center_name, contact_name
from acd_server.cli._arguments import (
    AssignmentName,
    CenterId,
    ChannelName,
    ContactId,
    MaxWait,
    StateName,
    assignment,
    parse_attributes,
    parse_duration,
    parse_relaxation,
    skill_requirements,
    value_name,
)
from acd_server.cli._output import Session, all_pages, operator
from acd_server.cli._overflow import OverflowOptions, parse_overflow

app = typer.Typer(no_args_is_help=True, help="Enqueue contacts and take them through their life.")


Priority = Annotated[int, typer.Option(help="0 to 9; the higher one goes first.")]
ChannelOption = Annotated[ChannelName, typer.Option(help="Media the customer arrived on.")]
Owner = Annotated[str, typer.Option(help="Platform instance that holds the customer.")]
OwnerLease = Annotated[
    timedelta | None,
    typer.Option(parser=parse_duration, metavar="DURATION", help="Lease of the owner.", show_default=False),
]
At = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"], help="Enter the queue at this time."),
]
Credit = Annotated[
    timedelta | None,
    typer.Option(
        parser=parse_duration, metavar="DURATION", help="Head start, as if it had come earlier.", show_default=False
    ),
]
Window = Annotated[
    timedelta | None,
    typer.Option(
        parser=parse_duration, metavar="DURATION", help="Time after --at to find an agent in.", show_default=False
    ),
]
TargetWait = Annotated[
    timedelta | None,
    typer.Option(
        parser=parse_duration, metavar="DURATION", help="How long to hold out for --agent.", show_default=False
    ),
]
Prefer = Annotated[
    list[str] | None,
    typer.Option(metavar="AGENT", help="Hold out for this agent; may be given several times.", show_default=False),
]
PreferWait = Annotated[
    timedelta | None,
    typer.Option(
        parser=parse_duration, metavar="DURATION", help="How long to hold out for --prefer.", show_default=False
    ),
]
MaxAttempts = Annotated[int, typer.Option(help="Times that the customer is tried.")]
AttemptDelay = Annotated[
    timedelta | None,
    typer.Option(parser=parse_duration, metavar="DURATION", help="Time between two attempts.", show_default=False),
]


Relax = Annotated[
    list[RelaxationStep] | None,
    typer.Option(
        parser=parse_relaxation,
        metavar="DURATION:SKILL[=LEVEL],…",
        help="After so long in the step before only this is required, or `anybody` will do; "
        "may be given several times, in order.",
        show_default=False,
    ),
]


@app.command()
@operator
async def enqueue(  # noqa: PLR0917 - typer makes options of them
    session: Session,
    center: CenterId,
    contact_id: Annotated[str, typer.Option("--id", help="Id of the contact; made by the server if not given.")] = "",
    channel: ChannelOption = ChannelName.VOICE,
    skill: Annotated[
        list[str] | None,
        typer.Option(metavar="SKILL[=LEVEL]", help="A skill required; may be given several times.", show_default=False),
    ] = None,
    priority: Priority = 0,
    attribute: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Data to carry; may be given several times.", show_default=False),
    ] = None,
    owner: Owner = "",
    owner_lease: OwnerLease = None,
    at: At = None,
    window: Window = None,
    agent: Annotated[str, typer.Option(help="Ask this agent alone, as long as --wait.")] = "",
    wait: TargetWait = None,
    prefer: Prefer = None,
    prefer_wait: PreferWait = None,
    parent: Annotated[str, typer.Option(help="Contact that this is a consultation about.")] = "",
    max_attempts: MaxAttempts = 0,
    attempt_delay: AttemptDelay = None,
    credit: Credit = None,
    relax: Relax = None,
    max_wait: MaxWait = None,
    overflow: OverflowOptions = None,
) -> None:
    """Put a contact in the queue."""
    contact = Contact(
        channel=Channel.Value(value_name("CHANNEL", channel)),
        required_skills=skill_requirements(skill or []),
        relaxation_steps=relax,
        priority=priority,
        credit=_duration(credit),
        attributes=parse_attributes(attribute or []),
        owner=owner,
        target_agent=agent_name(center, agent) if agent else "",
        target_wait=_duration(wait),
        preferred_agents=[agent_name(center, each) for each in prefer or []],
        preferred_wait=_duration(prefer_wait),
        parent_contact=contact_name(center, parent) if parent else "",
        schedule_time=_timestamp(at),
        schedule_window=_duration(window),
        max_attempts=max_attempts,
        attempt_delay=_duration(attempt_delay),
        max_wait=_duration(max_wait),
        overflow_rules=[parse_overflow(text) for text in overflow or []],
    )
    reply = await session.client.contacts.enqueue_contact(
        parent=center_name(center), contact=contact, contact_id=contact_id, owner_lease=_duration(owner_lease)
    )
    session.show(reply.contact)


@app.command()
@operator
async def get(session: Session, center: CenterId, contact: ContactId) -> None:
    """Show a contact."""
    reply = await session.client.contacts.get_contact(name=contact_name(center, contact))
    session.show(reply.contact)


@app.command("list")
@operator
async def list_(
    session: Session,
    center: CenterId,
    state: Annotated[StateName | None, typer.Option(help="Only these.", show_default=False)] = None,
) -> None:
    """List the contacts of a center, the oldest first."""
    wanted = ContactState.Value(value_name("CONTACT_STATE", state)) if state else ContactState.CONTACT_STATE_UNSPECIFIED
    call = session.client.contacts.list_contacts
    page = await all_pages(
        lambda token: call(parent=center_name(center), page_size=1000, page_token=token, state=wanted)
    )
    columns = ("name", "state", "channel", "required_skills", "priority", "enqueue_time", "assignment")
    session.show_list(page, page.contacts, columns)


@app.command()
@operator
async def position(session: Session, center: CenterId, contact: ContactId) -> None:
    """Show the place of a waiting contact."""
    session.show(await session.client.contacts.get_queue_position(name=contact_name(center, contact)))


def _timestamp(value: datetime | None) -> Timestamp | None:
    if value is None:
        return None
    found = Timestamp()
    found.FromDatetime(value)
    return found


def _duration(value: timedelta | None) -> Duration | None:
    if value is None:
        return None
    found = Duration()
    found.FromTimedelta(value)
    return found


@app.command()
@operator
async def decline(
    session: Session,
    quoted: AssignmentName,
    retry_after: Annotated[
        timedelta | None,
        typer.Option(
            parser=parse_duration, metavar="DURATION", help="When the agent may be asked again.", show_default=False
        ),
    ] = None,
) -> None:
    """Send the contact offered back to its place."""
    reply = await session.client.contacts.decline_assignment(
        name=assignment(quoted), retry_after=_duration(retry_after)
    )
    session.show(reply.contact)


@app.command()
@operator
async def transfer(
    session: Session,
    quoted: AssignmentName,
    skill: Annotated[
        list[str] | None,
        typer.Option(metavar="SKILL[=LEVEL]", help="Pass it on to who holds these; may be given several times."),
    ] = None,
    agent: Annotated[str, typer.Option(help="Pass it on to this agent.")] = "",
    wait: Annotated[
        timedelta | None,
        typer.Option(parser=parse_duration, metavar="DURATION", help="How long to hold out for the agent."),
    ] = None,
) -> None:
    """Pass a contact in service on to other skills or to a named agent."""
    if bool(skill) == bool(agent):
        raise typer.BadParameter("either --skill or --agent is required")
    name = assignment(quoted)
    destination: dict[str, Any] = (
        {"agent": agent_name(name.split("/")[1], agent)}
        if agent
        else {"skills": SkillSet(required_skills=skill_requirements(skill or []))}
    )
    reply = await session.client.contacts.transfer_contact(name=name, target_wait=_duration(wait), **destination)
    session.show(reply.contact)


@app.command()
@operator
async def reschedule(
    session: Session,
    quoted: AssignmentName,
    delay: Annotated[
        timedelta | None,
        typer.Option(parser=parse_duration, metavar="DURATION", help="Time until the next attempt."),
    ] = None,
) -> None:
    """Say that the customer was not reached: try again later, or end."""
    reply = await session.client.contacts.reschedule_contact(name=assignment(quoted), delay=_duration(delay))
    session.show(reply.contact)


@app.command("extend-wrap-up")
@operator
async def extend_wrap_up(
    session: Session,
    quoted: AssignmentName,
    remaining: Annotated[
        timedelta, typer.Argument(parser=parse_duration, metavar="DURATION", help="How long from now, at least.")
    ],
) -> None:
    """Make wrap-up last longer."""
    reply = await session.client.contacts.extend_wrap_up(name=assignment(quoted), remaining=_duration(remaining))
    session.show(reply.contact)


@app.command()
@operator
async def explain(session: Session, center: CenterId, contact: ContactId) -> None:
    """Say why a contact still waits."""
    reply = await session.client.centers.explain_routing(
        name=center_name(center), contact=contact_name(center, contact)
    )
    session.show(reply.contact)


@app.command()
@operator
async def reprioritize(
    session: Session,
    center: CenterId,
    contact: ContactId,
    priority: Annotated[int, typer.Argument(help="0 to 9.")],
    credit: Credit = None,
) -> None:
    """Give a contact that is not served yet another priority."""
    reply = await session.client.contacts.reprioritize_contact(
        name=contact_name(center, contact), priority=priority, credit=_duration(credit)
    )
    session.show(reply.contact)


def _on_contact(name: str, meaning: str, choose: Callable[[Session], Call[..., Any, Any]]) -> None:
    """A verb that names a contact."""

    async def verb(session: Session, center: CenterId, contact: ContactId) -> None:
        reply = await choose(session)(name=contact_name(center, contact))
        session.show(reply.contact)

    app.command(name, help=meaning)(operator(verb))


def _on_assignment(name: str, meaning: str, choose: Callable[[Session], Call[..., Any, Any]]) -> None:
    """A verb that quotes an assignment."""

    async def verb(session: Session, quoted: AssignmentName) -> None:
        reply = await choose(session)(name=assignment(quoted))
        session.show(reply.contact)

    app.command(name, help=meaning)(operator(verb))


_on_assignment("accept", "Take the contact offered.", lambda session: session.client.contacts.accept_assignment)
_on_assignment("complete", "End the service; wrap-up begins.", lambda session: session.client.contacts.complete_contact)
_on_assignment("finish", "End wrap-up.", lambda session: session.client.contacts.finish_wrap_up)
_on_assignment(
    "requeue",
    "Send a contact that is offered or served back to its place in the queue.",
    lambda session: session.client.contacts.requeue_contact,
)
_on_contact("abandon", "Say that the customer left.", lambda session: session.client.contacts.abandon_contact)
_on_contact(
    "cancel", "Take a contact back before it is served.", lambda session: session.client.contacts.cancel_contact
)
