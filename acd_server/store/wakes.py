"""The store's wake-ups, shared by all who listen in this process.

One subscription per process. A wake-up says that something about a center changed,
never what; it may be lost, and whoever relies on it looks again by itself within a
second.
"""

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from acd_server.store.client import Client

log = structlog.get_logger(__name__)

PAUSE_S = 1.0

Listener = Callable[[str], None]
"""Gets the center's id; "" after a gap, when wake-ups may have been lost."""


class Wakes:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._listeners: dict[Listener, None] = {}
        self._task: asyncio.Task[None] | None = None

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` for every wake-up until the returned function is called."""
        self._listeners[listener] = None
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="wakes")

        def stop() -> None:
            self._listeners.pop(listener, None)

        return stop

    async def _run(self) -> None:
        while True:
            try:
                async for center in self._client.wakes():
                    for listener in tuple(self._listeners):
                        listener(center)
            except Exception:
                # A fault of ours must not leave this process deaf for good.
                log.exception("wakes_failed")
                await asyncio.sleep(PAUSE_S)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
