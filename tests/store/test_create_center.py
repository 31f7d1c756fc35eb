import pytest

from acd.v1 import center_pb2
from acd_server.errors import AcdError
from acd_server.store import RequestKey, Store
from tests.store.consistency import dump
from tests.store.seeds import POLICY, SECOND, START, Seed
from tests.store.steps import events_of, refuses, replays


@pytest.fixture
async def bare(store: Store, center: str) -> Seed:
    """A center that does not exist yet."""
    seed = Seed(store, center)
    await seed.set_clock(START)
    return seed


async def create(seed: Seed, request: RequestKey | None = None, name: str = "Center") -> center_pb2.Center:
    return await seed.store.centers.create_center(seed.center, display_name=name, policy=POLICY, request=request)


async def test_a_center_is_created_open_and_listed(bare: Seed) -> None:
    found = await create(bare)
    space = await dump(bare.store, bare.center)
    assert space.keys() == {"virtual_time", "center", "clock", "events"}
    assert found.name == f"centers/{bare.center}"
    assert found.state == center_pb2.CENTER_STATE_OPEN
    assert found.policy.offer_timeout.seconds == 20
    assert not found.policy.auto_accept
    assert found.sequence == 1
    assert found.create_time.ToMicroseconds() == START
    (event,) = events_of(space)
    assert (event["type"], int(event["time"])) == ("CENTER_CREATED", START)
    assert len(space["clock"]["incarnation"]) == 32
    assert await bare.store.centers.list_ids(after="", limit=10) == [bare.center]


async def test_names_of_every_kind(bare: Seed) -> None:
    text = 'Zürich "Süd" \\ {}":{} 中 🙂'
    assert (await create(bare, name=text)).display_name == text


async def test_short_durations_are_kept_to_the_microsecond(bare: Seed) -> None:
    await bare.start(offer_timeout=10_001, max_wait=31 * 86_400 * SECOND)
    found = await bare.store.centers.get_center(bare.center)
    assert found.policy.offer_timeout.ToMicroseconds() == 10_001
    assert found.policy.max_wait.seconds == 31 * 86_400


async def test_it_may_be_replayed(bare: Seed) -> None:
    await replays(bare, lambda request: create(bare, request))


async def test_refusals(seed: Seed) -> None:
    await refuses(seed, lambda r: create(seed, r), "RESOURCE_EXISTS", name=f"centers/{seed.center}")


async def test_an_id_that_was_not_checked_reaches_no_key(store: Store) -> None:
    for center in ("", "A", "a}b", "a:b", "{a", "a b", "x" * 64):
        with pytest.raises(ValueError, match="not a checked"):
            await store.centers.get_center(center)


async def test_a_listed_center_whose_creation_failed_is_not_shown(bare: Seed) -> None:
    await bare.store.centers._register(bare.center)
    assert await bare.store.centers.list_centers(after="", limit=10) == ([], "")
    with pytest.raises(AcdError, match="does not exist"):
        await bare.store.centers.get_center(bare.center)
    await create(bare)
    ((found,), after) = await bare.store.centers.list_centers(after="", limit=10)
    assert (found.name, after) == (f"centers/{bare.center}", "")
