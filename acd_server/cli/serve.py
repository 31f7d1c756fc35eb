"""`acd serve`: servers, one process each, sharing an address.

The parent only supervises: it starts every worker afresh (`spawn`, so that no worker
inherits anything of gRPC), starts one that died again, and passes SIGTERM on.
"""

import asyncio
import multiprocessing
import signal
import time
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Annotated, Any

import structlog
import typer

from acd_server.cli._process import configured, run
from acd_server.config import Settings, split_address

log = structlog.get_logger("acd_server")

RESTART_PAUSE_S = 0.5
LOOK_S = 0.2


def command(
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes that share the address.")] = None,
    address: Annotated[str | None, typer.Option(help="host:port to listen on.")] = None,
) -> None:
    """Run a server by the settings; ACD_REDIS_URL names the store."""
    given: dict[str, Any] = {"workers": workers, "address": address}
    settings = configured(**{name: value for name, value in given.items() if value is not None})
    if settings.clock == "virtual":
        typer.echo("acd: ACD_CLOCK: virtual is for `acd dev`, never to serve", err=True)
        raise typer.Exit(2)
    if settings.workers == 1:
        run(serve(settings))
    elif settings.redis_url:
        Supervisor(settings).run()
    else:
        typer.echo("acd: several workers need a store that they share: set ACD_REDIS_URL", err=True)
        raise typer.Exit(2)


async def serve(settings: Settings, *, reuse_port: bool = False) -> None:
    """One server, until SIGTERM or SIGINT; then it drains."""
    from acd_server.app import App  # noqa: PLC0415 - keeps `acd --help` quick

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if (parent := multiprocessing.parent_process()) is not None:
        # A worker without its supervisor would hold the address for ever.
        loop.add_reader(parent.sentinel, stop.set)
    app = App(settings, reuse_port=reuse_port)
    await app.start()
    await stop.wait()
    if parent is not None:
        loop.remove_reader(parent.sentinel)
    await app.drain()


def worker(number: int, settings: dict[str, Any]) -> None:
    """The main function of a worker process."""
    own = configured(**settings, workers=1)
    if own.metrics_address:
        host, port = split_address(own.metrics_address)
        own = own.but(metrics_address=f"{host}:{port + number}")
    run(serve(own, reuse_port=True))


class Supervisor:
    """Keeps the workers running until it is told to stop."""

    def __init__(self, settings: Settings) -> None:
        self._arguments = {"address": settings.address}
        self._context = multiprocessing.get_context("spawn")
        self._processes: list[BaseProcess | None] = [None] * settings.workers
        self._stopping = False

    def _start(self, number: int) -> BaseProcess:
        process = self._context.Process(target=worker, args=(number, self._arguments), name=f"worker-{number}")
        process.start()
        log.info("worker_started", number=number, pid=process.pid)
        return process

    def _stop(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._stopping = True

    def run(self) -> None:
        for stop in (signal.SIGTERM, signal.SIGINT):
            signal.signal(stop, self._stop)
        for number in range(len(self._processes)):
            self._processes[number] = self._start(number)
        while not self._stopping:
            self._look()
            time.sleep(LOOK_S)
        for process in self._processes:
            if process is not None and process.is_alive():
                process.terminate()
        for process in self._processes:
            if process is not None:
                process.join()

    def _look(self) -> None:
        for number, process in enumerate(self._processes):
            if process is not None and not process.is_alive() and not self._stopping:
                log.error("worker_died", number=number, exit=process.exitcode)
                time.sleep(RESTART_PAUSE_S)
                self._processes[number] = self._start(number)
