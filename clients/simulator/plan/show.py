"""A plan as tables and as JSON."""

from typing import Any

from rich.console import Console
from rich.table import Table

from simulator.checks import check
from simulator.plan.goal import Estimate, Goal
from simulator.plan.outcome import Form
from simulator.plan.planner import Plan
from simulator.profile import Profile
from simulator.statistics import Interval

FORMS: dict[Form, str] = {
    "against": "hang-ups within the threshold count against it",
    "ignored": "as if those who hung up within the threshold had not come",
    "met": "hang-ups within the threshold count as answered in time",
}


ALMOST_SURE = 0.999


def asked(goal: Goal, short_abandon: float) -> str:
    """The goal in a sentence, with its definition."""
    whom = "the contacts of each type" if goal.each_type else "all contacts"
    text = (
        f"{100 * goal.share:.4g} % of {whom} answered within {goal.threshold:g} s ({FORMS[goal.form]}; "
        f"who hangs up within {short_abandon:g} s does not count), as the mean of the days"
    )
    if goal.abandonment is not None:
        text += f"; at most {100 * goal.abandonment:.4g} % of all hang up"
    return text


def sentence(plan: Plan) -> str:
    """How sure the plan is."""
    chosen, days = plan.chosen, len(plan.chosen.days)
    sure = f"{chosen.sure:.1%}" if chosen.sure < ALMOST_SURE else f"more than {ALMOST_SURE:.1%}"
    return (
        f"On {days} fresh days (seeds {plan.seeds[0]} to {plan.seeds[-1]}) the mean service level is "
        f"{_interval(chosen.interval)} (95 % interval, Student's t). That the true mean reaches the goal holds with "
        f"{sure} confidence. {chosen.good_days} of {days} days ({chosen.good_days / days:.0%}) reach it by themselves."
    )


def show_plan(console: Console, profile: Profile, goal: Goal, plan: Plan) -> None:
    """Prints everything but the checks."""
    console.print(f"{profile.title}: {asked(goal, profile.policy.short_abandon)}.", highlight=False)
    console.print(_groups(plan))
    console.print(sentence(plan), highlight=False)
    console.print(_types(profile, plan.chosen))
    console.print(_estimates("Staffings in proportion, fresh days", plan.groups, plan.curve, plan.chosen))
    console.print(
        _estimates("One agent fewer, days of the search", plan.groups, [*plan.fewer, plan.searched], plan.searched)
    )


def plan_checks(plan: Plan) -> list[dict[str, Any]]:
    """What a plan must hold."""
    lines = [
        check(aim.name, f"{value:.4f}", f">= {aim.least:.4f}", value >= aim.least)
        for aim, value in zip(plan.chosen.aims, plan.chosen.means, strict=True)
    ]
    spare = [option for option in plan.fewer if option.met]
    return [*lines, check("groups that could lose an agent", len(spare), "== 0", plan.fewest)]


def plan_details(profile: Profile, goal: Goal, plan: Plan) -> dict[str, Any]:
    """The plan for the report."""
    return {
        "profile": profile.title,
        "goal": {
            "service_level": goal.share,
            "threshold_s": goal.threshold,
            "form": goal.form,
            "definition": asked(goal, profile.policy.short_abandon),
            "abandonment": goal.abandonment,
            "each_type": goal.each_type,
        },
        "staffing": plan.staffing,
        "agents": sum(plan.staffing.values()),
        "estimate": _details(plan.groups, plan.chosen),
        "sure": sentence(plan),
        "types": {
            name: {
                "service_level": _numbers(plan.chosen.type_level(name)),
                "abandonment": round(plan.chosen.type_abandonment(name), 4),
            }
            for name in profile.contact_types
        },
        "groups": {name: {"occupancy": round(plan.chosen.group_occupancy(name), 4)} for name in plan.groups},
        "curve": [_details(plan.groups, estimate) for estimate in plan.curve],
        "one_fewer": [_details(plan.groups, estimate) for estimate in plan.fewer],
        "erlang": {"separate": dict(zip(plan.groups, plan.start.separate, strict=True)), "pooled": plan.start.pooled},
        "days": {"seeds": [plan.seeds[0], plan.seeds[-1]], "search": len(plan.searched.days), "staffings": plan.tried},
    }


def _details(groups: list[str], estimate: Estimate) -> dict[str, Any]:
    return {
        "staffing": dict(zip(groups, estimate.staffing, strict=True)),
        "agents": sum(estimate.staffing),
        "service_level": _numbers(estimate.interval),
        "abandonment": round(estimate.abandonment, 4),
        "occupancy": round(estimate.occupancy, 4),
        "days": len(estimate.days),
        "days_that_reach_it": estimate.good_days,
        "confidence": round(estimate.sure, 4),
        "met": estimate.met,
    }


def _numbers(interval: Interval) -> dict[str, float]:
    return {"mean": round(interval.mean, 4), "half_width": round(interval.half_width, 4)}


def _interval(interval: Interval) -> str:
    return f"{interval.mean:.1%} ± {100 * interval.half_width:.1f}"


def _groups(plan: Plan) -> Table:
    table = Table("group", "agents", "by Erlang", "occupancy", title="Smallest staffing found", title_justify="left")
    for name, agents, start in zip(plan.groups, plan.chosen.staffing, plan.start.separate, strict=True):
        table.add_row(name, str(agents), str(start), f"{plan.chosen.group_occupancy(name):.1%}")
    total = f"{sum(plan.start.separate)} (one pool: {plan.start.pooled})"
    table.add_row("all", str(sum(plan.chosen.staffing)), total, f"{plan.chosen.occupancy:.1%}", style="bold")
    return table


def _types(profile: Profile, chosen: Estimate) -> Table:
    table = Table("contacts", "service level", "abandoned", title="By type, fresh days", title_justify="left")
    for name in profile.contact_types:
        table.add_row(name, _interval(chosen.type_level(name)), f"{chosen.type_abandonment(name):.1%}")
    table.add_row("all", _interval(chosen.interval), f"{chosen.abandonment:.1%}", style="bold")
    return table


def _estimates(title: str, groups: list[str], estimates: list[Estimate], marked: Estimate) -> Table:
    columns = ("all", " + ".join(groups), "service level", "days that reach it", "abandoned", "occupancy")
    table = Table(*columns, title=title, title_justify="left")
    for found in estimates:
        table.add_row(
            str(sum(found.staffing)),
            " + ".join(map(str, found.staffing)),
            _interval(found.interval),
            f"{found.good_days / len(found.days):.0%}",
            f"{found.abandonment:.1%}",
            f"{found.occupancy:.1%}",
            style="bold" if found.staffing == marked.staffing else "",
        )
    return table
