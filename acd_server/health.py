"""`grpc.health.v1`: SERVING while the store answers and takes writes, both ways."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from grpc_health.v1 import health, health_pb2

from acd_server.errors import AcdError
from acd_server.telemetry import observe_store

log = structlog.get_logger("acd_server")

OVERALL = ""
_STATUS = health_pb2.HealthCheckResponse


class HealthMonitor:
    """Checks the store all the time and says so for each service and for the whole.

    A change is told within a second: `CHECK_TIMEOUT` + `INTERVAL`.
    """

    INTERVAL = 0.3  # seconds between checks
    CHECK_TIMEOUT = 0.6  # seconds that a check may take

    def __init__(self, check: Callable[[], Awaitable[None]], services: tuple[str, ...]) -> None:
        self._check = check
        self._services = (OVERALL, *services)
        self._task: asyncio.Task[None] | None = None
        self.serving = False
        self.fault: AcdError | None = AcdError("STORE_UNAVAILABLE")
        self.servicer = health.aio.HealthServicer()

    async def prepare(self) -> None:
        """Says NOT_SERVING: before anybody can ask, since the stock servicer is born SERVING."""
        observe_store(False)
        await self._tell()

    async def start(self) -> None:
        """Checks once, then all the time."""
        await self.check()
        self._task = asyncio.create_task(self._run(), name="health")

    async def drain(self) -> None:
        """NOT_SERVING from now on, whatever the store does."""
        await self.close()
        self.serving = False
        await self.servicer.enter_graceful_shutdown()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self.INTERVAL)
            await self.check()

    async def check(self) -> None:
        """One pass: asks the store and tells what changed."""
        fault = await self._fault()
        if (fault and fault.message) != (self.fault and self.fault.message):
            if fault is None:
                log.info("store_usable")
            else:
                log.warning("store_unusable", reason=fault.reason, message=fault.message)
        self.fault = fault
        observe_store(fault is None)
        if self.serving != (fault is None):
            self.serving = fault is None
            await self._tell()

    async def _fault(self) -> AcdError | None:
        try:
            async with asyncio.timeout(self.CHECK_TIMEOUT):
                await self._check()
        except AcdError as error:
            return error
        except TimeoutError:
            return AcdError("STORE_UNAVAILABLE")
        except Exception:
            log.exception("store_check")
            return AcdError("STORE_UNAVAILABLE")
        return None

    async def _tell(self) -> None:
        status = _STATUS.SERVING if self.serving else _STATUS.NOT_SERVING
        for service in self._services:
            await self.servicer.set(service, status)
