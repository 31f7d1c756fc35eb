"""Ring on no answer: agents who miss offers are paused, and what they missed goes elsewhere, in its old place."""

import random
from collections import Counter
from functools import partial
from itertools import pairwise

from google.protobuf.duration_pb2 import Duration

from acd.v1 import event_pb2 as events
from acd.v1.agent_pb2 import PRESENCE_AVAILABLE, PRESENCE_NOT_READY
from acd.v1.center_pb2 import CenterPolicy
from acd.v1.contact_pb2 import CONTACT_STATE_EXPIRED, END_REASON_MAX_OFFERS
from acd.v1.event_pb2 import Event
from acd_client.names import agent_name
from simulator.distributions import Distribution
from simulator.extras import Scene
from simulator.measures.numbers import mean, share
from simulator.recorder import last_part
from simulator.scenarios.base import INSTANT, Findings, Log, Scenario, first, second

MISSES = 2
"""In a row, after which an agent is paused."""
OFFERS = 3
"""Declined and missed, after which a contact ends."""
DECLINE_DELAY, MISS_DELAY = 20, 120
"""Seconds in which an agent is not offered a contact again."""
BACK = Distribution("lognormal", 240.0, 0.6)
"""Seconds until a paused agent notices, and comes back."""
REFUSALS = (events.EVENT_TYPE_CONTACT_DECLINED, events.EVENT_TYPE_CONTACT_MISSED)
REASON = "MISSED_OFFER"


class Rona(Scenario):
    name = "rona"
    title = f"missed offers: {MISSES} in a row pause the agent, {OFFERS} refused offers end the contact"

    def policy(self) -> CenterPolicy:
        return CenterPolicy(
            max_missed_offers=MISSES,
            max_offers=OFFERS,
            retry_delay=Duration(seconds=DECLINE_DELAY),
            missed_retry_delay=Duration(seconds=MISS_DELAY),
        )

    def begin(self, scene: Scene) -> None:
        super().begin(scene)
        self._rng = random.Random(f"{scene.day.seed} back from a pause")
        self._shift_ends = {agent_name(scene.center, plan.id): plan.end for plan in scene.day.agents}

    def take(self, event: Event) -> None:
        if not is_pause(event):
            return
        back = second(event) + BACK.draw(self._rng)
        if back < self._shift_ends[event.agent.name]:
            self.scene.timeline.at(back, partial(self.scene.staff.set, event.agent.name, PRESENCE_AVAILABLE))

    def judge(self, log: Log) -> Findings:
        row = _Row()
        for event in log.events:
            row.take(event)
        found = Findings()
        _tell_agents(found, log, row)
        _tell_contacts(found, log)
        found.none(f"agents not paused at miss {MISSES} in a row, or paused without", row.faults)
        found.none("offers to an agent while the delay after his decline or miss ran", _too_soon(log))
        found.none("contacts that lost their place by a decline or miss", _moved(log))
        found.none(f"contacts that did not end at refusal {OFFERS}, or ended before", _wrong_ends(log))
        found.some("agents paused", len(row.paused))
        capped = sum(history[-1].contact.end_reason == END_REASON_MAX_OFFERS for history in log.by_contact.values())
        found.some(f"contacts ended after {OFFERS} refusals", capped)
        return found


def is_pause(event: Event) -> bool:
    """Whether an agent is paused for what he missed."""
    state = (event.agent.presence, event.agent.presence_reason)
    return event.type == events.EVENT_TYPE_AGENT_STATE_CHANGED and state == (PRESENCE_NOT_READY, REASON)


class _Row:
    """Counts misses in a row, and compares who is paused."""

    def __init__(self) -> None:
        self.paused: list[Event] = []
        self.faults: list[str] = []
        self.back: dict[str, float] = {}
        """Seconds from each pause to the end of it, by the number of its event."""
        self._misses: Counter[str] = Counter()
        self._due: dict[str, Event] = {}
        self._since: dict[str, Event] = {}

    def take(self, event: Event) -> None:
        agent = event.agent.name
        if not agent:
            return
        self._take_due(agent, event)
        if event.type == events.EVENT_TYPE_CONTACT_MISSED:
            self._misses[agent] += 1
            if self._misses[agent] == MISSES:
                self._due[agent] = event
        elif event.type in (events.EVENT_TYPE_CONTACT_ACCEPTED, events.EVENT_TYPE_CONTACT_DECLINED):
            self._misses[agent] = 0
        elif event.type == events.EVENT_TYPE_AGENT_STATE_CHANGED and event.agent.presence != PRESENCE_NOT_READY:
            self._misses[agent] = 0
            if agent in self._since:
                since = self._since.pop(agent)
                self.back[since.agent.name + str(since.sequence)] = second(event) - second(since)

    def _take_due(self, agent: str, event: Event) -> None:
        """The next that is heard of an agent whose row is full must be that he is paused, in the same moment."""
        due = self._due.pop(agent, None)
        if is_pause(event):
            self.paused.append(event)
            self._since[agent] = event
            if due is None or second(event) - second(due) > INSTANT:
                self.faults.append(f"event {event.sequence}: {last_part(agent)} was paused")
        elif due is not None:
            self.faults.append(f"event {due.sequence}: {last_part(agent)} was not paused")


def _tell_agents(found: Findings, log: Log, row: _Row) -> None:
    rings = [
        second(missed) - second(offer)
        for history in log.by_contact.values()
        for offer, missed in pairwise(history)
        if offer.type == events.EVENT_TYPE_CONTACT_OFFERED and missed.type == events.EVENT_TYPE_CONTACT_MISSED
    ]
    found.tell("offers missed", len(rings), "offers")
    found.tell("seconds of ringing that nobody answered", sum(rings), "s")
    found.tell("agents paused, times", len(row.paused), "pauses")
    found.tell("agents' time lost by pauses", sum(row.back.values()), "s")
    found.tell("pause, mean", mean(row.back.values()), "s")


def _tell_contacts(found: Findings, log: Log) -> None:
    waits: dict[bool, list[float]] = {True: [], False: []}
    again, elsewhere = 0, 0
    for history in log.by_contact.values():
        accepted = first(history, events.EVENT_TYPE_CONTACT_ACCEPTED)
        missed = [event for event in history if event.type == events.EVENT_TYPE_CONTACT_MISSED]
        if accepted is not None:
            waits[bool(missed)].append(second(accepted) - second(history[0]))
        for refused, offer in _next_offers(history):
            again += 1
            elsewhere += offer.assignment.agent != refused.assignment.agent
    found.tell("second offers", again, "offers")
    found.tell("of these, to somebody else", share(elsewhere, again), "share")
    found.tell("wait of contacts that nobody missed, mean", mean(waits[False]), "s")
    found.tell("wait of contacts missed at least once, mean", mean(waits[True]), "s")
    ended = sum(history[-1].contact.end_reason == END_REASON_MAX_OFFERS for history in log.by_contact.values())
    found.tell(f"contacts ended after {OFFERS} refused offers", ended, "contacts")


def _next_offers(history: list[Event]) -> list[tuple[Event, Event]]:
    """Each refused offer with the offer that came after it."""
    found, refused = [], None
    for event in history:
        if event.type in REFUSALS:
            refused = event
        elif event.type == events.EVENT_TYPE_CONTACT_OFFERED and refused is not None:
            found.append((refused, event))
            refused = None
    return found


def _too_soon(log: Log) -> list[str]:
    faults = []
    for name, history in log.by_contact.items():
        until: dict[str, float] = {}
        for event in history:
            agent = event.assignment.agent
            if event.type in REFUSALS:
                delay = MISS_DELAY if event.type == events.EVENT_TYPE_CONTACT_MISSED else DECLINE_DELAY
                until[agent] = second(event) + delay
            elif event.type == events.EVENT_TYPE_CONTACT_OFFERED and second(event) < until.get(agent, 0.0) - INSTANT:
                faults.append(f"{name} to {last_part(agent)}, {until[agent] - second(event):.1f} s before")
    return faults


def _moved(log: Log) -> list[str]:
    return [name for name, history in log.by_contact.items() if len({event.contact.rank for event in history}) > 1]


def _wrong_ends(log: Log) -> list[str]:
    faults = []
    for name, history in log.by_contact.items():
        refused = sum(event.type in REFUSALS for event in history)
        last = history[-1].contact
        ended = last.state == CONTACT_STATE_EXPIRED and last.end_reason == END_REASON_MAX_OFFERS
        if ended != (refused == OFFERS):
            faults.append(f"{name}: {refused} refused, {'ended' if ended else 'not ended'} for it")
    return faults
