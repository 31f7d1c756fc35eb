"""Plays a day on the center's virtual clock: a day takes seconds, and the seed decides every event of it.

Time stands still until the router is at rest; then it jumps to whatever comes next, a deadline of the router or
an action of a caller or an agent. Actions are taken one at a time, each with the router at rest before it, so
that nothing depends on how fast anything is. Only a router that was started with `--clock virtual` can do it.
"""

import hashlib
import heapq
import itertools
import time
from collections.abc import Callable

from google.protobuf.timestamp_pb2 import Timestamp

from acd.v1.event_pb2 import Event
from acd_client import AcdClient, Feed, center_name
from simulator.day import Day
from simulator.estimates import Estimates
from simulator.extras import Extras
from simulator.model import micros
from simulator.play import Play, Result
from simulator.timeline import Action, Handle

MIDNIGHT = 1_704_067_200_000_000
"""Microseconds since the epoch of second 0 of every day: Monday 2024-01-01, 00:00 UTC."""
PATIENCE = 7 * 86400.0
"""Seconds after the plan of the day within which the router's own deadlines must have ended everything."""
BAR_WINDOW = 100
"""Microseconds for which the judge is unsure of the end of a bar: stamps of one moment differ by as much."""
RETENTION = 7 * 86400.0
"""Ended contacts stay: forgetting each of them would be one more stop of the clock."""


def to_second(stamp: int) -> float:
    """Second of the day of a stamp of the center's clock."""
    return (stamp - MIDNIGHT) / 1e6


class VirtualTimeline:
    """What is still to happen, by time; ties in the order in which they were set."""

    def __init__(self) -> None:
        self._now = 0
        self._numbers = itertools.count()
        self._heap: list[tuple[int, int, _Entry]] = []

    def now(self) -> float:
        return self._now / 1e6

    def moment(self, stamp: int) -> float:
        return to_second(stamp)

    def at(self, second: float, action: Action) -> Handle:
        entry = _Entry(action)
        heapq.heappush(self._heap, (max(self._now, round(second * 1e6)), next(self._numbers), entry))
        return entry

    @property
    def idle(self) -> bool:
        return self.next is None

    @property
    def next(self) -> int | None:
        """Microsecond of the day of the next action; None when there is none."""
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    async def run_next(self) -> int:
        """Takes the next action, at its time, and answers as it does."""
        self._now, _, entry = heapq.heappop(self._heap)
        assert entry.action is not None
        return await entry.action()


class _Entry:
    def __init__(self, action: Action) -> None:
        self.action: Action | None = action

    def cancel(self) -> None:
        self.action = None


class VirtualRun:
    """One day in one center that it creates."""

    def __init__(
        self,
        client: AcdClient,
        center: str,
        day: Day,
        sink: Callable[[Event], None] | None = None,
        extras: Extras | None = None,
        *,
        ask_every: int = 0,
    ) -> None:
        """`sink` is given every event of the center; `extras`: what the day has beyond itself.

        Of those who wait, every `ask_every`th is asked about (0: none).
        """
        self._client = client
        self._center = center
        self._day = day
        estimates = Estimates(client, ask_every) if ask_every else None
        self._play = Play(client, center, day, 1.0, sink, bar_window=BAR_WINDOW, extras=extras, estimates=estimates)
        self._digest = hashlib.sha256()
        self._seen = 0

    @property
    def open(self) -> int:
        """Contacts that are not at their end."""
        return self._play.open

    @property
    def turned_away(self) -> dict[str, float]:
        """Contacts that were refused as they should be, by id, and the second of the day."""
        return self._play.callers.turned_away

    @property
    def ended(self) -> int:
        return self._play.ended

    async def play(self) -> Result:
        """Raises AcdApiError (UNIMPLEMENTED: the router's clock is not virtual), FeedGap."""
        token = await self._play.create_center()
        async with self._client.watch(self._center, resume_token=token) as feed:
            await self._play.set_up(retention=RETENTION)
            begin = round(self._day.start * 1e6)
            while not await self._advance(begin, feed):
                pass
            timeline, start = VirtualTimeline(), time.perf_counter()
            self._play.begin(timeline, to_second)
            await self._pass_day(timeline, feed)
            duration = time.perf_counter() - start
            await self._play.read_unfinished()
        result = self._play.result(duration)
        result.speed = (result.history.end - self._day.start) / duration
        result.virtual, result.digest = True, self._digest.hexdigest()
        return result

    async def _pass_day(self, timeline: VirtualTimeline, feed: Feed) -> None:
        horizon = round((self._day.end + PATIENCE) * 1e6)
        while (due := timeline.next) is not None or self._play.open:
            if not await self._advance(horizon if due is None else due, feed):
                continue
            if due is None:
                return
            # To read what the action did spares a call that would only say that there is something to read.
            await self._read(feed, await timeline.run_next())
        # What follows from the last action is still to be seen.
        while not await self._advance(round(timeline.now() * 1e6), feed):
            pass

    async def _advance(self, until: int, feed: Feed) -> bool:
        """Moves the clock to a microsecond of the day, or to something that happens before it: False."""
        reply = await self._client.simulation.advance_clock(
            name=center_name(self._center), until=_timestamp(MIDNIGHT + until), seen_sequence=self._seen
        )
        if reply.sequence <= self._seen:
            return micros(reply.time) >= MIDNIGHT + until
        await self._read(feed, reply.sequence)
        return False

    async def _read(self, feed: Feed, sequence: int) -> None:
        """Reads the feed up to an event."""
        while self._seen < sequence:
            message = await anext(feed)
            if message.HasField("event"):
                self._take(message.event)

    def _take(self, event: Event) -> None:
        self._seen = event.sequence
        self._digest.update(event.SerializeToString(deterministic=True))
        self._play.take(event)


def _timestamp(stamp: int) -> Timestamp:
    return Timestamp(seconds=stamp // 1_000_000, nanos=stamp % 1_000_000 * 1000)
