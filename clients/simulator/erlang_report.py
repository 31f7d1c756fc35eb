"""Shows how the router stands against theory: a table for people, checks and details for machines."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from simulator.checks import check
from simulator.erlang_check import FEWEST_DAYS, Design, Line, Played
from simulator.statistics import Interval


def checks(lines: Sequence[Line], played: Played, design: Design) -> list[dict[str, Any]]:
    """Two a case, that there were days enough, and that all of them were played to their end."""
    lost = len(played.unfinished)
    found = [
        check("days of each case", design.days, f">= {FEWEST_DAYS}", design.days >= FEWEST_DAYS),
        check("days with a contact without an end", lost, "== 0", lost == 0),
    ]
    for case in dict.fromkeys(line.case for line in lines):
        own = [line for line in lines if line.case == case]
        outside = [line.figure for line in own if not line.estimate.contains(line.theory)]
        widest = max(line.width for line in own)
        found += [
            check(f"{case.name}: figures off", ", ".join(outside) or "none", "none", not outside),
            check(f"{case.name}: widest", round(widest, 4), f"<= {own[0].goal:g} of the value", widest <= own[0].goal),
        ]
    return found


def details(lines: Sequence[Line], played: Played, design: Design) -> dict[str, Any]:
    """Everything that the checks rest on."""
    return {
        "unfinished": played.unfinished,
        "design": {name: getattr(design, name) for name in design.__slots__},
        "figures": [
            {
                "case": line.case.name,
                "figure": line.figure,
                "theory": line.theory,
                "estimate": line.estimate.mean,
                "half_width": line.estimate.half_width,
                "crude": line.crude.mean,
                "crude_half_width": line.crude.half_width,
                "width_goal": line.goal,
                "pass": line.passed,
            }
            for line in lines
        ],
    }


def show(console: Console, lines: Sequence[Line], design: Design) -> None:
    """Prints every figure."""
    title = (
        f"Against theory: {design.days} days of {design.contacts} contacts a case, "
        f"all intervals together at {design.confidence:.0%}, seed {design.seed}"
    )
    table = Table("case", "figure", title=title, title_justify="left")
    for column in ("formula", "estimate", "", "width", "goal", "router alone", ""):
        table.add_column(column, justify="left" if not column else "right")
    table.add_column("")
    before = None
    for line in lines:
        sign = "[green]pass[/green]" if line.passed else "[bold red]FAIL[/bold red]"
        table.add_row(
            line.case.name if line.case != before else "", line.figure, f"{line.theory:.4f}",
            *_interval(line.estimate), f"{line.width:.1%}", f"{line.goal:.0%}", *_interval(line.crude), sign,
        )  # fmt: skip
        before = line.case
    console.print(table)


def _interval(interval: Interval) -> tuple[str, str]:
    return f"{interval.mean:.4f}", f"± {interval.half_width:.4f}"
