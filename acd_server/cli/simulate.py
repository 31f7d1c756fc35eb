"""`acd simulate`: plays days against a router and checks what it did."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from acd_server.cli import _simulate_options as _options
from acd_server.cli._arguments import own_token
from acd_server.cli._process import runner

NO_DAY = ("scenario", "plan", "latency", "erlang", "paired")
"""Modes that play no single day, which a page could show."""
NO_PLOTS = ("scenario", "latency", "erlang", "paired")
ALWAYS_VIRTUAL = ("scenario", "plan", "erlang", "paired")
LEAST_DAYS = 2
"""From one day nobody can say how much days differ."""


def command(  # noqa: PLR0917 - typer makes options of them all
    trace: _options.Trace = None,
    generated: _options.Generated = False,
    profile: _options.Profile = "",
    scenario: _options.Scenario = "",
    plan: _options.Plan = "",
    latency: _options.Latency = False,
    erlang: _options.Erlang = False,
    paired: _options.Paired = False,
    clock: _options.Clock = "real",
    speed: _options.Speed = None,
    seed: _options.Seed = 1,
    days: _options.Days = 20,
    server: _options.Server = "",
    token: _options.Token = "",
    ca_file: _options.CaFile = "",
    center: _options.Center = "",
    target: _options.Target = "80/20",
    abandon: _options.Abandon = "",
    form: _options.Form = "against",
    each_type: _options.EachType = False,
    confirm: _options.Confirm = 2,
    resume: _options.Resume = None,
    jobs: _options.Jobs = 0,
    json: _options.Json = None,
    page: _options.Page = None,
    svg: _options.Svg = None,
    png: _options.Png = None,
    events: _options.Events = None,
) -> None:
    """Play a day of contacts through the API, judge the order, keep two books, report; or plan a staffing.

    Exits 1 when a check fails, 2 when the arguments make no sense, 3 when there is no router.
    """
    wanted = {"trace": trace is not None, "generated": generated, "scenario": bool(scenario), "plan": bool(plan)}
    wanted |= {"latency": latency, "erlang": erlang, "paired": paired, "profile": bool(profile) and not paired}
    mode = _only(wanted)
    if (clock == "virtual" or mode in ALWAYS_VIRTUAL) and speed is not None:
        raise typer.BadParameter("--speed is for the real clock: the virtual one is as fast as it goes")
    if mode == "plan" and days < LEAST_DAYS:
        raise typer.BadParameter(f"--days: a plan takes at least {LEAST_DAYS}")
    if clock == "both" and server:
        raise typer.BadParameter("--clock both takes two routers of its own: leave out --server")
    if (mode in NO_DAY and page) or (mode in NO_PLOTS and (svg or png)):
        raise typer.BadParameter(f"--{mode} plays no single day, which a page or plots could show")
    _prepare(page=page, svg=svg, png=png, json=json, events=events)
    played = {
        "trace": trace, "profile": profile, "scenario": scenario, "clock": clock, "speed": speed or 0.0,
        "days": days, "page": page, "events": events,
    }  # fmt: skip
    planned = {
        "profile": plan, "target": target, "abandon": abandon, "form": form, "each_type": each_type,
        "days": days, "confirm": confirm, "resume": resume, "jobs": jobs,
    }  # fmt: skip
    how = {
        "server": server, "token": own_token(token) or "", "ca_file": ca_file if server else "", "center": center,
        "seed": seed, "json": json, "svg": svg, "png": png,
    }  # fmt: skip
    raise typer.Exit(_run(mode, played | how, planned | how))


def _only(wanted: dict[str, bool]) -> str:
    """The one thing that is to be played; raises BadParameter."""
    chosen = [name for name, given in wanted.items() if given]
    if len(chosen) != 1:
        raise typer.BadParameter(f"give exactly one of {', '.join(f'--{name}' for name in wanted)}")
    return chosen[0]


def _prepare(*, page: Path | None, svg: Path | None, png: Path | None, json: Path | None, events: Path | None) -> None:
    """Finds out before the day is played, not after it, what could not be written; raises BadParameter."""
    from simulator.page.png import missing  # noqa: PLC0415 - other commands need not wait for it

    if png is not None and missing():
        raise typer.BadParameter(f"--png: {missing()}")
    folders = {"--svg": svg, "--png": png}
    folders |= {f"--{name}": path.parent for name, path in (("page", page), ("json", json), ("events", events)) if path}
    for option, folder in folders.items():
        try:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise typer.BadParameter(f"{option}: {folder} cannot be made: {error.strerror}") from error


def _run(mode: str, played: dict[str, Any], planned: dict[str, Any]) -> int:
    """The exit status."""
    from acd_client import AcdClientError  # noqa: PLC0415 - as above
    from simulator import main  # noqa: PLC0415 - as above
    from simulator.plan.command import PlanOptions  # noqa: PLC0415 - as above
    from simulator.report import show_fault  # noqa: PLC0415 - as above
    from simulator.stage import StageError  # noqa: PLC0415 - as above

    console = Console()
    options = main.Options(**played, plan=PlanOptions(**planned))
    ended = 3
    try:
        with runner() as own:
            ended = 0 if own.run(main.MODES[mode](options, console)) else 1
    except* (StageError, AcdClientError) as group:
        for error in group.exceptions:
            show_fault(console, str(error))
    except* main.WRONG_INPUT as faults:
        for fault in faults.exceptions:
            show_fault(console, str(fault))
        ended = 2
    return ended
