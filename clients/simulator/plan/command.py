"""`acd simulate --plan`: makes a plan, shows it, and holds it against the router."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from acd_client import AcdClient
from simulator.page.files import write_charts
from simulator.plan.confirm import Confirmed, confirm, confirm_checks, confirm_details, show_confirmed
from simulator.plan.days import Days
from simulator.plan.goal import Goal, Staffing
from simulator.plan.outcome import Form
from simulator.plan.picture import plan_chart
from simulator.plan.planner import make_plan
from simulator.plan.show import plan_checks, plan_details, show_plan
from simulator.profile import Profile, load_profile
from simulator.report import show_checks, write
from simulator.stage import router

STATE_SUFFIX = ".days.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """What the command line said of a plan."""

    profile: str
    """A file, or the name of a profile that comes with the simulator."""
    target: str
    abandon: str = ""
    form: Form = "against"
    each_type: bool = False
    days: int = 20
    """Days of the first, rough search."""
    confirm: int = 2
    """Days played through the router."""
    resume: Path | None = None
    """State file; without it one beside the report, if there is a report."""
    jobs: int = 0
    """Processes; 0: as many as there are cores."""
    seed: int = 1
    json: Path | None = None
    svg: Path | None = None
    png: Path | None = None
    """Folders for the picture of the curve."""
    server: str = ""
    """A router whose clock is virtual; without it one is started and stopped."""
    token: str = ""
    ca_file: str = ""
    center: str = ""

    @property
    def state(self) -> Path | None:
        return self.resume or (self.json and self.json.with_suffix(STATE_SUFFIX))


async def run_plan(options: PlanOptions, console: Console) -> bool:
    """True when every check passed. Raises ProfileError, TargetError, StateError, StageError, AcdClientError."""
    goal = Goal.parse(options.target, options.abandon, options.form, options.each_type)
    profile = load_profile(options.profile)
    policy = profile.policy.model_copy(update={"service_level_threshold": goal.threshold})
    profile = profile.model_copy(update={"policy": policy})
    bar = _Bar(console)
    with Days(profile, options.state, options.jobs or os.cpu_count() or 1, bar.count) as days, bar:
        found = await make_plan(profile, goal, days, say=bar.say, first_seed=options.seed, count=options.days)
        confirmed = await _confirm(
            options, bar,
            profile=profile, staffing=found.chosen.staffing, days=days, seeds=found.seeds[: options.confirm],
        )  # fmt: skip
    show_plan(console, profile, goal, found)
    show_confirmed(console, goal, confirmed)
    console.print(f"{days.simulated} days simulated, {days.reused} taken from the file of days", highlight=False)
    checks = plan_checks(found) + confirm_checks(goal, confirmed)
    show_checks(console, checks)
    more = plan_details(profile, goal, found) | {"router": confirm_details(goal, confirmed)}
    write(options.json, checks, more)
    for kind, folder in (("svg", options.svg), ("png", options.png)):
        if folder is not None:
            write_charts(folder, kind, [plan_chart(goal, found)])
    return all(line["pass"] for line in checks)


async def _confirm(
    options: PlanOptions, bar: "_Bar", *, profile: Profile, staffing: Staffing, days: Days, seeds: Sequence[int]
) -> list[Confirmed]:
    if not seeds:
        return []
    bar.say("starting a router")
    async with (
        router(options.server, virtual=True) as address,
        AcdClient(address, token=options.token or None, ca_file=options.ca_file) as client,
    ):
        return await confirm(
            client, options.center, profile=profile, staffing=staffing, days=days, seeds=seeds, say=bar.say
        )


class _Bar:
    """Days simulated of those asked for so far, and what is being done; a context."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            BarColumn(), MofNCompleteColumn(), TextColumn("days"), TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False), console=console,
        )  # fmt: skip
        self._task: TaskID = self._progress.add_task("starting")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def count(self, known: int, asked: int) -> None:
        self._progress.update(self._task, completed=known, total=asked)

    def say(self, what: str) -> None:
        self._progress.update(self._task, description=what)
