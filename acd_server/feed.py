"""Feeds: one reader per center and server process, any number of subscribers.

The reader follows the center's event stream, has every batch confirmed (it can no longer be
lost by a single fault), and keeps the newest events in a ring, each made into a message
once. A subscriber is a cursor: it takes what it has not seen from the ring, or
from the store when it is further behind. So a slow one costs no memory. One that has seen
everything waits, and is woken by the events that concern it only (`feed_waiting`).
"""

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from typing import Protocol

import structlog

from acd.v1.assignment_feed_pb2 import Checkpoint, Snapshot, WatchResponse
from acd_server import names
from acd_server.alarm import Alarm, in_step
from acd_server.errors import AcdError
from acd_server.feed_events import (
    FeedEvent,
    Outgoing,
    Point,
    feed_event,
    outgoing,
    snapshot_topics,
    watch_topics,
)
from acd_server.feed_waiting import Subscriber, Waiting
from acd_server.store import Store
from acd_server.store.events import History
from acd_server.telemetry import observe_feed_end, observe_feed_events, observe_open_feeds
from acd_server.tokens import ResumeToken, decode_resume_token, encode_resume_token
from acd_server.validation import Watch

log = structlog.get_logger(__name__)

RING = 2048
BATCH = 500
FINAL = frozenset({"HISTORY_DIVERGED", "RESUME_TOKEN_EXPIRED", "RESOURCE_NOT_FOUND"})
"""A reader whose read is refused so cannot go on where it is; the next feed gets a new one."""

POLL_S = 1.0
"""A lost wake-up is repaired within this time."""

STALE_S = 5.0
"""A feed whose center could not be read for so long ends, so that its client looks elsewhere."""

HELD = ("OFFERED", "ACTIVE", "WRAP_UP")
"""States of the contacts in a snapshot, in the order in which a contact goes through them."""

SNAPSHOT_PAGE = 100


class Limits(Protocol):
    """What the hub needs of the settings."""

    @property
    def max_feeds_per_center(self) -> int: ...
    @property
    def feed_checkpoint_s(self) -> float: ...
    @property
    def feed_max_life_s(self) -> float: ...


class CenterReader:
    """Follows one center's events for all its subscribers."""

    def __init__(self, store: Store, center: str) -> None:
        self._store = store
        self._center = center
        self._ring: deque[FeedEvent] = deque(maxlen=RING)
        self._woken = asyncio.Event()
        self._waiting = Waiting()
        self._task: asyncio.Task[None] | None = None
        self._last_stamp = 0
        self.incarnation = ""
        self.position = Point(0, "")
        self.failure: AcdError | None = None
        self.read_at = 0.0

    async def start(self) -> None:
        history = await self._store.events.read_events(self._center, first=1, limit=0)
        await self._store.events.confirm_events(self._center, sequence=history.last, stamp=history.last_stamp)
        self.incarnation, self._last_stamp = history.incarnation, history.last_stamp
        self.position = self.point(history.last, history.last_stamp)
        # Nobody is sent it: a feed is sent what comes after a point that the ring has.
        self._ring.append(FeedEvent(self.position, history.last_stamp, (), Outgoing("", b"")))
        self.read_at = asyncio.get_running_loop().time()
        self._task = asyncio.create_task(self._follow(), name=f"feed-{self._center}")

    def _token(self, sequence: int, stamp: int) -> str:
        return encode_resume_token(ResumeToken(self._center, self.incarnation, sequence, stamp))

    def point(self, sequence: int, stamp: int) -> Point:
        return Point(sequence, self._token(sequence, stamp))

    def wake(self) -> None:
        self._woken.set()

    def notify(self) -> None:
        """Makes every subscriber look again."""
        self._waiting.wake_all()

    async def wait(self, subscriber: Subscriber, point: Point, until: float) -> Point:
        """Returns when events after `point` concern the subscriber, something is wrong, or at that time of the loop.

        The point that is returned is where to look next: nothing up to it concerns the subscriber.
        """
        if self.position.sequence > point.sequence or self.failure:
            return point
        # Who comes from another server may be ahead of this reader, and stays until the reader has been where it is.
        stands = self.position == point
        seen = await self._waiting.wait(subscriber, until) or self.position
        return seen if stands else point

    def newer(self, point: Point) -> list[FeedEvent] | None:
        """Confirmed events after a point; None when the ring does not have the point itself.

        It may have fallen out, or not be read yet. Or a tail was lost, and an event of its number has taken its place.
        """
        if self.position == point:
            return []
        at = point.sequence - self._ring[0].point.sequence
        if not 0 <= at < len(self._ring) or self._ring[at].point != point:
            return None
        return [self._ring[i] for i in range(at + 1, min(at + 1 + BATCH, len(self._ring)))]

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.closing(Alarm(self.wake)) as alarm:
            while self.failure is None:
                try:
                    more = await self._read()
                    self.read_at = loop.time()
                except AcdError as error:
                    if error.reason in FINAL:
                        self.failure = error
                        self.notify()
                        return
                    log.warning("feed_read_failed", center=self._center, reason=error.reason)
                    more = False
                if more:
                    continue
                alarm.set(loop.time() + POLL_S)
                await self._woken.wait()
                alarm.stop()
                self._woken.clear()

    async def _read(self) -> bool:
        """Takes a batch of new events; True when there are more."""
        at = self.position.sequence
        history = await self._store.events.read_events(self._center, first=at, limit=BATCH + 1)
        self._check(history)
        new = [stored for stored in history.events if stored.sequence > at]
        if not new:
            return False
        await self._store.events.confirm_events(self._center, sequence=new[-1].sequence, stamp=new[-1].stamp)
        events = [feed_event(self._center, self.incarnation, stored) for stored in new]
        self._ring.extend(events)
        before, self.position = self.position, events[-1].point
        self._last_stamp = events[-1].stamp
        self._waiting.tell(events, before)
        return history.last > self.position.sequence

    def _check(self, history: History) -> None:
        """The event we stand on must still be there, the same: else a tail was lost."""
        at, first = self.position.sequence, history.events[0] if history.events else None
        same = first is not None and first.sequence == at and first.stamp == self._last_stamp
        trimmed = history.oldest > at
        if history.incarnation != self.incarnation or not (same or trimmed):
            raise AcdError("HISTORY_DIVERGED", oldestToken=self._token(history.oldest, history.oldest_stamp))
        if trimmed:
            raise AcdError("RESUME_TOKEN_EXPIRED", oldestToken=self._token(history.oldest, history.oldest_stamp))

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task


class FeedHub:
    def __init__(self, store: Store, limits: Limits) -> None:
        self._store = store
        self._limits = limits
        self._readers: dict[str, asyncio.Task[CenterReader]] = {}
        self._open: dict[str, int] = {}
        self._draining = False

    async def start(self) -> None:
        self._stop_listening = self._store.wakes.listen(self._wake)

    async def drain(self) -> None:
        """Ends every feed with DRAINING and its token."""
        self._draining = True
        for task in self._readers.values():
            if task.done() and not task.exception():
                task.result().notify()

    async def close(self) -> None:
        self._stop_listening()
        for center in list(self._readers):
            await self._drop(center)

    def _wake(self, center: str) -> None:
        woken = [self._readers[center]] if center in self._readers else []
        for task in woken if center else self._readers.values():
            if task.done() and not task.exception():
                task.result().wake()

    async def watch(self, watch: Watch, opened: Callable[[], None] = lambda: None) -> AsyncGenerator[Outgoing]:
        """The messages of one feed. Ends by AcdError, or when it has lived long enough, with a checkpoint.

        `opened` is called when the feed is not refused, before its first message."""
        async with self._admitted(watch):
            # Before there is a reader, which writes down how far it has read: a token that is refused changes nothing.
            resumed = await self._resume(watch) if watch.resume_token else None
            reader = await self._reader(watch.center)
            point = resumed or reader.position
            opened()
            shown: Point | None = None
            if resumed is None:
                async for page, shown in self._snapshot(watch, reader, point):  # noqa: B007 - the last is used below
                    yield page
            loop = asyncio.get_running_loop()
            interval = watch.checkpoint_interval_s or self._limits.feed_checkpoint_s
            spoke_at = loop.time()
            # Spread, so that feeds that were opened together do not come back together.
            ends_at = spoke_at + self._limits.feed_max_life_s * random.uniform(0.5, 1.0)
            with contextlib.closing(Subscriber(watch_topics(watch))) as subscriber:
                while True:
                    found = await self._next(reader, watch, point)
                    reached = found[-1].point if found else point
                    if shown and shown.sequence <= reached.sequence:
                        # What a snapshot shows of later than its point may be lost before the reader has seen it.
                        await self._history(watch.center, shown.token, limit=1)
                        shown = None
                    if found:
                        point = reached
                        for message in _wanted(subscriber, found):
                            yield message
                            spoke_at = loop.time()
                    ends = loop.time() >= ends_at
                    if ends or loop.time() >= in_step(spoke_at + interval, interval):
                        yield self._checkpoint(reader, point)
                        spoke_at = loop.time()
                    if ends:
                        observe_feed_end("LIFE_OVER")
                        return
                    # Last before the wait: whoever was busy with a message when the drain woke all must not sleep on.
                    if self._draining:
                        raise AcdError("DRAINING", resumeToken=point.token)
                    point = await reader.wait(subscriber, point, min(in_step(spoke_at + interval, interval), ends_at))

    @contextlib.asynccontextmanager
    async def _admitted(self, watch: Watch) -> AsyncGenerator[None]:
        """Counts a feed while it is open. The last one of a center takes the reader with it."""
        if self._draining:
            raise AcdError("DRAINING", resumeToken=watch.resume_token)
        center, limit = watch.center, self._limits.max_feeds_per_center
        if self._open.get(center, 0) >= limit:
            raise AcdError("TOO_MANY_FEEDS", name=names.center_name(center), limit=str(limit))
        self._open[center] = self._open.get(center, 0) + 1
        observe_open_feeds(1)
        try:
            yield
        except AcdError as error:
            observe_feed_end(error.reason)
            raise
        finally:
            observe_open_feeds(-1)
            self._open[center] -= 1
            if not self._open[center]:
                del self._open[center]
                await self._drop(center)

    async def _reader(self, center: str) -> CenterReader:
        task = self._readers.get(center)
        if task is None or (task.done() and (task.exception() or task.result().failure)):
            task = self._readers[center] = asyncio.create_task(self._start(center))
        return await asyncio.shield(task)

    async def _start(self, center: str) -> CenterReader:
        reader = CenterReader(self._store, center)
        try:
            await reader.start()
        except BaseException:
            await reader.close()
            raise
        return reader

    async def _drop(self, center: str) -> None:
        task = self._readers.pop(center, None)
        if task is None:
            return
        with contextlib.suppress(AcdError):
            await (await task).close()

    @staticmethod
    def _checkpoint(reader: CenterReader, point: Point) -> Outgoing:
        if asyncio.get_running_loop().time() - reader.read_at > STALE_S:
            raise AcdError("STORE_UNAVAILABLE")
        checkpoint = Checkpoint(sequence=point.sequence)
        return outgoing(WatchResponse(resume_token=point.token, checkpoint=checkpoint))

    async def _next(self, reader: CenterReader, watch: Watch, point: Point) -> list[FeedEvent]:
        """What comes after a point: from the ring, else from the store."""
        if reader.failure:
            raise reader.failure
        found = reader.newer(point)
        if found is not None:
            return found
        # The reader may not have noticed that a tail was lost, or begun after it: the point itself must still be there.
        history = await self._history(watch.center, point.token, limit=BATCH + 1)
        confirmed = reader.position.sequence
        return [
            feed_event(watch.center, history.incarnation, stored)
            for stored in history.events
            if point.sequence < stored.sequence <= confirmed
        ]

    @staticmethod
    def _gone(reason: str, center: str, history: History) -> AcdError:
        oldest = ResumeToken(center, history.incarnation, history.oldest, history.oldest_stamp)
        return AcdError(reason, oldestToken=encode_resume_token(oldest))

    async def _resume(self, watch: Watch) -> Point:
        """The point that a token names, if the history still has it."""
        history = await self._history(watch.center, watch.resume_token, limit=1)
        return Point(history.events[0].sequence, watch.resume_token)

    async def _history(self, center: str, text: str, *, limit: int) -> History:
        """The history from the event on that a token names, if it still has it."""
        token = decode_resume_token(text, center)
        history = await self._store.events.read_events(center, first=token.sequence, limit=limit)
        if token.incarnation != history.incarnation or token.sequence > history.last:
            raise self._gone("HISTORY_DIVERGED", center, history)
        if token.sequence < history.oldest:
            raise self._gone("RESUME_TOKEN_EXPIRED", center, history)
        if history.events[0].stamp != token.stamp:
            raise self._gone("HISTORY_DIVERGED", center, history)
        return history

    async def _snapshot(
        self, watch: Watch, reader: CenterReader, point: Point
    ) -> AsyncIterator[tuple[Outgoing, Point | None]]:
        """Contacts in hand, in pages. A document may be newer than the point: then the events up to it are confirmed
        first, since nothing is shown that a fault can still take; the newest of them stands beside the pages."""
        wanted, shown = watch_topics(watch), None
        for state in HELD:
            after = ""
            while True:
                page, after = await self._store.contacts.list_contacts(
                    watch.center, state=state, after=after, limit=SNAPSHOT_PAGE
                )
                contacts = [contact for contact in page if not wanted.isdisjoint(snapshot_topics(contact))]
                if contacts:
                    newest = max(contacts, key=lambda contact: contact.sequence)
                    stamp = newest.update_time.ToMicroseconds()
                    await self._store.events.confirm_events(watch.center, sequence=newest.sequence, stamp=stamp)
                    if newest.sequence > (shown or point).sequence:
                        shown = reader.point(newest.sequence, stamp)
                    yield outgoing(WatchResponse(snapshot=Snapshot(contacts=contacts))), shown
                if not after:
                    break
        yield outgoing(WatchResponse(resume_token=point.token, snapshot=Snapshot(last=True))), shown


def _wanted(subscriber: Subscriber, events: Sequence[FeedEvent]) -> list[Outgoing]:
    """The messages that a subscriber is given now."""
    wanted = [event for event in events if subscriber.wants(event)]
    if wanted:
        observe_feed_events(len(wanted), time.time() - wanted[0].stamp / 1e6)
    return [event.message for event in wanted]
