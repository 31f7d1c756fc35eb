"""One step of the virtual clock: who acts, where the clock goes, and what else changes (nothing)."""

import json
from typing import Any

from acd_server.store import scripts
from acd_server.store.simulation import Step
from tests.store.seeds import MAX_WAIT, OFFER, RETRY, SECOND, WRAP_UP, Seed
from tests.store.steps import changes, document, refuses, watched

SEEN_ALL = 10**9


async def advance(seed: Seed, latest: int, seen_sequence: int = SEEN_ALL, *, nudge: bool = False) -> Step:
    return await seed.store.simulation.advance_clock(
        seed.center, latest=latest, seen_sequence=seen_sequence, nudge=nudge
    )


async def sequence(seed: Seed) -> int:
    return int(await seed.command("HGET", "@clock", "sequence"))


async def take_over(seed: Seed) -> Step:
    """The first call: from here on dispatchers act in their turn only. Sees every event."""
    return await advance(seed, 0)


async def test_refusals(seed: Seed) -> None:
    ghost = Seed(seed.store, "ghost")
    await refuses(ghost, lambda _: advance(ghost, 1), "RESOURCE_NOT_FOUND", name="centers/ghost")


async def test_with_nothing_to_do_the_clock_goes_to_the_time_asked_for(seed: Seed) -> None:
    latest = seed.now + 1234 * SECOND
    async with changes(seed, {"turn", "virtual_time"}) as step:
        assert await advance(seed, latest) == Step("rest", latest, await sequence(seed))
    assert (step.after["turn"], step.after["virtual_time"]) == (b"caller", str(latest).encode())
    await seed.enqueue("call")
    assert (await seed.store.contacts.get_contact(seed.center, "call")).enqueue_time.ToMicroseconds() == latest


async def test_a_time_that_is_past_moves_nothing(seed: Seed) -> None:
    await seed.enqueue("call")
    at = (await take_over(seed)).now
    async with changes(seed, set()):
        for latest in (0, seed.now, at):
            assert await advance(seed, latest) == Step("rest", at, await sequence(seed))


async def test_the_clock_is_not_behind_a_burst_of_transitions(seed: Seed) -> None:
    for number in range(5):
        await seed.enqueue(f"call-{number}")
    newest = int(await seed.command("HGET", "@clock", "stamp"))
    assert newest > seed.now
    found = await advance(seed, seed.now)
    assert (found.found, found.now) == ("rest", newest)
    assert (await advance(seed, newest + 1)).now == newest + 1
    await seed.enqueue("late")
    assert (await seed.store.contacts.get_contact(seed.center, "late")).enqueue_time.ToMicroseconds() == newest + 1


async def test_what_the_caller_has_not_seen_stops_the_clock(seed: Seed) -> None:
    await take_over(seed)
    await seed.enqueue("call")
    newest = await sequence(seed)
    at = int(await seed.command("HGET", "@clock", "stamp"))
    async with changes(seed, set()):
        assert await advance(seed, at + SECOND, newest - 1) == Step("events", at, newest)
    assert await advance(seed, at + SECOND, newest) == Step("rest", at + SECOND, newest)


async def test_the_clock_waits_for_who_computes_the_calendar(seed: Seed) -> None:
    """The deadline of a change is over, but a server has still to say what comes next, and may obey a new calendar."""
    await take_over(seed)
    calendar = {"time_zone": "UTC", "weekly": [[[5], 540, 1020]], "exceptions": {}, "expire_waiting": False}
    changed: dict[str, Any] = {"calendar": json.dumps(calendar), "calendar_expires": False}
    await seed.store.centers.update_center(seed.center, changed, request=None)
    at = int(await seed.command("HGET", "@clock", "stamp"))
    assert (await advance(seed, at + SECOND)).found == "busy", "the new calendar is due at once"
    await scripts.fire_deadlines(seed.store.client, seed.center, max_count=10)
    for _ in range(2):
        assert (await advance(seed, at + 60 * SECOND)).found == "busy", "and now a server computes"
    await seed.store.calendars.refresh(seed.center)
    now = (await advance(seed, at)).now
    assert await advance(seed, at + SECOND // 2) == Step("rest", max(now, at + SECOND // 2), await sequence(seed))


async def test_the_clock_stops_at_each_deadline_which_fires_at_its_very_microsecond(seed: Seed) -> None:
    await seed.offered()
    await take_over(seed)
    due = int(await seed.command("ZSCORE", "@deadlines", "offer:call:1"))
    async with changes(seed, {"turn", "virtual_time"}) as step:
        assert await advance(seed, due + 1000 * SECOND) == Step("moved", due, await sequence(seed))
    assert (step.after["turn"], step.after["virtual_time"]) == (b"dispatchers", str(due).encode())
    async with changes(seed, set()):
        assert (await advance(seed, due + 1000 * SECOND)).found == "busy"
    async with watched(seed) as step:
        assert await seed.fire() == (1, False)
    assert [(event["type"], int(event["time"])) for event in step.events] == [("CONTACT_MISSED", due)]


async def test_a_deadline_at_the_latest_time_is_reached(seed: Seed) -> None:
    await seed.offered()
    due = int(await seed.command("ZSCORE", "@deadlines", "offer:call:1"))
    assert (await advance(seed, due - 1)).found == "rest"
    assert (await advance(seed, due)).found == "moved"


async def test_before_the_first_call_dispatchers_act_when_they_like(seed: Seed) -> None:
    await seed.agent("ann")
    await seed.enqueue("call")
    work = await seed.store.dispatch.get_work(seed.center)
    assert work.matchable
    assert work.due_in is not None
    assert work.due_in > 0
    assert await seed.match() == [("call", 1, "ann")]


async def test_between_two_calls_nothing_is_matched_and_nothing_fires(seed: Seed) -> None:
    await take_over(seed)
    await seed.agent("ann")
    await seed.enqueue("call")
    await seed.store.skills.delete_skill(seed.center, "sales", force=True, request=None)
    async with changes(seed, set()):
        assert await seed.store.dispatch.get_work(seed.center) == (False, None, 1)
        assert await seed.match_once() == ([], False)
        assert await seed.fire() == (0, False)


async def test_in_their_turn_dispatchers_fire_what_is_due_and_then_match(seed: Seed) -> None:
    await take_over(seed)
    await seed.agent("ann")
    await seed.enqueue("call")
    await seed.store.skills.delete_skill(seed.center, "sales", force=True, request=None)
    async with changes(seed, {"turn"}) as step:
        assert (await advance(seed, 0)).found == "busy"
    assert step.after["turn"] == b"dispatchers"
    async with changes(seed, set()):
        assert await seed.store.dispatch.get_work(seed.center) == (False, 0, 1)
        assert await seed.match_once() == ([], False)
    assert await seed.fire() == (1, False)
    assert await seed.store.dispatch.get_work(seed.center) == (True, None, 1)
    assert await seed.match() == [("call", 1, "ann")]
    assert await seed.store.dispatch.get_work(seed.center) == (False, None, 0)
    async with changes(seed, {"turn"}) as step:
        assert (await advance(seed, 0)).found == "rest"
    assert step.after["turn"] == b"caller"


async def test_a_closed_center_is_at_rest_though_it_has_something_to_match(seed: Seed) -> None:
    await take_over(seed)
    await seed.agent("ann")
    await seed.enqueue("call")
    await seed.store.centers.close_center(seed.center, expire_waiting=False, request=None)
    assert (await advance(seed, 0)).found == "rest"
    await seed.store.centers.open_center(seed.center, make_available=False, request=None)
    assert (await advance(seed, 0)).found == "busy"


async def test_a_call_goes_from_deadline_to_deadline(seed: Seed) -> None:
    """Offer, bar, offer, wrap-up and maximum wait, each at its exact time."""
    await seed.offered()
    offered = int(document((await _space(seed)), "contact:call")["assignments"][0]["offered"])
    assert await _next(seed) == offered + OFFER
    assert await _next(seed) == offered + OFFER + RETRY
    again = int(document((await _space(seed)), "contact:call")["assignments"][1]["offered"])
    assert again == offered + OFFER + RETRY + 1, "a microsecond after the bar was lifted"
    await seed.accept(number=2)
    await seed.complete(number=2)
    ended = int(document((await _space(seed)), "contact:call")["assignments"][1]["service_ended"])
    assert await _next(seed) == ended + WRAP_UP
    await seed.store.agents.set_agent_state(seed.center, "ann", presence="OFFLINE", reason="", request=None)
    await seed.enqueue("late")
    enqueued = int(document((await _space(seed)), "contact:late")["enqueue"])
    assert await _next(seed) == enqueued + MAX_WAIT
    assert document(await _space(seed), "contact:late")["ended"] == str(enqueued + MAX_WAIT)


async def _space(seed: Seed) -> dict[str, object]:
    async with watched(seed) as step:
        pass
    return step.after


async def _next(seed: Seed) -> int:
    """Goes to the next deadline and lets the dispatchers do all there is. Returns its time."""
    while (found := await advance(seed, seed.now + 10_000 * SECOND)).found == "busy":
        await seed.fire()
        await seed.match()
    assert found.found == "moved"
    at = found.now
    while (await advance(seed, at)).found == "busy":
        await seed.fire()
        await seed.match()
    return at


async def test_each_center_has_a_clock_of_its_own(seed: Seed) -> None:
    other = Seed(seed.store, "other")
    await other.start()
    async with changes(seed, set()):
        assert (await advance(other, other.now + SECOND)).now == other.now + SECOND


async def test_a_nudge_wakes_the_dispatchers_again(seed: Seed) -> None:
    await take_over(seed)
    await seed.agent("ann")
    await seed.enqueue("call")
    for nudge, expected in ((False, 1), (False, 0), (True, 1)):
        before = await _published(seed)
        assert (await advance(seed, 0, nudge=nudge)).found == "busy"
        assert await _published(seed) - before == expected


async def _published(seed: Seed) -> int:
    """How often scripts have published a wake-up on the center's node."""
    told = (await seed.command("INFO", "commandstats")).decode()
    lines = [line for line in told.splitlines() if line.startswith("cmdstat_publish:")]
    return int(lines[0].split("calls=")[1].split(",")[0]) if lines else 0
