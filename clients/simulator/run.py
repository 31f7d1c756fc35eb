"""Plays a day in compressed real time: a day of eight hours at speed 240 takes two minutes.

One process, one feed of the whole center. The feed is opened before the center
has a policy, a skill or an agent, so that the oracle sees all of it there.
"""

import asyncio
from collections.abc import Callable

from acd.v1.event_pb2 import Event
from acd_client import AcdApiError, AcdClient, FeedGap
from simulator.books import compare
from simulator.day import Day
from simulator.model import micros
from simulator.play import Play, Result
from simulator.timeline import WallTimeline

STANDSTILL = 30.0
"""Wall seconds without an event, and without anybody left to act, after which the run ends as it is."""
CATCH_UP = 5.0
"""Wall seconds that the feed has to show what the answers already said."""


class Run:
    """One day in one center that it creates."""

    def __init__(
        self, client: AcdClient, center: str, day: Day, speed: float, sink: Callable[[Event], None] | None = None
    ) -> None:
        """`sink` is given every event of the center."""
        self._client = client
        self._center = center
        self._day = day
        self._speed = speed
        self._play = Play(client, center, day, speed, sink)
        self._resumed = 0
        self._last_event = 0.0
        self._last_stamp = 0

    @property
    def open(self) -> int:
        """Contacts that are not at their end."""
        return self._play.open

    @property
    def ended(self) -> int:
        return self._play.ended

    async def play(self) -> Result:
        """Raises AcdApiError when the center cannot be set up, ExceptionGroup when the router is gone."""
        token = await self._play.create_center()
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(self._watch(token))
            await self._play.set_up()
            timeline, start = WallTimeline(self._day.start, self._speed, tasks), loop.time()
            self._last_event = start
            # The center's clock and ours are laid together at its last stamp before the day.
            zero = self._last_stamp
            self._play.begin(timeline, lambda stamp: self._day.start + (stamp - zero) / 1e6 * self._speed)
            await timeline.until(self._day.end)
            await self._drain(timeline, watch)
            duration = self._last_event - start
            await self._play.read_unfinished()
            await self._catch_up(watch)
            watch.cancel()
        result = self._play.result(duration)
        result.resumed = self._resumed
        return result

    async def _watch(self, token: str) -> None:
        feed = self._client.watch(self._center, resume_token=token)
        try:
            async for message in feed:
                if message.HasField("event"):
                    self._last_event = asyncio.get_running_loop().time()
                    self._last_stamp = micros(message.event.event_time)
                    self._play.take(message.event)
        except (AcdApiError, FeedGap) as error:
            self._play.feed_error = str(error)
        finally:
            self._resumed = feed.resumed
            await feed.close()

    async def _drain(self, timeline: WallTimeline, watch: asyncio.Task[None]) -> None:
        """Waits until every contact is at its end, or nothing moves any more."""
        loop = asyncio.get_running_loop()
        while not (timeline.idle and not self._play.open) and not watch.done():
            if timeline.idle and loop.time() - self._last_event > STANDSTILL:
                return
            await asyncio.sleep(0.05)

    async def _catch_up(self, watch: asyncio.Task[None]) -> None:
        """Gives the feed a moment to show what the answers already said."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + CATCH_UP
        while not watch.done() and loop.time() < deadline:
            if compare(self._play.client_book, self._play.feed_book).agree:
                return
            await asyncio.sleep(0.1)
