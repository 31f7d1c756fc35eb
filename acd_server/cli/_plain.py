"""Commands whose plain values typer need not read.

typer reads every value by pydantic, also that of an option which nobody gave, and importing pydantic takes as long as
all of our own modules together. Most options are not given, and what is given is mostly a whole number or a text.
"""

from typing import Any

from typer import Context
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

Parameter = TyperOption | TyperArgument

MOST_DIGITS = 9
"""Python reads longer numbers, though not endless ones: those are typer's to refuse."""


class PlainCommand(TyperCommand):
    """A command of typer's that reads plain values itself."""

    def get_params(self, ctx: Any) -> Any:
        return _plain(super().get_params(ctx))


class PlainGroup(TyperGroup):
    """A group of typer's that reads plain values itself."""

    def get_params(self, ctx: Any) -> Any:
        return _plain(super().get_params(ctx))


def _plain(parameters: Any) -> Any:
    for parameter in parameters:
        # typer makes its parameters itself, and asks nobody for their class.
        parameter.get_runtime_param = _Reader
    return parameters


class _Reader:
    """Stands for what typer reads values by, which is made only when it is needed."""

    def coerce(self, value: Any, param: Parameter, ctx: Context) -> Any:
        """What typer would make of the value; it does so itself unless that is plain to see."""
        if value is None or (type(value) is str and _is_of(str, param)):
            return value
        if (number := _plain_number(param, value)) is not None:
            return number
        return type(param).get_runtime_param(param).coerce(value, param=param, ctx=ctx)


def _plain_number(param: Parameter, value: Any) -> int | None:
    """The whole number that the value is, or has the digits of, within the limits; else None."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MOST_DIGITS:
        value = int(value)
    if not _is_of(int, param) or type(value) is not int:
        return None
    inside = (param.min is None or value >= param.min) and (param.max is None or value <= param.max)
    return value if inside else None


def _is_of(kind: type, param: Parameter) -> bool:
    """Whether the kind, and its limits, say all of a value."""
    described = param.type_descriptor
    return described.annotation is kind and not described.parameter_info.parser
