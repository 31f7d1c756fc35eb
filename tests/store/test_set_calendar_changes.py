"""A center obeys its calendar: `get_calendar`, `set_calendar_changes`, and the deadline of the next change."""

import json
from typing import Any

import pytest

from acd.v1 import center_pb2, contact_pb2
from acd_server.store import scripts
from tests.store.seeds import SECOND, START, Seed
from tests.store.steps import changes, refuses, watched

HOUR = 3600 * SECOND
CENTER = {"center", "deadlines", "clock", "events"}
# START is 2027-01-15 08:00 UTC, a Friday.


def calendar(start: int = 9, end: int = 17, **more: Any) -> str:
    given = {"time_zone": "UTC", "weekly": [[[1, 2, 3, 4, 5], start * 60, end * 60]], "exceptions": {}}
    return json.dumps({**given, "expire_waiting": False, **more})


async def give(seed: Seed, text: str) -> None:
    expires = bool(text) and json.loads(text)["expire_waiting"]
    changed = {"calendar": text, "calendar_expires": expires}
    await seed.store.centers.update_center(seed.center, changed, request=None)


async def center(seed: Seed) -> center_pb2.Center:
    return await seed.store.centers.get_center(seed.center)


async def state(seed: Seed) -> str:
    return center_pb2.CenterState.Name((await center(seed)).state).removeprefix("CENTER_STATE_")


async def test_a_new_calendar_is_obeyed_at_once(seed: Seed) -> None:
    async with changes(seed, CENTER, "CENTER_UPDATED"):
        await give(seed, calendar())
    await seed.advance(SECOND // 2)
    async with changes(seed, CENTER, "CENTER_UPDATED", "CENTER_CLOSED") as step:
        await seed.fire()
    found = await center(seed)
    assert found.state == center_pb2.CENTER_STATE_CLOSED, "it is eight in the morning"
    assert step.after["deadlines"] == {"hours:": START + HOUR}
    assert len(found.calendar_changes) == 8
    assert (found.calendar_changes[0].time.ToMicroseconds(), found.calendar_changes[0].open) == (START + HOUR, True)
    assert found.calendar.weekly_hours[0].open == "09:00"


async def running(seed: Seed, **more: Any) -> None:
    await give(seed, calendar(**more))
    await seed.advance(SECOND // 2)
    await seed.fire()


async def test_it_opens_and_closes_by_itself(seed: Seed) -> None:
    await running(seed)
    await seed.set_clock(START + HOUR)
    async with changes(seed, CENTER, "CENTER_OPENED", "CENTER_UPDATED"):
        await seed.fire()
    assert await state(seed) == "OPEN"
    assert len((await center(seed)).calendar_changes) == 8, "computed anew"
    await seed.set_clock(START + 9 * HOUR + 5 * SECOND)
    await seed.fire()
    assert await state(seed) == "CLOSED", "late, and yet closed"
    async with changes(seed, set()):
        await seed.fire()


async def test_a_hand_holds_until_the_next_change(seed: Seed) -> None:
    await running(seed)
    await seed.store.centers.open_center(seed.center, make_available=False, request=None)
    await seed.advance(60 * SECOND)
    await seed.fire()
    assert await state(seed) == "OPEN"
    await seed.set_clock(START + HOUR)
    await seed.fire()
    await seed.store.centers.close_center(seed.center, expire_waiting=False, request=None)
    await seed.set_clock(START + 9 * HOUR)
    await seed.fire()
    assert await state(seed) == "CLOSED"
    await seed.set_clock(START + 3 * 24 * HOUR + HOUR)
    await seed.fire()
    assert await state(seed) == "OPEN", "Monday, nine"


@pytest.mark.parametrize("expire", [True, False])
async def test_what_becomes_of_those_who_wait(seed: Seed, *, expire: bool) -> None:
    await seed.policy(max_wait=48 * HOUR)
    await running(seed, start=8, expire_waiting=expire)
    await seed.enqueue("call")
    await seed.set_clock(START + 9 * HOUR)
    async with watched(seed) as step:
        await seed.fire()
        await seed.advance(10)
        await seed.fire()
    found = await seed.store.contacts.get_contact(seed.center, "call")
    assert (found.state == contact_pb2.CONTACT_STATE_EXPIRED) == expire
    assert ("CONTACT_EXPIRED" in step.types) == expire


async def test_without_a_calendar_nothing_happens(seed: Seed) -> None:
    await running(seed)
    async with watched(seed) as step:
        await give(seed, "")
    assert "deadlines" not in step.after
    found = await center(seed)
    assert not found.HasField("calendar")
    assert not found.calendar_changes
    await seed.store.calendars.refresh(seed.center)
    assert not (await center(seed)).calendar_changes


async def test_changes_of_an_older_calendar_are_not_taken(seed: Seed) -> None:
    await running(seed)
    async with changes(seed, {"clock"}):
        await scripts.set_calendar_changes(
            seed.store.client, seed.center, revision="0", state="OPEN", changes=f"{START} OPEN"
        )
    async with changes(seed, {"clock"}):
        await seed.store.calendars.refresh(seed.center)


async def test_until_a_server_has_computed_the_deadline_comes_again(seed: Seed) -> None:
    await give(seed, calendar())
    await seed.advance(SECOND // 2)
    await scripts.fire_deadlines(seed.store.client, seed.center, max_count=1)
    assert (await center(seed)).state == center_pb2.CENTER_STATE_OPEN
    await seed.advance(SECOND)
    await seed.fire()
    assert await state(seed) == "CLOSED"


async def test_a_center_may_be_created_with_one(seed: Seed) -> None:
    await seed.store.centers.create_center(
        f"{seed.center}-2", display_name="", policy={}, calendar=calendar(8), request=None
    )
    other = Seed(seed.store, f"{seed.center}-2")
    await other.set_clock(START + 12 * HOUR)
    await other.fire()
    assert await state(other) == "CLOSED"


async def test_always_open_looks_again_in_a_month(seed: Seed) -> None:
    weekly = [[[1, 2, 3, 4, 5, 6, 7], 0, 1440]]
    await running(seed, weekly=weekly)
    async with watched(seed) as step:
        pass
    assert step.after["deadlines"]["hours:"] > seed.now + 29 * 24 * HOUR


async def test_refusals(seed: Seed) -> None:
    await refuses(seed, lambda _: seed.store.calendars.refresh("ghost"), "RESOURCE_NOT_FOUND", name="centers/ghost")
    await refuses(
        seed,
        lambda _: scripts.set_calendar_changes(seed.store.client, "ghost", revision="1", state="OPEN", changes=""),
        "RESOURCE_NOT_FOUND",
    )
