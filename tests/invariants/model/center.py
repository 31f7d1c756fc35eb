"""Verbs of the center, its calendar, and what follows from them in steps."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from acd_server.policy import Value
from tests.invariants.model.records import Order
from tests.invariants.model.state import State

MINUTE = 60_000_000
DAY = 24 * 60 * MINUTE

_FIRST: Order = (-(10**18), 0)
"""Before every rank."""


@dataclass(frozen=True)
class Hours:
    """A calendar that is the same every day, in UTC: minutes of the day, and whether closing ends the wait."""

    opens: int
    closes: int
    expire: bool

    def is_open(self, now: int) -> bool:
        return self.opens * MINUTE <= now % DAY < self.closes * MINUTE


@dataclass
class CenterVerbs(State):
    """Open and closed, by hand and by the calendar; the policy."""

    hours: Hours | None = None
    expired: bool = False
    """The last closing ended the wait of those who waited."""

    def open_center(self, *, make_available: bool) -> None:
        if not self.open:
            self._open(make_available=make_available)

    def _open(self, *, make_available: bool) -> None:
        self.open = True
        self.jobs.pop("close", None)
        if make_available:
            self.jobs["open"] = (self.tick(), "")

    def close_center(self, *, expire: bool) -> None:
        if self.open or (expire and not self.expired):
            self._close(expire=expire)

    def _close(self, *, expire: bool) -> None:
        self.open, self.expired = False, expire
        self.jobs.pop("open", None)
        if expire:
            self.jobs["close"] = (self.tick(), _FIRST)

    def obey_calendar(self) -> None:
        """A change has come, or a new calendar: whatever was done by hand holds no more."""
        if not self.hours or self.open == self.hours.is_open(self.now):
            return
        if self.open:
            self._close(expire=self.hours.expire)
        else:
            self._open(make_available=False)

    def update_center(self, changes: Mapping[str, Value]) -> None:
        rules = json.loads(str(changes.get("overflow_rules", "[]")))
        self.check_skills(item["skill"] for rule in rules for item in rule.get("skills", ()))
        for rule in ("agent_capacity", "channel_capacity"):
            if rule in changes and str(changes[rule]) != self.choice(rule):
                self.jobs["capacity"] = ""
        self.policy.update(changes)

    def expire_one(self) -> None:
        """The center closed: who has waited since before is told so, in the order of ranks."""
        if "close" not in self.jobs:
            return
        closed, cursor = self.jobs["close"]
        found = [(c.rank, name) for name, c in self.contacts.items() if c.state == "QUEUED" and c.rank > cursor]
        if not found:
            del self.jobs["close"]
            return
        rank, name = min(found)
        if self.contacts[name].queued <= closed:
            self.leave(name, "EXPIRED", "CENTER_CLOSED")
        self.jobs["close"] = (closed, rank)

    def make_one_available(self) -> None:
        """The center opened: who has been not ready since before is available, by name."""
        if "open" not in self.jobs:
            return
        opened, cursor = self.jobs["open"]
        found = [name for name, agent in self.agents.items() if agent.presence == "NOT_READY" and name > cursor]
        if not found:
            del self.jobs["open"]
            return
        name = min(found)
        if self.agents[name].since <= opened:
            self.set_presence(name, "AVAILABLE")
        self.jobs["open"] = (opened, name)

    def resize_one(self) -> None:
        """The policy of capacity changed: the agents have what it says now, by name."""
        if "capacity" not in self.jobs:
            return
        found = [name for name in self.agents if name > self.jobs["capacity"]]
        if not found:
            del self.jobs["capacity"]
            return
        name = min(found)
        self.resize(self.agents[name])
        self.jobs["capacity"] = name
