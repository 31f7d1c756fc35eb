"""Servers are woken when there is something to read or to do, and only then."""

from collections.abc import AsyncIterator, Callable

import pytest

from acd_server.errors import AcdError
from acd_server.store import keys
from tests.store.seeds import RETRY, SECOND, Seed
from tests.support.wait import wait_until

ATTEMPTS = 15
"""Seconds in which the nodes of a new cluster find each other."""


class Woken:
    """Collects wake-ups; a wake-up of a second center tells that all before it have arrived."""

    def __init__(self, seed: Seed) -> None:
        self.seed = seed
        # On the same shard: wake-ups of two shards may overtake each other.
        node_of = seed.store.client.topology.node_of
        names = (f"bell-{number}" for number in range(100))
        near = node_of(keys.prefix(seed.center))
        self.bell = Seed(seed.store, next(name for name in names if node_of(keys.prefix(name)) == near))
        self.heard: list[str] = []

    async def start(self) -> Callable[[], None]:
        await self.bell.start()
        stop = self.seed.store.wakes.listen(self.heard.append)
        await wait_until(lambda: "" in self.heard, "the subscription has begun")
        await self._settle()
        return stop

    async def _settle(self) -> None:
        """Nodes of a cluster that was formed a moment ago do not hear each other's wake-ups yet, and those
        of what the seed did before may still be on their way."""
        for _ in range(ATTEMPTS):
            try:
                await self.count(within=1.0)
                break
            except AssertionError:
                continue
        await self.count()

    async def count(self, within: float = 5.0) -> int:
        """Wake-ups of the seed's center since the last call."""
        await self.bell.policy(wrap_up_time=0)
        await wait_until(lambda: self.bell.center in self.heard, "the bell was heard", within)
        count = self.heard.count(self.seed.center)
        self.heard.clear()
        return count


@pytest.fixture
async def woken(seed: Seed) -> AsyncIterator[Woken]:
    woken = Woken(seed)
    stop = await woken.start()
    yield woken
    stop()


async def test_each_call_that_writes_events_wakes_once(seed: Seed, woken: Woken) -> None:
    await seed.agent("ann", presence="OFFLINE")
    assert await woken.count() == 1
    await seed.state("ann", "AVAILABLE")
    assert await woken.count() == 1
    await seed.policy(auto_accept=True)
    assert await woken.count() == 1
    await seed.enqueue("call")
    assert await woken.count() == 1
    await seed.match_once()
    assert await woken.count() == 1, "two events, one wake-up"


async def test_an_earlier_deadline_and_work_without_an_event_wake_too(seed: Seed, woken: Woken) -> None:
    await seed.store.contacts.renew_owner(seed.center, "pbx-1", owner_lease=SECOND)
    assert await woken.count() == 1
    await seed.offered()
    await seed.decline()
    assert await woken.count() == 5
    await seed.advance(RETRY // 2)
    await seed.fire()  # the lease
    await woken.count()
    await seed.advance(RETRY)
    await seed.fire()
    assert await woken.count() == 1, "the bar is over"


async def test_reads_refusals_and_repeats_wake_nobody(seed: Seed, woken: Woken) -> None:
    await seed.offered()
    await seed.accept()
    await woken.count()
    await seed.accept()
    await seed.match_once()
    await seed.fire()
    await seed.store.centers.get_center_snapshot(seed.center)
    with pytest.raises(AcdError):
        await seed.enqueue("call")
    assert await woken.count() == 0
