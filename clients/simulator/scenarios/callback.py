"""Call-backs at a promised time: in a window, in several attempts, never early, never behind who came later."""

import math
import random
from collections import Counter
from functools import partial

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from acd.v1 import event_pb2 as events
from acd.v1.contact_pb2 import (
    CHANNEL_CALLBACK,
    CONTACT_STATE_CANCELED,
    CONTACT_STATE_QUEUED,
    END_REASON_MAX_ATTEMPTS,
    END_REASON_WINDOW_OVER,
    Contact,
)
from acd.v1.contact_service_pb2 import CancelContactRequest, RescheduleContactRequest
from acd.v1.event_pb2 import Event
from acd_client import AcdApiError
from acd_client.names import contact_name
from simulator.day import Caller
from simulator.extras import Scene, Service
from simulator.line import insist, request_id
from simulator.measures.numbers import mean, percentile, share
from simulator.recorder import last_part
from simulator.scenarios.base import INSTANT, Findings, Log, Scenario, moment, second
from simulator.virtual import MIDNIGHT

SLOT, NOTICE = 1800.0, 3600.0
"""Seconds: customers choose a full or half hour, at least so much ahead."""
WINDOW, ATTEMPTS, DELAY = 480.0, 3, 600.0
PUNCTUAL = 300.0
"""Seconds after the promised time in which a call-back is on time."""
REACHED, RINGS = 0.55, 25.0
"""Share of the attempts that reach the customer; seconds of ringing of one that does not."""
CALLED_OFF = 0.04
"""Share of the customers who need no call any more before its time."""
SAME_TIME = 0.02
"""Seconds: those who asked for the same time are kept apart by up to 10 ms."""
CALLBACKS = "callbacks"


def promised(caller: Caller) -> float:
    """The second of the day that a customer who asks for a call is promised."""
    return math.ceil((caller.arrival + NOTICE) / SLOT) * SLOT


class Callback(Scenario):
    name = "callback"
    title = f"call-backs by appointment: a window of {WINDOW / 60:g} min, {ATTEMPTS} attempts, beside calls that come"

    def contact(self, caller: Caller) -> Contact:
        if caller.type != CALLBACKS:
            return Contact()
        time = Timestamp()
        time.FromMicroseconds(MIDNIGHT + round(promised(caller) * 1e6))
        return Contact(
            schedule_time=time,
            schedule_window=Duration(seconds=int(WINDOW)),
            max_attempts=ATTEMPTS,
            attempt_delay=Duration(seconds=int(DELAY)),
        )

    def begin(self, scene: Scene) -> None:
        super().begin(scene)
        for caller in scene.day.callers:
            rng = random.Random(f"{scene.day.seed} called off {caller.id}")
            if caller.type == CALLBACKS and rng.random() < CALLED_OFF:
                when = rng.uniform(caller.arrival, promised(caller))
                scene.timeline.at(when, partial(self._call_off, contact_name(scene.center, caller.id)))

    def service(self, event: Event, caller: Caller) -> Service:
        attempt = f"{self.scene.day.seed} reached {event.assignment.name.partition('/contacts/')[2]}"
        if caller.type != CALLBACKS or random.Random(attempt).random() < REACHED:
            return Service(caller.service)
        return Service(RINGS, "reschedule", self._reschedule)

    async def _reschedule(self, assignment: str) -> Contact:
        request = RescheduleContactRequest(name=assignment, request_id=request_id())
        reply = await insist(self.scene.client.contacts.reschedule_contact, request)
        self.scene.book.note_passed_on(reply.contact)
        return reply.contact

    async def _call_off(self, contact: str) -> int:
        request = CancelContactRequest(name=contact, request_id=request_id())
        try:
            reply = await insist(self.scene.client.contacts.cancel_contact, request)
        except AcdApiError as error:
            self.scene.book.refusals[f"cancel: {error.reason}"] += 1
            return 0
        self.scene.book.note(reply.contact)
        return reply.contact.sequence

    def judge(self, log: Log) -> Findings:
        diaries = [
            _Diary(caller, log.by_contact.get(caller.id, [])) for caller in log.day.callers if caller.type == CALLBACKS
        ]
        found = Findings()
        _tell(found, diaries)
        found.none("calls before the promised time", (text for diary in diaries for text in diary.early))
        found.none("calls after the window", (text for diary in diaries for text in diary.late))
        found.none("attempts planned for another time than promised", (text for diary in diaries for text in diary.off))
        found.none("wrong ends: attempts, window, reason", (text for diary in diaries for text in diary.wrong))
        found.none("contacts passed by one whose time came later", _passed(log))
        found.some("customers reached at a later attempt", sum(diary.reached > 1 for diary in diaries))
        over = sum(diary.end.end_reason == END_REASON_WINDOW_OVER for diary in diaries)
        found.some("windows that were over", over)
        return found


class _Diary:
    """One call-back."""

    def __init__(self, caller: Caller, history: list[Event]) -> None:
        self.early: list[str] = []
        self.late: list[str] = []
        self.off: list[str] = []
        self.wrong: list[str] = []
        self.delays: list[float] = []
        """From the time promised to the first offer, of each attempt that had one."""
        self.attempts = 0
        self.reached = 0
        """At which attempt; 0: never."""
        self.end = history[-1].contact if history else Contact()
        self._id = caller.id
        self._due = promised(caller)
        self._offered = False
        for event in history:
            self._take(event)
        if not history:
            self.wrong.append(f"{caller.id} is not there")

    def _take(self, event: Event) -> None:
        now = second(event)
        if event.type == events.EVENT_TYPE_CONTACT_SCHEDULED:
            self._due = self._due if not event.HasField("assignment") else now + DELAY
            self._offered = False
            if abs(moment(event.contact.schedule_time) - self._due) > INSTANT:
                self.off.append(f"{self._id}: {moment(event.contact.schedule_time)}, not {self._due}")
        elif event.type == events.EVENT_TYPE_CONTACT_OFFERED:
            self._take_offer(now)
        elif event.type == events.EVENT_TYPE_CONTACT_ACCEPTED:
            self.attempts += 1
            if self.attempts > ATTEMPTS:
                self.wrong.append(f"{self._id}: attempt {self.attempts}")
        elif event.type == events.EVENT_TYPE_CONTACT_COMPLETED:
            self.reached = self.attempts
        elif event.type == events.EVENT_TYPE_CONTACT_EXPIRED:
            self._expired(event, now)

    def _take_offer(self, now: float) -> None:
        if not self._offered:
            self.delays.append(now - self._due)
        self._offered = True
        if now < self._due - INSTANT:
            self.early.append(f"{self._id}: {self._due - now:.1f} s")
        if now > self._due + WINDOW + INSTANT:
            self.late.append(f"{self._id}: {now - self._due - WINDOW:.1f} s")

    def _expired(self, event: Event, now: float) -> None:
        reason = event.contact.end_reason
        attempts_over = reason == END_REASON_MAX_ATTEMPTS and self.attempts == ATTEMPTS
        window_over = reason == END_REASON_WINDOW_OVER and abs(now - self._due - WINDOW) <= INSTANT
        if not attempts_over and not window_over:
            self.wrong.append(f"{self._id}: reason {reason} at attempt {self.attempts}, {now - self._due:.1f} s")


def _tell(found: Findings, diaries: list[_Diary]) -> None:
    firsts = [diary.delays[0] for diary in diaries if diary.delays]
    reached = Counter(diary.reached for diary in diaries)
    kept = [diary for diary in diaries if diary.end.state != CONTACT_STATE_CANCELED]
    reasons = Counter(diary.end.end_reason for diary in diaries)
    found.tell("call-backs asked for", len(diaries), "contacts")
    found.tell("called off by the customer", len(diaries) - len(kept), "contacts")
    found.tell(
        f"on time: first call within {PUNCTUAL / 60:g} min of the time promised",
        share(sum(delay <= PUNCTUAL for delay in firsts), len(kept)),
        "share",
    )
    found.tell("called in the window at all", share(len(firsts), len(kept)), "share")
    found.tell("after the time promised, median", percentile(firsts, 50), "s")
    found.tell("after the time promised, p95", percentile(firsts, 95), "s")
    found.tell("attempts per call-back", mean(diary.attempts for diary in diaries if diary.attempts), "ratio")
    for attempt in range(1, ATTEMPTS + 1):
        found.tell(f"reached at attempt {attempt}", reached[attempt], "contacts")
    found.tell(f"not reached in {ATTEMPTS} attempts", reasons[END_REASON_MAX_ATTEMPTS], "contacts")
    found.tell("window over", reasons[END_REASON_WINDOW_OVER], "contacts")


def _passed(log: Log) -> list[str]:
    """Offers that passed somebody who waited and whose time, of coming or as promised, was before."""
    faults: list[str] = []
    waiting: dict[str, float] = {}
    for event in log.events:
        if not event.HasField("contact"):
            continue
        name, contact = last_part(event.contact.name), event.contact
        if event.type == events.EVENT_TYPE_CONTACT_OFFERED and name in waiting:
            mine = waiting[name]
            faults += [
                f"event {event.sequence}: {other} by {name}" for other, due in waiting.items() if due < mine - SAME_TIME
            ]
        if contact.state != CONTACT_STATE_QUEUED:
            waiting.pop(name, None)
        elif name not in waiting:
            back = contact.channel == CHANNEL_CALLBACK
            waiting[name] = moment(contact.schedule_time if back else contact.enqueue_time)
    return faults
