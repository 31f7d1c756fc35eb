"""The calendar of a center in a request."""

import json
import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from zoneinfo import available_timezones

from acd.v1 import calendar_pb2
from acd_server.validation._check import Check

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MAX_WEEKLY, MAX_EXCEPTIONS, MAX_HOURS = 100, 400, 10


@cache
def _zones() -> set[str]:
    return available_timezones()


def read_calendar(check: Check, calendar: calendar_pb2.Calendar, path: str = "center.calendar") -> str:
    """The calendar as it is kept: see `hours.Calendar`."""
    if calendar.time_zone not in _zones():
        check.add(f"{path}.time_zone", "must be the name of a time zone, such as Europe/Prague")
    weekly = []
    if len(calendar.weekly_hours) > MAX_WEEKLY:
        check.add(f"{path}.weekly_hours", f"must have at most {MAX_WEEKLY} entries")
    for i, hours in enumerate(calendar.weekly_hours[:MAX_WEEKLY]):
        at = f"{path}.weekly_hours[{i}]"
        weekly.append([_days(check, hours.days, f"{at}.days"), *_span(check, hours.open, hours.close, at)])
    exceptions: dict[str, list[list[int]]] = {}
    if len(calendar.exceptions) > MAX_EXCEPTIONS:
        check.add(f"{path}.exceptions", f"must have at most {MAX_EXCEPTIONS} entries")
    for i, exception in enumerate(calendar.exceptions[:MAX_EXCEPTIONS]):
        at = f"{path}.exceptions[{i}]"
        _date(check, exception.date, exceptions, f"{at}.date")
        if len(exception.hours) > MAX_HOURS:
            check.add(f"{at}.hours", f"must have at most {MAX_HOURS} entries")
        exceptions[exception.date] = [
            _span(check, hours.open, hours.close, f"{at}.hours[{j}]")
            for j, hours in enumerate(exception.hours[:MAX_HOURS])
        ]
    return json.dumps(
        {
            "time_zone": calendar.time_zone,
            "weekly": weekly,
            "exceptions": exceptions,
            "expire_waiting": calendar.expire_waiting,
        }
    )


def _days(check: Check, days: Iterable[int], path: str) -> list[int]:
    found = sorted(set(days))
    if not found:
        check.add(path, "is required")
    for day in found:
        if not check.enum(calendar_pb2.Weekday, day, path) and day == calendar_pb2.WEEKDAY_UNSPECIFIED:
            check.add(path, "must be days of the week")
    return found


def _date(check: Check, text: str, known: Iterable[str], path: str) -> None:
    try:
        right = bool(_DATE.fullmatch(text)) and date.fromisoformat(text)
    except ValueError:
        right = False
    if not right:
        check.add(path, "must be a date such as 2026-12-25")
    elif text in known:
        check.add(path, "is listed twice")


def _span(check: Check, start: str, end: str, path: str) -> list[int]:
    """Opening and closing in minutes of the day."""
    minutes = []
    for name, text in (("open", start), ("close", end)):
        if not _TIME.fullmatch(text) or (name == "open" and text == "24:00"):
            check.add(f"{path}.{name}", "must be a time such as 09:00")
            return [0, 1]
        minutes.append(int(text[:2]) * 60 + int(text[3:]))
    if minutes[0] >= minutes[1]:
        check.add(f"{path}.close", "must be later than open")
    return minutes
