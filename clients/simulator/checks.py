"""What a run must show, in the shape of every report of the project."""

from typing import Any

from simulator.figures import figures
from simulator.play import Result

SERVED_SHARE = 0.993
"""Share of the contacts served on record that a replay must serve at least: 1,500 of the bank's 1,511."""
DEMO_CONTACTS = 2000
DEMO_AGENTS = 30
DEMO_SKILLS = 6
DEMO_HUNDREDS = 200
"""Declines, misses and hang-ups that the demo must have at least, each."""
DEMO_SECONDS = 90.0


def check(name: str, value: Any, goal: str, passed: bool) -> dict[str, Any]:
    """One line of a report."""
    return {"name": name, "value": value, "goal": goal, "pass": bool(passed)}


def router_checks(result: Result) -> list[dict[str, Any]]:
    """What holds for every run: nothing lost, nothing double, everything in order, both books agree."""
    verdict, balance = result.oracle.verdict, result.balance
    doubles = verdict.doubles + len(balance.doubles)
    gaps = verdict.feed_faults + bool(result.feed_error)
    open_client = balance.client.get("waiting", 0) + balance.client.get("in_hand", 0)
    enqueue_faults = {key: n for key, n in result.client.refusals.items() if key.startswith("enqueue")}
    return [
        check("offered", balance.offered, f"== {result.came}", balance.offered == result.came),
        check("lost", len(balance.lost), "== 0", not balance.lost),
        check("double", doubles, "== 0", doubles == 0),
        check("order violations", verdict.order_violations, "== 0", verdict.order_violations == 0),
        check("state faults", verdict.state_faults, "== 0", verdict.state_faults == 0),
        check("books agree", balance.agree, "contact by contact", balance.agree),
        check("feed gaps or duplicates", gaps, "== 0", gaps == 0),
        check("refused enqueues", sum(enqueue_faults.values()), "== 0", not enqueue_faults),
        check("waiting or in hand at the end", open_client, "== 0", open_client == 0),
    ]


def trace_checks(result: Result) -> list[dict[str, Any]]:
    """What a replay must show beyond that."""
    served, goal = result.balance.client.get("completed", 0), int(SERVED_SHARE * result.day.recorded["handled"])
    return [check("served", served, f">= {goal} (on record: {result.day.recorded['handled']:.0f})", served >= goal)]


def demo_checks(result: Result) -> list[dict[str, Any]]:
    """What the demo must show beyond that."""
    day = result.day
    found = figures(result.history)
    two_skills = sum(len(caller.skills) > 1 for caller in day.callers) / len(day.callers)
    lines = [
        check("contacts", len(day.callers), f">= {DEMO_CONTACTS}", len(day.callers) >= DEMO_CONTACTS),
        check("agents", len(day.agents), f">= {DEMO_AGENTS}", len(day.agents) >= DEMO_AGENTS),
        check("skills", len(day.skills), f">= {DEMO_SKILLS}", len(day.skills) >= DEMO_SKILLS),
        check("contacts that need two skills", round(two_skills, 3), ">= 0.5", two_skills >= 0.5),  # noqa: PLR2004 - half
    ]
    if not result.virtual:  # In virtual time the machine decides how long it takes, and the report says it.
        in_time = result.duration < DEMO_SECONDS
        lines.append(check("duration s", round(result.duration, 1), f"< {DEMO_SECONDS:.0f}", in_time))
    return lines + [
        check(name, found[name], f">= {DEMO_HUNDREDS}", found[name] >= DEMO_HUNDREDS)
        for name in ("declines", "misses", "abandoned")
    ]
