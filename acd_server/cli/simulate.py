"""`acd simulate`: plays a day against a router and checks what it did."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from acd_server.cli._process import loop_factory


def command(  # noqa: PLR0917 - typer makes options of them all
    trace: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Replay this recorded day.")] = None,
    generated: Annotated[bool, typer.Option("--generated", help="Play a generated busy morning: the demo.")] = False,
    latency: Annotated[bool, typer.Option("--latency", help="Measure enqueue to offer on an idle router.")] = False,
    speed: Annotated[float | None, typer.Option(min=0.1, help="Times faster than the clock. [240; demo 110]")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
    server: Annotated[str, typer.Option(help="Router to use; without it one is started and stopped.")] = "",
    token: Annotated[str, typer.Option(envvar="ACD_TOKEN", help="Bearer token for the router.")] = "",
    seed: Annotated[int, typer.Option(help="Same seed, same callers and agents.")] = 1,
    center: Annotated[str, typer.Option(help="Id of the center to create. [a new one]")] = "",
) -> None:
    """Play a day of contacts through the API, judge the order, keep two books, report.

    Exits 1 when a check fails, 2 when the arguments make no sense, 3 when there is no router.
    """
    from acd_client import AcdClientError  # noqa: PLC0415 - other commands need not wait for it
    from simulator import main  # noqa: PLC0415 - as above
    from simulator.report import show_fault  # noqa: PLC0415 - as above
    from simulator.stage import StageError  # noqa: PLC0415 - as above

    if sum((trace is not None, generated, latency)) != 1:
        raise typer.BadParameter("give exactly one of --trace FILE, --generated, --latency")
    options = main.Options(server, token, center, json, seed, speed or 0.0)
    console = Console()
    if trace is not None:
        play = main.replay(trace, options, console)
    elif generated:
        play = main.demo(options, console)
    else:
        play = main.latency(options, console)
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            passed = runner.run(play)
    except* (StageError, AcdClientError) as group:
        for error in group.exceptions:
            show_fault(console, str(error))
        ended = 3
    else:
        ended = 0 if passed else 1
    raise typer.Exit(ended)
