"""A network of ours between a host and the store: it delays, and resets connections.

`python -m tests.campaign.proxy PORT DELAY JITTER RESET_EVERY` (seconds; 0: never), on the host: connections that
its packet filter sends to PORT go on to where they were meant to go, with a mark that the filter lets pass.
"""

import asyncio
import random
import socket
import struct
import sys
from contextlib import suppress

MARK = 7
"""On what this program sends."""
SO_ORIGINAL_DST = 80
RESET = struct.pack("ii", 1, 0)
"""For SO_LINGER: closing sends a reset."""
CHUNK = 65536


class Proxy:
    def __init__(self, delay: float, jitter: float) -> None:
        self._delay, self._jitter = delay, jitter
        self._open: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, both ways, until one side ends."""
        taken: socket.socket = writer.get_extra_info("socket")
        with suppress(OSError):
            far_reader, far_writer = await self._onward(taken)
            self._open |= {writer, far_writer}
            ways = [asyncio.create_task(self._pass(*way)) for way in ((reader, far_writer), (far_reader, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._open -= {writer, far_writer}
            far_writer.close()
        writer.close()

    async def _onward(self, taken: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        meant = taken.getsockopt(socket.SOL_IP, SO_ORIGINAL_DST, 16)
        port, address = struct.unpack("!2xH4s8x", meant)
        onward = socket.socket()
        onward.setblocking(False)
        onward.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, MARK)
        await asyncio.get_running_loop().sock_connect(onward, (socket.inet_ntoa(address), port))
        return await asyncio.open_connection(sock=onward)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """What arrives leaves later, in its order."""
        loop, pieces = asyncio.get_running_loop(), asyncio.Queue[tuple[float, bytes]]()

        async def leave() -> None:
            while True:
                due, piece = await pieces.get()
                await asyncio.sleep(due - loop.time())
                writer.write(piece)
                await writer.drain()

        leaving = asyncio.create_task(leave())
        try:
            while piece := await reader.read(CHUNK):
                pieces.put_nowait((loop.time() + max(0.0, self._delay + self._jitter * random.uniform(-1, 1)), piece))
        finally:
            leaving.cancel()

    def reset(self) -> None:
        """Every connection that is open now."""
        for writer in self._open:
            taken: socket.socket = writer.get_extra_info("socket")
            with suppress(OSError):
                taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()


async def main(port: int, delay: float, jitter: float, reset_every: float) -> None:
    proxy = Proxy(delay, jitter)
    async with await asyncio.start_server(proxy.serve, "0.0.0.0", port):  # noqa: S104 - in a namespace of its own
        while True:
            await asyncio.sleep(reset_every or 3600.0)
            proxy.reset()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), *map(float, sys.argv[2:])))
