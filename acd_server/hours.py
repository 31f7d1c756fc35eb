"""Opening hours: when a calendar opens and closes a center, as instants.

Wall times of a place become instants here and nowhere else; scripts compare instants. A
time that comes twice, when clocks go back, opens at its first and closes at its second
occurrence; one that does not exist, when they go forward, stands for the one as much
after the change.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

CHANGES = 8
"""Changes that are computed ahead."""

HORIZON_DAYS = 800
"""Days that are looked at: exceptions may close a center for a year and more."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Calendar = Mapping[str, Any]
"""`time_zone`; `weekly`: list of [weekdays (1 Monday), open, close]; `exceptions`: date → list of [open, close];
times in minutes of the day."""


class Change(NamedTuple):
    at: int
    """Microseconds since the epoch."""
    open: bool


def next_changes(calendar: Calendar, now: int, count: int = CHANGES) -> tuple[bool, list[Change]]:
    """Whether the calendar is open at `now` (us), and the changes after it, at most `count`."""
    zone = ZoneInfo(calendar["time_zone"])
    today = (_EPOCH + now * _MICROSECOND).astimezone(zone).date()
    is_open, changes = False, list[Change]()
    for opens, closes in _spans(calendar, zone, today - timedelta(days=2)):
        if closes is not None and closes <= now:
            continue
        if opens <= now:
            is_open = True
        else:
            changes.append(Change(opens, open=True))
        if closes is not None:
            changes.append(Change(closes, open=False))
        if len(changes) >= count:
            break
    return is_open, changes[:count]


def _spans(calendar: Calendar, zone: ZoneInfo, first: date) -> Iterator[tuple[int, int | None]]:
    """From opening to closing (None: never), as instants; those that meet are one."""
    opens = closes = None
    for day in range(HORIZON_DAYS):
        for start, end in sorted(_hours(calendar, first + timedelta(days=day))):
            begin = _instant(first + timedelta(days=day), start, zone, fold=0)
            finish = _instant(first + timedelta(days=day), end, zone, fold=1)
            if closes is not None and begin <= closes:
                closes = max(closes, finish)
                continue
            if opens is not None and closes is not None:
                yield opens, closes
            opens, closes = begin, finish
    if opens is None or closes is None:
        return
    # What is still open at the horizon has no end that anybody knows.
    end = _instant(first + timedelta(days=HORIZON_DAYS - 1), 0, zone, fold=0)
    yield opens, closes if closes < end else None


def _hours(calendar: Calendar, day: date) -> list[list[int]]:
    """Hours of a day in minutes."""
    exception = calendar["exceptions"].get(day.isoformat())
    if exception is not None:
        return list(exception)
    return [[start, end] for days, start, end in calendar["weekly"] if day.isoweekday() in days]


def _instant(day: date, minutes: int, zone: ZoneInfo, *, fold: int) -> int:
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001 - its zone comes next
    local = wall.replace(tzinfo=zone, fold=fold)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall:
        local = wall.replace(tzinfo=zone, fold=0)  # it does not exist: the offset before the change moves it on
    return (local - _EPOCH) // _MICROSECOND
