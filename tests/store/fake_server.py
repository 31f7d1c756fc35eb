"""A store node that answers what a test tells it to, for faults that a real one shows at bad moments only."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

INFO = "redis_version:7.2.4\r\n"
HANG_UP = "hang up"

Answer = Callable[[list[str]], str | None]
"""Given the words of a command, an error line such as `LOADING ...`, HANG_UP, or None: as usual."""


class FakeServer:
    """Enough of the protocol for `Store.open`: every script answers OK."""

    def __init__(self) -> None:
        self.answer: Answer = lambda _words: None
        self.info = INFO
        self.scripts: list[list[str]] = []
        """Each script call that came in."""
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while words := await _command(reader):
                if words[0] == "EVALSHA":
                    self.scripts.append(words)
                answer = self.answer(words)
                if answer == HANG_UP:
                    break
                writer.write((f"-{answer}\r\n" if answer else self._usual(words)).encode())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _usual(self, words: list[str]) -> str:
        match words:
            case ["INFO", *_]:
                return _bulk(self.info)
            case ["COMMAND", *_]:
                return "*1\r\n*-1\r\n"
            case ["EVALSHA", *_]:
                return _of_script(words)
            case _:
                return "+OK\r\n"


def _of_script(words: list[str]) -> str:
    match words:
        case ["EVALSHA", _, _, "{_}:", layout, documents, clock]:
            return f"*4\r\n{''.join(map(_bulk, ('ok', layout, documents, clock)))}"
        case ["EVALSHA", _, "0", _]:  # check_rights
            return f"*1\r\n{_bulk('ok')}"
        case ["EVALSHA", _, _, _]:  # get_work
            return f"*4\r\n{_bulk('ok')}:0\r\n{_bulk('')}:0\r\n"
        case _:  # fire_deadlines
            return f"*5\r\n{_bulk('ok')}:0\r\n:0\r\n{_bulk('')}:0\r\n"


def _bulk(text: str) -> str:
    return f"${len(text.encode())}\r\n{text}\r\n"


async def _command(reader: asyncio.StreamReader) -> list[str]:
    head = await reader.readline()
    if not head:
        return []
    words = []
    for _ in range(int(head[1:])):
        size = int((await reader.readline())[1:])
        words.append((await reader.readexactly(size + 2))[:-2].decode())
    return words


@asynccontextmanager
async def running() -> AsyncIterator[FakeServer]:
    fake = FakeServer()
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield fake
    finally:
        server.close()
