"""Keeps a node's three processes running, in the cluster and in their places.

A process that died, and a node that was killed, come back only after a pause (`restart_pause_s`), when a
failover has been decided: it returns as a replica and can take nothing back. After an orderly
stop, which hands the primaries over and syncs the files, there is nothing to wait for.
"""

import logging
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from threading import Event

from store_node import passwords
from store_node.balance import Balance
from store_node.configuration import configuration, users_file
from store_node.journal import Journal
from store_node.membership import Membership, RefusedError
from store_node.passwords import Passwords
from store_node.settings import SHARDS, Settings
from store_node.users import users
from store_node.view import UNREACHABLE, Process

log = logging.getLogger("store_node")

LOOK_S = 0.5
STOP_S = 10.0
CLEAN = "stopped-in-order"


class Child:
    """One store process of this node, and when it may start."""

    def __init__(self, settings: Settings, shard: int) -> None:
        self._settings = settings
        self._shard = shard
        self._folder = settings.data / f"shard-{shard}"
        self._process: subprocess.Popen[bytes] | None = None
        self._not_before = 0.0
        self._passwords = settings.passwords
        self._has_read_users = False
        self.journal = Journal(shard)

    def prepare(self) -> None:
        """Makes the folder; after a death that was not in order, the pause begins now."""
        self._folder.mkdir(parents=True, exist_ok=True)
        clean = self._folder / CLEAN
        if (self._folder / "nodes.conf").exists() and not clean.exists():
            self._not_before = time.monotonic() + self._settings.restart_pause_s
            log.info("shard %d: not stopped in order, starts in %.1f s", self._shard, self._settings.restart_pause_s)
        clean.unlink(missing_ok=True)

    def keep_running(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            log.warning("shard %d ended with %s", self._shard, self._process.returncode)
            self._process = None
            self._not_before = time.monotonic() + self._settings.restart_pause_s
        if self._process is None and time.monotonic() >= self._not_before:
            self._start()

    def _start(self) -> None:
        path = self._folder / "store.conf"
        _write_secret(path, configuration(self._settings, self._shard, self._folder))
        self._write_users()
        self._has_read_users = True
        command = [self._settings.program, str(path)]
        self.journal = Journal(self._shard)
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - the operator's own choice
        log.info("shard %d: started, process %d", self._shard, self._process.pid)

    def follow(self, passwords: Passwords, process: Process) -> None:
        """Has changed passwords read by the process that runs. Raises UNREACHABLE: try again."""
        if passwords != self._passwords:
            self._passwords, self._has_read_users = passwords, False
            self._write_users()
        if not self._has_read_users:
            process.ask("ACL", "LOAD")
            self._has_read_users = True
            log.info("shard %d: has read the changed passwords", self._shard)

    def _write_users(self) -> None:
        if self._passwords.application:
            _write_secret(users_file(self._folder), users(self._passwords, json=bool(self._settings.module)))

    def stop(self) -> None:
        """SIGTERM, on which the process syncs its files; notes that all was in order."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            if self._process.wait(STOP_S) == 0:
                (self._folder / CLEAN).touch()
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def _write_secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


class Supervisor:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._membership = Membership(settings)
        self._balance = Balance(self._membership)
        self._children = [Child(settings, shard) for shard in range(1, SHARDS + 1)]
        self._said = ""
        self.stopping = Event()

    def run(self) -> None:
        """Until `stopping` is set; then stops in order."""
        for child in self._children:
            child.prepare()
        try:
            while not self.stopping.is_set():
                for child in self._children:
                    child.keep_running()
                self._look()
                self.stopping.wait(LOOK_S)
        finally:
            self._balance.hand_over()
            for child in self._children:
                child.stop()

    def _look(self) -> None:
        faults = []
        for shard, child in enumerate(self._children, 1):
            try:
                self._membership.take_part(shard)
                child.journal.look_after(self._membership.own(shard))
            except RefusedError as error:
                faults.append(str(error))
            except UNREACHABLE as error:
                faults.append(f"shard {shard}: {error}")
        if self._settings.passwords.application:
            faults += self._follow_passwords()
        with suppress(*UNREACHABLE):
            if self._balance.bring_home():
                log.info("takes the primary of the own shard back")
        self._say("; ".join(faults))

    def _follow_passwords(self) -> list[str]:
        """Passwords that were changed hold at once; what is wrong with the files, if anything is."""
        faults: list[str] = []
        found = passwords.read(self._settings.passwords.files, faults)
        if not faults:
            for shard, child in enumerate(self._children, 1):
                # A process that is down, or not up yet, reads them when it starts.
                with suppress(*UNREACHABLE):
                    child.follow(found, self._membership.own(shard))
        return faults

    def _say(self, message: str) -> None:
        """Logs what changed, once."""
        if message and message != self._said:
            log.warning("%s", message)
        self._said = message
