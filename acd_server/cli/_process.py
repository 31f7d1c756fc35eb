"""What the commands that run a part of the router have in common."""

import asyncio
import gc
import os
from collections.abc import Coroutine
from typing import Any

import structlog
import typer

from acd_server.config import ConfigError, Settings, load, unknown_variables
from acd_server.telemetry import configure_logging

YOUNG_OBJECTS = 20_000
"""Objects made, less those freed, before Python looks for cycles among them; its own 700 suit small programs.
An event to a thousand feeds makes thousands at once where a hundred thousand live, and the looking took a third
of the time of the loop."""


def configured(**arguments: Any) -> Settings:
    """The settings, with the logs set up by them; ends the command (2) when they are wrong."""
    try:
        settings = load(**arguments)
    except ConfigError as error:
        typer.echo(f"acd: {error}", err=True)
        raise typer.Exit(2) from error
    configure_logging(settings.log_level, settings.log_format)
    for sentence in unknown_variables(os.environ):
        typer.echo(f"acd: {sentence}", err=True)
    if settings.failpoints:
        _arm(settings.failpoints)
    return settings


def _arm(failpoints: str) -> None:
    from acd_server.failpoints import FailpointsError, arm  # noqa: PLC0415 - only where a test asks for it

    try:
        arm(failpoints)
    except FailpointsError as error:
        typer.echo(f"acd: ACD_FAILPOINTS: {error}", err=True)
        raise typer.Exit(2) from error
    structlog.get_logger("acd_server").warning("failpoints_armed", failpoints=failpoints)


def run(main: Coroutine[Any, Any, None]) -> None:
    """Runs a part on uvloop where there is one; ends the command (1) when it cannot start."""
    try:
        with runner() as own:
            own.run(main)
    except _cannot_start() as error:  # asked for only when something is raised
        typer.echo(f"acd: {error}", err=True)
        raise typer.Exit(1) from error


def _cannot_start() -> tuple[type[Exception], ...]:
    from acd_server.auth import TokensFileError  # noqa: PLC0415 - the start is quicker without
    from acd_server.embedded import EmbeddedStoreError  # noqa: PLC0415 - as above

    return OSError, ConfigError, TokensFileError, EmbeddedStoreError


def runner() -> asyncio.Runner:
    """For a process that runs for long: on uvloop where there is one, and looking for garbage seldom."""
    gc.set_threshold(YOUNG_OBJECTS)
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return asyncio.Runner()
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)
