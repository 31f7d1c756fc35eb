"""`acd dev`: the whole router in one process on loopback."""

import asyncio
import contextlib
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from acd_server.cli._process import configured, run
from acd_server.cli._quick import uncollected
from acd_server.config import Settings
from acd_server.embedded import EmbeddedStore

if TYPE_CHECKING:
    from acd_client import AcdClient
    from acd_server.app import App
    from acd_server.store import Store
    from dispatcher.app import Dispatcher

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


async def _dev(settings: Settings, data: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        with uncollected():
            app, port, dispatcher = await _start(settings, stack)
        dispatching = asyncio.create_task(dispatcher.run(), name="dispatcher")
        where = f", its data in {data}" if data else ""
        where += ", on the virtual clock" if settings.clock == "virtual" else ""
        typer.echo(GREETING.format(port=port, where=where))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([stopped, dispatching], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        dispatcher.stop()
        with contextlib.suppress(asyncio.CancelledError):
            await dispatching
        await app.drain()


async def _start(settings: Settings, stack: contextlib.AsyncExitStack) -> tuple["App", int, "Dispatcher"]:
    """Starts the store, opens it, and imports what needs it while it is busy with its scripts."""
    private = EmbeddedStore.starting(settings.data_dir, json_module=settings.embedded_json_module)
    starting = await stack.enter_async_context(private)
    from acd_server.opening import open_store  # noqa: PLC0415 - after the store, which starts meanwhile

    url, loading = await starting, asyncio.Event()
    opening = asyncio.create_task(open_store(settings, url, loading.set))
    opening.add_done_callback(lambda _: loading.set())
    await loading.wait()
    app_class, client_class, dispatcher_class = await asyncio.to_thread(_parts)
    app = app_class(settings.but(redis_url=url), await _opened(opening, stack))
    port = await app.start()
    client = await stack.enter_async_context(client_class(f"127.0.0.1:{port}"))
    return app, port, dispatcher_class(client)


async def _opened(opening: "asyncio.Task[Store]", stack: contextlib.AsyncExitStack) -> "Store | None":
    """The store, or none: what is wrong with it the server tells its callers, and goes on trying."""
    from acd_server.errors import AcdError  # noqa: PLC0415 - as above

    try:
        store = await opening
    except AcdError:
        return None
    stack.push_async_callback(store.close)
    return store


def _parts() -> tuple[type["App"], type["AcdClient"], type["Dispatcher"]]:
    from acd_client import AcdClient  # noqa: PLC0415 - in a thread, while the store is opened
    from acd_server.app import App  # noqa: PLC0415 - as above
    from dispatcher.app import Dispatcher  # noqa: PLC0415 - as above

    return App, AcdClient, Dispatcher
