"""Histories made by hand: contacts and agents as a test says, without a router."""

from dataclasses import replace
from typing import Any, Literal

from simulator.books import ClientBook, FeedBook, compare
from simulator.day import AgentPlan, Caller, Day, Habits, Policy
from simulator.distributions import fixed
from simulator.history import Duty, History, Offer, Stay
from simulator.oracle import OrderOracle
from simulator.play import Result

HABITS = Habits(0, 0, fixed(1), fixed(1))
Outcome = Literal["", "completed", "declined", "missed", "revoked"]


def agent(name: str, *available: tuple[float, float], group: str = "") -> Duty:
    """An agent who was available in these times."""
    shift = (available[0][0], available[-1][1]) if available else (0.0, 0.0)
    return Duty(AgentPlan(name, {"sales": 5}, *shift, HABITS, group=group), available=list(available))


class Made:
    """A history in the making. Contacts are named by the order in which they come: 1, 2, …"""

    def __init__(self, *duties: Duty, threshold: float = 20.0, short: float = 0.0) -> None:
        policy = Policy(offer_timeout=20.0, wrap_up_time=10.0, retry_delay=5.0, service_level_threshold=threshold)
        day = Day("by hand", [], [duty.plan for duty in duties], policy, seed=1, short_abandon=short)
        self.history = History(day, duties={duty.plan.id: duty for duty in duties})

    def answered(
        self, came: float, wait: float, *, talk: float = 100.0, wrap_up: float = 0.0, by: str = "", **caller: Any
    ) -> Stay:
        """A contact that is served to the end; `by` names its agent, if one is asked about."""
        stay = self.waiting(came, **caller)
        stay.end, stay.accepted = "completed", came + wait
        stay.released = came + wait + talk
        stay.ended = stay.released + wrap_up
        if by:
            self.offer(stay, by, came, "completed", stay.ended)
            self.history.duties[by].busy.append((stay.accepted, stay.ended))
        self._until(stay.ended)
        return stay

    def left(
        self, came: float, wait: float, end: Literal["abandoned", "canceled"] = "abandoned", **caller: Any
    ) -> Stay:
        stay = self.waiting(came, **caller)
        stay.end, stay.ended = end, came + wait
        self._until(stay.ended)
        return stay

    def waiting(self, came: float, **caller: Any) -> Stay:
        """A contact that comes and, so far, waits."""
        name = str(len(self.history.stays) + 1)
        made = Caller(name, came, {"sales": 1}, patience=1000.0, service=100.0)
        stay = Stay(replace(made, **caller), came)
        self.history.stays[name] = stay
        self._until(came)
        return stay

    def offer(self, stay: Stay, by: str, time: float, outcome: Outcome, ended: float | None = None) -> None:
        stay.offers.append(Offer(len(stay.offers) + 1, by, time, ended, outcome))

    def result(self) -> Result:
        """As the run of a router that made no fault."""
        client, feed = ClientBook(), FeedBook()
        return Result(
            self.history.day, self.history, 10.0, OrderOracle(), feed, client, compare(client, feed),
            came=len(self.history.stays), duration=4.0, offer_latency=[0.004], reaction=[0.002],
        )  # fmt: skip

    def _until(self, moment: float) -> None:
        self.history.end = max(self.history.end, moment)
