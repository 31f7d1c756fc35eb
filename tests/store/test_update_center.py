from typing import Any

from acd_server.store import RequestKey
from tests.store.seeds import OFFER, SECOND, Seed
from tests.store.steps import changes, refuses, replays


async def update(seed: Seed, request: RequestKey | None = None, **values: Any) -> Any:
    return await seed.store.centers.update_center(seed.center, values, request=request)


async def test_only_what_is_named_changes(seed: Seed) -> None:
    before = await seed.store.centers.get_center(seed.center)
    async with changes(seed, {"center", "clock", "events"}, "CENTER_UPDATED"):
        found = await update(seed, wrap_up_time=0, auto_accept=True)
    assert found.policy.wrap_up_time.seconds == 0
    assert found.policy.auto_accept
    assert found.policy.offer_timeout == before.policy.offer_timeout
    assert found.display_name == before.display_name
    assert found.update_time.ToMicroseconds() > before.update_time.ToMicroseconds()
    assert (await update(seed, display_name="Später")).display_name == "Später"


async def test_deadlines_that_run_keep_their_length(seed: Seed) -> None:
    await seed.offered()
    async with changes(seed, {"center", "clock", "events"}, "CENTER_UPDATED") as step:
        await update(seed, offer_timeout=SECOND)
    assert step.after["deadlines"]["offer:call:1"] > seed.now + OFFER - SECOND


async def test_it_may_be_replayed_and_repeated(seed: Seed) -> None:
    await replays(seed, lambda request: update(seed, request, wrap_up_time=0))
    async with changes(seed, {"center", "clock", "events"}, "CENTER_UPDATED") as step:
        await update(seed, wrap_up_time=0)
    differing = {name for name, value in step.after["center"].items() if step.before["center"][name] != value}
    assert differing == {"update", "sequence"}


async def test_refusals(seed: Seed) -> None:
    ghost = Seed(seed.store, "ghost")
    await refuses(ghost, lambda r: update(ghost, r, wrap_up_time=0), "RESOURCE_NOT_FOUND", name="centers/ghost")
