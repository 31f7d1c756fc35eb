"""`python -m benchmarks [NAME …] --json FILE [--quick]`."""

import argparse
import asyncio
import importlib
import sys
import time
from pathlib import Path

from acd_server.cli._process import loop_factory
from benchmarks import machine
from benchmarks.report import Result, lines, report, write
from benchmarks.stage import Stage

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
    "start",
)


async def play(names: tuple[str, ...], size: str) -> dict[str, Result]:
    """Runs benchmarks one after the other, and prints each when it is done."""
    stage, results = Stage(), {}
    try:
        for name in names:
            begun = time.monotonic()
            module = importlib.import_module(f"benchmarks.{name.replace('-', '_')}")
            results[name] = found = await module.run(stage, size)
            found.details["seconds"] = time.monotonic() - begun
            found.details["load_1_min"] = machine.describe()["load_1_min"]
            print("\n".join(lines(name, found, judge_goals=size == "full")), flush=True)
    finally:
        stage.close()
    return results


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status: 1 when a check fails."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(NAMES)}; all if not given")
    parser.add_argument("--json", type=Path, help="write the report here")
    parser.add_argument(
        "--quick", action="store_true", help="small sizes, some minutes: counts are judged, goals are not"
    )
    options = parser.parse_args(arguments)
    names = tuple(options.names) or NAMES
    if unknown := [name for name in names if name not in NAMES]:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    size = "quick" if options.quick else "full"
    about = {"size": size, "machine": machine.describe()}
    begun = time.monotonic()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        results = runner.run(play(names, size))
    found = report(results, judge_goals=size == "full", about={**about, "seconds": time.monotonic() - begun})
    if options.json is not None:
        write(options.json, found)
    missed = [check["name"] for check in found["checks"] if not check["pass"]]
    print(f"{len(found['checks'])} checks, {len(missed)} missed")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
