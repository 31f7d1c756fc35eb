"""What a day may have beyond callers and agents; of a plain day, nothing.

The scenarios (`scenarios/`) are days with extras: another policy, callers who want to be called back,
agents who pass a call on, somebody who opens and closes the center.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from acd.v1.agent_pb2 import Agent
from acd.v1.center_pb2 import CenterPolicy
from acd.v1.contact_pb2 import Contact
from acd.v1.event_pb2 import Event
from acd_client import AcdClient
from simulator.books import ClientBook
from simulator.day import AgentPlan, Caller, Day
from simulator.timeline import Timeline

if TYPE_CHECKING:
    from simulator.callers import Callers
    from simulator.staff import Staff


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a day is played, and by whom."""

    client: AcdClient
    center: str
    """Its id."""
    day: Day
    timeline: Timeline
    callers: "Callers"
    staff: "Staff"
    book: ClientBook


@dataclass(frozen=True, slots=True)
class Service:
    """What an agent does with a contact that he has accepted."""

    seconds: float
    """Of the day, from the accept to the call below."""
    verb: str = "complete"
    """Under which a refusal is counted."""
    call: Callable[[str], Awaitable[Contact]] | None = None
    """Takes the assignment's name, answers with the contact; None: it is completed."""


class Extras:
    """Every method is asked at its time; these answer that there is nothing."""

    def policy(self) -> CenterPolicy:
        """Fields of the center's policy, over those of the day; in seconds of the center's clock."""
        return CenterPolicy()

    def agent(self, plan: AgentPlan) -> Agent:
        """What the agent is created with, beside his skills."""
        del plan
        return Agent()

    def contact(self, caller: Caller) -> Contact:
        """What the contact is enqueued with, beside what every caller has."""
        del caller
        return Contact()

    def begin(self, scene: Scene) -> None:
        """The day begins: sets for their times what nobody else does."""

    def take(self, event: Event) -> None:
        """An event of the feed, after agents and callers have taken it."""
        del event

    def service(self, event: Event, caller: Caller) -> Service:
        """What the agent does who has accepted the contact of this event."""
        del event
        return Service(caller.service)

    def turned_away(self, caller: Caller, reason: str) -> bool:
        """Whether a refusal of this contact, with this reason, is as it should be."""
        del caller, reason
        return False
