"""What agents did with their time, and what was offered to whom."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from simulator.history import Duty, History, Offer, Stay
from simulator.measures.contacts import waited
from simulator.measures.numbers import PERCENTILES, Span, length, mean, percentile, share, union

HOUR = 3600.0


@dataclass(slots=True)
class Work:
    """An agent's day as the figures need it."""

    duty: Duty
    staffed: list[Span] = field(init=False)
    """Time available or with a contact: who signs out in a call stays until its end. Breaks do not count."""
    busy: list[Span] = field(init=False)
    """Time with at least one contact."""
    offers: list[Offer] = field(default_factory=list)
    answered: list[Stay] = field(default_factory=list)
    """Contacts whose service he began."""

    def __post_init__(self) -> None:
        self.busy = union(self.duty.busy)
        self.staffed = union([*self.duty.available, *self.duty.busy])

    @property
    def group(self) -> str:
        return self.duty.plan.group

    @property
    def hours(self) -> float:
        return length(self.staffed) / HOUR

    @property
    def offers_per_hour(self) -> float:
        return share(len(self.offers), self.hours)


def works(history: History) -> list[Work]:
    """Every agent's, in the order of the day's plan."""
    found = {agent: Work(duty) for agent, duty in history.duties.items()}
    for stay in history.stays.values():
        for offer in stay.offers:
            found[offer.agent].offers.append(offer)
        taken = taker(stay)
        if taken is not None:
            found[taken.agent].answered.append(stay)
    return list(found.values())


def taker(stay: Stay) -> Offer | None:
    """The offer that was accepted first; None when none was."""
    if stay.accepted is None:
        return None
    return next((offer for offer in stay.offers if offer.outcome in ("completed", "")), None)


def by_group(staff: Iterable[Work]) -> dict[str, list[Work]]:
    groups: dict[str, list[Work]] = defaultdict(list)
    for work in staff:
        groups[work.group].append(work)
    return dict(sorted(groups.items()))


def spread(staff: Sequence[Work]) -> float:
    """Coefficient of variation of offers per staffed hour among agents of one group, each hour counting alike.

    So a short shift counts little, and what differs between groups does not count at all.
    """
    squares = 0.0
    for group in by_group(staff).values():
        rate = share(sum(len(work.offers) for work in group), sum(work.hours for work in group))
        squares += sum(work.hours * (work.offers_per_hour / rate - 1) ** 2 for work in group if rate)
    return math.sqrt(share(squares, sum(work.hours for work in staff)))


def handling_figures(stays: Iterable[Stay]) -> dict[str, float]:
    """Mean times of completed contacts."""
    whole, talk = [], []
    for stay in stays:
        if stay.end == "completed" and stay.accepted is not None and stay.ended is not None:
            whole.append(stay.ended - stay.accepted)
            talk.append((stay.ended if stay.released is None else stay.released) - stay.accepted)
    return {"handling_time_s": mean(whole), "talk_time_s": mean(talk), "wrap_up_s": mean(whole) - mean(talk)}


def work_figures(staff: Sequence[Work]) -> dict[str, float]:
    """Figures of these agents' time and offers."""
    offers = [offer for work in staff for offer in work.offers]
    outcomes = Counter(offer.outcome for offer in offers)
    staffed = sum(length(work.staffed) for work in staff)
    return {
        "staffed_h": staffed / HOUR,
        "occupancy": share(sum(length(work.busy) for work in staff), staffed),
        "offers": len(offers),
        "answer_rate": share(sum(len(work.answered) for work in staff), len(offers)),
        "declines": outcomes["declined"],
        "misses": outcomes["missed"],
        "revoked": outcomes["revoked"],
        "offers_spread": spread(staff),
    }


def staff_figures(history: History, staff: Sequence[Work]) -> dict[str, float]:
    """Figures of all agents and of what they had to do."""
    stays = list(history.stays.values())
    handling, work = handling_figures(stays), work_figures(staff)
    contact_hours = len(stays) * handling["handling_time_s"] / HOUR
    return {
        **handling,
        **work,
        "contact_h": contact_hours,
        "load_ratio": share(contact_hours, work["staffed_h"]),
        "offers_per_contact": mean(len(stay.offers) for stay in stays if stay.offers),
    }


def group_figures(staff: Sequence[Work]) -> dict[str, float]:
    """Figures of the agents of one group, and the waits of the contacts that they answered."""
    answered = [stay for work in staff for stay in work.answered]
    waits = [wait for stay in answered if (wait := waited(stay)) is not None]
    rates = [work.offers_per_hour for work in staff if work.hours]
    return {
        "agents": len(staff),
        "answered": len(answered),
        **handling_figures(answered),
        **work_figures(staff),
        "offers_per_hour_least": min(rates, default=0.0),
        "offers_per_hour_mean": share(sum(len(work.offers) for work in staff), sum(work.hours for work in staff)),
        "offers_per_hour_most": max(rates, default=0.0),
        **{f"wait_p{percent}_s": percentile(waits, percent) for percent in PERCENTILES},
    }
