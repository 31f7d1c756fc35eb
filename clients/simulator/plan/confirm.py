"""Holds a plan against the live router: the same days on its virtual clock, beside what the reference made of them."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from acd_client import AcdClient
from simulator.checks import check, router_checks
from simulator.plan.days import Days
from simulator.plan.goal import Goal, Staffing
from simulator.plan.outcome import Outcome, outcome_of
from simulator.profile import Profile
from simulator.virtual import VirtualRun

AGREE = 0.01
"""Difference of a day's service level between router and reference that is let pass."""


class Confirmed(NamedTuple):
    """One day, by both."""

    seed: int
    router: Outcome
    reference: Outcome
    failed: list[str]
    """Checks of the router that did not pass."""

    def levels(self, goal: Goal) -> tuple[float, float]:
        return self.router.all.level(goal.form), self.reference.all.level(goal.form)


async def confirm(
    client: AcdClient,
    center: str,
    *,
    profile: Profile,
    staffing: Staffing,
    days: Days,
    seeds: Sequence[int],
    say: Callable[[str], None],
) -> list[Confirmed]:
    """Plays the days of these seeds through the router, whose clock must be virtual. Raises AcdApiError."""
    reference = (await days.get([staffing], seeds))[staffing]
    staffed = profile.with_staffing(dict(zip(profile.agent_groups, staffing, strict=True)))
    found = []
    for seed, outcome in zip(seeds, reference, strict=True):
        say(f"day {seed} on the router")
        result = await VirtualRun(client, f"{center}-{seed}", staffed.day(seed)).play()
        failed = [line["name"] for line in router_checks(result) if not line["pass"]]
        router = outcome_of(result.history, profile.contact_types, profile.agent_groups)
        found.append(Confirmed(seed, router, outcome, failed))
    return found


def confirm_checks(goal: Goal, confirmed: list[Confirmed]) -> list[dict[str, Any]]:
    """That both agree, and that the router did everything right."""
    if not confirmed:
        return []
    most = max(abs(router - reference) for router, reference in (day.levels(goal) for day in confirmed))
    failed = sorted({name for day in confirmed for name in day.failed})
    return [
        check("service level, router and reference apart", f"{most:.4f}", f"<= {AGREE}", most <= AGREE),
        check("checks of the router that failed", ", ".join(failed) or 0, "== 0", not failed),
    ]


def confirm_details(goal: Goal, confirmed: list[Confirmed]) -> list[dict[str, Any]]:
    """The days for the report."""
    return [
        {
            "seed": day.seed,
            "service_level": {
                "router": round(day.levels(goal)[0], 4), "reference": round(day.levels(goal)[1], 4),
            },
            "abandoned": {"router": day.router.all.abandoned, "reference": day.reference.all.abandoned},
            "same": day.router == day.reference,
        }
        for day in confirmed
    ]  # fmt: skip


def show_confirmed(console: Console, goal: Goal, confirmed: list[Confirmed]) -> None:
    """Prints the days of both beside each other."""
    if not confirmed:
        return
    columns = ("seed", "service level, router", "reference", "abandoned, router", "reference", "the same in all")
    table = Table(*columns, title="On the live router, virtual clock", title_justify="left")
    for day in confirmed:
        router, reference = day.levels(goal)
        left = (str(day.router.all.abandoned), str(day.reference.all.abandoned))
        same = "yes" if day.router == day.reference else "no"
        table.add_row(str(day.seed), f"{router:.2%}", f"{reference:.2%}", *left, same)
    console.print(table)
