"""A router of the simulator's own: `acd dev` as a child process, for a run without --server."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from acd_client import AcdClient, Unavailable

START_LIMIT = 60.0
"""Wall seconds until the router must answer."""
STOP_LIMIT = 30.0
LOG_LINES = 15
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
    port = _free_port()
    with tempfile.NamedTemporaryFile(prefix="acd-dev-", suffix=".log") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", COMMAND, "dev", "--port", str(port), *(("--clock", "virtual") if virtual else ()),
            stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            env={**os.environ, "ACD_LOG_LEVEL": log_level},
        )  # fmt: skip
        try:
            await _answers(process, f"127.0.0.1:{port}", Path(log.name))
            yield f"127.0.0.1:{port}"
        finally:
            await _stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _answers(process: asyncio.subprocess.Process, address: str, log: Path) -> None:
    """Waits until the router answers a call, which takes store and scripts; raises StageError."""
    async with AcdClient(address) as client:
        deadline = asyncio.get_running_loop().time() + START_LIMIT
        while asyncio.get_running_loop().time() < deadline and process.returncode is None:
            with contextlib.suppress(Unavailable):
                await client.centers.list_centers.within(1.0)(page_size=1)
                return
            await asyncio.sleep(0.1)
    raise StageError(f"the router did not start (exit status {process.returncode}):\n{_tail(log)}")


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:])


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), STOP_LIMIT)
    except TimeoutError:
        process.kill()
        await process.wait()
