"""Plays scenarios in virtual time, judges and shows them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from acd.v1.event_pb2 import Event
from acd_client import AcdClient
from simulator.checks import check, router_checks
from simulator.estimates import ASK_EVERY
from simulator.play import Result
from simulator.report import details, show_estimates, show_fault
from simulator.scenarios.base import INSTANT, Findings, Log, Scenario
from simulator.virtual import VirtualRun


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario, what was played, and what it found."""

    scenario: Scenario
    result: Result
    log: Log
    findings: Findings

    @property
    def checks(self) -> list[dict[str, Any]]:
        return [*router_checks(self.result), *self.findings.checks]

    @property
    def passed(self) -> bool:
        return all(line["pass"] for line in self.checks)


Sink = Callable[[Event], None]


async def play_scenario(
    client: AcdClient, center: str, scenario: Scenario, seed: int, sink: Sink | None = None
) -> Played:
    """Plays the scenario's day in a center of its own; `sink` is given every event. Raises AcdApiError, FeedGap."""
    events: list[Event] = []

    def take(event: Event) -> None:
        events.append(event)
        if sink is not None:
            sink(event)

    day = scenario.day(seed)
    run = VirtualRun(client, center, day, take, scenario, ask_every=ASK_EVERY)
    result = await run.play()
    log = Log(day, events, run.turned_away)
    findings = scenario.judge(log)
    if scenario.prompt:
        latest = max(result.reaction, default=0.0)
        prompt = check(
            "longest wait of a pair that was possible, s", round(latest, 6), f"< {INSTANT}", latest < INSTANT
        )
        findings.checks.append(prompt)
    return Played(scenario, result, log, findings)


def report(played: list[Played]) -> dict[str, Any]:
    """What the report says of scenarios, beside the checks: of each what is said of every day, and its own figures."""
    return {"scenarios": {one.scenario.name: _report(one) for one in played}}


def _report(one: Played) -> dict[str, Any]:
    own = [
        {"title": title, "value": round(value, 4), "unit": unit, "written": figure.written}
        for figure in one.findings.figures
        for title, value, unit in [figure]
    ]
    return {"title": one.scenario.title, "own": own, "checks": one.checks, **details(one.result)}


def all_checks(played: list[Played]) -> list[dict[str, Any]]:
    """The checks of all, each with the name of its scenario."""
    return [{**line, "name": f"{one.scenario.name}: {line['name']}"} for one in played for line in one.checks]


def show(console: Console, one: Played) -> None:
    """Prints the scenario's figures and checks, those of the router in one line as long as they pass."""
    result = one.result
    table = Table("figure", "value", title=f"{one.scenario.name}: {one.scenario.title}", title_justify="left")
    table.columns[1].justify = "right"
    for figure in one.findings.figures:
        table.add_row(figure.title, figure.written)
    console.print(table)
    console.print(
        f"{result.came:,} contacts, {len(result.day.agents)} agents, {result.oracle.verdict.events:,} events, "
        f"{result.speed:,.0f} times real time, {result.duration:.1f} s"
    )
    show_estimates(console, result.estimates)
    general = router_checks(result)
    if all(line["pass"] for line in general):
        console.print(f"[green]pass[/green] {', '.join(line['name'] for line in general)}", highlight=False)
    for line in one.checks:
        if line["pass"] and line in general:
            continue
        sign = "[green]pass[/green]" if line["pass"] else "[bold red]FAIL[/bold red]"
        console.print(f"{sign} {line['name']}: {line['value']} (goal {line['goal']})", highlight=False)
        for example in line.get("examples", []):
            show_fault(console, f"     {example}")
    for text in (*result.oracle.verdict.examples, *result.balance.differences, *result.balance.doubles):
        show_fault(console, text)
    console.print()


async def play_all(
    client: AcdClient,
    prefix: str,
    kinds: list[type[Scenario]],
    seed: int,
    console: Console,
    *,
    sink: Sink | None = None,
) -> list[Played]:
    """Plays one after the other, each in a center of its own, and shows each when it is over."""
    played = []
    for kind in kinds:
        one = await play_scenario(client, f"{prefix}-{kind.name}", kind(), seed, sink)
        show(console, one)
        played.append(one)
    return played
