"""Preferred agents: customers go to the adviser who knows them, and to somebody else rather than wait too long."""

import random
from collections import Counter, defaultdict

from google.protobuf.duration_pb2 import Duration

from acd.v1 import contact_pb2 as contacts
from acd.v1 import event_pb2 as events
from acd.v1.agent_pb2 import PRESENCE_OFFLINE
from acd.v1.contact_pb2 import Contact
from acd.v1.event_pb2 import Event
from acd_client.names import agent_name
from simulator.day import Caller
from simulator.measures.numbers import mean, percentile, share
from simulator.recorder import last_part
from simulator.scenarios.base import INSTANT, Findings, Log, Scenario, second

HOLD_OUT = 75.0
"""Seconds for which a customer waits for his adviser alone."""
KNOWN, DEPUTY = 0.7, 0.25
"""Share of the customers who have an adviser, and of those who have a deputy, too."""
WAITED = (contacts.CONTACT_STATE_QUEUED, contacts.CONTACT_STATE_OFFERED)
"""States of a contact that waited until now."""
REFUSALS = (events.EVENT_TYPE_CONTACT_DECLINED, events.EVENT_TYPE_CONTACT_MISSED)


class Sticky(Scenario):
    name = "sticky"
    title = f"preferred agents: {KNOWN:.0%} of the customers have an adviser, and hold out for him {HOLD_OUT:g} s"

    def contact(self, caller: Caller) -> Contact:
        day = self.scene.day
        rng = random.Random(f"{day.seed} adviser of {caller.id}")
        if rng.random() >= KNOWN:
            return Contact()
        known = rng.sample([plan.id for plan in day.agents], 2 if rng.random() < DEPUTY else 1)
        return Contact(
            preferred_agents=[agent_name(self.scene.center, agent) for agent in known],
            preferred_wait=Duration(seconds=int(HOLD_OUT)),
        )

    def judge(self, log: Log) -> Findings:
        hold = _HoldOut()
        for event in log.events:
            hold.take(event)
        found = Findings()
        _tell(found, log, hold)
        found.none("offers to others while the adviser was held out for", hold.strays)
        found.none("contacts that went on holding out when nobody was left, or when the time was over", hold.stuck)
        found.none("contacts that gave up too early", hold.early)
        found.none("contacts that lost their place by holding out", _moved(log))
        found.none("younger contacts that went before one that held out no more", hold.passed)
        ends = Counter(hold.ends.values())
        found.some("served by their adviser", sum(hold.own.values()))
        found.some("time over", ends[contacts.PREFERENCE_END_TIME_OVER])
        found.some("skipped, nobody signed in", ends[contacts.PREFERENCE_END_NONE_SIGNED_IN])
        return found


def _moved(log: Log) -> list[str]:
    return [name for name, history in log.by_contact.items() if len({event.contact.rank for event in history}) > 1]


def _tell(found: Findings, log: Log, hold: "_HoldOut") -> None:
    ends, asked = Counter(hold.ends.values()), len(hold.own)
    waits: dict[bool, list[float]] = {True: [], False: []}
    for name, history in log.by_contact.items():
        for event in history:
            if event.type == events.EVENT_TYPE_CONTACT_ACCEPTED:
                waits[name in hold.own].append(second(event) - second(history[0]))
    found.tell("customers with an adviser", asked, "contacts")
    found.tell("answered by the adviser, share", share(sum(hold.own.values()), len(waits[True])), "share")
    found.tell("nobody of theirs signed in: skipped at once", ends[contacts.PREFERENCE_END_NONE_SIGNED_IN], "contacts")
    found.tell("held out to the end of the time", ends[contacts.PREFERENCE_END_TIME_OVER], "contacts")
    found.tell("adviser declined", ends[contacts.PREFERENCE_END_DECLINED], "contacts")
    for known, title in ((True, "with an adviser"), (False, "without an adviser")):
        found.tell(f"wait {title}, mean", mean(waits[known]), "s")
        found.tell(f"wait {title}, p95", percentile(waits[known], 95), "s")
    found.tell("longest that somebody held out and then got his adviser", hold.longest, "s")


class _HoldOut:
    """Who holds out for whom, by the rule: for a time, as long as one of them is signed in and has not said no."""

    def __init__(self) -> None:
        self.strays: list[str] = []
        self.stuck: list[str] = []
        self.early: list[str] = []
        self.passed: list[str] = []
        self.own: dict[str, bool] = {}
        """Contacts with an adviser, and whether one of theirs served them."""
        self.ends: dict[str, int] = {}
        self.longest = 0.0
        self._came: dict[str, float] = {}
        self._left: dict[str, set[str]] = {}
        """Who is held out for, by contact; empty or missing: nobody."""
        self._waiting: set[str] = set()
        self._signed_in: set[str] = set()
        self._refused: defaultdict[str, set[str]] = defaultdict(set)
        """Who said no to a contact, and may be kept from it for some seconds."""

    def take(self, event: Event) -> None:
        if event.type == events.EVENT_TYPE_AGENT_STATE_CHANGED:
            self._take_presence(event)
        elif event.HasField("contact"):
            self._take_contact(event, last_part(event.contact.name))

    def _take_presence(self, event: Event) -> None:
        agent = event.agent.name
        if event.agent.presence != PRESENCE_OFFLINE:
            self._signed_in.add(agent)
            return
        self._signed_in.discard(agent)
        for name, left in self._left.items():
            if agent in left and not left & self._signed_in:
                self._left[name] = set()

    def _holds(self, name: str, now: float) -> bool:
        return bool(self._left.get(name)) and now < self._came[name] + HOLD_OUT - INSTANT

    def _take_contact(self, event: Event, name: str) -> None:
        now, contact = second(event), event.contact
        if event.type == events.EVENT_TYPE_CONTACT_ENQUEUED:
            self._came[name] = now
            if contact.preferred_agents:
                known = set(contact.preferred_agents)
                self.own[name] = False
                self._left[name] = known if known & self._signed_in else set()
        elif event.type == events.EVENT_TYPE_CONTACT_OFFERED:
            self._judge(event, name, now)
        elif event.type == events.EVENT_TYPE_CONTACT_ACCEPTED and event.assignment.agent in contact.preferred_agents:
            self.own[name] = True
        if event.type in REFUSALS:
            self._refused[name].add(event.assignment.agent)
        if event.type in REFUSALS and self._left.get(name):
            left = self._left[name] - {event.assignment.agent}
            self._left[name] = left if left & self._signed_in else set()
        self._compare(event, name, now)
        waits = contact.state == contacts.CONTACT_STATE_QUEUED
        (self._waiting.add if waits else self._waiting.discard)(name)

    def _compare(self, event: Event, name: str, now: float) -> None:
        """What the document says of holding out, and what is so by the rule."""
        contact = event.contact
        if contact.preference_end and name not in self.ends:
            self.ends[name] = contact.preference_end
            if self._holds(name, now):
                self.early.append(f"event {event.sequence}: {name}, after {now - self._came[name]:.3f} s")
        if contact.preferred_agents and name not in self.ends:
            held = now - self._came[name]
            if contact.state in WAITED:
                self.longest = max(self.longest, held)
                if held > HOLD_OUT + INSTANT or not self._left[name]:
                    self.stuck.append(f"event {event.sequence}: {name}, after {held:.3f} s")

    def _judge(self, event: Event, name: str, now: float) -> None:
        agent = event.assignment.agent
        if self._holds(name, now) and agent not in self._left[name]:
            self.strays.append(f"event {event.sequence}: {name} to {last_part(agent)}")
        came = self._came[name] - INSTANT
        for other in self._waiting - {name}:
            gave_up = other in self.ends
            if gave_up and self._came[other] < came and agent not in self._refused[other]:
                self.passed.append(f"event {event.sequence}: {other} by {name}")
