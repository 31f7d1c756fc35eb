"""Shows a run as a table beside the record, and writes it as JSON."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from simulator.figures import FIGURES, SHARES, figures, percentiles_ms
from simulator.oracle import KEPT_EXAMPLES
from simulator.play import Result


def details(result: Result) -> dict[str, Any]:
    """Everything that the checks rest on."""
    verdict, balance = result.oracle.verdict, result.balance
    return {
        "day": result.day.title,
        "seed": result.day.seed,
        "speed": result.speed,
        "duration_s": round(result.duration, 2),
        "agents": len(result.day.agents),
        "skills": result.day.skills,
        "figures": {name: round(value, 4) for name, value in figures(result.history).items()},
        "recorded": {name: round(value, 4) for name, value in result.day.recorded.items()},
        "router": {
            "enqueue_to_offer": percentiles_ms(result.offer_latency),
            "possible_to_offer": percentiles_ms(result.reaction),
        },
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
    }


def write(path: Path | None, checks: list[dict[str, Any]], more: dict[str, Any]) -> None:
    """Writes the report where it was asked for."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"checks": checks, **more}, indent=2) + "\n", encoding="utf-8")


def show(console: Console, result: Result, checks: list[dict[str, Any]]) -> None:
    """Prints figures, router times and checks."""
    console.print(_figures_table(result))
    console.print(_router_table(result))
    oracle = result.oracle.verdict
    console.print(
        f"{result.duration:.1f} s, {oracle.events} events, {oracle.offers} offers judged, "
        f"{oracle.ambiguous} ambiguous (a bar ended in the moment before)"
    )
    for line in (*oracle.examples, *result.balance.differences[:KEPT_EXAMPLES], *result.balance.doubles):
        show_fault(console, line)
    if result.feed_error:
        show_fault(console, f"feed: {result.feed_error}")
    show_checks(console, checks)


def show_fault(console: Console, text: str) -> None:
    """One line as it is, however long, without taking brackets in names for markup."""
    console.print(text, style="red", highlight=False, markup=False, soft_wrap=True)


def show_checks(console: Console, checks: list[dict[str, Any]]) -> None:
    table = Table("check", "value", "goal", "", title="Checks", title_justify="left")
    for line in checks:
        sign = "[green]pass[/green]" if line["pass"] else "[bold red]FAIL[/bold red]"
        table.add_row(line["name"], str(line["value"]), line["goal"], sign)
    console.print(table)


def _figures_table(result: Result) -> Table:
    recorded = result.day.recorded
    title = f"{result.day.title}, {result.speed:g} times as fast, seed {result.day.seed}"
    table = Table("figure", "this run", title=title, title_justify="left")
    if recorded:
        table.add_column("on record")
    table.add_column("meaning", style="dim")
    for name, value in figures(result.history).items():
        shown = [_number(name, value)]
        if recorded:
            shown.append(_number(name, recorded[name]) if name in recorded else "")
        table.add_row(name.removesuffix("_s").replace("_", " "), *shown, FIGURES[name])
    return table


def _number(name: str, value: float) -> str:
    if name in SHARES:
        return f"{value:.1%}"
    if name.endswith("_s"):
        return f"{value:.1f} s"
    return f"{value:,.2f}" if value != int(value) else f"{value:,.0f}"


def _router_table(result: Result) -> Table:
    table = Table("router, in wall time", "count", "p50", "p95", "p99", title_justify="left")
    rows = {
        "enqueue to offer on the feed, agent free": result.offer_latency,
        "pair possible to offered, by the center's clock": result.reaction,
    }
    for name, values in rows.items():
        found = percentiles_ms(values)
        table.add_row(name, str(found["count"]), *(f"{found[f'p{p}_ms']:.1f} ms" for p in (50, 95, 99)))
    return table
