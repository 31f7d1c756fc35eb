"""Opening hours over Easter 2024: weekly hours, exceptions, a change of the clocks, and hands that open and close."""

import itertools
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from acd.v1 import calendar_pb2 as calendars
from acd.v1 import contact_pb2 as contacts
from acd.v1 import event_pb2 as events
from acd.v1.center_pb2 import WAITING_ACTION_EXPIRE, WAITING_ACTION_KEEP, Center, CenterPolicy
from acd.v1.center_service_pb2 import (
    CloseCenterRequest,
    OpenCenterRequest,
    UpdateCenterRequest,
)
from acd.v1.event_pb2 import Event
from acd_client.names import center_name
from simulator.day import AgentPlan, Caller, Day, Habits, Policy
from simulator.distributions import Distribution, exponential, uniform
from simulator.extras import Scene
from simulator.line import insist, request_id
from simulator.measures.numbers import percentile
from simulator.recorder import last_part
from simulator.scenarios.base import INSTANT, Findings, Log, Scenario, moment, second
from simulator.virtual import MIDNIGHT

HOUR, DAY = 3600.0, 86400.0
THURSDAY = 87 * DAY
"""28 March 2024, 00:00 UTC, in seconds from 1 January. In Prague clocks go from 2 to 3 o'clock on Sunday the 31st."""


def _at(day: int, hour: float) -> float:
    """An hour, UTC, of the day after so many days from Thursday."""
    return THURSDAY + day * DAY + hour * HOUR


class Opening(NamedTuple):
    """A time in which the center is open, and what becomes of who still waits at its end."""

    start: float
    end: float
    day: str
    expires: bool = False
    hand: bool = False
    """Opened by hand."""
    early: bool = False
    """Closed by hand, before the calendar would have."""


OPENINGS = (
    Opening(_at(0, 8), _at(0, 16.5), "Thursday"),  # 9:00-17:30, an hour ahead of UTC
    Opening(_at(1, 9), _at(1, 13), "Good Friday"),  # an exception: 10:00-14:00
    Opening(_at(2, 9), _at(2, 11), "Saturday", early=True),  # 10:00-14:00; a hand closes at noon
    Opening(_at(3, 10), _at(3, 14), "Sunday", expires=True),  # 12:00-16:00, two hours ahead since the night
    Opening(_at(4, 10), _at(4, 12), "Easter Monday", expires=True, hand=True),  # closed by an exception
    Opening(_at(5, 7), _at(5, 15.5), "Tuesday", expires=True),  # 9:00-17:30
)
"""The truth that the router is held against, worked out by hand."""
SWITCH = _at(2, 20)
"""From here on who waits at closing time is expired."""
AGENTS = 5
HANDS_ON = 600.0
"""Seconds that agents are there before opening and after closing."""
CALLS, NIGHT, MAILS, CALLBACKS = 4.0, 0.5, 6.0, 0.3
"""An hour: calls by day and by night, e-mails while open, call-backs booked while closed."""
DAYTIME = (6, 18)
RUSH, RUSH_CALLS, RUSH_MAILS = 900.0, 110.0, 50.0
"""In so many seconds before closing, so many come in addition, an hour."""
BACK_AFTER = 1800.0
"""A call-back is booked for so many seconds after the next opening."""
HABITS = Habits(0.0, 0.0, uniform(2, 6), exponential(20))


class Calendar(Scenario):
    name = "calendar"
    title = "opening hours over Easter: exceptions, a change of the clocks, closed and opened by hand"
    prompt = False

    def policy(self) -> CenterPolicy:
        return CenterPolicy(max_wait=Duration(seconds=int(5 * DAY)))

    def day(self, seed: int) -> Day:
        callers = sorted(_callers(seed), key=lambda caller: (caller.arrival, caller.id))
        agents = [_agent(number) for number in range(AGENTS)]
        policy = Policy(offer_timeout=15.0, wrap_up_time=60.0, retry_delay=5.0)
        return Day("Opening hours over Easter 2024, in Prague", callers, agents, policy, seed)

    def begin(self, scene: Scene) -> None:
        super().begin(scene)
        scene.timeline.at(THURSDAY, partial(self._give, expires=False))
        scene.timeline.at(SWITCH, partial(self._give, expires=True))
        for opening in OPENINGS:
            if opening.hand:
                scene.timeline.at(opening.start, self._open)
            if opening.hand or opening.early:
                scene.timeline.at(opening.end, partial(self._close, expires=opening.expires))

    def turned_away(self, caller: Caller, reason: str) -> bool:
        return reason == "CENTER_CLOSED" and caller.type != "callbacks"

    def contact(self, caller: Caller) -> contacts.Contact:
        if caller.type != "callbacks":
            return contacts.Contact()
        opens = next(opening.start for opening in OPENINGS if opening.start > caller.arrival)
        time = Timestamp()
        time.FromMicroseconds(MIDNIGHT + round((opens + BACK_AFTER) * 1e6))
        return contacts.Contact(schedule_time=time)

    async def _give(self, *, expires: bool) -> int:
        center = Center(name=center_name(self.scene.center), calendar=_calendar(expires=expires))
        request = UpdateCenterRequest(center=center, update_mask=FieldMask(paths=["calendar"]), request_id=request_id())
        return (await insist(self.scene.client.centers.update_center, request)).center.sequence

    async def _open(self) -> int:
        request = OpenCenterRequest(name=center_name(self.scene.center), request_id=request_id())
        return (await insist(self.scene.client.centers.open_center, request)).center.sequence

    async def _close(self, *, expires: bool) -> int:
        waiting = WAITING_ACTION_EXPIRE if expires else WAITING_ACTION_KEEP
        request = CloseCenterRequest(name=center_name(self.scene.center), waiting=waiting, request_id=request_id())
        return (await insist(self.scene.client.centers.close_center, request)).center.sequence

    def judge(self, log: Log) -> Findings:
        hours = _Hours()
        for event in log.events:
            hours.take(event)
        hours.finish()
        arrivals = {caller.id: caller.arrival for caller in log.day.callers if caller.type != "callbacks"}
        refused = [name for name in log.turned_away if name not in arrivals or is_open(arrivals[name])]
        let_in = [name for name in arrivals if name not in log.turned_away and not is_open(arrivals[name])]
        found = Findings()
        for opening, closing in zip(OPENINGS, hours.closings, strict=False):
            fates = {"kept": closing.kept, "expired": closing.expired, "hung up": closing.gone}
            for fate, names in fates.items():
                found.tell(f"{opening.day}, waited at closing time: {fate}", len(names), "contacts")
        found.tell("refused while closed", len(log.turned_away), "contacts")
        found.tell("call-backs booked while closed", len(log.day.callers) - len(arrivals), "contacts")
        found.tell("kept over a closing: wait, median", percentile(hours.kept_waits, 50) / HOUR, "h")
        found.tell("after an opening, the first offer: latest", max(hours.first_offers, default=0.0), "s")
        found.none("openings and closings at another moment than the calendar's", hours.off)
        found.none("contacts refused while open", refused)
        found.none("contacts let in while closed", let_in)
        found.none("offers while closed", hours.offers_closed)
        found.none("contacts expired that should have been kept, or kept that should have expired", hours.wrong)
        found.none("contacts that came after one kept over a closing, and were offered before", hours.passed)
        found.some("refused while closed", len(log.turned_away))
        found.some("kept over a closing", sum(len(closing.kept) for closing in hours.closings))
        found.some("expired at a closing", sum(len(closing.expired) for closing in hours.closings))
        return found


def is_open(now: float) -> bool:
    return any(opening.start <= now < opening.end for opening in OPENINGS)


def _calendar(*, expires: bool) -> calendars.Calendar:
    weekdays = [calendars.WEEKDAY_MONDAY, calendars.WEEKDAY_TUESDAY, calendars.WEEKDAY_WEDNESDAY]
    weekdays += [calendars.WEEKDAY_THURSDAY, calendars.WEEKDAY_FRIDAY]
    return calendars.Calendar(
        time_zone="Europe/Prague",
        weekly_hours=[
            calendars.WeeklyHours(days=weekdays, open="09:00", close="17:30"),
            calendars.WeeklyHours(days=[calendars.WEEKDAY_SATURDAY], open="10:00", close="14:00"),
            calendars.WeeklyHours(days=[calendars.WEEKDAY_SUNDAY], open="12:00", close="16:00"),
        ],
        exceptions=[
            calendars.CalendarException(date="2024-03-29", hours=[calendars.Hours(open="10:00", close="14:00")]),
            calendars.CalendarException(date="2024-04-01"),
        ],
        expire_waiting=expires,
    )


def _callers(seed: int) -> Iterator[Caller]:
    """Calls at all hours, most of them by day and many just before closing; e-mails; call-backs booked at night."""
    first, last = THURSDAY, OPENINGS[-1].end + 2 * HOUR

    def by_day(now: float) -> float:
        return CALLS if DAYTIME[0] <= now % DAY / HOUR < DAYTIME[1] else NIGHT

    def before_closing(now: float) -> bool:
        return any(opening.end - RUSH <= now < opening.end for opening in OPENINGS)

    def rush(now: float) -> float:
        return by_day(now) + (RUSH_CALLS if before_closing(now) else 0.0)

    def mails(now: float) -> float:
        return (MAILS + (RUSH_MAILS if before_closing(now) else 0.0)) if is_open(now) else 0.0

    def at_night(now: float) -> float:
        return 0.0 if is_open(now) or now > OPENINGS[-1].start else CALLBACKS

    rng = random.Random(f"{seed} calendar")
    talk, patience, reading = Distribution("lognormal", 200.0, 0.7), exponential(500.0), exponential(420.0)
    for number, now in enumerate(_poisson(rng, first, last, rush, CALLS + RUSH_CALLS)):
        yield Caller(f"calls-{number:04d}", now, {"service": 1}, patience.draw(rng), talk.draw(rng), type="calls")
    for number, now in enumerate(_poisson(rng, first, last, mails, MAILS + RUSH_MAILS)):
        channel, service = contacts.CHANNEL_EMAIL, reading.draw(rng)
        yield Caller(f"mails-{number:04d}", now, {"service": 1}, math.inf, service, channel, type="mails")
    for number, now in enumerate(_poisson(rng, first, last, at_night, CALLBACKS)):
        channel, service = contacts.CHANNEL_CALLBACK, talk.draw(rng)
        yield Caller(f"callbacks-{number:04d}", now, {"service": 1}, math.inf, service, channel, type="callbacks")


def _poisson(
    rng: random.Random, first: float, last: float, rate: Callable[[float], float], most: float
) -> Iterator[float]:
    """A Poisson stream whose rate, an hour, changes and is at most `most`: by thinning (Lewis, Shedler 1979)."""
    now = first
    while (now := now + rng.expovariate(most / HOUR)) < last:
        if rng.random() * most < rate(now):
            yield now


def _agent(number: int) -> AgentPlan:
    """There from before each opening until after its end; away in between."""
    away = [(THURSDAY, OPENINGS[0].start - HANDS_ON)]
    away += [(before.end + HANDS_ON, after.start - HANDS_ON) for before, after in itertools.pairwise(OPENINGS)]
    end = OPENINGS[-1].end + HANDS_ON
    return AgentPlan(f"desk-{number + 1}", {"service": 5}, THURSDAY, end, HABITS, tuple(away), "desk")


@dataclass(slots=True)
class _Closing:
    """One closing: who waited, and what became of them."""

    time: float
    expires: bool
    waited: dict[str, float]
    """By id, with the second of the coming."""
    expired: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    """Otherwise, before the next opening."""

    @property
    def kept(self) -> set[str]:
        return self.waited.keys() - self.expired - self.gone


class _Hours:
    """When the center was open, who waited when it closed, and what happened to them."""

    def __init__(self) -> None:
        self.off: list[str] = []
        self.offers_closed: list[str] = []
        self.wrong: list[str] = []
        self.passed: list[str] = []
        self.closings: list[_Closing] = []
        self.kept_waits: list[float] = []
        self.first_offers: list[float] = []
        """Seconds from each opening at which somebody was there and waited to its first offer."""
        self._expected = [(THURSDAY, False)]
        for opening in OPENINGS:
            self._expected += [(opening.start, True), (opening.end, False)]
        self._waiting: dict[str, float] = {}
        self._kept: set[str] = set()
        self._opened: float | None = None

    def take(self, event: Event) -> None:
        now = second(event)
        if event.type in (events.EVENT_TYPE_CENTER_OPENED, events.EVENT_TYPE_CENTER_CLOSED):
            self._change(now, opens=event.type == events.EVENT_TYPE_CENTER_OPENED)
        elif event.HasField("contact"):
            self._take_contact(event, now)

    def finish(self) -> None:
        self.off += [f"no change at {time}" for time, _ in self._expected]
        for closing in self.closings:
            wrong = closing.kept if closing.expires else closing.expired
            self.wrong += [f"{name}, which waited at {closing.time}" for name in sorted(wrong)]

    def _change(self, now: float, *, opens: bool) -> None:
        time, expected = self._expected.pop(0) if self._expected else (0.0, not opens)
        if expected != opens or abs(now - time) > INSTANT:
            self.off.append(f"{'opened' if opens else 'closed'} at {now}, not at {time}")
        if opens:
            self._opened = now if self._waiting else None
            self._kept |= self._waiting.keys()
        elif now > OPENINGS[0].start:
            expires = any(opening.expires for opening in OPENINGS if abs(opening.end - now) <= INSTANT)
            self.closings.append(_Closing(now, expires, dict(self._waiting)))

    def _take_contact(self, event: Event, now: float) -> None:
        name, contact = last_part(event.contact.name), event.contact
        if event.type == events.EVENT_TYPE_CONTACT_OFFERED:
            self._take_offer(event, name, now)
        elif event.type == events.EVENT_TYPE_CONTACT_ACCEPTED and name in self._kept:
            self.kept_waits.append(now - moment(contact.enqueue_time))
        elif event.type in (events.EVENT_TYPE_CONTACT_EXPIRED, events.EVENT_TYPE_CONTACT_ABANDONED) and self.closings:
            closing = self.closings[-1]
            by_closing = contact.end_reason == contacts.END_REASON_CENTER_CLOSED
            if name in closing.waited:
                (closing.expired if by_closing else closing.gone).add(name)
            elif by_closing:
                self.wrong.append(f"{name} did not wait at {closing.time}")
        if contact.state == contacts.CONTACT_STATE_QUEUED:
            self._waiting.setdefault(name, moment(contact.enqueue_time))
        else:
            self._waiting.pop(name, None)

    def _take_offer(self, event: Event, name: str, now: float) -> None:
        if not is_open(now):
            self.offers_closed.append(f"event {event.sequence}: {name}")
        if self._opened is not None:
            self.first_offers.append(now - self._opened)
            self._opened = None
        came = self._waiting.get(name, now)
        passed = [other for other in self._kept & self._waiting.keys() if self._waiting[other] < came - INSTANT]
        self.passed += [f"event {event.sequence}: {other} by {name}" for other in passed]
