"""Tells HAProxy's agent-check that this server takes new calls, or no longer.

Whether the server is well is asked by gRPC (`health.py`). This says one thing more, in time: a server
that is stopping gets no new calls while those in flight go on.
"""

import asyncio
from collections.abc import Callable

from acd_server.config import split_address


class AgentCheck:
    """A TCP port that answers every connection with a line and closes it."""

    def __init__(self, address: str, draining: Callable[[], bool]) -> None:
        self._address = address
        self._draining = draining
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listens and returns the port. Workers share the address: they stop together. Raises OSError."""
        host, port = split_address(self._address)
        self._server = await asyncio.start_server(self._answer, host, port, reuse_port=True)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def _answer(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # `ready` takes back a `drain` that the balancer remembers of our predecessor.
        writer.write(b"drain\n" if self._draining() else b"ready\n")
        writer.close()

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
