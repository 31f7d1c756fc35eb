"""Commands whose plain values typer need not read answer as typer's own would."""

from typing import Annotated, Any

import pytest
import typer
from typer.core import TyperCommand
from typer.testing import CliRunner

from acd_server.cli import build
from acd_server.cli._plain import PlainCommand

GIVEN = [
    [],
    *(["--number", text] for text in ("0", "1", "2", "007", "100", "101", "9" * 5000, "-1", "+3", "1_0", "3.0")),
    *(["--number", text] for text in ("3.5", "1e1", "", " 7 ", "x", "٣", "²")),
    *(["--free", text] for text in ("-5", "123456789", "1234567890", "9" * 5000, "٣")),
    *(["--text", text] for text in ("", "x", " x ", "é", "\udcff", "a\nb")),
    ["--number"],
    ["--parsed", "3"],
    ["--choice", "b"],
    ["--choice", "c"],
    ["--many", "1", "--many", "2"],
    ["--many", "x"],
    ["--checked", "3"],
    ["--checked", "4"],
    ["--sure"],
    ["--no-sure"],
    ["--unknown"],
    ["extra"],
    ["extra", "extra"],
    ["--help"],
]


def _odd(value: int | None) -> int | None:
    if value is not None and value % 2 == 0:
        raise typer.BadParameter("must be odd")
    return value


def _told(value: list[int] | None) -> list[int] | None:
    typer.echo(ascii(value))
    return value


def _outcome(cls: type[TyperCommand], arguments: list[str]) -> tuple[int, str]:
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)

    def command(
        place: Annotated[str, typer.Argument(help="An argument that must be given.")],
        number: Annotated[int | None, typer.Option(min=2, max=100)] = None,
        free: Annotated[int, typer.Option()] = 3,
        text: Annotated[str | None, typer.Option()] = None,
        parsed: Annotated[int | None, typer.Option(parser=lambda given: int(given) + 100)] = None,
        choice: Annotated[Any, typer.Option(parser=lambda given: {"a": 1, "b": 2}[given])] = None,
        many: Annotated[list[int] | None, typer.Option(callback=_told)] = None,
        checked: Annotated[int | None, typer.Option(callback=_odd)] = None,
        sure: Annotated[bool | None, typer.Option()] = None,
    ) -> None:
        typer.echo(ascii((place, number, free, text, parsed, choice, many, checked, sure)))

    app.command(cls=cls)(command)
    ended = CliRunner().invoke(app, arguments)
    return ended.exit_code, ended.output or ascii(ended.exception)


@pytest.mark.parametrize("before", [["place"], []])
@pytest.mark.parametrize("arguments", GIVEN, ids=lambda given: " ".join(given)[:30])
def test_a_plain_command_answers_as_typer_does(arguments: list[str], before: list[str]) -> None:
    given = [*before, *arguments]
    assert _outcome(PlainCommand, given) == _outcome(TyperCommand, given)


def test_every_command_is_plain() -> None:
    group: Any = typer.main.get_command(build())
    commands = [deep for outer in group.commands.values() for deep in getattr(outer, "commands", {"": outer}).values()]
    assert len(commands) > len(group.commands)
    assert {type(command) for command in commands} == {PlainCommand}
