"""Passing on: to a second desk by skills or to a named agent, with the time waited kept; and consultations."""

import random
from collections import defaultdict
from functools import partial

from google.protobuf.duration_pb2 import Duration

from acd.v1 import event_pb2 as events
from acd.v1.contact_pb2 import (
    ASSIGNMENT_STATE_TRANSFERRED,
    CONTACT_STATE_COMPLETED,
    CONTACT_STATE_QUEUED,
    CONTACT_STATE_WRAP_UP,
    OUTCOME_TRANSFERRED,
    Contact,
    SkillRequirement,
)
from acd.v1.contact_service_pb2 import SkillSet, TransferContactRequest
from acd.v1.event_pb2 import Event
from acd_client.names import agent_name, contact_name
from simulator.day import Caller
from simulator.extras import Service
from simulator.line import insist, request_id
from simulator.measures.numbers import mean, percentile
from simulator.recorder import last_part
from simulator.scenarios.base import INSTANT, Findings, Log, Scenario, second

TO_DESK, TO_AGENT, ASKS = 0.24, 0.10, 0.12
"""Shares of the first desk's calls that it passes on to the second desk, to an agent by name, or asks about."""
TRIAGE = 0.35
"""Share of the usual talk after which the first desk knows that it cannot help."""
HOLDS, CONSULTATION = 150.0, 60.0
"""Seconds that a customer is held for a consultation, and that the consultation takes."""
TARGET_WAIT = 45
"""Seconds that a named agent is waited for."""
FIRST, SECOND = "first-desk", "second-desk"
EXPERTS = "experts"
CONSULTED = "-asks"


class Transfer(Scenario):
    name = "transfer"
    title = "calls passed on to a second desk or a named agent in the place of their first wait; consultations"

    def contact(self, caller: Caller) -> Contact:
        if not caller.id.endswith(CONSULTED):
            return Contact()
        return Contact(parent_contact=contact_name(self.scene.center, caller.id.removesuffix(CONSULTED)))

    def service(self, event: Event, caller: Caller) -> Service:
        rng = random.Random(f"{self.scene.day.seed} first desk {caller.id}")
        chance, known = rng.random(), TRIAGE * caller.service
        if caller.type != FIRST or not event.assignment.name.endswith("/1"):
            return super().service(event, caller)
        if chance < TO_DESK:
            return Service(known, "transfer", self._pass_on)
        if chance < TO_DESK + TO_AGENT:
            return Service(known, "transfer", partial(self._to_expert, rng))
        if chance < TO_DESK + TO_AGENT + ASKS:
            self._ask(caller, second(event) + known)
            return Service(caller.service + HOLDS)
        return super().service(event, caller)

    def _ask(self, caller: Caller, when: float) -> None:
        """Asks an expert while the customer holds: a contact of its own."""
        skills = {SECOND: 1}
        about = Caller(f"{caller.id}{CONSULTED}", when, skills, float("inf"), CONSULTATION, type="consultation")
        self.scene.callers.add(about, self.scene.timeline)

    async def _to_expert(self, rng: random.Random, assignment: str) -> Contact:
        """Passes the call on to one of the experts who are there."""
        now = self.scene.timeline.now()
        there = [plan.id for plan in self.scene.day.agents if plan.group == EXPERTS and plan.start < now < plan.end]
        return await self._pass_on(assignment, agent_name(self.scene.center, rng.choice(there)))

    async def _pass_on(self, assignment: str, agent: str = "") -> Contact:
        request = TransferContactRequest(name=assignment, request_id=request_id())
        if agent:
            request.agent = agent
            request.target_wait.CopyFrom(Duration(seconds=TARGET_WAIT))
        else:
            request.skills.CopyFrom(SkillSet(required_skills=[SkillRequirement(skill_id=SECOND, min_level=1)]))
        reply = await insist(self.scene.client.contacts.transfer_contact, request)
        self.scene.book.note_passed_on(reply.contact)
        return reply.contact

    def judge(self, log: Log) -> Findings:
        found = Findings()
        journeys = [_Journey(name, history) for name, history in log.by_contact.items()]
        moved = [journey for journey in journeys if journey.passed_on is not None]
        asked = [journey for journey in journeys if journey.name.endswith(CONSULTED)]
        line = _SecondLine()
        for event in log.events:
            line.take(event)
        _tell(found, moved, asked, line)
        found.none("contacts whose place changed when they were passed on", (j.name for j in moved if len(j.ranks) > 1))
        found.none("contacts passed on that were not served in the end", (j.name for j in moved if not j.served))
        found.none("who passed on and did not wrap up as transferred", (j.name for j in moved if not j.wrapped))
        found.none("second-desk offers that passed somebody who came before", line.faults)
        found.none("offers to others while a named agent was waited for", (text for j in moved for text in j.strays))
        found.none("consultations that moved or ended their customer, or have another", _disturbed(log, asked))
        found.some("contacts passed on to the second desk", sum(not j.named for j in moved))
        found.some("contacts passed on to a named agent", sum(j.named for j in moved))
        found.some("consultations", len(asked))
        return found


class _Journey:
    """One contact, from desk to desk."""

    def __init__(self, name: str, history: list[Event]) -> None:
        self.name = name
        self.history = history
        self.ranks = {event.contact.rank for event in history}
        self.came = second(history[0])
        self.passed_on: Event | None = None
        self.named = self.given_up = self.wrapped = False
        self.strays: list[str] = []
        self.offered: float | None = None
        """Second of the first offer after it was passed on."""
        self.accepted: list[float] = []
        for event in history:
            self._take(event)
        self.served = history[-1].contact.state in (CONTACT_STATE_COMPLETED, CONTACT_STATE_WRAP_UP)

    def _take(self, event: Event) -> None:
        contact, assignment = event.contact, event.assignment
        if event.type == events.EVENT_TYPE_CONTACT_TRANSFERRED:
            self.passed_on, self.named = event, bool(contact.target_agent)
        elif event.type == events.EVENT_TYPE_CONTACT_ACCEPTED:
            self.accepted.append(second(event))
        elif event.type == events.EVENT_TYPE_CONTACT_OFFERED and self.passed_on is not None:
            if self.offered is None:
                self.offered = second(event)
            target = self.passed_on.contact.target_agent
            if self.named and not self.given_up and assignment.agent != target:
                self.strays.append(f"event {event.sequence}: {self.name} to {last_part(assignment.agent)}")
        elif event.type == events.EVENT_TYPE_CONTACT_UPDATED and not contact.target_agent:
            self.given_up = True
        if assignment.state == ASSIGNMENT_STATE_TRANSFERRED and assignment.HasField("service_end_time"):
            self.wrapped |= assignment.outcome == OUTCOME_TRANSFERRED


class _SecondLine:
    """Who waits for the second desk, whoever brought him, by the time of his first coming."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.gained: list[int] = []
        """Places that each contact passed on stood before what came to the desk before it."""
        self._came: dict[str, float] = {}
        self._waiting: set[str] = set()

    def take(self, event: Event) -> None:
        if not event.HasField("contact"):
            return
        name, contact = last_part(event.contact.name), event.contact
        self._came.setdefault(name, second(event))
        here = contact.state == CONTACT_STATE_QUEUED and not contact.target_agent
        here &= [need.skill_id for need in contact.current_skills] == [SECOND]
        if event.type == events.EVENT_TYPE_CONTACT_TRANSFERRED and here:
            self.gained.append(sum(self._came[other] > self._came[name] for other in self._waiting))
        if event.type == events.EVENT_TYPE_CONTACT_OFFERED and name in self._waiting:
            before = self._came[name] - INSTANT
            self.faults += [
                f"event {event.sequence}: {other} by {name}" for other in self._waiting if self._came[other] < before
            ]
        (self._waiting.add if here else self._waiting.discard)(name)


def _tell(found: Findings, moved: list[_Journey], asked: list[_Journey], line: _SecondLine) -> None:
    to_desk = [journey for journey in moved if not journey.named]
    named = [journey for journey in moved if journey.named]
    kept = [second(journey.passed_on) - journey.came for journey in to_desk if journey.passed_on]
    waits: dict[bool, list[float]] = defaultdict(list)
    for journey in moved:
        if journey.passed_on is not None and journey.offered is not None:
            waits[journey.named].append(journey.offered - second(journey.passed_on))
    found.tell("passed on to the second desk", len(to_desk), "contacts")
    found.tell("time kept as credit, mean", mean(kept), "s")
    found.tell("places gained by it, mean", mean(line.gained), "places")
    found.tell("places gained by it, most", max(line.gained, default=0), "places")
    found.tell("wait for the second desk, median", percentile(waits[False], 50), "s")
    found.tell("wait for the second desk, p95", percentile(waits[False], 95), "s")
    found.tell("passed on to a named agent", len(named), "contacts")
    found.tell("of these, not taken by him in time", sum(journey.given_up for journey in named), "contacts")
    found.tell("wait for the named agent, or whoever took his place, mean", mean(waits[True]), "s")
    found.tell("consultations", len(asked), "contacts")
    found.tell(
        "wait for a consultation, mean",
        mean(journey.accepted[0] - journey.came for journey in asked if journey.accepted),
        "s",
    )


def _disturbed(log: Log, asked: list[_Journey]) -> list[str]:
    """The customer's contact changes by its own agent's word only, while somebody is asked."""
    own = (events.EVENT_TYPE_CONTACT_WRAP_UP, events.EVENT_TYPE_CONTACT_COMPLETED, events.EVENT_TYPE_ASSIGNMENT_ENDED)
    faults = []
    for journey in asked:
        customer = journey.name.removesuffix(CONSULTED)
        parents = {last_part(event.contact.parent_contact) for event in journey.history}
        asked_at = journey.history[0].sequence
        others = [
            event.type for event in log.by_contact[customer] if event.sequence > asked_at and event.type not in own
        ]
        if parents != {customer} or others:
            faults.append(f"{journey.name}: {parents}, {others}")
    return faults
