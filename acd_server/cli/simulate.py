"""`acd simulate`: plays days against a router and checks what it did."""

import asyncio
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from acd_server.cli._process import loop_factory

WHAT = "What to play (give one)"
HOW = "How"

Profile = Annotated[
    str,
    typer.Option(
        metavar="FILE|NAME", help="Play a day drawn from this profile of a contact centre.", rich_help_panel=WHAT
    ),
]
Erlang = Annotated[
    bool,
    typer.Option("--erlang", help="Hold the router against Erlang C and A, in virtual time.", rich_help_panel=WHAT),
]


def command(  # noqa: PLR0917 - typer makes options of them all
    trace: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Replay this recorded day.", rich_help_panel=WHAT)
    ] = None,
    generated: Annotated[
        bool, typer.Option("--generated", help="Play a generated busy morning: the demo.", rich_help_panel=WHAT)
    ] = False,
    profile: Profile = "",
    latency: Annotated[
        bool, typer.Option("--latency", help="Measure enqueue to offer on an idle router.", rich_help_panel=WHAT)
    ] = False,
    erlang: Erlang = False,
    clock: Annotated[
        Literal["real", "virtual"],
        typer.Option(help="Real time, compressed; or virtual: repeatable, as fast as it goes.", rich_help_panel=HOW),
    ] = "real",
    speed: Annotated[
        float | None,
        typer.Option(
            min=0.1, help="Times faster than the clock. [240; demo 110; a busy profile less]", rich_help_panel=HOW
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same callers and agents.", rich_help_panel=HOW)] = 1,
    server: Annotated[
        str, typer.Option(help="Router to use; without it one is started and stopped.", rich_help_panel=HOW)
    ] = "",
    token: Annotated[
        str, typer.Option(envvar="ACD_TOKEN", help="Bearer token for the router.", rich_help_panel=HOW)
    ] = "",
    center: Annotated[str, typer.Option(help="Id of the center to create. [a new one]", rich_help_panel=HOW)] = "",
    json: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
    events: Annotated[Path | None, typer.Option(help="Write every event to this file, one JSON object a line.")] = None,
) -> None:
    """Play a day of contacts through the API, judge the order, keep two books, report.

    Exits 1 when a check fails, 2 when the arguments make no sense, 3 when there is no router.
    """
    from simulator import main  # noqa: PLC0415 - other commands need not wait for it

    wanted: dict[str, bool] = {"trace": trace is not None, "generated": generated, "profile": bool(profile)}
    wanted |= {"latency": latency, "erlang": erlang}
    chosen = [name for name, given in wanted.items() if given]
    if len(chosen) != 1:
        raise typer.BadParameter(f"give exactly one of {', '.join(f'--{name}' for name in wanted)}")
    if (clock == "virtual" or erlang) and speed is not None:
        raise typer.BadParameter("--speed is for the real clock: the virtual one is as fast as it goes")
    options = main.Options(
        trace=trace,
        profile=profile,
        clock=clock,
        server=server,
        token=token,
        center=center,
        json=json,
        events=events,
        seed=seed,
        speed=speed or 0.0,
    )
    raise typer.Exit(_run(chosen[0], options))


def _run(mode: str, options: Any) -> int:
    """The exit status."""
    from acd_client import AcdClientError  # noqa: PLC0415 - as above
    from simulator import main  # noqa: PLC0415 - as above
    from simulator.profile import ProfileError  # noqa: PLC0415 - as above
    from simulator.report import show_fault  # noqa: PLC0415 - as above
    from simulator.stage import StageError  # noqa: PLC0415 - as above

    console = Console()
    ended = 3
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            ended = 0 if runner.run(main.MODES[mode](options, console)) else 1
    except* (StageError, AcdClientError) as group:
        for error in group.exceptions:
            show_fault(console, str(error))
    except* ProfileError as faults:
        for fault in faults.exceptions:
            show_fault(console, str(fault))
        ended = 2
    return ended
