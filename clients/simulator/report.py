"""Shows a run as a table beside the record, and writes it as JSON."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from simulator.definitions import DEFINITIONS, FIGURES, SUBJECTS, written
from simulator.figures import breakdowns, figures
from simulator.history import History
from simulator.measures.numbers import PERCENTILES, percentiles_ms
from simulator.measures.queue import span_of
from simulator.measures.series import agents, distribution, grid_of, over_the_day
from simulator.measures.staff import works
from simulator.play import Result
from simulator.verdict import KEPT_EXAMPLES

DECIMALS = 4
WIDE = 130
"""Columns of a terminal from which on the figures are shown with their meanings."""


def details(result: Result, record: History | None = None, beside: Result | None = None) -> dict[str, Any]:
    """Everything that the checks rest on, and all that the page shows.

    `record`: the day as it was, if known; `beside`: the same day played in another kind of time.
    """
    verdict, balance = result.oracle.verdict, result.balance
    return {
        **_played(result),
        "figures": _rounded(figures(result.history)),
        "recorded": _rounded(result.day.recorded),
        **_rounded(breakdowns(result.history)),
        "order": {"order_violations": verdict.order_violations, "ambiguous": verdict.ambiguous},
        "router": _router(result) or (_router(beside) if beside else None),
        "estimates": _rounded(result.estimates) or None,
        **_rounded(_drawn(result, record, beside)),
        "accounts": {
            "offered": balance.offered,
            "by_answers": balance.client,
            "by_feed": balance.feed,
            "lost": balance.lost[:KEPT_EXAMPLES],
            "doubles": balance.doubles[:KEPT_EXAMPLES],
            "differences": balance.differences[:KEPT_EXAMPLES],
            "refused_calls": dict(result.client.refusals),
        },
        "oracle": {
            "events": verdict.events,
            "offers": verdict.offers,
            "violations": dict(verdict.violations),
            "ambiguous": verdict.ambiguous,
            "examples": verdict.examples,
        },
        "feed": {"error": result.feed_error, "resumed": result.resumed},
        "definitions": {name: definition._asdict() for name, definition in DEFINITIONS.items()},
    }


def _router(result: Result) -> dict[str, Any] | None:
    """How fast the router was; wall times say nothing of it where it waits for a virtual clock."""
    if result.virtual:
        return None
    return {
        "enqueue_to_offer": percentiles_ms(result.offer_latency),
        "possible_to_offer": percentiles_ms(result.reaction),
    }


def _played(result: Result) -> dict[str, Any]:
    """What was played, and how."""
    day = result.day
    return {
        "day": day.title,
        "seed": day.seed,
        "clock": "virtual" if result.virtual else "real",
        "speed": round(result.speed, 2),
        "duration_s": round(result.duration, 2),
        "digest": result.digest,
        "from_s": span_of(result.history)[0],
        "to_s": result.history.end,
        "contacts": result.came,
        "agents": len(day.agents),
        "groups": dict(sorted(Counter(plan.group for plan in day.agents).items())),
        "skills": day.skills,
        "policy": {
            "offer_timeout_s": day.policy.offer_timeout,
            "wrap_up_time_s": day.policy.wrap_up_time,
            "retry_delay_s": day.policy.retry_delay,
            "service_level_threshold_s": day.policy.service_level_threshold,
            "short_abandon_s": day.short_abandon,
            "auto_accept": day.policy.auto_accept,
            "strategy": day.policy.strategy,
        },
    }


def _drawn(result: Result, record: History | None, beside: Result | None) -> dict[str, Any]:
    """What the plots are drawn from, what is set beside it in the same intervals."""
    history = result.history
    grid = grid_of(history, *([record] if record else []), *([beside.history] if beside else []))
    staff, waits = works(history), distribution(history)

    def same(other: History) -> dict[str, Any]:
        return {
            "over_the_day": over_the_day(other, works(other), grid),
            "waits": distribution(other, waits["step_s"]),
        }

    return {
        "over_the_day": over_the_day(history, staff, grid),
        "waits": waits,
        "offers_by_agent": agents(staff),
        "record": None if record is None else same(record),
        "beside": None
        if beside is None
        else {**_played(beside), "figures": figures(beside.history), **same(beside.history)},
    }


def _rounded(value: Any) -> Any:
    """The same with four decimals."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return round(value, DECIMALS) if isinstance(value, float) else value


def write(path: Path | None, checks: list[dict[str, Any]], more: dict[str, Any]) -> None:
    """Writes the report where it was asked for."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"checks": checks, **more}, indent=2) + "\n", encoding="utf-8")


def show(console: Console, report: dict[str, Any], checks: list[dict[str, Any]]) -> None:
    """Prints figures, router times and checks of what `details` put together."""
    console.print(_figures_table(report, meanings=console.width >= WIDE))
    console.print(_contacts_table(report))
    console.print(_groups_table(report))
    if report["router"] is not None:
        console.print(_router_table(report["router"]))
    show_estimates(console, report["estimates"] or {})
    oracle, accounts = report["oracle"], report["accounts"]
    console.print(
        f"{report['duration_s']:.1f} s, {oracle['events']} events, {oracle['offers']} offers judged, "
        f"{oracle['ambiguous']} ambiguous (a bar ended in the moment before)"
    )
    for line in (*oracle["examples"], *accounts["differences"], *accounts["doubles"]):
        show_fault(console, line)
    if report["feed"]["error"]:
        show_fault(console, f"feed: {report['feed']['error']}")
    show_checks(console, checks)


def show_estimates(console: Console, found: dict[str, float]) -> None:
    """One line on how good the estimates of the wait were, where somebody asked."""
    if found:
        said = {name: written(name, value) for name, value in found.items()}
        console.print(
            f"estimated wait: {said['estimates']} asked, {said['estimates_unknown']} unknown, "
            f"{said['estimates_compared']} compared; error median {said['estimate_error_p50_s']}, "
            f"p90 {said['estimate_error_p90_s']}, bias {said['estimate_bias_s']}",
            highlight=False,
        )


def show_fault(console: Console, text: str) -> None:
    """One line as it is, however long, without taking brackets in names for markup."""
    console.print(text, style="red", highlight=False, markup=False, soft_wrap=True)


def show_checks(console: Console, checks: list[dict[str, Any]]) -> None:
    table = Table("check", "value", "goal", "", title="Checks", title_justify="left")
    for line in checks:
        sign = "[green]pass[/green]" if line["pass"] else "[bold red]FAIL[/bold red]"
        table.add_row(line["name"], str(line["value"]), line["goal"], sign)
    console.print(table)


def headline(report: dict[str, Any]) -> str:
    """What was played and how, in one line."""
    speed = f"{report['speed']:,.0f}" if report["speed"] >= 10 else f"{report['speed']:g}"  # noqa: PLR2004 - a taste
    return f"{report['day']}, {report['clock']} time, {speed} times as fast, seed {report['seed']}"


def columns(report: dict[str, Any]) -> list[tuple[str, dict[str, float]]]:
    """Title and figures of each column of the table of figures."""
    beside = report["beside"]
    found = [("this run" if beside is None else f"{report['clock']} time", report["figures"])]
    if beside is not None:
        found.append((f"{beside['clock']} time, {beside['speed']:g}-fold", beside["figures"]))
    if report["recorded"]:
        found.append(("on record", report["recorded"]))
    return found


def _figures_table(report: dict[str, Any], *, meanings: bool) -> Table:
    """The figures, subject by subject, with their meanings where there is room for them."""
    shown = columns(report)
    table = Table("figure", title=headline(report), title_justify="left")
    for title, _ in shown:
        table.add_column(title, justify="right")
    if meanings:
        table.add_column("meaning", style="dim")
    for name in report["figures"]:
        if name in SUBJECTS:
            table.add_section()
        values = [written(name, values[name]) if name in values else "" for _, values in shown]
        table.add_row(FIGURES[name].title, *values, *([FIGURES[name].meaning] if meanings else []))
    return table


CONTACT_COLUMNS = (
    "offered",
    "service_level",
    "abandonment",
    "wait_p50_s",
    "wait_p95_s",
    "wait_p99_s",
)
GROUP_COLUMNS = (
    "agents",
    "answered",
    "occupancy",
    "offers_per_hour_mean",
    "offers_spread",
    "wait_p95_s",
)


def _contacts_table(report: dict[str, Any]) -> Table:
    table = _breakdown_table("type, priority", CONTACT_COLUMNS)
    for kind, values in report["by_type"].items():
        table.add_row(kind or "no type", *(written(name, values[name]) for name in CONTACT_COLUMNS))
    table.add_section()
    for priority, values in report["by_priority"].items():
        table.add_row(f"priority {priority}", *(written(name, values[name]) for name in CONTACT_COLUMNS))
    return table


def _groups_table(report: dict[str, Any]) -> Table:
    table = _breakdown_table("group", GROUP_COLUMNS)
    for group, values in report["by_group"].items():
        table.add_row(group or "no group", *(written(name, values[name]) for name in GROUP_COLUMNS))
    return table


def _breakdown_table(first: str, columns: Iterable[str]) -> Table:
    table = Table(title_justify="left", padding=(0, 0))
    table.add_column(first, no_wrap=True)
    for name in columns:
        table.add_column(DEFINITIONS[name].title, justify="right")
    return table


def _router_table(router: dict[str, Any]) -> Table:
    table = Table("router, in wall time", "count", "p50", "p95", "p99", title_justify="left")
    for name, found in router.items():
        times = (f"{found[f'p{percent}_ms']:.1f} ms" for percent in PERCENTILES)
        table.add_row(DEFINITIONS[name].meaning, str(found["count"]), *times)
    return table
