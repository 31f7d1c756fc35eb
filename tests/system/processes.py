"""Real processes of the router: servers, dispatchers, the whole of `acd dev`."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self

import grpc.aio
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from acd_client.channel import open_channel, trusting
from tests.support.wait import wait_until

ACD = Path(sys.executable).parent / "acd"
START_LIMIT = 90.0
"""Seconds until a process must be ready: Python starts slowly on a busy machine."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """One process of its own, with its children in a group of its own, its output in a file.

    Settings of the environment reach it only as given here.
    """

    def __init__(self, command: list[str], output: Path, **settings: str | float) -> None:
        self.command = command
        self.output = output
        self._settings = {f"ACD_{name.upper()}": str(value) for name, value in settings.items()}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ACD_")}
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**inherited, **self._settings},
                start_new_session=True,
            )
        return self

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9 of this one process, not of its children; waits until it is gone."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    async def ended(self, timeout: float = 20.0) -> int:  # noqa: ASYNC109 - a test says how long it may take
        """Its exit status; negative: the signal that ended it."""
        await wait_until(lambda: not self.running, f"{self.command} ends:\n{self.said()[-3000:]}", timeout)
        assert self._process is not None
        return int(self._process.returncode)

    def remove(self) -> None:
        """Ends whatever is left of it and of its children."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace") if self.output.exists() else ""

    def events(self, name: str) -> list[dict[str, Any]]:
        """Lines of its log about one event."""
        lines = [json.loads(line) for line in self.said().splitlines() if line.startswith("{")]
        return [line for line in lines if line.get("event") == name]


class Router:
    """Two servers and two dispatchers over one store, each a process of its own.

    `crew` is a server of two workers that are started again when they die; `single` is one
    process that nobody but the test starts again.
    """

    def __init__(self, folder: Path, store_url: str, *, documents: str, **settings: str | float) -> None:
        common: dict[str, Any] = {"log_format": "json", "log_level": "info", **settings}
        serve: dict[str, Any] = {**common, "redis_url": store_url, "documents": documents}
        self.ports = [free_port(), free_port()]
        self.targets = [f"127.0.0.1:{port}" for port in self.ports]
        self.target = ",".join(self.targets)
        self.crew = Process(
            [str(ACD), "serve", "--workers", "2"], folder / "crew.log", address=self.targets[0], **serve
        )
        self.single = Process([str(ACD), "serve"], folder / "single.log", address=self.targets[1], **serve)
        self.health = [f"127.0.0.1:{free_port()}" for _ in range(2)]
        self.dispatchers = [
            Process(
                [str(ACD), "dispatch"],
                folder / f"dispatcher-{number}.log",
                servers=self.target,
                dispatcher_health_address=address,
                **common,
            )
            for number, address in enumerate(self.health)
        ]

    @property
    def processes(self) -> list[Process]:
        return [self.crew, self.single, *self.dispatchers]

    def workers(self) -> list[int]:
        """Process ids of the crew's workers, the newest of each number."""
        newest = {event["number"]: event["pid"] for event in self.crew.events("worker_started")}
        return [newest[number] for number in sorted(newest)]

    def faults(self) -> list[dict[str, Any]]:
        """What the router itself logged as faults of its own."""
        names = ("fault", "wakes_failed", "store_check", "get_work_failed", "pass_failed")
        return [event for process in self.processes for name in names for event in process.events(name)]

    def crew_is_whole(self) -> bool:
        """Every worker that was ever started listened, so the newest ones do."""
        return len(self.crew.events("listening")) >= max(2, len(self.crew.events("worker_started")))

    async def servers_ready(self) -> None:
        await wait_until(self.crew_is_whole, "both workers listen", START_LIMIT)
        await asyncio.gather(*(wait_until_serving(address) for address in self.targets))

    async def dispatchers_ready(self) -> None:
        await asyncio.gather(*(wait_until_serving(address) for address in self.health))


@asynccontextmanager
async def running_router(folder: Path, store_url: str, documents: str, **settings: Any) -> AsyncIterator[Router]:
    """Two servers and two dispatchers, ready; ended by force."""
    router = Router(folder, store_url, documents=documents, **settings)
    try:
        for process in router.processes:
            process.start()
        await router.servers_ready()
        await router.dispatchers_ready()
        yield router
    finally:
        for process in router.processes:
            process.remove()


async def health_of(address: str, ca_file: str = "") -> int:
    """What `grpc.health.v1` says; NOT_SERVING where nobody answers. With `ca_file` it is asked by TLS."""
    async with open_channel(address, trusting(ca_file)) as channel:
        try:
            check = channel.unary_unary(
                "/grpc.health.v1.Health/Check",
                request_serializer=HealthCheckRequest.SerializeToString,
                response_deserializer=HealthCheckResponse.FromString,
            )
            reply = await check(HealthCheckRequest(), timeout=2.0)
        except grpc.aio.AioRpcError:
            return HealthCheckResponse.NOT_SERVING
        return int(reply.status)


async def wait_until_serving(address: str, timeout: float = START_LIMIT) -> None:  # noqa: ASYNC109 - as wait_until
    async def serving() -> bool:
        return await health_of(address) == HealthCheckResponse.SERVING

    await wait_until(serving, f"{address} is serving", timeout)


def children_of(pid: int) -> set[int]:
    """Process ids of all descendants."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found |= {int(child)} | children_of(int(child))
    return found


async def gone(pids: set[int], what: str) -> None:
    """Waits until none of these processes exists any more."""
    await wait_until(lambda: not any(_alive(pid) for pid in pids), what, 20.0)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def output_has(process: Process, text: str) -> None:
    await wait_until(lambda: text in process.said(), f"{process.command} prints {text!r}", START_LIMIT)
