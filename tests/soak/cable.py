"""A connection that can be cut: what a client's network does when it goes away without a word."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHUNK = 65_536
RESET = struct.pack("ii", 1, 0)
"""Of SO_LINGER: the end of the connection is a reset, not a goodbye."""


class Cable:
    """Bytes between the first who connects to it and a server; nobody connects again."""

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._server_at = (host, int(port))
        self._writers: set[asyncio.StreamWriter] = set()
        self._carrying: asyncio.Task[None] | None = None
        self._listening: asyncio.Server
        self.target = ""

    async def lay(self) -> None:
        self._listening = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.target = f"127.0.0.1:{self._listening.sockets[0].getsockname()[1]}"

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A client, until either side ends."""
        self._carrying = asyncio.current_task()
        self._listening.close()
        there, back = await asyncio.open_connection(*self._server_at)
        ends = {writer, back}
        self._writers |= ends
        try:
            await asyncio.gather(_carry(reader, back), _carry(there, writer))
        finally:
            self._writers -= ends
            for end in ends:
                end.close()

    def cut(self) -> None:
        """Resets every connection on both sides."""
        for writer in [writer for writer in self._writers if not writer.is_closing()]:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()

    async def remove(self) -> None:
        self._listening.close()
        self.cut()
        if self._carrying:
            await asyncio.wait({self._carrying})


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()


@asynccontextmanager
async def cable(target: str) -> AsyncIterator[Cable]:
    line = Cable(target)
    await line.lay()
    try:
        yield line
    finally:
        await line.remove()
