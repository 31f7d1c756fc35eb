"""Priority with ageing: whoever matters more goes before, but nobody is passed for ever."""

import random
from collections import defaultdict
from functools import partial

from google.protobuf.duration_pb2 import Duration

from acd.v1 import event_pb2 as events
from acd.v1.center_pb2 import PRIORITY_RULE_HEAD_START, CenterPolicy
from acd.v1.contact_pb2 import CONTACT_STATE_QUEUED, Contact
from acd.v1.contact_service_pb2 import ReprioritizeContactRequest
from acd.v1.event_pb2 import Event
from acd_client import AcdApiError
from acd_client.names import contact_name
from simulator.day import Caller
from simulator.extras import Scene
from simulator.line import insist, request_id
from simulator.measures.numbers import percentile, share
from simulator.scenarios.base import INSTANT, Findings, Log, Scenario, second

POINT = 60.0
"""Seconds of waiting that a point of priority is worth."""
ORDINARY, VIP = 0, 9
CREDIT = 120
"""Seconds for a call that was cut off and comes again."""
CUT_OFF = 0.05
"""Share of the calls that are such."""
COMPLAINT, NOTICED = 0.06, 150.0
"""Share of ordinary calls that turn out to be a complaint, and after how many seconds of waiting."""
COMPLAINT_PRIORITY = 5


class Vip(Scenario):
    name = "vip"
    title = f"priority with ageing: a point is worth {POINT:g} s of waiting, credit, complaints moved up"

    def policy(self) -> CenterPolicy:
        return CenterPolicy(priority_rule=PRIORITY_RULE_HEAD_START, head_start=Duration(seconds=int(POINT)))

    def contact(self, caller: Caller) -> Contact:
        cut_off = random.Random(f"cut off {caller.id}").random() < CUT_OFF
        return Contact(credit=Duration(seconds=CREDIT)) if cut_off else Contact()

    def begin(self, scene: Scene) -> None:
        super().begin(scene)
        for caller in scene.day.callers:
            if caller.priority == ORDINARY and random.Random(f"complaint {caller.id}").random() < COMPLAINT:
                scene.timeline.at(
                    caller.arrival + NOTICED, partial(self._move_up, contact_name(scene.center, caller.id))
                )

    async def _move_up(self, contact: str) -> int:
        request = ReprioritizeContactRequest(name=contact, priority=COMPLAINT_PRIORITY, request_id=request_id())
        try:
            reply = await insist(self.scene.client.contacts.reprioritize_contact, request)
        except AcdApiError as error:
            # Answered or gone before anybody noticed.
            self.scene.book.refusals[f"reprioritize: {error.reason}"] += 1
            return 0
        self.scene.book.note(reply.contact)
        return reply.contact.sequence

    def judge(self, log: Log) -> Findings:
        line = _Line()
        for event in log.events:
            line.take(event)
        found = Findings()
        for priority, waits in sorted(line.waits.items(), reverse=True):
            found.tell(f"priority {priority}: answered", len(waits), "contacts")
            found.tell(f"priority {priority}: wait, median", percentile(waits, 50), "s")
            found.tell(f"priority {priority}: wait, p95", percentile(waits, 95), "s")
            found.tell(f"priority {priority}: longest wait", max(waits), "s")
        found.tell("ordinary contacts that somebody passed", len(line.passed), "contacts")
        found.tell("their share", share(len(line.passed), len(line.waits[ORDINARY])), "share")
        found.tell("most that passed one of them", max(line.passed.values(), default=0), "contacts")
        found.tell("latest that somebody came and still passed one", max(line.gaps, default=0.0), "s")
        found.tell("contacts with credit", line.credited, "contacts")
        found.tell("complaints moved up while they waited", line.moved, "contacts")
        found.none("contacts passed by one with less wait, priority and credit together", line.faults)
        found.none(
            "ordinary contacts starved: passed by one who came later than the most that priority is worth", line.starved
        )
        found.some("ordinary contacts that somebody passed", len(line.passed))
        found.some("contacts with credit that waited", line.credited)
        found.some("complaints moved up", line.moved)
        return found


class _Line:
    """Who waits, and who is taken before whom; everybody has the one skill, and nobody says no to anybody."""

    def __init__(self) -> None:
        self.waits: dict[int, list[float]] = defaultdict(list)
        """To the answer, by the priority in the end."""
        self.passed: dict[str, int] = defaultdict(int)
        self.gaps: list[float] = []
        """How much later than an ordinary contact that was passed each one came."""
        self.faults: list[str] = []
        self.starved: list[str] = []
        self.credited = self.moved = 0
        self._waiting: dict[str, Contact] = {}
        self._came: dict[str, float] = {}

    def take(self, event: Event) -> None:
        if not event.HasField("contact"):
            return
        name = event.contact.name
        if event.type == events.EVENT_TYPE_CONTACT_ENQUEUED:
            self._came[name] = second(event)
            self.credited += bool(event.contact.credit.seconds)
        elif event.type == events.EVENT_TYPE_CONTACT_OFFERED:
            self._judge(event)
        elif event.type == events.EVENT_TYPE_CONTACT_ACCEPTED:
            self.waits[event.contact.priority].append(second(event) - self._came[name])
        self.moved += event.type == events.EVENT_TYPE_CONTACT_REPRIORITIZED
        if event.contact.state == CONTACT_STATE_QUEUED:
            self._waiting[name] = event.contact
        else:
            self._waiting.pop(name, None)

    def _due(self, contact: Contact) -> float:
        """The second by which the order goes."""
        return self._came[contact.name] - contact.priority * POINT - contact.credit.seconds

    def _judge(self, event: Event) -> None:
        taken, came = event.contact, self._came[event.contact.name]
        for other in self._waiting.values():
            if other.name == taken.name:
                continue
            if self._due(other) < self._due(taken) - INSTANT:
                self.faults.append(f"event {event.sequence}: {taken.name} before {other.name}")
            gap = came - self._came[other.name]
            if other.priority == ORDINARY and gap > 0:
                self.passed[other.name] += 1
                self.gaps.append(gap)
                if gap > VIP * POINT + CREDIT + INSTANT:
                    self.starved.append(f"event {event.sequence}: {other.name} by {taken.name}, {gap:.0f} s later")
