"""A dispatcher in this process, over a server that runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from acd_client import AcdClient
from dispatcher.app import Dispatcher
from tests.support.wait import wait_until


@asynccontextmanager
async def dispatching(target: str) -> AsyncIterator[Dispatcher]:
    """A dispatcher with a connection of its own, connected."""
    async with AcdClient(target) as client:
        dispatcher = Dispatcher(client)
        task = asyncio.create_task(dispatcher.run())
        try:
            await wait_until(lambda: dispatcher.work.connected, "the dispatcher hears of work")
            yield dispatcher
        finally:
            dispatcher.stop()
            await task
