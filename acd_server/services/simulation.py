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

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.002, 0.05
"""Between two looks when no wake-up comes: deadlines that write no event cause none."""

NUDGE_S = 0.02
"""After such a pause the dispatchers are woken again: a wake-up may have been lost."""


class SimulationServicer(SimulationServiceServicer):
    def __init__(self, store: Store) -> None:
        self._store = store

    async def AdvanceClock(self, request: pb.AdvanceClockRequest, context: Context) -> pb.AdvanceClockResponse:
        del context
        step = await self._advance(validate_advance_clock(request))
        return pb.AdvanceClockResponse(time=timestamp(step.now), sequence=step.sequence)

    async def _advance(self, asked: Advance) -> Step:
        """Steps on until the center is at rest at the time asked for, or has news for the caller."""
        woken = asyncio.Event()
        stop = self._store.wakes.listen(lambda center: woken.set() if center in ("", asked.center) else None)
        loop = asyncio.get_running_loop()
        moved_at, pause = loop.time(), FIRST_PAUSE_S
        try:
            while True:
                woken.clear()
                step = await self._store.simulation.advance_clock(
                    asked.center, latest=asked.latest, seen_sequence=asked.seen_sequence, nudge=pause > NUDGE_S
                )
                if step.found in ("events", "rest"):
                    return step
                if step.found == "moved":
                    moved_at = loop.time()
                elif loop.time() - moved_at > REST_PATIENCE_S:
                    raise AcdError("CENTER_NOT_AT_REST", name=names.center_name(asked.center))
                pause = await self._wait(woken, pause)
        finally:
            stop()

    @staticmethod
    async def _wait(woken: asyncio.Event, pause: float) -> float:
        """Waits for a wake-up, for `pause` seconds at most; returns the next pause."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await woken.wait()
                return FIRST_PAUSE_S
        return min(2 * pause, LONGEST_PAUSE_S)
