"""Puts the dispatcher together: the stream of work, the two loops, health and metrics."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from acd_client import AcdClient
from dispatcher.health import HealthServer
from dispatcher.match_loop import MatchLoop
from dispatcher.metrics import Metrics, MetricsServer
from dispatcher.timer_loop import TimerLoop
from dispatcher.work import PATIENCE, WorkWatch

log = structlog.get_logger("dispatcher")

# A dispatcher that is told to stop is gone within 5 s.
DRAIN_SECONDS = 4.0


class DispatcherSettings(Protocol):
    """What `run` needs of the settings. An empty address: no such port."""

    @property
    def servers(self) -> str: ...
    @property
    def token(self) -> str: ...
    @property
    def ca_file(self) -> str: ...
    @property
    def dispatcher_health_address(self) -> str: ...
    @property
    def dispatcher_metrics_address(self) -> str: ...


class Dispatcher:
    """Asks the servers behind `client` to match and to fire deadlines, until stopped.

    Any number may run, with no leader: a pass that two of them make at once is
    harmless. `concurrency` is how many centers each loop serves at once; `patience`
    how many seconds of silence on the stream of work mean that it is dead.
    """

    def __init__(
        self,
        client: AcdClient,
        *,
        metrics: Metrics | None = None,
        concurrency: int = 32,
        patience: float = PATIENCE,
        drain_seconds: float = DRAIN_SECONDS,
        on_connected: Callable[[bool], Awaitable[None]] | None = None,
    ) -> None:
        self.metrics = metrics or Metrics()
        self.match = MatchLoop(client, self.metrics, concurrency=concurrency)
        self.timer = TimerLoop(client, self.metrics, concurrency=concurrency)
        self.work = WorkWatch(
            client, self.match, self.timer, self.metrics, patience=patience, on_connected=on_connected
        )
        self._drain_seconds = drain_seconds
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Runs until `stop()`, then finishes the calls in flight."""
        loops = [asyncio.create_task(self.work.run()), asyncio.create_task(self.timer.run())]
        stopped = asyncio.create_task(self._stopped.wait())
        try:
            # A loop ends by itself only with a fault, which is raised here.
            done, _ = await asyncio.wait([stopped, *loops], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            stopped.cancel()
            for task in loops:
                task.cancel()
            await asyncio.gather(*loops, stopped, return_exceptions=True)
            await asyncio.gather(
                self.match.workers.drain(self._drain_seconds), self.timer.workers.drain(self._drain_seconds)
            )

    def stop(self) -> None:
        self._stopped.set()


async def run(settings: DispatcherSettings) -> None:
    """Runs a dispatcher with its health and metrics ports until SIGTERM or SIGINT."""
    async with contextlib.AsyncExitStack() as stack:
        client = AcdClient(settings.servers, token=settings.token or None, ca_file=settings.ca_file)
        await stack.enter_async_context(client)
        on_connected = None
        if settings.dispatcher_health_address:
            health = HealthServer()
            port = await health.start(settings.dispatcher_health_address)
            stack.push_async_callback(health.close)
            on_connected = health.set_serving
            log.info("health_port", port=port)
        dispatcher = Dispatcher(client, on_connected=on_connected)
        if settings.dispatcher_metrics_address:
            metrics = MetricsServer(dispatcher.metrics, settings.dispatcher_metrics_address)
            stack.callback(metrics.close)
            log.info("metrics_port", port=metrics.port)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, dispatcher.stop)
            stack.callback(loop.remove_signal_handler, number)
        log.info("dispatcher_started", servers=settings.servers)
        await dispatcher.run()
        log.info("dispatcher_stopped")
