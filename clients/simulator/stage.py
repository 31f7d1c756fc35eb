"""A router of the simulator's own: `acd dev` as a child process, for a run without --server."""

import asyncio
import contextlib
import os
import re
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from acd_client import AcdClient, Unavailable

START_LIMIT = 60.0
"""Wall seconds until the router must answer."""
STOP_LIMIT = 30.0
LOG_LINES = 15
GREETING = re.compile(r"acd is ready on (127\.0\.0\.1:\d+)")
COMMAND = "from acd_server.cli import main; main()"


class StageError(Exception):
    """The router did not start; the text has the end of its log."""


@contextlib.asynccontextmanager
async def router(server: str, *, virtual: bool = False, log_level: str = "warning") -> AsyncIterator[str]:
    """The address of a running router: `server` itself, or else one that lives as long as the context.

    `virtual`: one that is started here runs on the virtual clock.
    """
    if server:
        yield server
        return
    with tempfile.NamedTemporaryFile(prefix="acd-dev-", suffix=".log") as file:
        # The router takes a free port itself: one that we found may be taken by then.
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", COMMAND, "dev", "--port", "0", *(("--clock", "virtual") if virtual else ()),
            stdin=asyncio.subprocess.DEVNULL, stdout=file, stderr=file,
            env={**os.environ, "ACD_LOG_LEVEL": log_level},
        )  # fmt: skip
        try:
            async with asyncio.timeout(START_LIMIT):
                address = await _address(process, Path(file.name))
                await _answers(process, address)
        except TimeoutError:
            raise StageError(f"the router did not start in {START_LIMIT:g} s:\n{_tail(Path(file.name))}") from None
        else:
            yield address
        finally:
            await _stop(process)


async def _address(process: asyncio.subprocess.Process, log: Path) -> str:
    """What the router says of where it listens; raises StageError."""
    while process.returncode is None:
        if said := GREETING.search(_text(log)):
            return said[1]
        await asyncio.sleep(0.05)
    raise StageError(f"the router did not start (exit status {process.returncode}):\n{_tail(log)}")


async def _answers(process: asyncio.subprocess.Process, address: str) -> None:
    """Waits until the router answers a call, which takes store and scripts."""
    async with AcdClient(address) as client:
        while process.returncode is None:
            with contextlib.suppress(Unavailable):
                await client.centers.list_centers.within(1.0)(page_size=1)
                return
            await asyncio.sleep(0.1)


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")


def _tail(log: Path) -> str:
    return "\n".join(_text(log).splitlines()[-LOG_LINES:])


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), STOP_LIMIT)
    except TimeoutError:
        process.kill()
        await process.wait()
