from acd.v1 import center_pb2, contact_pb2
from acd_server.store import RequestKey
from tests.store.seeds import Seed
from tests.store.steps import changes, refuses, repeats, replays, watched


async def close(seed: Seed, request: RequestKey | None = None, *, expire: bool = False) -> center_pb2.Center:
    return await seed.store.centers.close_center(seed.center, expire_waiting=expire, request=request)


async def test_a_closed_center_takes_and_offers_nothing_more(seed: Seed) -> None:
    await seed.active()
    await seed.agent("ben")
    await seed.enqueue("waiting")
    async with changes(seed, {"center", "clock", "events"}, "CENTER_CLOSED"):
        found = await close(seed)
    assert found.state == center_pb2.CENTER_STATE_CLOSED
    assert await seed.match_once() == ([], False)
    assert not (await seed.store.dispatch.get_work(seed.center)).matchable
    await seed.complete()
    await seed.finish()


async def test_those_who_wait_can_be_expired_in_steps(seed: Seed) -> None:
    for name in ("a", "b", "c"):
        await seed.enqueue(name)
    async with changes(seed, {"center", "clock", "events", "jobs", "deadlines"}, "CENTER_CLOSED") as step:
        await close(seed, expire=True)
    assert step.after["deadlines"]["job:close"] == int(step.events[0]["time"])
    async with watched(seed) as step:
        assert await seed.fire(2) == (1, True)
    assert step.types == ["CONTACT_EXPIRED", "CONTACT_EXPIRED"]
    await seed.advance(1)
    async with watched(seed) as step:
        await seed.fire(2)
    assert step.types == ["CONTACT_EXPIRED", "CENTER_SETTLED"]
    assert "jobs" not in step.after
    contact = await seed.store.contacts.get_contact(seed.center, "c")
    assert contact.state == contact_pb2.CONTACT_STATE_EXPIRED
    assert contact.end_reason == contact_pb2.END_REASON_CENTER_CLOSED


async def test_who_comes_back_to_the_queue_after_the_closing_stays(seed: Seed) -> None:
    await seed.active("served", "ann")
    await seed.enqueue("waiting")
    await close(seed, expire=True)
    await seed.requeue("served")
    await seed.advance(10)
    await seed.fire()
    states = {name: (await seed.store.contacts.get_contact(seed.center, name)).state for name in ("served", "waiting")}
    assert states == {
        "served": contact_pb2.CONTACT_STATE_QUEUED,
        "waiting": contact_pb2.CONTACT_STATE_EXPIRED,
    }


async def test_closing_ends_the_job_of_an_opening(seed: Seed) -> None:
    await close(seed)
    await seed.agent("ann", presence="NOT_READY")
    await seed.store.centers.open_center(seed.center, make_available=True, request=None)
    async with changes(seed, {"center", "clock", "events", "jobs", "deadlines"}, "CENTER_CLOSED") as step:
        await close(seed)
    assert "deadlines" not in step.after


async def test_it_may_be_repeated_and_replayed(seed: Seed) -> None:
    await replays(seed, lambda request: close(seed, request))
    await repeats(seed, lambda request: close(seed, request))


async def test_closing_a_closed_center_can_still_expire_those_who_wait(seed: Seed) -> None:
    await seed.enqueue("call")
    await close(seed)
    async with changes(seed, {"center", "clock", "events", "jobs", "deadlines"}, "CENTER_CLOSED"):
        await close(seed, expire=True)


async def test_a_repeat_spares_those_who_came_back_in_the_meantime(seed: Seed) -> None:
    await close(seed, expire=True)
    await seed.fire()
    async with changes(seed, {"clock"}):
        await close(seed, expire=True)


async def test_refusals(seed: Seed) -> None:
    ghost = Seed(seed.store, "ghost")
    await refuses(ghost, lambda r: close(ghost, r), "RESOURCE_NOT_FOUND", name="centers/ghost")
