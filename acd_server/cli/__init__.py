"""The command `acd`: runs the parts of the router, and operates it over gRPC.

Each sub-command is a module of this package with a function `command` or a group `app`.
Only the one that is asked for is imported, so that it starts quickly.
"""

import importlib
import sys

import typer

from acd_server.cli._plain import PlainCommand, PlainGroup
from acd_server.cli._quick import uncollected, without

COMMANDS = (
    "dev",
    "serve",
    "dispatch",
    "center",
    "skills",
    "agents",
    "contacts",
    "watch",
    "status",
    "simulate",
    "settings",
    "token",
    "migrate",
)


def build(only: str = "") -> typer.Typer:
    """The whole command, or the part of it that is needed for one sub-command."""
    app = typer.Typer(cls=PlainGroup, no_args_is_help=True, pretty_exceptions_enable=False)

    @app.callback()
    def root() -> None:
        """Contact-centre router: run it, operate it, simulate a day."""

    with without("rich"):
        importlib.import_module("structlog")
    for name in (only,) if only in COMMANDS else COMMANDS:
        module = importlib.import_module(f"acd_server.cli.{name}")
        if hasattr(module, "app"):
            for command in module.app.registered_commands:
                command.cls = PlainCommand
            app.add_typer(module.app, name=name, cls=PlainGroup)
        else:
            app.command(name, cls=PlainCommand)(module.command)
    return app


def main() -> None:
    with uncollected():
        command = typer.main.get_command(build(sys.argv[1] if len(sys.argv) > 1 else ""))
    command(prog_name="acd")
