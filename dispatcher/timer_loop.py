"""Fires deadlines when they are due."""

import asyncio
import heapq

from google.protobuf.duration_pb2 import Duration

from acd_client import AcdClient
from dispatcher.metrics import Metrics
from dispatcher.workers import Workers

# The least wait before a center is asked again: what keeps a server that says
# "due now" and then fires nothing from being asked without pause.
MIN_WAIT = 0.005


def seconds(duration: Duration) -> float:
    """What the message's own way, by a timedelta, takes longer for."""
    return duration.seconds + duration.nanos / 1e9


class TimerLoop:
    """Knows when the next deadline of each center is due, by this process's clock.

    The servers say how long that is from now, never a time of day, so clocks need
    not agree.
    """

    def __init__(self, client: AcdClient, metrics: Metrics, *, concurrency: int = 32) -> None:
        self._client = client
        self._metrics = metrics
        self.workers = Workers("timer", self.fire_center, metrics, concurrency=concurrency)
        self._due: dict[str, float] = {}
        # Every time that was ever set; those that are no longer in _due are passed over.
        self._heap: list[tuple[float, str]] = []
        self._changed = asyncio.Event()

    def set_due(self, center: str, due_in: float | None) -> None:
        """The next deadline of the center is `due_in` seconds away.

        None: it has none now. A time that is known is kept all the same: the servers
        count on somebody coming then, and a pass that finds nothing is harmless.
        """
        if due_in is None:
            return
        due = asyncio.get_running_loop().time() + due_in
        self._due[center] = due
        heapq.heappush(self._heap, (due, center))
        if self._heap[0] == (due, center):  # else the loop looks before then anyway
            self._changed.set()

    async def run(self) -> None:
        """Wakes centers as they fall due, until canceled."""
        loop = asyncio.get_running_loop()
        while True:
            self._changed.clear()
            wait = self.wake_due()
            timer = None if wait is None else loop.call_later(wait, self._changed.set)
            try:
                await self._changed.wait()
            finally:
                if timer:
                    timer.cancel()

    def wake_due(self) -> float | None:
        """One pass over what is due now; seconds until the next, None when there is none."""
        now = asyncio.get_running_loop().time()
        while self._heap:
            due, center = self._heap[0]
            if self._due.get(center) != due:
                heapq.heappop(self._heap)
            elif due <= now:
                heapq.heappop(self._heap)
                del self._due[center]
                self.workers.wake(center, due)
            else:
                return due - now
        return None

    async def fire_center(self, center: str) -> bool:
        """One batch of due deadlines; True when more are due. Raises AcdApiError."""
        # What the stream says during the call may be newer than the reply.
        self._due.pop(center, None)
        reply = await self._client.dispatch.fire_deadlines(parent=center)
        self._metrics.deadlines.inc(reply.fired_count)
        if reply.more:
            return True
        if reply.HasField("due_in"):
            self._set_earlier(center, max(MIN_WAIT, seconds(reply.due_in)))
        return False

    def _set_earlier(self, center: str, due_in: float) -> None:
        """Like set_due, unless an earlier time is known: a needless pass is harmless, a late one is not."""
        known = self._due.get(center)
        if known is None or known > asyncio.get_running_loop().time() + due_in:
            self.set_due(center, due_in)
