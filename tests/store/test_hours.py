"""Calendars become instants: both changes of the clocks, nights, exceptions. No store is needed."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from acd_server.hours import Change, next_changes

PRAGUE = ZoneInfo("Europe/Prague")
MON_FRI = [1, 2, 3, 4, 5]


def at(text: str, zone: str = "Europe/Prague", fold: int = 0) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return round(moment.timestamp() * 1_000_000)


def minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def calendar(
    *weekly: tuple[list[int], str, str], zone: str = "Europe/Prague", **exceptions: list[str]
) -> dict[str, object]:
    return {
        "time_zone": zone,
        "weekly": [[days, minutes(start), minutes(end)] for days, start, end in weekly],
        "exceptions": {
            name.removeprefix("d").replace("_", "-"): [[minutes(part[:5]), minutes(part[6:])] for part in hours]
            for name, hours in exceptions.items()
        },
    }


def test_a_working_week() -> None:
    """Friday afternoon: it closes, and opens on Monday."""
    is_open, changes = next_changes(calendar((MON_FRI, "09:00", "17:30")), at("2026-11-27T16:00"))
    assert is_open
    assert changes[:3] == [
        Change(at("2026-11-27T17:30"), open=False),
        Change(at("2026-11-30T09:00"), open=True),
        Change(at("2026-11-30T17:30"), open=False),
    ]
    assert len(changes) == 8


def test_a_change_that_is_now_has_come() -> None:
    days = calendar((MON_FRI, "09:00", "17:30"))
    is_open, changes = next_changes(days, at("2026-11-27T09:00"))
    assert (is_open, changes[0].at) == (True, at("2026-11-27T17:30"))
    is_open, changes = next_changes(days, at("2026-11-27T17:30"))
    assert (is_open, changes[0].at) == (False, at("2026-11-30T09:00"))


def test_the_night_when_clocks_go_forward() -> None:
    """29 March 2026: 02:00 becomes 03:00. 02:30 is 03:30 by the new time, and a night shift is an hour shorter."""
    everyday = list(range(1, 8))
    now = at("2026-03-28T23:00")
    _, changes = next_changes(calendar((everyday, "02:30", "05:00")), now)
    assert changes[0] == Change(at("2026-03-29T03:30"), open=True)
    _, changes = next_changes(calendar((everyday, "01:00", "04:00")), now)
    assert changes[1].at - changes[0].at == 2 * 3_600_000_000
    assert changes[3].at - changes[2].at == 3 * 3_600_000_000
    _, changes = next_changes(calendar((MON_FRI, "09:00", "17:30")), now)
    assert changes[0].at == at("2026-03-30T09:00"), "nine is nine before and after"


def test_the_night_when_clocks_go_back() -> None:
    """25 October 2026: 03:00 becomes 02:00. It opens the first and closes the second time it is half past two."""
    everyday = list(range(1, 8))
    now = at("2026-10-24T23:00")
    _, changes = next_changes(calendar((everyday, "02:30", "05:00")), now)
    assert changes[0] == Change(at("2026-10-25T02:30", fold=0), open=True)
    assert changes[1].at - changes[0].at == 3.5 * 3_600_000_000
    _, changes = next_changes(calendar((everyday, "01:00", "02:30")), now)
    assert changes[1] == Change(at("2026-10-25T02:30", fold=1), open=False)
    assert changes[1].at - changes[0].at == 2.5 * 3_600_000_000


def test_hours_that_meet_are_one() -> None:
    """A night over midnight, and a day in two overlapping halves: no change between."""
    days = calendar(([5], "22:00", "24:00"), ([6], "00:00", "06:00"), ([6], "05:00", "07:00"))
    is_open, changes = next_changes(days, at("2026-11-27T23:30"))
    assert is_open
    assert changes[0] == Change(at("2026-11-28T07:00"), open=False)
    assert changes[1] == Change(at("2026-12-04T22:00"), open=True)


def test_days_that_differ() -> None:
    """Christmas is closed, New Year's Eve short, a Sunday open for once."""
    days = calendar(
        (MON_FRI, "09:00", "17:00"),
        d2026_12_25=[],
        d2026_12_27=["10:00-12:00"],
        d2026_12_31=["09:00-12:00", "13:00-14:00"],
    )
    _, changes = next_changes(days, at("2026-12-24T18:00"), count=100)
    opens = [change.at for change in changes if change.open]
    assert opens[:3] == [at("2026-12-27T10:00"), at("2026-12-28T09:00"), at("2026-12-29T09:00")]
    assert [change.at for change in changes if at("2026-12-31T00:00") < change.at < at("2027-01-01T00:00")] == [
        at("2026-12-31T09:00"),
        at("2026-12-31T12:00"),
        at("2026-12-31T13:00"),
        at("2026-12-31T14:00"),
    ]


@pytest.mark.parametrize(("days", "is_open"), [([], False), ([1, 2, 3, 4, 5, 6, 7], True)])
def test_never_and_always(days: list[int], *, is_open: bool) -> None:
    weekly = [(days, "00:00", "24:00")] if days else []
    assert next_changes(calendar(*weekly), at("2026-11-27T12:00")) == (is_open, [])


def test_another_half_of_the_world() -> None:
    """Lord Howe moves its clocks by half an hour."""
    days = calendar((MON_FRI, "09:00", "17:00"), zone="Australia/Lord_Howe")
    _, changes = next_changes(days, at("2026-10-03T12:00", "Australia/Lord_Howe"))
    assert changes[0].at == at("2026-10-05T09:00", "Australia/Lord_Howe")
    assert changes[1].at - changes[0].at == 8 * 3_600_000_000
