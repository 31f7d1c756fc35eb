"""Limits and overflow: raised, widened and ended after a wait, and turned away where too many wait."""

from collections import Counter
from typing import NamedTuple

from google.protobuf.duration_pb2 import Duration

from acd.v1 import event_pb2 as events
from acd.v1.center_pb2 import CenterPolicy
from acd.v1.contact_pb2 import (
    CONTACT_STATE_QUEUED,
    END_REASON_OVERFLOW,
    OVERFLOW_ACTION_EXPIRE,
    OVERFLOW_ACTION_RAISE_PRIORITY,
    OVERFLOW_ACTION_REPLACE_SKILLS,
    Contact,
    OverflowRule,
    SkillRequirement,
)
from acd.v1.event_pb2 import Event
from simulator.day import Caller
from simulator.measures.numbers import percentile, share
from simulator.recorder import last_part
from simulator.scenarios.base import INSTANT, Findings, Log, Scenario, second

LOANS, EXPERTS = "loans", "experts"
UP, WIDE, OUT = ("up", 60.0), ("wide", 150.0), ("out", 300.0)
"""The rules of loans: their ids, and the seconds of waiting after which they fire."""
RAISED, HELP_LEVEL = 4, 1
MOST_WAITING = 24
"""In the center; whoever comes then is turned away."""


class Overflow(Scenario):
    name = "overflow"
    title = (
        f"loans are raised after {UP[1]:g} s, widened after {WIDE[1]:g}, ended after {OUT[1]:g}; "
        f"at most {MOST_WAITING} wait"
    )

    def policy(self) -> CenterPolicy:
        return CenterPolicy(max_waiting=MOST_WAITING)

    def contact(self, caller: Caller) -> Contact:
        if caller.type != LOANS:
            return Contact()
        up, wide, out = (Duration(seconds=int(after)) for _, after in (UP, WIDE, OUT))
        anybody = [SkillRequirement(skill_id=LOANS, min_level=HELP_LEVEL)]
        return Contact(
            overflow_rules=[
                OverflowRule(id=UP[0], after=up, action=OVERFLOW_ACTION_RAISE_PRIORITY, priority=RAISED),
                OverflowRule(id=WIDE[0], after=wide, action=OVERFLOW_ACTION_REPLACE_SKILLS, required_skills=anybody),
                OverflowRule(id=OUT[0], after=out, action=OVERFLOW_ACTION_EXPIRE),
            ]
        )

    def turned_away(self, caller: Caller, reason: str) -> bool:
        del caller
        return reason == "QUEUE_FULL"

    def judge(self, log: Log) -> Findings:
        types = {caller.id: caller.type for caller in log.day.callers}
        loans = [_Loan(name, history) for name, history in log.by_contact.items() if types[name] == LOANS]
        experts = {plan.id for plan in log.day.agents if plan.group == EXPERTS}
        full = _Full(log)
        found = Findings()
        _tell(found, log, loans, experts)
        found.none(
            "rules that fired at another moment than theirs, twice, or not at all", (f for x in loans for f in x.off)
        )
        found.none("rules that did something else than they say", (fault for loan in loans for fault in loan.wrong))
        found.none(
            "loans at the desk before they were widened", (fault for loan in loans for fault in loan.strays(experts))
        )
        found.none("loans that lost their place when they were widened", (loan.name for loan in loans if loan.moved))
        found.none(f"turned away while fewer than {MOST_WAITING} waited, or let in beyond", full.faults)
        fired = Counter(rule for loan in loans for rule in loan.fired)
        for rule, _ in (UP, WIDE, OUT):
            found.some(f"rule {rule} fired", fired[rule])
        found.some("turned away", len(log.turned_away))
        return found


class _Offer(NamedTuple):
    agent: str
    time: float
    sequence: int


class _Loan:
    """One contact with rules."""

    def __init__(self, name: str, history: list[Event]) -> None:
        self.name = name
        self.off: list[str] = []
        self.wrong: list[str] = []
        self.fired: list[str] = []
        self.moved = False
        self.offer: _Offer | None = None
        self.expired = history[-1].contact.end_reason == END_REASON_OVERFLOW
        self.came = second(history[0])
        self._rank = history[0].contact.rank
        for event in history:
            self._take(event)
        waited = (self.offer.time if self.offer else second(history[-1])) - self.came
        due = [rule for rule, after in (UP, WIDE, OUT) if after < waited - INSTANT]
        if self.fired[: len(due)] != due:
            self.off.append(f"{name}: {self.fired} after {waited:.1f} s")

    def _take(self, event: Event) -> None:
        contact, waited = event.contact, second(event) - self.came
        if event.type == events.EVENT_TYPE_CONTACT_OFFERED:
            self.offer = self.offer or _Offer(event.assignment.agent, second(event), event.sequence)
        news = list(contact.fired_overflow_rules)[len(self.fired) :]
        for rule in news:
            after = dict((UP, WIDE, OUT))[rule]
            if abs(waited - after) > INSTANT or rule in self.fired:
                self.off.append(f"event {event.sequence}: {self.name}, {rule} after {waited:.3f} s")
            self._judge(rule, event)
            self.fired.append(rule)

    def _judge(self, rule: str, event: Event) -> None:
        contact = event.contact
        now = [(need.skill_id, need.min_level or 1) for need in contact.current_skills]
        asked = [(need.skill_id, need.min_level or 1) for need in contact.required_skills]
        done = {
            UP[0]: contact.priority == RAISED and contact.rank < self._rank,
            WIDE[0]: now == [(LOANS, HELP_LEVEL)] and asked == [(LOANS, 5)],
            OUT[0]: event.type == events.EVENT_TYPE_CONTACT_EXPIRED and self.expired,
        }
        if not done[rule]:
            self.wrong.append(f"event {event.sequence}: {self.name}, {rule}")
        self.moved |= rule == WIDE[0] and contact.rank != self._rank
        self._rank = contact.rank

    def strays(self, experts: set[str]) -> list[str]:
        offer = self.offer
        if offer is None or last_part(offer.agent) in experts or WIDE[0] in self.fired:
            return []
        return [f"event {offer.sequence}: {self.name} to {last_part(offer.agent)}"]


class _Full:
    """How many wait when somebody is turned away, or let in."""

    def __init__(self, log: Log) -> None:
        self.faults: list[str] = []
        away = sorted((time, name) for name, time in log.turned_away.items())
        waiting: set[str] = set()
        for event in log.events:
            while away and away[0][0] < second(event) - INSTANT:
                time, name = away.pop(0)
                if len(waiting) < MOST_WAITING:
                    self.faults.append(f"{name} was turned away at {time:.1f}, {len(waiting)} waited")
            if event.type == events.EVENT_TYPE_CONTACT_ENQUEUED and len(waiting) >= MOST_WAITING:
                self.faults.append(f"event {event.sequence}: {event.contact.name} is number {len(waiting) + 1}")
            if event.HasField("contact"):
                waits = event.contact.state == CONTACT_STATE_QUEUED
                (waiting.add if waits else waiting.discard)(event.contact.name)


def _tell(found: Findings, log: Log, loans: list[_Loan], experts: set[str]) -> None:
    fired = Counter(rule for loan in loans for rule in loan.fired)
    taken = [loan for loan in loans if loan.offer is not None]
    waits = [loan.offer.time - loan.came for loan in taken if loan.offer is not None]
    helped = [loan for loan in taken if loan.offer is not None and last_part(loan.offer.agent) not in experts]
    found.tell("loans that came in", len(loans), "contacts")
    found.tell(f"raised after {UP[1]:g} s", fired[UP[0]], "contacts")
    found.tell(f"widened after {WIDE[1]:g} s", fired[WIDE[0]], "contacts")
    found.tell(f"ended after {OUT[1]:g} s", fired[OUT[0]], "contacts")
    found.tell("loans taken by the desk, which only widening allows", len(helped), "contacts")
    found.tell("loans taken, share", share(len(taken), len(loans)), "share")
    found.tell("loans: wait, median", percentile(waits, 50), "s")
    found.tell("loans: wait, p95", percentile(waits, 95), "s")
    found.tell("turned away because too many waited", len(log.turned_away), "contacts")
