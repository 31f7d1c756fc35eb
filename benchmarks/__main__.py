"""`python -m benchmarks [NAME …] --json FILE [--quick] [--resume]`.

What FILE has of other benchmarks stays in it, so a long run can go on in pieces; it is written after each.
"""

import argparse
import asyncio
import importlib
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from acd_server.cli._process import runner
from benchmarks import machine
from benchmarks.report import lines, merged, read, report, write
from benchmarks.stage import ROOT, Stage

NAMES = (
    "enqueue",
    "offer",
    "lifecycle",
    "match-depth",
    "strategies",
    "memory",
    "feeds",
    "durability",
    "scale",
    "sweep",
    "start",
)


QUICK_S = 210.0
"""After this time a quick run begins no other benchmark, and says so: it is to end in five minutes on any machine."""


@dataclass(frozen=True)
class Plan:
    """What to run, and where the report goes."""

    names: tuple[str, ...]
    size: str
    path: Path | None

    async def play(self, found: dict[str, Any]) -> dict[str, Any]:
        """Runs benchmarks one after the other, prints each when it is done, and returns the report with all of them."""
        stage, judge, started = Stage(), self.size == "full", time.monotonic()
        task = asyncio.current_task()
        assert task is not None
        # Whoever is told to end, by a time limit for one, takes his stores with him.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        try:
            for name in self.names:
                begun = time.monotonic()
                if not judge and begun - started >= QUICK_S:
                    print(f"{name:12} not run: {QUICK_S:g} s are over")
                    continue
                about = {"commit": commit(), "at": datetime.now(UTC).isoformat(timespec="seconds")}
                module = importlib.import_module(f"benchmarks.{name.replace('-', '_')}")
                stage.allocators.clear()
                result = await module.run(stage, self.size)
                about_machine = {**machine.describe(), "store_allocators": sorted(stage.allocators)}
                result.details |= {**about, "seconds": time.monotonic() - begun, "machine": about_machine}
                found = merged(found, report({name: result}, judge_goals=judge, about={"size": self.size}))
                if self.path is not None:
                    write(self.path, found)
                print("\n".join(lines(name, found["benchmarks"][name]["goals"], judge_goals=judge)), flush=True)
        finally:
            stage.close()
        return found


def commit() -> str:
    """What is measured: the commit, with a + where files differ from it; empty outside of a repository."""
    git = shutil.which("git")
    if git is None:
        return ""
    words = ("describe", "--always", "--abbrev=10", "--exclude=*", "--dirty=+")
    said = subprocess.run([git, *words], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - git
    return said.stdout.strip()


def parsed(arguments: list[str] | None) -> tuple[Plan, dict[str, Any]]:
    """What to run, and the report so far."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(NAMES)}; all if not given")
    parser.add_argument("--json", type=Path, help="the report: benchmarks that it has and that are not run stay in it")
    parser.add_argument(
        "--quick", action="store_true", help="small sizes, some minutes: counts are judged, goals are not"
    )
    parser.add_argument("--resume", action="store_true", help="run only what the report lacks")
    options = parser.parse_args(arguments)
    names = tuple(options.names) or NAMES
    if unknown := [name for name in names if name not in NAMES]:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    size = "quick" if options.quick else "full"
    found: dict[str, Any] = {}
    if options.json is not None:
        try:
            found = read(options.json)
        except ValueError as error:
            parser.error(f"--json: {error}")
    if found.get("size") != size:
        found = {"checks": [], "size": size, "benchmarks": {}}
    if options.resume:
        names = tuple(name for name in names if name not in found["benchmarks"])
    return Plan(names, size, options.json), found


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status: 1 when a check fails."""
    plan, found = parsed(arguments)
    with runner() as own:
        found = own.run(plan.play(found))
    for name in [name for name in NAMES if name in found["benchmarks"] and name not in plan.names]:
        rows = found["benchmarks"][name]["goals"]
        print("\n".join(lines(name, rows, judge_goals=plan.size == "full")))
    missed = [check["name"] for check in found["checks"] if not check["pass"]]
    print(f"{len(found['checks'])} checks, {len(missed)} missed")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
