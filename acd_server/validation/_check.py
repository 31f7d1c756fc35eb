"""Checks of single fields, and the collector that raises what they find at once.

A check returns the checked value, or a stand-in after noting what is wrong. No
stand-in is ever used: leaving the `with Check()` block raises first.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import TracebackType
from typing import Any, Self, TypeVar

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from acd_server import names
from acd_server.errors import AcdError, FieldViolation
from acd_server.policy import SECOND

T = TypeVar("T")

MAX_SKILLS = 64
MAX_ATTRIBUTES = 32
MAX_KEY_BYTES = 64
MAX_VALUE_BYTES = 1024
MAX_DISPLAY_NAME = 128
MAX_REASON = 64
MAX_PAGE_SIZE = 1000
DEFAULT_PAGE_SIZE = 50

_NANOS = 1_000_000_000
_YEAR_2200 = 7_258_118_400  # seconds since the epoch
# A status travels in HTTP/2 trailers, which many clients cut at 8 KiB.
_MAX_VIOLATIONS = 16
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# C0, DEL, C1 and the two line ends of Unicode: a name is one line on a terminal.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Check:
    """Collects the violations of one request.

    As a context manager it raises INVALID_FIELD at the end of the block when a
    field is wrong. The error names all of them, up to 16.
    """

    def __init__(self) -> None:
        self._invalid: list[FieldViolation] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._raise_violations()

    def _raise_violations(self) -> None:
        if not self._invalid:
            return
        shown = tuple(self._invalid[:_MAX_VIOLATIONS])
        more = len(self._invalid) - len(shown)
        message = "; ".join(f"{violation.field}: {violation.description}" for violation in shown)
        raise AcdError(
            "INVALID_FIELD",
            f"{message}; and {more} more" if more else message,
            fields=shown,
            field=shown[0].field,
        )

    def add(self, field: str, description: str) -> None:
        """Notes that a field is wrong. Texts from the request must not be part of either."""
        self._invalid.append(FieldViolation(field, description))

    # -- names and ids

    def _parse(self, parse: Callable[[str, str], T], value: str, field: str, stand_in: T) -> T:
        try:
            return parse(value, field)
        except AcdError as error:
            self._invalid.extend(error.fields)
            return stand_in

    def center(self, value: str, field: str = "parent") -> str:
        return self._parse(names.parse_center, value, field, "")

    def agent(self, value: str, field: str = "name") -> names.AgentName:
        return self._parse(names.parse_agent, value, field, names.AgentName("", ""))

    def skill(self, value: str, field: str = "name") -> names.SkillName:
        return self._parse(names.parse_skill, value, field, names.SkillName("", ""))

    def contact(self, value: str, field: str = "name") -> names.ContactName:
        return self._parse(names.parse_contact, value, field, names.ContactName("", ""))

    def assignment(self, value: str, field: str = "name") -> names.AssignmentName:
        return self._parse(names.parse_assignment, value, field, names.AssignmentName("", "", 0))

    def slug(self, value: str, field: str) -> str:
        return self._parse(names.check_slug, value, field, "")

    def id(self, value: str, field: str) -> str:
        return self._parse(names.check_id, value, field, "")

    def request_id(self, value: str) -> None:
        if value and not _UUID.fullmatch(value):
            self.add("request_id", "must be a UUID such as 6ba7b810-9dad-41d1-80b4-00c04fd430c8")

    # -- values

    def enum(self, enum: Any, value: int, field: str) -> str:
        """The value's name without the prefix of its enum; "" for the unspecified one.

        `enum` is the generated enum, whose value 0 ends in `UNSPECIFIED`.
        """
        name = _names(enum).get(value)
        if name is None:
            self.add(field, "has a number that is not in the enum")
        return name or ""

    def duration(self, value: Duration, field: str, low: int, high: int) -> int:
        """Microseconds, between `low` and `high` inclusive; finer parts are cut off."""
        nanos_ok = abs(value.nanos) < _NANOS and not (value.seconds > 0 > value.nanos)
        microseconds = value.seconds * SECOND + value.nanos // 1000
        if not nanos_ok or not low <= microseconds <= high:
            self.add(field, f"must be between {_seconds(low)} and {_seconds(high)}")
            return low
        return microseconds

    def time(self, value: Timestamp, field: str) -> int:
        """Microseconds since the epoch, before the year 2200; finer parts are cut off.

        Scores of sorted sets are exact up to 2**53: until 2255, with room for deadlines.
        """
        if not 0 <= value.nanos < _NANOS or not 0 <= value.seconds < _YEAR_2200:
            self.add(field, "must be between 1970-01-01T00:00:00Z and 2200-01-01T00:00:00Z")
            return 0
        return value.seconds * SECOND + value.nanos // 1000

    def display_name(self, value: str, field: str) -> str:
        return self.line(value, field, MAX_DISPLAY_NAME)

    def line(self, value: str, field: str, limit: int) -> str:
        """One line of text of at most `limit` characters (code points)."""
        if len(value) > limit:
            self.add(field, f"must have at most {limit} characters")
        elif _CONTROL.search(value):
            self.add(field, "must not contain control characters")
        return value

    def words(self, values: Iterable[str], field: str, most: int, longest: int) -> list[str]:
        """Lines of text, none of them blank, each once."""
        words = list(values)
        if len(words) > most:
            self.add(field, f"must have at most {most} entries")
            return []
        for i, word in enumerate(words):
            self.line(word, f"{field}[{i}]", longest)
            if not word.strip():
                self.add(f"{field}[{i}]", "must not be blank")
            elif word in words[:i]:
                self.add(f"{field}[{i}]", "is listed twice")
        return words

    def attributes(self, value: Mapping[str, str], field: str) -> dict[str, str]:
        """Keys are one line; values are any text, kept as they are (NUL too)."""
        if not value:
            return {}
        if len(value) > MAX_ATTRIBUTES:
            self.add(field, f"must have at most {MAX_ATTRIBUTES} entries")
            return {}
        for key, text in sorted(value.items()):
            if not 1 <= len(key.encode()) <= MAX_KEY_BYTES or _CONTROL.search(key):
                self.add(field, f"must have keys of 1 to {MAX_KEY_BYTES} bytes without control characters")
            elif len(text.encode()) > MAX_VALUE_BYTES:
                self.add(field, f"must have values of at most {MAX_VALUE_BYTES} bytes; that of {key!a} is longer")
        return dict(value)

    def priority(self, value: int, field: str) -> int:
        return self.between(value, field, 0, 9)

    def level(self, value: int, field: str) -> int:
        """A level of a skill, 1 to 10; 0 means 1."""
        return self.between(value, field, 0, 10) or 1

    def between(self, value: int, field: str, low: int, high: int) -> int:
        if not low <= value <= high:
            self.add(field, f"must be between {low} and {high}")
            return low
        return value

    def levels(self, skills: Iterable[tuple[str, int]], field: str, level_field: str) -> dict[str, int]:
        """Skill id → level; at most 64, each once."""
        items = list(skills)
        if len(items) > MAX_SKILLS:
            self.add(field, f"must have at most {MAX_SKILLS} entries")
            return {}
        levels: dict[str, int] = {}
        for i, (skill_id, level) in enumerate(items):
            skill = self.slug(skill_id, f"{field}[{i}].skill_id")
            if skill and skill in levels:
                self.add(f"{field}[{i}].skill_id", "is listed twice")
            levels[skill] = self.level(level, f"{field}[{i}].{level_field}")
        return levels

    def count(self, value: int, field: str, default: int, limit: int) -> int:
        """How many to return or to do: 0 is the default, more than the limit the limit."""
        if value < 0:
            self.add(field, "must not be negative")
        return min(value, limit) if value > 0 else default

    def page_size(self, value: int) -> int:
        return self.count(value, "page_size", DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)

    def mask(self, paths: Iterable[str], known: frozenset[str], field: str = "update_mask") -> frozenset[str]:
        """The paths of an update mask; `*` is all of `known`, and empty stays empty."""
        given = frozenset(paths)
        if not given <= known | {"*"}:
            self.add(field, f"must name only {', '.join(sorted(known))}, or *")
        return known if "*" in given else given


@cache
def _names(enum: Any) -> dict[int, str]:
    """Number → name without prefix; the enum's own look-up takes several times as long."""
    known = enum.DESCRIPTOR.values_by_number
    prefix = known[0].name.removesuffix("UNSPECIFIED")
    return {number: value.name.removeprefix(prefix) if number else "" for number, value in known.items()}


def _seconds(microseconds: int) -> str:
    return f"{microseconds / SECOND:g}s"
