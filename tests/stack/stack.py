"""`make stack-test`: the whole system in containers, each fault injected while contacts flow.

Brings up an engine of its own, makes the images, brings up docker-compose.yml, plays the bank's day through the
virtual address in the simulator's container, beside players of the test's own, and breaks one part after the other.
Prints a table and writes out/stack.json. Needs root. `--short`: fewer faults, on both kinds of documents.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from simulator.checks import check
from simulator.report import write
from tests.stack import faults, releases
from tests.stack.alerting import alert_raised
from tests.stack.containers import PROJECT, VIRTUAL, ContainerStack
from tests.stack.encrypted import encrypted
from tests.stack.engine import BASE, ROOT, Engine, EngineError, install, new_folder, package_settings
from tests.stack.faults import Fault, Scene, do
from tests.stack.netns import interrupted
from tests.stack.parts import GRPC
from tests.stack.power import power_cut
from tests.stack.system import RUNNING_SERVERS, wait
from tests.stack.trial import CONTACTS, Checks, run, show

REPORT = ROOT / "out" / "stack.json"
LOGS = ROOT / "out" / "stack-logs"
"""Of a run in which something failed."""
DAYS = (ROOT / ".." / "shared" / "data").resolve()
DAY = "bank_calls_one_day.csv"
DAY_HOURS, GENERATED_HOURS = 17.1, 2.75
DAY_ENDS_S = 600.0
INTERRUPT_S = 20.0


async def releases_beside(scene: Scene) -> None:
    """Both releases serve, then each with the half, then both, then the present one alone."""
    stack = scene.stack
    assert isinstance(stack, ContainerStack)
    since = scene.begin("earlier and present release")
    await stack.start_previous()
    await releases.pause()
    await stack.scale(1)
    await releases.pause()
    await stack.scale(RUNNING_SERVERS)
    await stack.stop_previous()
    await scene.whole(since)
    scene.gap_at_most("feed", [scene.probes.feed], since, 1.0)
    scene.no_failed_calls()


LONG: tuple[Fault, ...] = (*faults.FAULTS[:-1], releases_beside, alert_raised, faults.FAULTS[-1])
SHORT: tuple[Fault, ...] = tuple(
    fault for fault in LONG if fault not in {faults.another_store_node_killed, alert_raised}
)
"""Without those that have to wait for a minute."""
ON_STRINGS: tuple[Fault, ...] = (
    faults.nothing,
    faults.server_killed,
    faults.balancer_killed,
    faults.store_node_killed,
    faults.everything_killed,
)


@dataclass(frozen=True)
class Plan:
    """One trial: the stack is made new for it."""

    title: str
    wanted: Sequence[Fault]
    documents: str = "json"
    fsync: str = "always"
    day_s: float = 0.0
    """Seconds in which the bank's day is played meanwhile; 0: it is not."""
    tls: bool = False
    power_cut: bool = False
    """At the end, once all that was told has been judged."""

    @property
    def settings(self) -> dict[str, str]:
        chosen = {"ACD_APPENDFSYNC": self.fsync}
        return chosen if self.documents == "json" else {**chosen, "ACD_STORE_MODULE": ""}


PLANS = {
    "long": (
        Plan("json", LONG, day_s=480.0, power_cut=True),
        Plan("json, everysec", (faults.nothing, faults.everything_killed), fsync="everysec", power_cut=True),
        Plan("string, TLS", (encrypted, *ON_STRINGS), documents="string", tls=True),
    ),
    "short": (
        Plan("json", SHORT, day_s=480.0),
        Plan(
            "string, everysec, TLS",
            (encrypted, *ON_STRINGS),
            documents="string",
            fsync="everysec",
            tls=True,
            power_cut=True,
        ),
    ),
}


class BankDay:
    """The simulator, in its container, through the virtual address."""

    def __init__(self, stack: ContainerStack) -> None:
        self._stack = stack
        self._report = stack.folder / "day" / "day.json"
        self.name = f"{PROJECT}-day"

    def start(self, seconds: float) -> None:
        day = ["--trace", f"/days/{DAY}", "--speed", f"{DAY_HOURS * 3600 / seconds:.1f}"]
        if not (DAYS / DAY).exists():
            print(f"there is no {DAY}: a generated morning is played instead", flush=True)
            day = ["--generated", "--speed", f"{GENERATED_HOURS * 3600 / seconds:.1f}"]
        where = ["--server", f"{VIRTUAL}:{GRPC}", "--center", "day", "--json", "/report/day.json"]
        self._stack.compose("run", "--detach", "--no-deps", "--name", self.name, "simulator", *day, *where)

    async def verdict(self) -> Checks:
        """What the simulator found, once the day is over; how many it served is a matter of the faults."""
        await wait(self._report.exists, "the day ends", DAY_ENDS_S)
        await wait(self._written, "its report is written")
        report = json.loads(self._report.read_text(encoding="utf-8"))
        lines = [line for line in report["checks"] if line["name"] != "served"]
        resumed = report["feed"]["resumed"]
        told = [check(f"{report['day']}: feed resumed", resumed, "told", True)]
        return [{**line, "name": f"{report['day']}: {line['name']}"} for line in lines] + told

    def _written(self) -> bool:
        try:
            return bool(json.loads(self._report.read_text(encoding="utf-8")))
        except ValueError:
            return False


async def play(stack: ContainerStack, plan: Plan, checks: Checks) -> None:
    day = BankDay(stack)
    if plan.day_s:
        await do(day.start, plan.day_s)
    least = CONTACTS if plan.wanted in (LONG, SHORT) else 1
    await run(stack, plan.wanted, checks, least=least, beside=(lambda _: day.verdict()) if plan.day_s else None)
    if plan.power_cut:
        checks += await power_cut(stack, plan.fsync)


def counted(checks: Checks) -> Checks:
    """With `everysec` what is lost when everything dies is counted; it is no fault."""
    lost = ("acknowledged contacts lost", "books agree")
    return [{**line, "goal": "told", "pass": True} if line["name"] in lost else line for line in checks]


def trial(engine_folder: Path, folder: Path, settings: dict[str, str], plan: Plan, results: Path) -> None:
    """In a process of its own: it enters the network of the stack. Its checks go to a file."""
    stack = ContainerStack(Engine(engine_folder), folder, settings, tls=plan.tls)
    checks: Checks = []
    try:
        stack.enter()
        asyncio.run(play(stack, plan, checks))
    except Exception:  # noqa: BLE001 - whatever it is, the report says it
        traceback.print_exc()
        checks.append(check("ran to the end", False, "True", False))
    if plan.fsync == "everysec":
        checks = counted(checks)
    named = [{**line, "name": f"{plan.title}: {line['name']}"} for line in checks]
    results.write_text(json.dumps(named), encoding="utf-8")


def in_a_process(engine: Engine, folder: Path, settings: dict[str, str], plan: Plan) -> Checks:
    results = folder / "checks.json"
    process = multiprocessing.get_context("spawn").Process(
        target=trial, args=(engine.folder, folder, settings, plan, results)
    )
    process.start()
    try:
        process.join()
    finally:
        if process.is_alive():
            assert process.pid is not None
            os.kill(process.pid, signal.SIGINT)  # which asyncio takes for the end
            process.join(INTERRUPT_S)
            process.kill()
    if not results.exists():
        return [check(f"{plan.title}: ran to the end", process.exitcode, "0", False)]
    checks: Checks = json.loads(results.read_text(encoding="utf-8"))
    return checks


def one(engine: Engine, plan: Plan, settings: dict[str, str]) -> Checks:
    """Brings the stack up for a trial, and down whatever comes of it."""
    folder = engine.folder / plan.title.replace(", ", "-")
    folder.mkdir()
    chosen = settings | plan.settings
    stack = ContainerStack(engine, folder, chosen, tls=plan.tls)
    begun = time.monotonic()
    try:
        stack.up(from_previous=releases_beside in plan.wanted)
        up = round(time.monotonic() - begun, 1)
        print(f"{plan.title}: up and healthy after {up} s", flush=True)
        checks = [check(f"{plan.title}: up and healthy after, s", up, "told", True)]
        return checks + in_a_process(engine, folder, chosen, plan)
    except EngineError as error:
        return [check(f"{plan.title}: comes up", str(error), "True", False)]
    finally:
        with suppress(EngineError):
            stack.keep_logs()
        stack.down()


def make_images(engine: Engine, plans: Sequence[Plan]) -> dict[str, str]:
    """All images, on a base that is made here; the settings that name them."""
    engine.make_base()
    bases = {f"ACD_{name}_IMAGE": BASE for name in ("PYTHON", "HAPROXY", "REDIS")}
    settings = package_settings(engine.folder) | bases | {"ACD_JSON_MODULE": "fetch", "ACD_DAYS": str(DAYS)}
    settings["ACD_PROMETHEUS_IMAGE"] = "acd-prometheus:local"
    folder = engine.folder / "images"
    folder.mkdir()
    stack = ContainerStack(engine, folder, settings)
    stack.build("redis-1", "lb1", "server")
    if any(releases_beside in plan.wanted for plan in plans):
        commit = releases.previous()
        releases.unpack(commit, folder / "previous")
        print(f"the earlier release is {commit[:10]}", flush=True)
        stack.build("previous")
    if any(alert_raised in plan.wanted for plan in plans):
        install("prometheus", "prometheus")
        (folder / "prometheus").mkdir()
        shutil.copy(shutil.which("prometheus") or "", folder / "prometheus")
        stack.build("prometheus")
    return settings


def lacks() -> str:
    """What this machine lacks for the test; what Debian has is installed."""
    if os.geteuid():
        return "it needs root"
    if sys.platform != "linux" or shutil.which("apt-get") is None:
        return "it needs Debian"
    for program, package in (("ip", "iproute2"), ("iptables", "iptables"), ("nsenter", "util-linux")):
        install(program, package)
    return ""


def chosen(arguments: argparse.Namespace) -> Sequence[Plan]:
    plans = PLANS["short" if arguments.short else "long"]
    if not arguments.only:
        return plans
    fsync = "everysec" if arguments.everysec else "always"
    wanted = tuple(known()[name] for name in arguments.only)
    how = {"tls": arguments.tls, "power_cut": arguments.power_cut, "fsync": fsync}
    return [replace(plans[0], wanted=wanted, day_s=0.0, **how)]


def known() -> dict[str, Fault]:
    return {fault.__name__: fault for fault in (*LONG, encrypted)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="what a run of CI has time for")
    parser.add_argument("--only", nargs="*", default=[], choices=sorted(known()), help="some faults alone")
    parser.add_argument("--tls", action="store_true", help="with --only: every connection is TLS")
    parser.add_argument("--everysec", action="store_true", help="with --only: appendfsync everysec")
    parser.add_argument("--power-cut", action="store_true", help="with --only: at the end cut the power")
    parser.add_argument("--keep", type=Path, help="keep the logs in this folder")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, interrupted)
    lacking = lacks()
    if lacking:
        print(f"stack-test cannot run: {lacking}", file=sys.stderr)
        return 2
    plans = chosen(arguments)
    begun = time.monotonic()
    checks: Checks = []
    engine = Engine(new_folder())
    try:
        engine.start()
        settings = make_images(engine, plans)
        print(f"images after {time.monotonic() - begun:.0f} s", flush=True)
        for plan in plans:
            checks += one(engine, plan, settings)
    except Exception:  # noqa: BLE001 - whatever it is, the report says it and everything is cleaned up
        traceback.print_exc()
        checks.append(check("ran to the end", False, "True", False))
    finally:
        if arguments.keep or not all(line["pass"] for line in checks):
            keep_logs(engine.folder, arguments.keep or LOGS)
        engine.stop()
    show(checks, "Through faults, in containers")
    duration = round(time.monotonic() - begun, 1)
    print(f"{duration:.0f} s")
    write(REPORT, checks, {"duration_s": duration, "trials": [plan.title for plan in plans]})
    return int(not all(line["pass"] for line in checks))


def keep_logs(folder: Path, target: Path) -> None:
    for file in folder.glob("*/*.*"):
        if file.suffix in (".log", ".jsonl", ".json"):
            (target / file.parent.name).mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target / file.parent.name)


if __name__ == "__main__":
    sys.exit(main())
