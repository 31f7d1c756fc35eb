"""Processes of the router, as an operator starts them, in this project's environment."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.wait import wait_for

ACD = "from acd_server.cli import main; main()"


class Process:
    """A Python process with its output in a file."""

    def __init__(self, name: str, folder: Path, arguments: list[str], environment: dict[str, str]) -> None:
        self.name = name
        self.log_path = folder / f"{name}.log"
        self._arguments = [sys.executable, *arguments]
        self._environment = {k: v for k, v in os.environ.items() if not k.startswith("ACD_")} | environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self._arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=self._environment
            )

    @property
    def code(self) -> int | None:
        """Exit code; None while it runs."""
        assert self._process is not None
        return self._process.poll()

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def end(self) -> int:
        """SIGTERM, and its exit code. Not in time: kill -9."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.terminate()
        try:
            return self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end:\n{self.log()[-3000:]}") from None

    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def logged(self, event: str) -> list[dict[str, object]]:
        """The entries of its log that are called so."""
        lines = [json.loads(line) for line in self.log().splitlines() if line.startswith("{") and line.endswith("}")]
        return [line for line in lines if line.get("event") == event]

    def wait_for_log(self, event: str, count: int) -> None:
        def found() -> bool:
            if self.code is not None:
                raise AssertionError(f"{self.name} ended with {self.code}:\n{self.log()[-3000:]}")
            return len(self.logged(event)) >= count

        wait_for(found, f"{self.name} logs {event} {count} times")


def acd(name: str, folder: Path, *arguments: str, **environment: str) -> Process:
    """The command `acd` with settings (ACD_ is put before their names)."""
    settings = {f"ACD_{key.upper()}": value for key, value in environment.items()}
    return Process(name, folder, ["-c", ACD, *arguments], {"ACD_LOG_FORMAT": "json", **settings})


class Server:
    """`acd serve` with several workers."""

    def __init__(self, name: str, folder: Path, port: int, workers: int, **environment: str) -> None:
        self.target = f"127.0.0.1:{port}"
        self.workers = workers
        self._process = acd(name, folder, "serve", "--workers", str(workers), address=self.target, **environment)
        self._killed = 0

    def start(self) -> None:
        self._process.start()
        self._process.wait_for_log("listening", self.workers)

    def kill_worker(self, number: int) -> None:
        """kill -9 of a worker; its supervisor starts another."""
        started = [line for line in self._process.logged("worker_started") if line["number"] == number]
        os.kill(int(str(started[-1]["pid"])), 9)
        self._killed += 1

    def wait_until_whole(self) -> None:
        """Waits until every killed worker has a successor that listens."""
        self._process.wait_for_log("listening", self.workers + self._killed)

    def end(self) -> int:
        return self._process.end()

    def log(self) -> str:
        return self._process.log()
