"""Hears the feed of a center from its first event and keeps the second set of books."""

from collections import Counter

from acd.v1 import contact_pb2, event_pb2
from acd_client import AcdClient
from simulator.oracle import OrderOracle

IN_HAND = ("OFFERED", "ACTIVE", "WRAP_UP")
ENDS = ("COMPLETED", "ABANDONED", "EXPIRED", "CANCELED")
BAR_WINDOW = 60_000_000
"""A bar ends by a deadline, and there is nobody to fire it while everything is being killed."""


def state_name(contact: contact_pb2.Contact) -> str:
    return contact_pb2.ContactState.Name(contact.state).removeprefix("CONTACT_STATE_")


class Observer:
    """Contact → its state by the feed; what the judge of the order says."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self.oracle = OrderOracle(bar_window=BAR_WINDOW)
        self.sequence = 0
        self.resumed = 0
        self.holds: dict[str, set[str]] = {}
        self.doubles: list[str] = []
        self.steps: dict[str, list[str]] = {}

    async def listen(self, client: AcdClient, center: str) -> None:
        """Until cancelled. Raises on a gap and on a history that diverged."""
        async with client.watch(center) as feed:
            async for message in feed:
                self.resumed = feed.resumed
                if message.HasField("event"):
                    self._take(message.event)

    def _take(self, event: event_pb2.Event) -> None:
        self.sequence = event.sequence
        self.oracle.take(event)
        if event.HasField("contact"):
            at = event.event_time.ToMicroseconds() / 1e6
            kind = event_pb2.EventType.Name(event.type).removeprefix("EVENT_TYPE_")
            agent = event.assignment.agent.rsplit("/", 1)[-1]
            self.steps.setdefault(event.contact.name, []).append(f"{event.sequence} {at:.6f} {kind} {agent}")
            self.states[event.contact.name] = state_name(event.contact)
        if event.HasField("assignment"):
            self._hold(event.assignment)

    def _hold(self, assignment: contact_pb2.Assignment) -> None:
        """The simplest judge: an agent holds one assignment at a time, a contact is held once."""
        contact = assignment.name.rsplit("/assignments/", 1)[0]
        ended = assignment.HasField("end_time")
        for key in (assignment.agent, contact):
            held = self.holds.setdefault(key, set())
            if ended:
                held.discard(assignment.name)
            else:
                held.add(assignment.name)
            if len(held) > 1:
                self.doubles.append(f"{key} holds {sorted(held)}")

    def blamed(self) -> str:
        """What the judge found, with all the steps of the contacts that it names."""
        examples = self.oracle.verdict.examples
        named = [name for name in self.steps if any(name in text.split() for text in examples)]
        return "\n".join([*examples, *(f"{name}: {self.steps[name]}" for name in named)])

    @property
    def in_hand(self) -> int:
        return sum(state in IN_HAND for state in self.states.values())

    def balance(self) -> Counter[str]:
        return balance(self.states)


def balance(states: dict[str, str]) -> Counter[str]:
    """How many are waiting, in hand, and ended in each way."""
    return Counter(
        "in hand" if state in IN_HAND else state.lower() if state in ENDS else "waiting" for state in states.values()
    )
