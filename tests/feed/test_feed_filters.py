"""Whom an event wakes: what comes through equals what the plain filter lets through, and nobody else does anything."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest

from acd.v1.assignment_feed_pb2 import WatchResponse
from acd_server import feed, feed_events
from acd_server.errors import AcdError
from acd_server.feed import CenterReader, FeedHub
from acd_server.feed_events import EVERYTHING, Point
from acd_server.feed_waiting import Subscriber, Waiting
from acd_server.tokens import decode_resume_token
from acd_server.validation import Watch
from tests.feed.hand_made import (
    AGENTS,
    CENTER,
    HandMade,
    agent_name,
    of_agent,
    plainly_wanted,
    random_event,
    random_watch,
    watch,
)
from tests.support.wait import wait_until

SEEDS = 60
FEEDS = 8
EVENTS = 60
OFTEN_S = 0.002
"""Between checkpoints, so that they come between any two events."""


class FeedError(AssertionError):
    """A feed was sent what it should not have been, or its checkpoint is not true."""


@contextlib.contextmanager
def small(center: HandMade) -> Iterator[None]:
    """A ring that is soon left behind, batches that do not hold a burst, and events made by hand."""
    with (
        mock.patch.object(feed, "RING", 8),
        mock.patch.object(feed, "BATCH", 3),
        mock.patch.object(feed_events, "to_event", center.to_event),
    ):
        yield


async def turns(draw: random.Random, most: int) -> None:
    for _ in range(draw.randrange(most)):
        await asyncio.sleep(0)


async def follow(
    center: HandMade, hub: FeedHub, wanted: Watch, draw: random.Random, opened: Callable[[], None]
) -> None:
    """Reads until a checkpoint says that all was taken into account. Raises FeedError."""
    pace = draw.choice((1, 2, 30))
    seen: list[int] = []
    async with contextlib.aclosing(hub.watch(wanted, opened)) as messages:
        async for message in messages:
            response = WatchResponse.FromString(message.payload)
            if response.HasField("event"):
                seen.append(response.event.sequence)
                if seen[-1] > center.confirmed:
                    raise FeedError(f"{seen[-1]} was sent, {center.confirmed} is confirmed")
            elif response.HasField("checkpoint"):
                upto = response.checkpoint.sequence
                due = [n for n in range(2, upto + 1) if plainly_wanted(wanted, center.made[n - 1])]
                if seen != due or upto > center.confirmed:
                    raise FeedError(f"{wanted}: the checkpoint {upto} says {due}, sent were {seen}")
                if upto == EVENTS + 1:
                    return
            await turns(draw, pace)


async def play(seed: int) -> None:
    """Random feeds and random events, in random steps. Raises FeedError, or TimeoutError when a feed is stuck."""
    draw, center = random.Random(seed), HandMade()
    with small(center):
        hub = center.hub()
        await hub.start()
        try:
            async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
                opened = asyncio.Semaphore(0)
                for _ in range(FEEDS):
                    wanted, pace = random_watch(draw, OFTEN_S), random.Random(draw.random())
                    tasks.create_task(follow(center, hub, wanted, pace, opened.release))
                for _ in range(FEEDS):
                    await opened.acquire()
                left = EVENTS
                while left:
                    step = min(left, draw.randint(1, 5))
                    center.happen(*(random_event(draw) for _ in range(step)))
                    left -= step
                    await turns(draw, 40)
        finally:
            await hub.close()


async def play_all() -> None:
    for seed in range(SEEDS):
        await play(seed)


async def test_feeds_get_what_the_plain_filter_lets_through_and_checkpoints_are_true() -> None:
    await play_all()


async def _forgets_what_came_while_it_waited(reader: CenterReader, subscriber: Subscriber, *rest: Any) -> Any:
    _, until = rest
    await reader._waiting.wait(subscriber, until)
    return reader.position


def _tells_of_the_newest_only(tell: Callable[..., None]) -> Callable[..., None]:
    return lambda waiting, events, before: tell(waiting, events[-1:], before)


def _goes_on_behind_the_first(tell: Callable[..., None]) -> Callable[..., None]:
    return lambda waiting, events, _before: tell(waiting, events, events[0].point)


def _knows_one_topic(topics: Callable[..., Any]) -> Callable[..., Any]:
    return lambda event: (EVERYTHING, topics(event)[-1])


def _wakes_nobody(_tell: Callable[..., None]) -> Callable[..., None]:
    return lambda *_: None


BUGS: dict[str, Any] = {
    "what came while it waited is passed over": (CenterReader, "wait", lambda _: _forgets_what_came_while_it_waited),
    "only the newest of a batch wakes": (Waiting, "tell", _tells_of_the_newest_only),
    "it goes on behind the first of a batch": (Waiting, "tell", _goes_on_behind_the_first),
    "an event has one topic": (feed_events, "event_topics", _knows_one_topic),
    "nobody is woken and the position is believed": (Waiting, "tell", _wakes_nobody),
}


@pytest.mark.parametrize("bug", BUGS)
async def test_a_wrong_index_would_be_noticed(bug: str) -> None:
    holder, name, wrong = BUGS[bug]
    with mock.patch.object(holder, name, wrong(getattr(holder, name))), pytest.raises(ExceptionGroup) as noticed:
        await play_all()
    assert noticed.group_contains(FeedError)


class Looks:
    """How often each agent's feed was given a turn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.of: dict[str, int] = dict.fromkeys(("", *AGENTS), 0)
        look = FeedHub._next

        async def counting(hub: FeedHub, reader: CenterReader, wanted: Watch, point: Point) -> Any:
            self.of[wanted.agent] += 1
            return await look(hub, reader, wanted, point)

        monkeypatch.setattr(FeedHub, "_next", counting)


async def test_an_event_costs_nothing_where_it_does_not_concern(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much happens to others, a feed sleeps, needs no store afterwards, and its token is the newest."""
    center, looks, bob = HandMade(), Looks(monkeypatch), ("agent", agent_name("bob"))
    with small(center):
        hub = center.hub()
        await hub.start()
        idle, busy = hub.watch(watch(agent="bob")), hub.watch(watch(agent="ada"))
        for messages in (idle, busy):
            assert WatchResponse.FromString((await anext(messages)).payload).snapshot.last
        asleep = asyncio.ensure_future(anext(idle))
        for number in range(EVENTS):
            center.happen(of_agent("ada"))
            assert WatchResponse.FromString((await anext(busy)).payload).event.sequence == number + 2
        assert looks.of["bob"] == 1, "it looked once, before it slept"
        reads = center.reads
        center.happen(of_agent("bob"))
        assert WatchResponse.FromString((await asleep).payload).event.sequence == EVENTS + 2
        assert looks.of["bob"] == 2
        assert center.reads <= reads + 2, "the reader's, and none of the feed"
        asleep = asyncio.ensure_future(anext(idle))
        reader = await hub._reader(CENTER)
        await wait_until(lambda: bob in reader._waiting._by_topic, "it sleeps again")
        center.happen(of_agent("ada"))
        await anext(busy)
        await hub.drain()
        with pytest.raises(AcdError) as refused:
            await asleep
        assert refused.value.reason == "DRAINING"
        assert decode_resume_token(refused.value.metadata["resumeToken"], CENTER).sequence == EVENTS + 3
        await busy.aclose()
        await hub.close()


async def test_nothing_is_left_of_feeds_that_ended() -> None:
    center = HandMade()
    with small(center):
        hub = center.hub()
        await hub.start()
        stays = hub.watch(watch(agent="cyd"))
        await anext(stays)
        reader = await hub._reader(CENTER)
        for wanted in (watch(agent="ada"), watch(skills=frozenset({"billing", "cards"})), watch()):
            async with contextlib.aclosing(hub.watch(wanted)) as messages:
                await anext(messages)
                waits = asyncio.ensure_future(anext(messages))
                await wait_until(lambda: bool(reader._waiting._by_topic), "it waits")
                waits.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await waits
            assert reader._waiting._by_topic == {}
        await stays.aclose()
        await hub.close()
