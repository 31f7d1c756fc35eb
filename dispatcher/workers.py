"""Runs passes: one at a time for a center, several centers at once."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

from acd_client import AcdApiError, Backoff
from dispatcher.metrics import Metrics

log = structlog.get_logger("dispatcher")

# The longest that a center waits after failures; also what bounds the calls that
# a sick router gets from each center.
MAX_BACKOFF = 1.0


class Workers:
    """Gives every center that is woken a pass.

    `run_pass(center)` answers whether the center needs another one at once; that
    comes after the centers which already wait, so that none is starved. A wake-up
    during a pass causes exactly one more. After a failure the center waits, longer
    each time and spread at random, and wake-ups do not shorten that.
    """

    def __init__(
        self,
        loop_name: str,
        run_pass: Callable[[str], Awaitable[bool]],
        metrics: Metrics,
        *,
        concurrency: int = 32,
    ) -> None:
        self._loop_name = loop_name
        self._run_pass = run_pass
        # To find a series by its labels costs as much as to count in it.
        self._lag, self._passes = metrics.lag.labels(loop_name), metrics.passes.labels(loop_name)
        self._errors = metrics.errors
        self._concurrency = concurrency
        self._ready: deque[str] = deque()
        self._due: dict[str, float] = {}  # loop time at which the pass of a ready center was due
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: dict[str, float] = {}  # woken during their pass, and when
        self._delayed: dict[str, asyncio.TimerHandle] = {}
        self._backoffs: dict[str, Backoff] = {}
        self._draining = False

    def wake(self, center: str, due: float | None = None) -> None:
        """Gives the center a pass; `due` is when it should have begun (loop time), now by default."""
        if self._draining or center in self._due or center in self._delayed:
            return
        due = asyncio.get_running_loop().time() if due is None else due
        if center in self._running:
            self._again.setdefault(center, due)
            return
        self._push(center, due)

    async def drain(self, grace: float) -> None:
        """Starts nothing more; waits for the passes under way, and cancels them after `grace` seconds."""
        self._draining = True
        self._ready.clear()
        self._due.clear()
        for handle in self._delayed.values():
            handle.cancel()
        self._delayed.clear()
        passes = list(self._running.values())
        if not passes:
            return
        _, late = await asyncio.wait(passes, timeout=grace)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _push(self, center: str, due: float) -> None:
        self._ready.append(center)
        self._due[center] = due
        self._start()

    def _start(self) -> None:
        while self._ready and len(self._running) < self._concurrency:
            center = self._ready.popleft()
            due = self._due.pop(center)
            self._running[center] = asyncio.create_task(self._work(center, due))

    async def _work(self, center: str, due: float) -> None:
        loop = asyncio.get_running_loop()
        self._lag.observe(max(0.0, loop.time() - due))
        more, delay = False, None
        try:
            more = await self._run_pass(center)
        except AcdApiError as error:
            delay = self._failed(center, error.reason, error.retry_delay)
        except Exception:
            # A fault of ours with one center must not stop the others.
            log.exception("pass_failed", loop=self._loop_name, center=center)
            delay = self._failed(center, "INTERNAL", 0.0)
        else:
            self._succeeded(center)
        finally:
            del self._running[center]
            woken = self._again.pop(center, None)
            if self._draining:
                pass
            elif delay is not None:
                self._delayed[center] = loop.call_later(delay, self._retry, center)
            elif more or woken is not None:
                self._push(center, loop.time() if woken is None else woken)
            self._start()

    def _retry(self, center: str) -> None:
        del self._delayed[center]
        self.wake(center)

    def _failed(self, center: str, reason: str, retry_delay: float) -> float:
        self._errors.labels(self._loop_name, reason).inc()
        if center not in self._backoffs:
            # Once for each run of failures: a sick router is not made sicker by our log.
            log.warning("center_failing", loop=self._loop_name, center=center, reason=reason)
            self._backoffs[center] = Backoff(most=MAX_BACKOFF)
        return self._backoffs[center].next(min(retry_delay, MAX_BACKOFF))

    def _succeeded(self, center: str) -> None:
        self._passes.inc()
        if self._backoffs.pop(center, None) is not None:
            log.info("center_recovered", loop=self._loop_name, center=center)
