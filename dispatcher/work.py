"""Hears from the servers which centers have work."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from acd.v1.dispatch_service_pb2 import WatchWorkResponse
from acd_client import STEADY, AcdApiError, AcdClient, Backoff
from dispatcher.match_loop import MatchLoop
from dispatcher.metrics import Metrics
from dispatcher.timer_loop import TimerLoop, seconds

log = structlog.get_logger("dispatcher")

# The servers send something at least every 5 s.
PATIENCE = 10.0


class WorkWatch:
    """Keeps one `WatchWork` stream open and hands what it says to the loops.

    A stream begins with every center that has work or a deadline, so whatever was
    missed while there was none is made good by the next one.
    """

    def __init__(
        self,
        client: AcdClient,
        match: MatchLoop,
        timer: TimerLoop,
        metrics: Metrics,
        *,
        patience: float = PATIENCE,
        on_connected: Callable[[bool], Awaitable[None]] | None = None,
    ) -> None:
        self._client = client
        self._match = match
        self._timer = timer
        self._metrics = metrics
        self._patience = patience
        self._on_connected = on_connected
        self._backoff = Backoff(most=1.0)
        self._failing = ""
        self.connected = False

    async def run(self) -> None:
        """One stream after the other, until canceled."""
        try:
            while True:
                opened = asyncio.get_running_loop().time()
                try:
                    await self.watch_once()
                except AcdApiError as error:
                    if asyncio.get_running_loop().time() - opened > STEADY:
                        self._backoff.reset()
                    await self._set_connected(connected=False)
                    self._metrics.errors.labels("work", error.reason).inc()
                    if error.reason != self._failing:
                        # Once for each kind of failure in a row: the counter has them all.
                        log.warning("work_stream_failing", reason=error.reason, message=error.message)
                        self._failing = error.reason
                    await asyncio.sleep(self._backoff.next(min(error.retry_delay, 1.0)))
        finally:
            await self._set_connected(connected=False)

    async def watch_once(self) -> None:
        """One stream, until it fails: raises AcdApiError."""
        stream = self._client.dispatch.watch_work()
        try:
            while True:
                message = await stream.read(self._patience)
                await self._set_connected(connected=True)
                self.apply(message)
        finally:
            await stream.close()

    def apply(self, message: WatchWorkResponse) -> None:
        """Wakes what the message names."""
        for work in message.centers:
            due_in = seconds(work.due_in) if work.HasField("due_in") else None
            self._timer.set_due(work.center, due_in)
            if work.matchable:
                self._match.workers.wake(work.center)

    async def _set_connected(self, *, connected: bool) -> None:
        if connected == self.connected:
            return
        self.connected = connected
        self._failing = "" if connected else self._failing
        self._metrics.connected.set(connected)
        log.info("work_stream", connected=connected)
        if self._on_connected is not None:
            await self._on_connected(connected)
