"""Tells dispatchers which centers have work: one hub per server process.

Driven by wake-ups, and once a second by a sweep of all centers, which repairs those
that were lost. What a subscriber has not taken yet is kept by center, newest state
only, so a slow one costs no memory and misses nothing that still matters.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable

import structlog

from acd.v1.dispatch_service_pb2 import CenterWork
from acd_server import names
from acd_server.alarm import Alarm
from acd_server.errors import AcdError
from acd_server.store import Store
from acd_server.store.dispatch import Work
from acd_server.store.records import duration
from acd_server.telemetry import observe_queue_length

log = structlog.get_logger(__name__)

SWEEP_S = 1.0
KEEPALIVE_S = 5.0
"""Longest silence of a stream."""

TOGETHER = 64
"""Centers that are asked about at once; the store's lanes send them as one group."""

PAGE = 1000

SLACK_S = 0.001
"""A deadline that moves by less than this is not news."""


class Subscriber:
    """What one WatchWork stream has not been told yet."""

    def __init__(self, only: str) -> None:
        self._only = only
        self._news: dict[str, CenterWork] = {}
        self._arrived = asyncio.Event()
        self._alarm = Alarm(self._arrived.set)

    def covers(self, center: str) -> bool:
        return self._only in ("", center)

    def tell(self, center: str, work: CenterWork) -> None:
        if self.covers(center):
            self._news[center] = work
            self._arrived.set()

    def end(self) -> None:
        self._arrived.set()

    async def take(self) -> list[CenterWork]:
        """The news, or nothing after a while of silence."""
        self._alarm.set(asyncio.get_running_loop().time() + KEEPALIVE_S)
        await self._arrived.wait()
        self._alarm.stop()
        self._arrived.clear()
        news, self._news = self._news, {}
        return list(news.values())

    def close(self) -> None:
        self._alarm.close()


class WorkHub:
    def __init__(self, store: Store) -> None:
        self._store = store
        # Dicts, which keep an order: what is told to whom first is the same each time.
        self._subscribers: dict[Subscriber, None] = {}
        self._dirty: dict[str, None] = {}
        self._woken = asyncio.Event()
        self._told_due: dict[str, float] = {}
        self._draining = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._stop_listening = self._store.wakes.listen(self._wake)
        self._tasks = [
            asyncio.create_task(self._look_at_woken(), name="work-woken"),
            asyncio.create_task(self._sweep_forever(), name="work-sweep"),
        ]

    async def drain(self) -> None:
        """Ends every stream with DRAINING."""
        self._draining = True
        for subscriber in self._subscribers:
            subscriber.end()

    async def close(self) -> None:
        if not self._tasks:
            return
        self._stop_listening()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def watch(self, only: str) -> AsyncIterator[list[CenterWork]]:
        """What changes, of one center or of all (""); empty lists when nothing does."""
        if self._draining:
            raise AcdError("DRAINING")
        subscriber = Subscriber(only)
        self._subscribers[subscriber] = None
        try:
            # Whatever there is now is news to this one, and to the others no harm.
            self._told_due.clear()
            await self._sweep()
            # Says at once that the stream stands, even when there is nothing to say.
            yield []
            while not self._draining:
                yield await subscriber.take()
            raise AcdError("DRAINING")
        finally:
            self._subscribers.pop(subscriber, None)
            subscriber.close()

    def is_watched(self, center: str) -> bool:
        """Whether a dispatcher is here that routes the center: then the server may begin what it would be asked for."""
        return not self._draining and any(subscriber.covers(center) for subscriber in self._subscribers)

    def _wake(self, center: str) -> None:
        if center and self._subscribers:
            self._dirty[center] = None
            self._woken.set()

    async def _look_at_woken(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            dirty, self._dirty = self._dirty, {}
            await self._look_at(dirty)

    async def _sweep_forever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            if self._subscribers:
                try:
                    await self._sweep()
                except AcdError as error:
                    log.warning("sweep_failed", reason=error.reason)

    async def _sweep(self) -> None:
        after = ""
        while True:
            page = await self._store.centers.list_ids(after=after, limit=PAGE)
            await self._look_at(page, sweep=True)
            if len(page) < PAGE:
                return
            after = page[-1]

    async def _look_at(self, centers: Iterable[str], *, sweep: bool = False) -> None:
        remaining = list(centers)
        if len(remaining) == 1:  # as mostly, when a center wakes: then a task and its gathering would be most of it
            await self._look(remaining[0], sweep=sweep)
            return
        for first in range(0, len(remaining), TOGETHER):
            group = remaining[first : first + TOGETHER]
            await asyncio.gather(*(self._look(center, sweep=sweep) for center in group))

    async def _look(self, center: str, *, sweep: bool) -> None:
        """Raises nothing: a center that cannot be read must not stop the others."""
        try:
            work = await self._store.dispatch.get_work(center)
        except AcdError:
            return
        except Exception:
            # A fault of ours; the next sweep looks again.
            log.exception("get_work_failed", center=center)
            return
        self._publish(center, work, sweep=sweep)

    def _publish(self, center: str, work: Work, *, sweep: bool) -> None:
        observe_queue_length(center, work.waiting)
        now = asyncio.get_running_loop().time()
        due = None if work.due_in is None else now + work.due_in / 1e6
        told = self._told_due.get(center)
        # A later deadline than the one that was told is no news: whoever comes
        # for that one learns of the next.
        earlier = due is not None and (told is None or told < now or due < told - SLACK_S)
        if not work.matchable and not earlier and not (sweep and due is not None and due <= now):
            return
        if due is not None:
            self._told_due[center] = due
        news = CenterWork(
            center=names.center_name(center),
            matchable=work.matchable,
            due_in=None if work.due_in is None else duration(work.due_in),
        )
        for subscriber in self._subscribers:
            subscriber.tell(center, news)
