"""How long a process takes to be there, as a multiple of importing what it cannot do without."""

import asyncio
import contextlib
import signal
import sys
import time
from dataclasses import dataclass
from typing import Any

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from benchmarks.load import alternate
from benchmarks.numbers import ratio
from benchmarks.report import Result, at_most
from benchmarks.stage import ROOT, Stage, StageError, environment, gone
from tests.support.redis_process import free_port

SERVING_GOAL, IMPORT_GOAL = 3.0, 1.5
LIMIT_S = 60.0
NEEDED = "import grpc, typer"
CLI = "import acd_server.cli"
DEV = "from acd_server.cli import main; main()"


@dataclass(frozen=True)
class Size:
    rounds: int


SIZES = {"full": Size(11), "quick": Size(3), "tiny": Size(1)}


async def run(stage: Stage, size_name: str) -> Result:
    del stage  # `acd dev` brings its own store
    size, result = SIZES[size_name], Result()
    serving, first = await alternate(until_serving, lambda: until_done(NEEDED), size.rounds)
    imported, second = await alternate(lambda: until_done(CLI), lambda: until_done(NEEDED), size.rounds)
    for name, ours, theirs, goal in (
        ("acd dev from exec to SERVING", serving, first, SERVING_GOAL),
        ("import of the command line", imported, second, IMPORT_GOAL),
    ):
        found = ratio(ours, theirs)
        result.rows.append(at_most(f"{name} ÷ '{NEEDED}'", found.median, goal))
        result.details[name] = {"ratio": found.details(), "least_s": min(ours), "least_of_imports_s": min(theirs)}
    return result


async def until_done(statement: str) -> float:
    """Seconds that `python -c STATEMENT` takes."""
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", statement, cwd=ROOT, env=environment())
    if await process.wait():
        raise StageError(f"python -c {statement!r} failed")
    return time.perf_counter() - begun


async def until_serving() -> float:
    """Seconds from the start of `acd dev` to the first answer SERVING."""
    port = free_port()
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DEV, "dev", "--port", str(port),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
        cwd=ROOT, env=environment(ACD_LOG_LEVEL="error"),
    )  # fmt: skip
    try:
        async with asyncio.timeout(LIMIT_S):
            await _listening(port)
            await _serving(port)
        return time.perf_counter() - begun
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await gone(process)


async def _listening(port: int) -> None:
    """Looks at the port itself: a channel that was refused would wait before it tries again."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.005)
            continue
        writer.close()
        return


async def _serving(port: int) -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        async for answer in stub.Watch(health_pb2.HealthCheckRequest()):
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                return
