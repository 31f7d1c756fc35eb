"""Messages as text for people: short enum names, local times, tables."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from rich.markup import escape
from rich.table import Table

from acd.v1.agent_pb2 import AgentSkill
from acd.v1.contact_pb2 import Assignment, OverflowRule, SkillRequirement
from acd_server.cli._overflow import overflow_text


def enum_name(message: Message, field: str) -> str:
    """The value's name without the enum's, in small letters: CONTACT_STATE_WRAP_UP is `wrap-up`; unset is empty."""
    return _enum_text(message.DESCRIPTOR.fields_by_name[field], getattr(message, field))


def short(name: str) -> str:
    """The last segment of a resource name."""
    return name.rpartition("/")[2]


def duration_text(seconds: float) -> str:
    """Seconds as people say them: 250ms, 12s, 4m 05s, 3h 10m."""
    if seconds and seconds < 1:
        return f"{seconds * 1000:g}ms"
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{round(seconds, 1):g}s"
    if seconds < 3600:  # noqa: PLR2004 - an hour
        return f"{int(seconds // 60)}m {int(seconds % 60):02}s"
    return f"{int(seconds // 3600)}h {int(seconds % 3600 // 60):02}m"


def time_text(timestamp: Timestamp) -> str:
    """Local time with milliseconds."""
    return timestamp.ToDatetime().astimezone().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def details(message: Message) -> str:
    """One line per field that is set, with rich's markup."""
    lines = list(_lines(message))
    width = max((len(name) for name, _ in lines), default=0)
    return "\n".join(f"[dim]{name:<{width}}[/dim]  {escape(text)}" for name, text in lines)


def table(messages: Iterable[Message], columns: Sequence[str]) -> Table:
    """One row per message, one column per field; `name` is shortened to its last segment."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column.replace("_", " "))
    for message in messages:
        shown.add_row(*(escape(_cell(message, column)) for column in columns))
    return shown


def _cell(message: Message, column: str) -> str:
    field = message.DESCRIPTOR.fields_by_name[column]
    return short(getattr(message, column)) if column == "name" else _text(field, message)


def _lines(message: Message, prefix: str = "") -> Iterator[tuple[str, str]]:
    for field, value in message.ListFields():
        nested = isinstance(value, Message) and not isinstance(value, Timestamp | Duration | Assignment)
        if nested:
            yield from _lines(value, f"{prefix}{field.name}.")
        else:
            yield f"{prefix}{field.name}", _text(field, message)


def _text(field: Any, message: Message) -> str:
    value = getattr(message, field.name)
    if field.is_repeated:
        entries = [f"{key}={entry}" for key, entry in value.items()] if hasattr(value, "items") else map(_scalar, value)
        return ", ".join(entries)
    if field.message_type and not message.HasField(field.name):
        return ""
    return _enum_text(field, value) if field.enum_type else _scalar(value)


def _enum_text(field: Any, number: int) -> str:
    enum = field.enum_type
    if enum is None or not number:
        return ""
    # A value of a newer release has no name here.
    value = enum.values_by_number.get(number)
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    return value.name.removeprefix(prefix).lower().replace("_", "-") if value else str(number)


def _scalar(value: Any) -> str:
    match value:
        case Timestamp():
            text = time_text(value)
        case Duration():
            text = duration_text(value.ToTimedelta() / timedelta(seconds=1))
        case AgentSkill():
            text = f"{value.skill_id}={value.level}"
        case OverflowRule():
            text = overflow_text(value)
        case SkillRequirement():
            text = f"{value.skill_id}={value.min_level}"
        case Assignment():
            agent = f" to {short(value.agent)}" if value.agent else ""
            text = f"{value.name} ({enum_name(value, 'state')}{agent})"
        case bool():
            text = "yes" if value else "no"
        case _:
            text = str(value)
    return text
