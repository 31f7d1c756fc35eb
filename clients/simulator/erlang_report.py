"""Shows how the router stands against theory: a table for people, checks and details for machines."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from simulator.checks import check
from simulator.erlang_check import FEWEST_DAYS, Design, Line, Played
from simulator.stationary import Case
from simulator.statistics import Interval


def checks(lines: Sequence[Line], played: Played, design: Design) -> list[dict[str, Any]]:
    """One a case, that there were days enough, and that all of them were played to their end."""
    lost = len(played.unfinished)
    found = [
        check("days of each case", design.days, f">= {FEWEST_DAYS}", design.days >= FEWEST_DAYS),
        check("days with a contact without an end", lost, "== 0", lost == 0),
    ]
    for case, own in _by_case(lines):
        right = sum(line.estimate.contains(line.theory) for line in own)
        widest = max(line.width for line in own)
        value = f"{right} of {len(own)} agree, to {widest:.1%}"
        found.append(check(case.name, value, f"all, to {own[0].goal:.0%}", all(line.passed for line in own)))
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
    """Prints every figure: a block for each case, 80 columns wide."""
    console.print(
        f"Against theory: {design.days} days of {design.contacts} contacts a case, seed {design.seed}\n"
        f"intervals at {design.confidence:.0%} for all together, width as a share of the formula's value\n",
        highlight=False,
    )
    console.print(_block("figure", [("formula", "estimate", "width", "router alone", "")]), style="bold")
    for case, own in _by_case(lines):
        console.print(f"\n{case.name}", style="bold", highlight=False)
        console.print(_block("", [_row(line) for line in own], [line.figure for line in own]))


def _by_case(lines: Sequence[Line]) -> list[tuple[Case, list[Line]]]:
    cases = dict.fromkeys(line.case for line in lines)
    return [(case, [line for line in lines if line.case == case]) for case in cases]


Row = tuple[str, str, str, str, str]


def _block(title: str, rows: Sequence[Row], names: Sequence[str] = ()) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(width=16)
    for width in (8, 17, 6, 17, 4):
        table.add_column(width=width, justify="right")
    for name, row in zip(names or [title], rows, strict=True):
        table.add_row(name, *row)
    return table


def _row(line: Line) -> Row:
    sign = "[green]pass[/green]" if line.passed else "[bold red]FAIL[/bold red]"
    return _number(line.theory), _interval(line.estimate), f"{line.width:.1%}", _interval(line.crude), sign


def _number(value: float) -> str:
    return f"{value:.2f}" if value >= 1 else f"{value:.4f}"


def _interval(interval: Interval) -> str:
    if interval.mean >= 1:
        return f"{interval.mean:.2f} ± {interval.half_width:.2f}"
    return f"{interval.mean:.4f} ± {interval.half_width:.4f}"
