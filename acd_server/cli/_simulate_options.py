"""The options of `acd simulate`, one name each, so that the command itself can be read."""

from pathlib import Path
from typing import Annotated, Literal

import typer

WHAT = "What to play (give one)"
HOW = "How"
PLAN = "Of a plan"
REPORT = "What to write"

Trace = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="Replay this recorded day.", rich_help_panel=WHAT)
]
Generated = Annotated[
    bool, typer.Option("--generated", help="Play a generated busy morning: the demo.", rich_help_panel=WHAT)
]
Profile = Annotated[
    str,
    typer.Option(
        metavar="FILE|NAME", help="Play a day drawn from this profile of a contact centre.", rich_help_panel=WHAT
    ),
]
Scenario = Annotated[
    str,
    typer.Option(
        metavar="NAME|all",
        help="Play a scenario of routing, or all, in virtual time, with figures and checks of its own.",
        rich_help_panel=WHAT,
    ),
]
Plan = Annotated[
    str,
    typer.Option(
        metavar="FILE|NAME", help="Search the smallest staffing of this contact centre.", rich_help_panel=WHAT
    ),
]
Latency = Annotated[
    bool, typer.Option("--latency", help="Measure enqueue to offer on an idle router.", rich_help_panel=WHAT)
]
Erlang = Annotated[
    bool,
    typer.Option("--erlang", help="Hold the router against Erlang C and A, in virtual time.", rich_help_panel=WHAT),
]
Paired = Annotated[
    bool,
    typer.Option(
        "--paired",
        help="Hold the router against the rules, step by step, in virtual time; on days of --profile [three].",
        rich_help_panel=WHAT,
    ),
]

Clock = Annotated[
    Literal["real", "virtual", "both"],
    typer.Option(
        help="Real time, compressed; or virtual: repeatable, as fast as it goes; or both, side by side.",
        rich_help_panel=HOW,
    ),
]
Speed = Annotated[
    float | None,
    typer.Option(
        min=0.1, help="Times faster than the clock. [240; demo 110; a busy profile less]", rich_help_panel=HOW
    ),
]
Seed = Annotated[int, typer.Option(help="Same seed, same callers and agents.", rich_help_panel=HOW)]
Days = Annotated[
    int,
    typer.Option(
        min=1,
        help="Days to pair, from --seed on; or of a plan's rough search, the fine one takes three times more.",
        rich_help_panel=HOW,
    ),
]
Server = Annotated[str, typer.Option(help="Router to use; without it one is started and stopped.", rich_help_panel=HOW)]
Token = Annotated[str, typer.Option(envvar="ACD_TOKEN", help="Bearer token for the router.", rich_help_panel=HOW)]
CaFile = Annotated[
    str,
    typer.Option(envvar="ACD_CA_FILE", help="Speak TLS with --server: see `acd status --help`.", rich_help_panel=HOW),
]
Center = Annotated[str, typer.Option(help="Id of the center to create, else a new one.", rich_help_panel=HOW)]

Target = Annotated[
    str,
    typer.Option(metavar="PERCENT/SECONDS", help="Share to be answered, and within how long.", rich_help_panel=PLAN),
]
Abandon = Annotated[
    str, typer.Option(metavar="PERCENT", help="And at most this share may hang up.", rich_help_panel=PLAN)
]
Form = Annotated[
    Literal["against", "ignored", "met"],
    typer.Option(help="What hang-ups within the time are to the service level.", rich_help_panel=PLAN),
]
EachType = Annotated[
    bool, typer.Option("--each-type", help="Every contact type must reach it, not only all.", rich_help_panel=PLAN)
]
Confirm = Annotated[
    int, typer.Option(min=0, help="Days that the router must confirm, in virtual time.", rich_help_panel=PLAN)
]
Resume = Annotated[
    Path | None,
    typer.Option(
        dir_okay=False,
        help="Keep simulated days in this file, and go on with it. [beside --json]",
        rich_help_panel=PLAN,
    ),
]
Jobs = Annotated[int, typer.Option(min=0, help="Processes. [one a core]", rich_help_panel=PLAN)]

Json = Annotated[
    Path | None, typer.Option(dir_okay=False, help="Write the report to this file.", rich_help_panel=REPORT)
]
Page = Annotated[
    Path | None,
    typer.Option(
        dir_okay=False, help="Write the report as one HTML page, with plots, to this file.", rich_help_panel=REPORT
    ),
]
Svg = Annotated[
    Path | None,
    typer.Option(file_okay=False, help="Write the plots as SVG to this folder.", rich_help_panel=REPORT),
]
Png = Annotated[
    Path | None,
    typer.Option(
        file_okay=False, help="Write the plots as PNG to this folder; needs matplotlib.", rich_help_panel=REPORT
    ),
]
Events = Annotated[
    Path | None,
    typer.Option(
        dir_okay=False, help="Write every event to this file, one JSON object a line.", rich_help_panel=REPORT
    ),
]
