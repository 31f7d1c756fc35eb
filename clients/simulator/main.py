"""The `acd simulate` command: which day, against which router, and what must come out."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from google.protobuf.json_format import MessageToJson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from acd.v1.event_pb2 import Event
from acd_client import AcdClient
from simulator import erlang_check, erlang_report, generated, paired
from simulator.checks import check, demo_checks, router_checks, trace_checks
from simulator.day import Day
from simulator.estimates import ASK_EVERY
from simulator.history import History
from simulator.latency import measure
from simulator.measures.numbers import percentiles_ms
from simulator.page.files import write_page, write_plots
from simulator.plan.command import PlanOptions, run_plan
from simulator.plan.days import StateError
from simulator.plan.goal import TargetError
from simulator.play import Result
from simulator.profile import ProfileError, load_profile
from simulator.report import details, show, show_checks, write
from simulator.run import Run
from simulator.scenarios import ScenarioError, chosen
from simulator.scenarios import play as scenarios
from simulator.stage import router
from simulator.trace import read_record
from simulator.virtual import VirtualRun

TRACE_SPEED = 240.0
CONTACTS_A_SECOND = 25.0
"""The rate in the busiest half hour at which a profile is played: what two slow cores carry in comfort."""
LATENCY_GOAL_MS = 10.0
PAIRED_PROFILE = "three"
"""Three types, three groups, two priorities; see its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line said."""

    trace: Path | None = None
    profile: str = ""
    """A file, or the name of a profile that comes with the simulator."""
    scenario: str = ""
    """Its name, or `all`."""
    clock: Literal["real", "virtual", "both"] = "real"
    """`both`: the day is played in virtual time, then in real time, and the report sets them side by side."""
    plan: PlanOptions | None = None
    """What else it said, where a plan is asked for."""
    server: str = ""
    token: str = ""
    ca_file: str = ""
    center: str = ""
    json: Path | None = None
    page: Path | None = None
    svg: Path | None = None
    png: Path | None = None
    """Folders for the plots."""
    events: Path | None = None
    seed: int = 1
    speed: float = 0.0
    """0: the usual one of the day."""
    days: int = 1
    """Of so many seeds, from `seed` on."""

    @property
    def virtual(self) -> bool:
        return self.clock == "virtual"

    def name_center(self, prefix: str) -> str:
        """The center asked for. Else one that nobody else uses; on a virtual clock of our own always
        the same, so that runs of one seed are equal to the last byte."""
        if self.center:
            return self.center
        if self.virtual and not self.server:
            return prefix
        return f"{prefix}-{time.strftime('%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(2)}"


Checks = Callable[[Result], list[dict[str, Any]]]


async def replay(options: Options, console: Console) -> bool:
    """Replays a recorded day; True when every check passed."""
    assert options.trace is not None
    record = read_record(options.trace, options.seed)
    return await _play(record.day, options.speed or TRACE_SPEED, options, console, trace_checks, record=record)


async def demo(options: Options, console: Console) -> bool:
    """Plays the generated morning; True when every check passed."""
    day = generated.generated_day(options.seed)
    return await _play(day, options.speed or generated.SPEED, options, console, demo_checks)


async def draw(options: Options, console: Console) -> bool:
    """Plays a day drawn from a profile; True when every check passed. Raises ProfileError."""
    profile = load_profile(options.profile)
    speed = options.speed or min(TRACE_SPEED, CONTACTS_A_SECOND / profile.busiest)
    return await _play(profile.day(options.seed), speed, options, console, lambda _: [])


async def scenario(options: Options, console: Console) -> bool:
    """Plays one scenario or all, in virtual time; True when every check passed. Raises ScenarioError."""
    kinds = chosen(options.scenario)
    prefix = replace(options, clock="virtual").name_center("scenario")
    async with (
        router(options.server, virtual=True) as address,
        AcdClient(address, token=options.token or None, ca_file=options.ca_file) as client,
    ):
        with _events_file(options.events) as keep:
            played = await scenarios.play_all(client, prefix, kinds, options.seed, console, sink=keep)
    checks = scenarios.all_checks(played)
    failed = [line["name"] for line in checks if not line["pass"]]
    console.print(f"{len(played)} scenarios, {len(checks)} checks, {len(failed)} failed", highlight=False)
    write(options.json, checks, scenarios.report(played))
    return not failed


async def latency(options: Options, console: Console) -> bool:
    """Measures the idle router; True when the goal was met."""
    async with (
        router(options.server) as address,
        AcdClient(address, token=options.token or None, ca_file=options.ca_file) as client,
    ):
        found = percentiles_ms(await measure(client, options.name_center("latency")))
    checks = [
        check("enqueue to offer p50 ms", found["p50_ms"], f"< {LATENCY_GOAL_MS:g}", found["p50_ms"] < LATENCY_GOAL_MS)
    ]
    console.print(
        f"enqueue to offer on a feed, agent free, {found['count']} times: "
        f"p50 {found['p50_ms']:.1f} ms, p95 {found['p95_ms']:.1f} ms, p99 {found['p99_ms']:.1f} ms"
    )
    show_checks(console, checks)
    write(options.json, checks, {"enqueue_to_offer": found})
    return all(line["pass"] for line in checks)


async def erlang(options: Options, console: Console) -> bool:
    """Holds the router against Erlang C and A in virtual time; True when every figure agrees."""
    design = erlang_check.Design(seed=options.seed)
    days = {case: erlang_check.draw_days(case, design) for case in erlang_check.CASES}
    prefix = replace(options, clock="virtual").name_center("erlang")
    async with (
        router(options.server, virtual=True) as address,
        AcdClient(address, token=options.token or None, ca_file=options.ca_file) as client,
    ):

        async def play(center: str, day: Day) -> History:
            return (await VirtualRun(client, center, day).play()).history

        contacts = sum(len(sample.contacts) for samples in days.values() for sample in samples)
        with _contacts_bar(console, "days by the router", contacts) as done:
            played = await erlang_check.play_days(days, design, prefix, play, done)
    with _contacts_bar(console, "many more by fcfs", design.expectation * len(days)) as done:
        expected = erlang_check.expectations(list(days), design, done)
    lines = erlang_check.judge(days, played, expected, design)
    checks = erlang_report.checks(lines, played, design)
    erlang_report.show(console, lines, design)
    show_checks(console, checks)
    write(options.json, checks, erlang_report.details(lines, played, design))
    return all(line["pass"] for line in checks)


async def pair(options: Options, console: Console) -> bool:
    """Plays days by the router, in virtual time, and by the rules on paper; True when nothing differs."""
    profile = load_profile(options.profile or PAIRED_PROFILE)
    days = [profile.day(options.seed + number) for number in range(options.days)]
    prefix = replace(options, clock="virtual").name_center("paired")
    async with (
        router(options.server, virtual=True) as address,
        AcdClient(address, token=options.token or None, ca_file=options.ca_file) as client,
    ):

        async def play(center: str, day: Day) -> Result:
            return await VirtualRun(client, center, day).play()

        with _contacts_bar(console, "days by the router", sum(len(day.callers) for day in days)) as done:
            pairs = await paired.play_pairs(days, prefix, play, done)
    checks = paired.checks(pairs, options.days)
    paired.show(console, pairs)
    show_checks(console, checks)
    write(options.json, checks, paired.details(pairs))
    return all(line["pass"] for line in checks)


@contextlib.contextmanager
def _contacts_bar(console: Console, title: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar; what it gives is to be told of contacts that are done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("contacts"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as progress:
        bar = progress.add_task(title, total=total)
        yield lambda contacts: progress.advance(bar, contacts)


async def plan(options: Options, console: Console) -> bool:
    """Searches the smallest staffing; True when every check passed."""
    assert options.plan is not None
    return await run_plan(replace(options.plan, center=replace(options, clock="virtual").name_center("plan")), console)


WRONG_INPUT = (ProfileError, ScenarioError, TargetError, StateError)
"""What is raised, with a sentence, where a file or an option makes no sense."""
MODES: dict[str, Callable[[Options, Console], Coroutine[Any, Any, bool]]] = {
    "trace": replay,
    "generated": demo,
    "profile": draw,
    "scenario": scenario,
    "plan": plan,
    "latency": latency,
    "erlang": erlang,
    "paired": pair,
}
"""What the command can play, by its option."""


async def _play(
    day: Day, speed: float, options: Options, console: Console, more_checks: Checks, *, record: History | None = None
) -> bool:
    if options.clock == "both":
        result = await _run(day, speed, replace(options, clock="virtual"), console)
        beside = await _run(day, speed, replace(options, clock="real", events=None), console)
        checks = [
            {**line, "name": f"{clock} time: {line['name']}"}
            for clock, found in (("virtual", result), ("real", beside))
            for line in router_checks(found) + more_checks(found)
        ]
    else:
        result, beside = await _run(day, speed, options, console), None
        checks = router_checks(result) + more_checks(result)
    report = details(result, record, beside)
    show(console, report, checks)
    write(options.json, checks, report)
    _draw(options, report, checks, console)
    return all(line["pass"] for line in checks)


async def _run(day: Day, speed: float, options: Options, console: Console) -> Result:
    """Plays the day on a router of its own, or on the one given."""
    async with (
        router(options.server, virtual=options.virtual) as address,
        AcdClient(address, token=options.token or None, ca_file=options.ca_file) as client,
    ):
        center = options.name_center("sim")
        with _events_file(options.events) as keep:
            run: Run | VirtualRun = (
                VirtualRun(client, center, day, keep, ask_every=ASK_EVERY)
                if options.virtual
                else Run(client, center, day, speed, keep)
            )
            return await _with_progress(run, day, console)


def _draw(options: Options, report: dict[str, Any], checks: list[dict[str, Any]], console: Console) -> None:
    """The page and the plots, where they were asked for."""
    for kind, folder in (("svg", options.svg), ("png", options.png)):
        if folder is not None:
            paths = write_plots(folder, kind, report)
            console.print(f"plots: {len(paths)} {kind.upper()} files in {folder}", soft_wrap=True)
    if options.page is not None:
        write_page(options.page, report, checks)
        console.print(f"page: {options.page}", soft_wrap=True)


@contextlib.contextmanager
def _events_file(path: Path | None) -> Iterator[Callable[[Event], None] | None]:
    """What writes an event to the file, if there is to be one."""
    if path is None:
        yield None
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        yield lambda event: print(MessageToJson(event, indent=None, preserving_proto_field_name=True), file=file)


async def _with_progress(run: Run | VirtualRun, day: Day, console: Console) -> Result:
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("contacts"),
        TimeElapsedColumn(), TextColumn("{task.fields[open]} waiting or in hand"),
    )  # fmt: skip
    with Progress(*columns, console=console, auto_refresh=False) as progress:
        bar = progress.add_task(day.title, total=len(day.callers), open=0)

        async def refresh() -> None:
            while True:
                progress.update(bar, completed=run.ended, open=run.open, refresh=True)
                await asyncio.sleep(0.5)

        refreshing = asyncio.ensure_future(refresh())
        try:
            return await run.play()
        finally:
            refreshing.cancel()
            progress.update(bar, completed=run.ended, open=run.open, refresh=True)
