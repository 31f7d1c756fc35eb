"""Paired days: what the router does with a day, in virtual time, against the rules on paper, step by step.

Both play the same callers, with the patience and the service drawn for them, and the same agents, with
the same answers to the same numbers of offers. So whatever differs is the router's doing, or the reference's.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from simulator import reference
from simulator.checks import check, router_checks
from simulator.day import Day
from simulator.history import History
from simulator.play import Result
from simulator.report import show_fault
from simulator.steps import Difference, clock, first_difference

AT_ONCE = 4
"""Days that one router plays at the same time, each in a center with a clock of its own."""

Player = Callable[[str, Day], Awaitable[Result]]
"""Plays a day in the center of this name."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One day, played twice."""

    day: Day
    assignments: int
    """That the reference made."""
    happened: Counter[str]
    """What there was in it, by the reference."""
    difference: Difference | None
    faults: list[str]
    """Checks of the router's day, by the judge and the books, that failed."""
    digest: str
    """Of the router's events."""


async def play_pairs(days: Sequence[Day], prefix: str, play: Player, done: Callable[[int], None]) -> list[Pair]:
    """Plays every day twice, and tells `done` the contacts of each that is over.

    Raises ExceptionGroup of what `play` raises.
    """
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(day: Day) -> Pair:
        async with gate:
            result = await play(f"{prefix}-{day.seed}", day)
        done(len(day.callers))
        return pair(result)

    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(one(day)) for day in days]
    return [task.result() for task in running]


def pair(result: Result) -> Pair:
    """Sets the reference's day beside the router's."""
    history = reference.play(result.day)
    return Pair(
        day=result.day,
        assignments=len(history.assignments()),
        happened=happened(history),
        difference=first_difference(result.history, history),
        faults=[line["name"] for line in router_checks(result) if not line["pass"]],
        digest=result.digest,
    )


def happened(history: History) -> Counter[str]:
    """How much of what makes a day hard there was in this one."""
    stays, plans = history.stays.values(), [duty.plan for duty in history.duties.values()]
    offers = [offer for stay in stays for offer in stay.offers]
    first = {caller.id for caller in history.day.callers}
    return Counter(
        {
            "contacts": len(stays),
            "agents": len(plans),
            "waited": sum(stay.offers[0].time > stay.enqueued + 1 if stay.offers else True for stay in stays),
            "of high priority": sum(stay.caller.priority > 0 for stay in stays),
            "declined": sum(offer.outcome == "declined" for offer in offers),
            "missed": sum(offer.outcome == "missed" for offer in offers),
            "revoked": sum(offer.outcome == "revoked" for offer in offers),
            "hung up": sum(stay.end == "abandoned" for stay in stays),
            "called again": len(history.stays.keys() - first),
            "breaks": sum(len(plan.breaks) for plan in plans),
        }
    )


def checks(pairs: Iterable[Pair], days: int) -> list[dict[str, Any]]:
    pairs = list(pairs)
    differing = [pair.day.seed for pair in pairs if pair.difference]
    faulty = [pair.day.seed for pair in pairs if pair.faults]
    assignments = sum(pair.assignments for pair in pairs)
    return [
        check("days", len(pairs), f"== {days}", len(pairs) == days),
        check("assignments", assignments, "> 0", assignments > 0),
        check("days that differ from the reference", len(differing), "== 0", not differing),
        check("days with a fault in the books or the order", len(faulty), "== 0", not faulty),
    ]


def details(pairs: Iterable[Pair]) -> dict[str, Any]:
    """Everything that the checks rest on."""
    return {
        "days": [
            {
                "day": pair.day.title,
                "seed": pair.day.seed,
                "assignments": pair.assignments,
                "happened": dict(pair.happened),
                "difference": _difference(pair.difference),
                "faults": pair.faults,
                "digest": pair.digest,
            }
            for pair in pairs
        ]
    }


def _difference(found: Difference | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "moment": clock(found.moment),
        "moment_s": found.moment,
        "steps_agreed": found.agreed,
        "router": found.router and found.router._asdict(),
        "reference": found.reference and found.reference._asdict(),
        "waiting": found.waiting,
        "free": found.free,
    }


def show(console: Console, pairs: Sequence[Pair]) -> None:
    """Prints a line for each day, what there was in all of them, and how each difference began."""
    table = Table("seed", "contacts", "assignments", "they part", title="Paired days", title_justify="left")
    for pair in pairs:
        parts = clock(pair.difference.moment) if pair.difference else "nowhere"
        table.add_row(str(pair.day.seed), str(pair.happened["contacts"]), str(pair.assignments), parts)
    console.print(table)
    total = sum((pair.happened for pair in pairs), Counter[str]())
    console.print(", ".join(f"{count:,} {what}" for what, count in total.items()))
    for pair in pairs:
        for line in (*(pair.difference.lines() if pair.difference else ()), *pair.faults):
            show_fault(console, f"seed {pair.day.seed}: {line}")
