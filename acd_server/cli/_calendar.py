"""Calendars on the command line: `mon-fri=09:00-17:30`, `2026-12-25=`."""

from collections.abc import Iterable

import typer

from acd.v1.calendar_pb2 import CalendarException, Hours, WeeklyHours

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def parse_weekly(text: str) -> WeeklyHours:
    """`mon-fri=09:00-17:30`, `sat,sun=10:00-12:00`."""
    days, separator, hours = text.partition("=")
    if not separator:
        raise typer.BadParameter(f"{text!r} are no hours; write DAYS=OPEN-CLOSE, such as mon-fri=09:00-17:30")
    numbers = [number for part in days.split(",") for number in _range(part)]
    found = _hours(hours)
    return WeeklyHours(days=numbers, open=found.open, close=found.close)  # type: ignore[arg-type]  # days by number


def parse_exception(text: str) -> CalendarException:
    """`2026-12-25=` is closed, `2026-12-31=09:00-12:00,13:00-14:00` has other hours."""
    date, separator, hours = text.partition("=")
    if not separator:
        raise typer.BadParameter(f"{text!r} is no exception; write DATE= or DATE=OPEN-CLOSE")
    return CalendarException(date=date, hours=[_hours(part) for part in hours.split(",") if part])


def _hours(text: str) -> Hours:
    start, separator, end = text.partition("-")
    if not separator:
        raise typer.BadParameter(f"{text!r} are no hours; write OPEN-CLOSE, such as 09:00-17:30")
    return Hours(open=start, close=end)


def _range(text: str) -> Iterable[int]:
    first, _, last = text.partition("-")
    if first not in _DAYS or (last or first) not in _DAYS:
        raise typer.BadParameter(f"{text!r} are no days; write them like mon or mon-fri")
    start, end = _DAYS.index(first), _DAYS.index(last or first)
    return [number % 7 + 1 for number in range(start, end + 1 + 7 * (end < start))]
