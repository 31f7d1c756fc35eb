"""A whole server in this process: the real app, its real interceptors, over a given store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from acd_server.app import App
from acd_server.config import Settings
from acd_server.store import Store


@dataclass(frozen=True)
class Server:
    """A running server and where it listens."""

    app: App
    target: str


@asynccontextmanager
async def running(store: Store | None, **settings: Any) -> AsyncIterator[Server]:
    """Starts on a free port of the loopback; ends at once, without a drain."""
    settings = {"address": "127.0.0.1:0", "drain_notice_s": 0.0, **settings}
    app = App(Settings(**settings), store)
    port = await app.start()
    try:
        yield Server(app, f"127.0.0.1:{port}")
    finally:
        await app.close()
