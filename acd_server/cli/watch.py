"""`acd watch`: the live feed of a center, one line an event."""

from typing import Annotated

import typer
from rich.markup import escape

from acd.v1.assignment_feed_pb2 import WatchResponse
from acd.v1.contact_pb2 import Contact
from acd.v1.event_pb2 import Event
from acd_server.cli._arguments import CenterId
from acd_server.cli._output import Session, operator
from acd_server.cli._render import enum_name, short, time_text

NAMELESS = "[dim]nothing in hand[/dim]"


@operator
async def command(  # noqa: PLR0917 - typer makes options of them
    session: Session,
    center: CenterId,
    agent: Annotated[str | None, typer.Option(help="Only events of this agent.", show_default=False)] = None,
    skill: Annotated[
        list[str] | None, typer.Option(help="Only contacts that require one of these.", show_default=False)
    ] = None,
    owner: Annotated[str | None, typer.Option(help="Only contacts of this owner.", show_default=False)] = None,
    resume_token: Annotated[str, typer.Option(help="Go on after this point.", show_default=False)] = "",
    count: Annotated[int, typer.Option(min=0, help="End after so many events; 0: never.")] = 0,
) -> None:
    """Show what happens in a center, live.

    With --json: every message of the feed on a line of its own, with its resume token.
    """
    feed = session.client.watch(center, agent=agent, skill_ids=skill or (), owner=owner, resume_token=resume_token)
    seen = 0
    async with feed:
        async for message in feed:
            if session.json:
                session.print_json(message, compact=True)
            else:
                for line in lines(message):
                    session.console.print(line, soft_wrap=True)
            seen += message.HasField("event")
            if count and seen >= count:
                return


def lines(message: WatchResponse) -> list[str]:
    """What people see of a message; of a checkpoint nothing."""
    if message.HasField("event"):
        return [_event_line(message.event)]
    if message.HasField("snapshot"):
        found = [_contact_line(contact) for contact in message.snapshot.contacts]
        return found or ([NAMELESS] if message.snapshot.last else [])
    return []


def _contact_line(contact: Contact) -> str:
    agent = f" with {short(contact.assignment.agent)}" if contact.assignment.agent else ""
    return f"[dim]in hand[/dim]  {escape(short(contact.name))} {enum_name(contact, 'state')}{escape(agent)}"


def _event_line(event: Event) -> str:
    time = time_text(event.event_time).partition(" ")[2]
    kind = enum_name(event, "type")
    words = []
    if event.HasField("contact"):
        words.append(short(event.contact.name))
    if event.HasField("assignment"):
        words.append(f"#{short(event.assignment.name)} {enum_name(event.assignment, 'state')}")
    if event.HasField("agent"):
        presence = " ".join((enum_name(event.agent, "presence"), event.agent.presence_reason)).strip()
        words.append(f"{short(event.agent.name)} ({presence}, {enum_name(event.agent, 'activity')})")
    words.extend(short(resource.name) for resource in (event.center, event.skill) if resource.name)
    return f"[dim]{time}[/dim] [cyan]{event.sequence:>6}[/cyan] [bold]{kind:<22}[/bold] {escape('  '.join(words))}"
