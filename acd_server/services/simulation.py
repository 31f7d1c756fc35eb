"""SimulationService: moves the virtual clock, and waits while dispatchers work."""

import asyncio
import contextlib

from acd.v1 import simulation_service_pb2 as pb
from acd.v1.simulation_service_pb2_grpc import SimulationServiceServicer
from acd_server import names
from acd_server.errors import AcdError
from acd_server.services._types import Context
from acd_server.store import Store
from acd_server.store.records import timestamp
from acd_server.store.simulation import Step
from acd_server.validation.simulation import Advance, validate_advance_clock

REST_PATIENCE_S = 30.0
"""A center that does not come to rest at one time within this never will."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.003, 0.05
"""Between two looks when no wake-up comes: deadlines that write no event cause none."""

NUDGE_S = 0.02
"""After such a pause the dispatchers are woken again: a wake-up may have been lost."""


class _Progress:
    """Hears that something was done in the center. The wake-up that a look itself sent is no progress."""

    def __init__(self, center: str) -> None:
        self._center = center
        self._heard = asyncio.Event()
        self._own = False

    def __call__(self, center: str) -> None:
        if center not in ("", self._center):
            return
        if self._own:
            self._own = False
        else:
            self._heard.set()

    def expect(self, *, own: bool) -> None:
        """From now on; `own`: a wake-up of ours is on its way, or was heard already."""
        self._own = own and not self._heard.is_set()
        self._heard.clear()

    async def wait(self, pause: float) -> float:
        """Until progress is heard, or `pause` seconds; returns the next pause."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._heard.wait()
                return FIRST_PAUSE_S
        return min(2 * pause, LONGEST_PAUSE_S)


class SimulationServicer(SimulationServiceServicer):
    def __init__(self, store: Store) -> None:
        self._store = store

    async def AdvanceClock(self, request: pb.AdvanceClockRequest, context: Context) -> pb.AdvanceClockResponse:
        del context
        step = await self._advance(validate_advance_clock(request))
        return pb.AdvanceClockResponse(time=timestamp(step.now), sequence=step.sequence)

    async def _advance(self, asked: Advance) -> Step:
        """Steps on until the center is at rest at the time asked for, or has news for the caller."""
        progress = _Progress(asked.center)
        stop = self._store.wakes.listen(progress)
        loop = asyncio.get_running_loop()
        moved_at, pause, busy = loop.time(), FIRST_PAUSE_S, False
        try:
            while True:
                nudge = pause > NUDGE_S
                progress.expect(own=False)
                step = await self._store.simulation.advance_clock(
                    asked.center, latest=asked.latest, seen_sequence=asked.seen_sequence, nudge=nudge
                )
                if step.found in ("events", "rest"):
                    return step
                if step.found == "moved":
                    moved_at, pause = loop.time(), FIRST_PAUSE_S
                elif loop.time() - moved_at > REST_PATIENCE_S:
                    raise AcdError("CENTER_NOT_AT_REST", name=names.center_name(asked.center))
                if nudge or not busy or step.found == "moved":
                    progress.expect(own=True)
                busy = True
                pause = await progress.wait(pause)
        finally:
            stop()
