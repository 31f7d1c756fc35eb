"""What a benchmark found: rows with a goal, and details for whoever wants to know why."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DIGITS = 4


@dataclass(frozen=True)
class Row:
    """One figure and its goal; without one it is told only.

    `count`: it must be so on any machine and at any size; the goals are for full sizes and judged in full runs only.
    """

    name: str
    value: float
    goal: str
    met: bool
    count: bool = False
    moonshot: str = ""

    def entry(self) -> dict[str, Any]:
        return {"name": self.name, "value": rounded(self.value), "goal": self.goal, "pass": self.met}


def at_least(name: str, value: float, goal: float, *, moonshot: str = "") -> Row:
    return Row(name, value, f">= {goal:g}", value >= goal, moonshot=moonshot)


def at_most(name: str, value: float, goal: float, *, moonshot: str = "") -> Row:
    return Row(name, value, f"<= {goal:g}", value <= goal, moonshot=moonshot)


def told(name: str, value: float) -> Row:
    """A figure without a goal."""
    return Row(name, value, "", met=True)


def counted(name: str, value: int, expected: int) -> Row:
    """What must be so on any machine: as many answers, events, pairs as there were to be."""
    return Row(name, value, f"= {expected}", value == expected, count=True)


@dataclass
class Result:
    """One benchmark's rows, and details in any shape that JSON takes."""

    rows: list[Row] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)


def report(results: dict[str, Result], *, judge_goals: bool, about: dict[str, Any]) -> dict[str, Any]:
    """The whole report. Where goals are not judged, they are among the details only."""
    checks = [
        {**row.entry(), "name": f"{name}: {row.name}"}
        for name, result in results.items()
        for row in result.rows
        if row.goal and (judge_goals or row.count)
    ]
    details = {
        name: rounded(
            {
                "goals": [
                    {**row.entry(), "count": row.count, **({"moonshot": row.moonshot} if row.moonshot else {})}
                    for row in result.rows
                ],
                **result.details,
            }
        )
        for name, result in results.items()
    }
    return {"checks": checks, **about, "benchmarks": details}


def rounded(value: Any) -> Any:
    """The same with four significant digits; what is no number of JSON (infinite) as text."""
    if isinstance(value, dict):
        return {str(key): rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else str(value)
    return value


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The new report, with the benchmarks of the old one that it lacks: so a long run goes on in pieces.

    Each benchmark says when, at which commit and on how busy a machine it ran. Another size is another thing: then
    the old report is dropped.
    """
    if old.get("size") != new["size"]:
        return new
    ran = new["benchmarks"].keys()
    kept = [check for check in old["checks"] if check["name"].partition(": ")[0] not in ran]
    return {**new, "checks": kept + new["checks"], "benchmarks": {**old["benchmarks"], **new["benchmarks"]}}


def read(path: Path) -> dict[str, Any]:
    """A report that was written; empty when there is none. Raises ValueError for another file."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    if not isinstance(found, dict) or not {"checks", "benchmarks"} <= found.keys():
        raise ValueError(f"{path} is no report of benchmarks")
    return found


def write(path: Path, found: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def lines(name: str, rows: list[dict[str, Any]], *, judge_goals: bool) -> list[str]:
    """A benchmark's rows, as its report has them, as text: what, how much, the goal, and whether it is met."""
    found = []
    for row in rows:
        word = "pass" if row["pass"] else "MISS"
        if not row["goal"]:
            word = ""
        elif not (row["count"] or judge_goals):
            word = f"({word.lower()})"
        goal = row["goal"] + (f", moonshot {row['moonshot']}" if "moonshot" in row else "")
        found.append(f"{name:12} {row['name']:58} {row['value']!s:>10}  {goal:24} {word}".rstrip())
    return found
