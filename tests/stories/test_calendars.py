"""Calendars: a center that opens and closes by itself."""

from datetime import UTC, datetime, timedelta

from google.protobuf.field_mask_pb2 import FieldMask

from acd.v1 import calendar_pb2, center_pb2
from tests.stories.conftest import Bank
from tests.support.wait import wait_until


async def give(bank: Bank, calendar: calendar_pb2.Calendar | None) -> None:
    center = center_pb2.Center(name=bank.name, calendar=calendar)
    await bank.client.centers.update_center(center=center, update_mask=FieldMask(paths=["calendar"]))


async def test_calendars(bank: Bank) -> None:
    """Open all week but today: it closes at once. A hand opens it; without the exception the week is as it was."""
    everyday = calendar_pb2.WeeklyHours(days=list(range(1, 8)), open="00:00", close="24:00")  # type: ignore[arg-type]  # days by number
    around = [datetime.now(UTC).date() + timedelta(days=days) for days in (-1, 0, 1)]
    closed = [calendar_pb2.CalendarException(date=day.isoformat()) for day in around]
    await bank.agent("ann", loans=5)
    await give(bank, calendar_pb2.Calendar(time_zone="UTC", weekly_hours=[everyday], exceptions=closed))
    await bank.happened("CENTER_CLOSED")

    async def computed() -> list[calendar_pb2.CalendarChange]:
        center = (await bank.client.centers.get_center(name=bank.name)).center
        return list(center.calendar_changes)

    changes = await wait_until(computed, "the next changes are computed")
    midnight = datetime.combine(around[2] + timedelta(days=1), datetime.min.time(), UTC)
    assert (changes[0].open, changes[0].time.ToDatetime(UTC)) == (True, midnight)
    await bank.client.centers.open_center(name=bank.name)
    await bank.call("call-1", loans=1)
    assert (await bank.offered("call-1"))[0] == "ann", "a hand holds until the next change"
    await bank.client.centers.close_center(name=bank.name)
    await give(bank, calendar_pb2.Calendar(time_zone="UTC", weekly_hours=[everyday]))
    await bank.happened("CENTER_OPENED", nth=2)
