"""Two books of the same day: one from what calls answered, one from what the feed said.

They are kept apart and compared contact by contact at the end. Nothing is lost
when every contact that an answer confirmed is on the feed and has a place:
offered = completed + abandoned + expired + canceled + waiting + in hand.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from acd.v1 import contact_pb2 as contacts
from acd.v1.contact_pb2 import Contact
from acd.v1.event_pb2 import Event

PLACES: dict[int, str] = {
    contacts.CONTACT_STATE_SCHEDULED: "waiting",
    contacts.CONTACT_STATE_QUEUED: "waiting",
    contacts.CONTACT_STATE_OFFERED: "in_hand",
    contacts.CONTACT_STATE_ACTIVE: "in_hand",
    contacts.CONTACT_STATE_WRAP_UP: "in_hand",
    contacts.CONTACT_STATE_COMPLETED: "completed",
    contacts.CONTACT_STATE_ABANDONED: "abandoned",
    contacts.CONTACT_STATE_CANCELED: "canceled",
    contacts.CONTACT_STATE_EXPIRED: "expired",
}
ENDS = ("completed", "abandoned", "canceled", "expired")


def place(state: int) -> str:
    """Where a contact in this state is counted."""
    return PLACES.get(state, "unknown")


class Answer(NamedTuple):
    """The newest state that an answer showed, and the number of the event that led to it."""

    state: int
    sequence: int


@dataclass(slots=True)
class ClientBook:
    """What the answers to our own calls said, by contact name."""

    answers: dict[str, Answer] = field(default_factory=dict)
    served_by: dict[str, str] = field(default_factory=dict)
    """Contact to the assignment that an accept was answered OK for."""
    doubles: list[str] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    """Reasons of refused calls; an answer that came too late to matter is one of them."""

    def note(self, contact: Contact) -> None:
        """An answer showed this state. An end is final: a later event that takes it back is a fault."""
        before = self.answers.get(contact.name)
        if before is not None and contact.sequence <= before.sequence:
            return
        if before is not None and place(before.state) in ENDS:
            self.doubles.append(f"{contact.name} was {place(before.state)}, then {place(contact.state)}")
        self.answers[contact.name] = Answer(contact.state, contact.sequence)

    def note_accept(self, contact: Contact, assignment: str) -> None:
        """An agent took the contact; nobody else may take it after him, unless he passes it on."""
        before = self.served_by.setdefault(contact.name, assignment)
        if before != assignment:
            self.doubles.append(f"{contact.name} was taken with {before} and with {assignment}")
        self.note(contact)

    def note_passed_on(self, contact: Contact) -> None:
        """The agent who had the contact gave it back, to be taken by another."""
        self.served_by.pop(contact.name, None)
        self.note(contact)

    def unfinished(self) -> list[str]:
        """Contacts whose end no answer has shown yet."""
        return [name for name, answer in self.answers.items() if place(answer.state) not in ENDS]

    def totals(self) -> Counter[str]:
        return Counter(place(answer.state) for answer in self.answers.values())


@dataclass(slots=True)
class FeedBook:
    """What the feed said of each contact, by name."""

    states: dict[str, int] = field(default_factory=dict)
    counts: Counter[int] = field(default_factory=Counter)
    """Events by type."""

    def take(self, event: Event) -> None:
        self.counts[event.type] += 1
        if event.HasField("contact"):
            self.states[event.contact.name] = event.contact.state

    def totals(self) -> Counter[str]:
        return Counter(place(state) for state in self.states.values())


@dataclass(frozen=True, slots=True)
class Balance:
    """Both books side by side."""

    offered: int
    client: dict[str, int]
    feed: dict[str, int]
    lost: list[str]
    """Contacts confirmed by an answer that the feed never showed, or that are nowhere."""
    doubles: list[str]
    differences: list[str]

    @property
    def agree(self) -> bool:
        return not self.differences and sum(self.client.values()) == sum(self.feed.values()) == self.offered


def compare(client: ClientBook, feed: FeedBook) -> Balance:
    """Compares the books contact by contact."""
    lost = [name for name in client.answers if name not in feed.states]
    lost += [name for name, state in feed.states.items() if place(state) == "unknown"]
    return Balance(
        offered=len(client.answers),
        client=dict(client.totals()),
        feed=dict(feed.totals()),
        lost=lost,
        doubles=client.doubles,
        differences=list(_differences(client, feed)),
    )


def _differences(client: ClientBook, feed: FeedBook) -> Iterable[str]:
    for name in sorted(client.answers.keys() | feed.states.keys()):
        ours = place(client.answers[name].state) if name in client.answers else "absent"
        theirs = place(feed.states[name]) if name in feed.states else "absent"
        if ours != theirs:
            yield f"{name}: {ours} by the answers, {theirs} by the feed"
