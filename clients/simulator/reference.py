"""The rules on paper, played event by event: what the router must do with a day.

An event simulation of our own that shares nothing with the router: the rules of docs/api.md (who is
offered what, what a deadline does) and the people of `staff.py` and `callers.py` (what they do, and
when). Matching is the rule itself: of the waiting contacts that somebody free may take, the first in
rank goes to the one of those whom the day's strategy chooses.

Times are whole microseconds of the day, as the center's clock has them. Each transition has a stamp of its own,
at least a microsecond after the one before; at one moment the router's deadlines come first, then the
matching, then the people, one action at a time. So what happens in one microsecond has an order here, too.
"""

import math
from bisect import bisect_left, insort
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Literal

from simulator.choice import COMPARED
from simulator.day import AgentPlan, Caller, Day, OfferDraws, Strategy
from simulator.history import Duty, History, Offer, Stay

MAX_WAIT = 24 * 3_600_000_000
MAX_ACTIVE = 12 * 3_600_000_000
"""A policy's defaults (docs/policy.md)."""

Requirement = frozenset[tuple[str, int]]
Presence = Literal["available", "break", "offline"]
Deadline = Literal["bar", "maxactive", "maxwait", "offer", "wrap"]


def play(day: Day) -> History:
    """What becomes of the day by the rules."""
    return Reference(day).play()


def micros(seconds: float) -> int:
    return round(seconds * 1e6)


@dataclass(slots=True, eq=False)
class _Agent:
    plan: AgentPlan
    duty: Duty
    presence: Presence = "offline"
    idle: int = 0
    """Start of idle time."""
    since: int = 0
    """When he became available."""
    holds: "_Contact | None" = None
    last_offer: int = 0
    """0: never any."""

    def may_take(self, requirement: Requirement) -> bool:
        return all(skill in self.plan.skills and self.plan.skills[skill] >= level for skill, level in requirement)


@dataclass(slots=True, eq=False)
class _Contact:
    caller: Caller
    stay: Stay
    rank: tuple[int, int]
    """The higher priority first, then the older contact: the smaller goes first."""
    requirement: Requirement
    state: Literal["queued", "offered", "active", "wrap_up", "ended"] = "queued"
    bars: dict[_Agent, int] = field(default_factory=dict)
    """Who is not offered it, and until when."""
    notes: float = 0.0
    """Seconds that its agent will want for them."""


_MEASURES: dict[Strategy, Callable[[_Contact, _Agent], int]] = {
    "longest-available": lambda _contact, _agent: 0,
    # Whoever can take a contact holds none.
    "least-loaded": lambda _contact, _agent: 0,
    "best-fit": lambda contact, agent: -sum(agent.plan.skills[skill] for skill, _ in contact.requirement),
    "least-skilled": lambda _contact, agent: len(agent.plan.skills),
    "round-robin": lambda _contact, agent: agent.last_offer,
}
"""What is least for the agent who is chosen."""


class Reference:
    """One day in the playing."""

    def __init__(self, day: Day) -> None:
        self._day = day
        self._history = History(day, duties={plan.id: Duty(plan) for plan in day.agents})
        self._agents = {plan.id: _Agent(plan, self._history.duties[plan.id]) for plan in day.agents}
        self._draws = OfferDraws(day.seed, day.agents)
        policy = day.policy
        self._offer_timeout = micros(policy.offer_timeout)
        self._wrap_up, self._retry_delay = micros(policy.wrap_up_time), micros(policy.retry_delay)
        self._able: dict[Requirement, set[_Agent]] = {}
        """By requirement, who may take such a contact."""
        self._queues: dict[Requirement, list[tuple[tuple[int, int], _Contact]]] = {}
        """By requirement, who waits, by rank."""
        self._free: list[tuple[int, _Agent]] = []
        """Available and holding nothing, the longest available first."""
        self._turns = count()
        self._actions: list[tuple[int, int, Callable[[], None]]] = []
        self._deadlines: list[tuple[int, Deadline, str, int, _Contact, Offer | None]] = []
        self._now = 0
        """To where the clock was moved."""
        self._last = -1
        """The newest stamp."""
        self._moment = 0
        """The time of the action that is being taken."""

    def play(self) -> History:
        for agent in self._agents.values():
            plan = agent.plan
            self._at(micros(plan.start), partial(self._set, agent, "available"))
            for start, end in plan.breaks:
                self._at(micros(start), partial(self._set, agent, "break"))
                self._at(micros(end), partial(self._set, agent, "available"))
            self._at(micros(plan.end), partial(self._set, agent, "offline"))
        for caller in self._day.callers:
            self._at(micros(caller.arrival), partial(self._come, caller))
        while self._actions or self._deadlines:
            if not self._actions or (self._deadlines and self._deadlines[0][0] <= self._actions[0][0]):
                self._now = max(self._now, self._deadlines[0][0])
            else:
                self._moment, _, action = heappop(self._actions)
                self._now = max(self._now, self._moment)
                action()
            self._settle()
        for agent in self._agents.values():
            if agent.presence == "available":
                agent.duty.available.append((agent.since / 1e6, self._history.end))
        return self._history

    def _settle(self) -> None:
        """Lets the router do all that there is to do now."""
        while True:
            while self._deadlines and self._deadlines[0][0] <= max(self._now, self._last):
                due, kind, _, _, contact, offer = heappop(self._deadlines)
                self._fire(due, kind, contact, offer)
            if not self._match():
                return

    def _stamp(self) -> int:
        self._last = max(self._now, self._last + 1)
        return self._last

    def _transition(self) -> int:
        """The time of something that is seen."""
        at = self._stamp()
        self._history.end = at / 1e6
        return at

    def _at(self, moment: int, action: Callable[[], None]) -> None:
        heappush(self._actions, (max(moment, self._moment), next(self._turns), action))

    def _after(self, at: int, seconds: float, action: Callable[[], None]) -> None:
        """Has somebody act these seconds after what he saw."""
        self._at(micros(at / 1e6 + seconds), action)

    def _deadline(self, due: int, kind: Deadline, contact: _Contact, offer: Offer | None = None) -> None:
        heappush(self._deadlines, (due, kind, contact.caller.id, next(self._turns), contact, offer))

    def _fire(self, due: int, kind: Deadline, contact: _Contact, offer: Offer | None) -> None:
        if kind == "bar":
            if contact.state == "queued" and contact.bars and min(contact.bars.values()) == due:
                self._bar(contact, self._stamp())
        elif kind == "maxwait":
            if contact.state == "queued":
                self._leave(contact, "expired")
        elif offer is not contact.stay.offers[-1]:
            return
        elif kind == "offer" and contact.state == "offered":
            self._take_back(contact, "missed", self._transition())
        elif kind == "wrap" and contact.state == "wrap_up":
            self._close(contact, self._transition())
        elif kind == "maxactive" and contact.state == "active":
            at = self._transition()
            contact.stay.released = at / 1e6
            self._close(contact, at)

    # Who gets what.

    def _match(self) -> bool:
        """Makes every pair there is; True when it made one."""
        made = False
        while self._free and (pair := self._best_pair()):
            self._offer(*pair)
            made = True
        return made

    def _best_pair(self) -> tuple[_Contact, _Agent] | None:
        best: tuple[_Contact, _Agent] | None = None
        for requirement, queue in self._queues.items():
            able = [agent for _, agent in self._free if agent in self._able[requirement]] if queue else []
            for rank, contact in queue if able else ():
                if best and best[0].rank < rank:
                    break
                agent = self._chosen(contact, [agent for agent in able if agent not in contact.bars])
                if agent:
                    best = contact, agent
                    break
        return best

    def _chosen(self, contact: _Contact, able: list[_Agent]) -> _Agent | None:
        """Of the longest available of them, who come first; of equals the first."""
        measure = _MEASURES[self._day.policy.strategy]
        return min(able[:COMPARED], key=partial(measure, contact), default=None)

    def _offer(self, contact: _Contact, agent: _Agent) -> None:
        at = agent.last_offer = self._transition()
        self._unqueue(contact)
        self._free.remove((agent.idle, agent))
        offer = Offer(len(contact.stay.offers) + 1, agent.plan.id, at / 1e6)
        contact.stay.offers.append(offer)
        contact.state, agent.holds = "offered", contact
        self._deadline(at + self._offer_timeout, "offer", contact, offer)
        draw = self._draws.next(agent.plan.id)
        contact.notes = draw.wrap_up
        if self._day.policy.auto_accept:
            self._accept(contact, offer)
        elif draw.mood != "miss":
            answer = self._accept if draw.mood == "accept" else self._decline
            self._after(at, draw.answer, partial(answer, contact, offer))

    def _queue(self, contact: _Contact, at: int) -> None:
        contact.state = "queued"
        insort(self._queues[contact.requirement], (contact.rank, contact))
        self._deadline(max(at, contact.rank[1] + MAX_WAIT), "maxwait", contact)
        self._bar(contact, at)

    def _unqueue(self, contact: _Contact) -> None:
        queue = self._queues[contact.requirement]
        del queue[bisect_left(queue, (contact.rank,))]

    def _bar(self, contact: _Contact, at: int) -> None:
        """Forgets the bars of a waiting contact that are over."""
        contact.bars = {agent: over for agent, over in contact.bars.items() if over > at}
        if contact.bars:
            self._deadline(min(contact.bars.values()), "bar", contact)

    def _release(self, agent: _Agent) -> None:
        agent.holds = None
        if agent.presence == "available":
            insort(self._free, (agent.idle, agent))

    def _take_back(self, contact: _Contact, outcome: Literal["declined", "missed", "revoked"], at: int) -> None:
        """The offer ends and the contact goes back to its place."""
        agent = self._end_offer(contact, outcome, at)
        if outcome != "revoked" and self._retry_delay:
            contact.bars[agent] = at + self._retry_delay
        self._queue(contact, at)

    def _end_offer(self, contact: _Contact, outcome: Literal["declined", "missed", "revoked"], at: int) -> _Agent:
        offer = contact.stay.offers[-1]
        offer.ended, offer.outcome = at / 1e6, outcome
        agent = self._agents[offer.agent]
        if outcome != "revoked":
            agent.idle = at
        self._release(agent)
        return agent

    def _leave(self, contact: _Contact, end: Literal["abandoned", "expired"]) -> None:
        at = self._transition()
        if contact.state == "offered":
            self._end_offer(contact, "revoked", at)
        else:
            self._unqueue(contact)
        contact.state, contact.stay.end, contact.stay.ended = "ended", end, at / 1e6

    def _close(self, contact: _Contact, at: int) -> None:
        """The work of the contact is done and its agent free."""
        stay, offer = contact.stay, contact.stay.offers[-1]
        contact.state, stay.end, stay.ended = "ended", "completed", at / 1e6
        offer.outcome, offer.ended = "completed", stay.ended
        agent = self._agents[offer.agent]
        assert stay.accepted is not None
        agent.duty.busy.append((stay.accepted, stay.ended))
        agent.idle = at
        self._release(agent)

    # What people do.

    def _come(self, caller: Caller) -> None:
        at, requirement = self._transition(), frozenset(caller.skills.items())
        if requirement not in self._able:
            self._able[requirement] = {agent for agent in self._agents.values() if agent.may_take(requirement)}
            self._queues[requirement] = []
        contact = _Contact(caller, Stay(caller, at / 1e6), (-caller.priority, at), requirement)
        self._history.stays[caller.id] = contact.stay
        self._queue(contact, at)
        if math.isfinite(caller.patience):
            self._after(self._moment, caller.patience, partial(self._hang_up, contact))

    def _hang_up(self, contact: _Contact) -> None:
        if contact.state not in {"queued", "offered"}:
            return
        self._leave(contact, "abandoned")
        again = contact.caller.again
        if again is not None:
            again = replace(again, arrival=self._moment / 1e6 + again.arrival)
            self._at(micros(again.arrival), partial(self._come, again))

    def _accept(self, contact: _Contact, offer: Offer) -> None:
        if contact.state != "offered" or offer is not contact.stay.offers[-1]:
            return
        at = self._transition()
        contact.state, contact.stay.accepted = "active", at / 1e6
        self._deadline(at + MAX_ACTIVE, "maxactive", contact, offer)
        self._after(at, contact.caller.service, partial(self._complete, contact))

    def _decline(self, contact: _Contact, offer: Offer) -> None:
        if contact.state == "offered" and offer is contact.stay.offers[-1]:
            self._take_back(contact, "declined", self._transition())

    def _complete(self, contact: _Contact) -> None:
        if contact.state != "active":
            return
        at = self._transition()
        contact.stay.released = at / 1e6
        if not self._wrap_up:
            self._close(contact, at)
            return
        contact.state = "wrap_up"
        self._deadline(at + self._wrap_up, "wrap", contact, contact.stay.offers[-1])
        if contact.notes < self._day.policy.wrap_up_time:
            self._after(at, contact.notes, partial(self._finish, contact))

    def _finish(self, contact: _Contact) -> None:
        if contact.state == "wrap_up":
            self._close(contact, self._transition())

    def _set(self, agent: _Agent, presence: Presence) -> None:
        """Signs in and out, takes and ends a break: work in hand is kept, an open offer is not."""
        if agent.presence == presence:
            return
        at, before = self._transition(), agent.presence
        agent.presence = presence
        if presence == "available":
            agent.idle = agent.since = at
            if not agent.holds:
                self._release(agent)
        elif before == "available":
            agent.duty.available.append((agent.since / 1e6, at / 1e6))
            if not agent.holds:
                self._free.remove((agent.idle, agent))
            elif agent.holds.state == "offered":
                self._take_back(agent.holds, "revoked", self._transition())
