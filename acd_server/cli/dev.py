"""`acd dev`: the whole router in one process on loopback."""

import asyncio
import contextlib
import signal
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from acd_server.cli._process import configured, run

DEFAULT_PORT = 7700

GREETING = """\
acd is ready on 127.0.0.1:{port}{where}. Try, in another terminal:

  acd center create demo --server 127.0.0.1:{port}
  acd watch demo --server 127.0.0.1:{port}
  grpcurl -plaintext 127.0.0.1:{port} list

Ctrl-C ends it."""


def command(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = DEFAULT_PORT,
    data: Annotated[Path | None, typer.Option(file_okay=False, help="Keep the data here over restarts.")] = None,
    clock: Annotated[
        Literal["redis", "virtual"] | None,
        typer.Option(help="virtual: time stands still until a simulator moves it. Default: ACD_CLOCK, or redis."),
    ] = None,
    metrics_port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the metrics; 0: none.")] = 0,
) -> None:
    """Store, server and dispatcher in one process, to try things out."""
    arguments: dict[str, Any] = {
        "address": f"127.0.0.1:{port}",
        "data_dir": str(data or ""),
        "reflection": True,
        "auth": "none",
        "workers": 1,
        "metrics_address": f"127.0.0.1:{metrics_port}" if metrics_port else "",
    }
    if clock is not None:
        arguments["clock"] = clock
    settings = configured(**arguments, redis_url="")
    if settings.clock == "virtual":
        # Where an environment names a store for production, time must not be played with: refused there.
        settings = configured(**arguments)
    run(_dev(settings, str(data or "")))


async def _dev(settings: Any, data: str) -> None:
    from acd_client import AcdClient  # noqa: PLC0415 - keeps `acd --help` quick
    from acd_server.app import App  # noqa: PLC0415 - as above
    from dispatcher.app import Dispatcher  # noqa: PLC0415 - as above

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    app = App(settings)
    bound = await app.start()
    async with AcdClient(f"127.0.0.1:{bound}") as client:
        dispatcher = Dispatcher(client)
        dispatching = asyncio.create_task(dispatcher.run(), name="dispatcher")
        where = f", its data in {data}" if data else ""
        where += ", on the virtual clock" if settings.clock == "virtual" else ""
        typer.echo(GREETING.format(port=bound, where=where))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([stopped, dispatching], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        dispatcher.stop()
        with contextlib.suppress(asyncio.CancelledError):
            await dispatching
    await app.drain()
