"""`--policy FIELD=VALUE`: any field of a center's policy, by its name in the contract."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

import typer
from google.protobuf import json_format

from acd.v1.center_pb2 import CenterPolicy
from acd_server.cli._arguments import parse_duration
from acd_server.cli._overflow import parse_overflow

PolicyFields = Annotated[
    list[str] | None,
    typer.Option(
        "--policy",
        metavar="FIELD=VALUE",
        help="Any field of the policy, such as max_missed_offers=3; may be given several times. "
        "FIELD= sets it back; the words of a list are divided by commas, overflow rules by spaces.",
        show_default=False,
    ),
]


def set_policy(policy: CenterPolicy, texts: Sequence[str]) -> list[str]:
    """Sets the fields given in the policy; returns their names. `FIELD=` leaves it unset, for its default."""
    names = []
    for text in texts:
        name, separator, value = text.partition("=")
        field = CenterPolicy.DESCRIPTOR.fields_by_name.get(name)
        if field is None or not separator:
            raise typer.BadParameter(f"{text!r} is no field of the policy; write FIELD=VALUE")
        names.append(name)
        if value:
            _set(policy, field, value)
    return names


def _set(policy: CenterPolicy, field: Any, text: str) -> None:
    if field.name == "overflow_rules" and not text.startswith("["):
        policy.overflow_rules.extend(parse_overflow(word) for word in text.split())
    elif field.message_type is not None and field.is_repeated:
        try:
            json_format.ParseDict({field.name: json.loads(text)}, policy)
        except (ValueError, json_format.ParseError) as error:
            raise typer.BadParameter(f"{field.name} takes JSON as the API prints it: {error}") from error
    elif field.is_repeated:
        getattr(policy, field.name).extend(word.strip() for word in text.split(","))
    elif field.enum_type is not None:
        setattr(policy, field.name, _number(field, text))
    elif field.message_type is not None:
        getattr(policy, field.name).FromTimedelta(_duration(field, text))
    elif field.type == field.TYPE_BOOL:
        if text not in ("true", "false"):
            raise typer.BadParameter(f"{field.name} is true or false, not {text!r}")
        setattr(policy, field.name, text == "true")
    else:
        if not text.lstrip("-").isdecimal():
            raise typer.BadParameter(f"{field.name} is a whole number, not {text!r}")
        setattr(policy, field.name, int(text))


def _duration(field: Any, text: str) -> timedelta:
    try:
        return parse_duration(text)
    except typer.BadParameter as error:
        raise typer.BadParameter(f"{field.name}: {error.message}") from error


def _number(field: Any, text: str) -> int:
    """The number of an enum value in short: `longest-available`."""
    prefix = field.enum_type.values[0].name.removesuffix("UNSPECIFIED")
    value = field.enum_type.values_by_name.get(prefix + text.replace("-", "_").upper())
    if value is None or not value.number:
        known = ", ".join(
            each.name.removeprefix(prefix).lower().replace("_", "-") for each in field.enum_type.values[1:]
        )
        raise typer.BadParameter(f"{field.name} is one of {known}, not {text!r}")
    return int(value.number)
