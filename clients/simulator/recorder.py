"""Writes down what the feed says of a day, as a `History`: times in seconds of the day."""

from collections.abc import Callable
from typing import Literal

from acd.v1 import contact_pb2 as contacts
from acd.v1.agent_pb2 import PRESENCE_AVAILABLE
from acd.v1.contact_pb2 import Assignment
from acd.v1.event_pb2 import EVENT_TYPE_AGENT_STATE_CHANGED, EVENT_TYPE_CONTACT_QUEUED, Event
from simulator.day import Caller, Day
from simulator.history import Duty, End, History, Offer, Stay
from simulator.model import micros

ENDS: dict[int, End] = {
    contacts.CONTACT_STATE_COMPLETED: "completed",
    contacts.CONTACT_STATE_ABANDONED: "abandoned",
    contacts.CONTACT_STATE_CANCELED: "canceled",
    contacts.CONTACT_STATE_EXPIRED: "expired",
}
OUTCOMES: dict[int, Literal["completed", "declined", "missed", "revoked"]] = {
    contacts.ASSIGNMENT_STATE_COMPLETED: "completed",
    contacts.ASSIGNMENT_STATE_TRANSFERRED: "completed",
    contacts.ASSIGNMENT_STATE_DECLINED: "declined",
    contacts.ASSIGNMENT_STATE_MISSED: "missed",
    contacts.ASSIGNMENT_STATE_REVOKED: "revoked",
}


def last_part(name: str) -> str:
    """The id at the end of a resource name."""
    return name.rpartition("/")[2]


class Recorder:
    """Takes every event of the center from the first contact on.

    `to_second` turns microseconds of the center's clock into seconds of the day;
    `caller_of` tells who made a contact, by its name.
    """

    def __init__(self, day: Day, to_second: Callable[[int], float], caller_of: Callable[[str], Caller]) -> None:
        self.history = History(day, duties={plan.id: Duty(plan) for plan in day.agents})
        self._to_second = to_second
        self._caller_of = caller_of
        self._since: dict[str, float] = {}

    def take(self, event: Event) -> None:
        now = self.history.end = self._to_second(micros(event.event_time))
        if event.type == EVENT_TYPE_AGENT_STATE_CHANGED:
            self._take_presence(last_part(event.agent.name), event.agent.presence == PRESENCE_AVAILABLE, now)
        elif event.HasField("contact"):
            self._take_contact(event, now)

    def finish(self) -> History:
        """The history; who has not signed out is taken to stay until the last event."""
        for agent in list(self._since):
            self._take_presence(agent, False, self.history.end)
        return self.history

    def _take_presence(self, agent: str, available: bool, now: float) -> None:
        if available:
            self._since.setdefault(agent, now)
        elif agent in self._since:
            self.history.duties[agent].available.append((self._since.pop(agent), now))

    def _take_contact(self, event: Event, now: float) -> None:
        document = event.contact
        stay = self.history.stays.get(last_part(document.name))
        if stay is None:
            caller = self._caller_of(document.name)
            stay = self.history.stays[caller.id] = Stay(caller, self._to_second(micros(document.enqueue_time)))
        if event.type == EVENT_TYPE_CONTACT_QUEUED and stay.accepted is None:
            stay.enqueued = self._to_second(micros(document.enqueue_time))  # A scheduled one waits from now on.
        if event.HasField("assignment"):
            self._take_assignment(stay, event.assignment, now)
        if not stay.end and document.state in ENDS:
            stay.end, stay.ended = ENDS[document.state], now

    def _take_assignment(self, stay: Stay, assignment: Assignment, now: float) -> None:
        number, agent = int(last_part(assignment.name)), last_part(assignment.agent)
        offer = next((offer for offer in stay.offers if offer.number == number), None)
        if offer is None:
            offer = Offer(number, agent, now)
            stay.offers.append(offer)
        if assignment.state == contacts.ASSIGNMENT_STATE_ACTIVE:
            stay.accepted = stay.accepted if stay.accepted is not None else now
        elif assignment.state == contacts.ASSIGNMENT_STATE_WRAP_UP:
            stay.released = now
        elif assignment.state in OUTCOMES and offer.ended is None:
            offer.ended, offer.outcome = now, OUTCOMES[assignment.state]
            if offer.outcome == "completed":
                stay.released = stay.released if stay.released is not None else now
            if assignment.HasField("accept_time"):
                accepted = self._to_second(micros(assignment.accept_time))
                self.history.duties[agent].busy.append((accepted, now))
