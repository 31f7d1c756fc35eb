"""Three real nodes of the store on loopback, each a process with three children."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from store_node.membership import Membership
from store_node.settings import SHARDS, Settings, load
from store_node.view import UNREACHABLE, slot_range
from tests.support.certificates import Authority
from tests.support.disk import Disk
from tests.support.redis_process import free_port
from tests.support.wait import wait_for

TIMEOUT_MS = 1000
DISK = 64 << 20
PASSWORD = 'a word "{of}" \\ passage #1'
"""Between the nodes: with all that a configuration file could take for something else."""
APPLICATION = "the servers' word"
OPERATOR = "the operator's word"
WRITE = "#!lua\nredis.call('SET', KEYS[1], ARGV[1])\nreturn redis.call('PEXPIRE', KEYS[1], 3600000)"
"""Two commands, as a change of the router is many: a transaction in the files and for replicas."""
LIMIT = 60.0
"""Seconds for whatever a cluster does by itself, on a busy machine."""


class Nodes:
    """The processes of all three nodes, each node in a process group of its own."""

    def __init__(self, folder: Path, program: str, authority: Authority | None = None) -> None:
        """With an authority every connection is TLS."""
        self.folder = folder
        for name, word in (("nodes", PASSWORD), ("application", APPLICATION), ("operator", OPERATOR)):
            self.write_passwords(name, word)
        self.environment = {
            "STORE_NODES": ",".join(f"127.0.0.1:{_three_ports()}" for _ in range(SHARDS)),
            "STORE_PROGRAM": program,
            "STORE_PASSWORD_FILE": str(self.file_of("nodes")),
            "STORE_APPLICATION_PASSWORD_FILE": str(self.file_of("application")),
            "STORE_OPERATOR_PASSWORD_FILE": str(self.file_of("operator")),
            "STORE_NODE_TIMEOUT_MS": str(TIMEOUT_MS),
            "STORE_REPL_BACKLOG_SIZE": "1mb",
        }
        if authority is not None:
            pair = authority.issue("node", "127.0.0.1")
            self.environment |= {
                "STORE_TLS_CERT_FILE": str(pair.cert_file),
                "STORE_TLS_KEY_FILE": str(pair.key_file),
                "STORE_TLS_CA_FILE": str(authority.ca_file),
            }
        self.membership = Membership(self.settings(1))
        self.disk: Disk | None = None
        """Of node 1, where it has one of its own."""
        self._running: dict[int, subprocess.Popen[bytes]] = {}

    def file_of(self, name: str) -> Path:
        return self.folder / f"{name}.password"

    def write_passwords(self, name: str, *words: str) -> None:
        """One a line; the first is the one that the nodes use themselves."""
        self.file_of(name).write_text("".join(f"{word}\n" for word in words), encoding="utf-8")

    def as_user(self, node: int, shard: int, user: str, password: str) -> Redis:
        """A client of a process, as one of its users. Close it."""
        address = self.membership.process(node, shard).address
        return Redis(
            host=address.host,
            port=address.port,
            username=user,
            password=password,
            protocol=2,
            driver_info=None,
            ssl="STORE_TLS_CA_FILE" in self.environment,
            ssl_ca_certs=self.environment.get("STORE_TLS_CA_FILE"),
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )

    @property
    def url(self) -> str:
        """As servers have it."""
        scheme = "rediss+cluster" if "STORE_TLS_CA_FILE" in self.environment else "redis+cluster"
        return f"{scheme}://acd:{quote(APPLICATION)}@{self.environment['STORE_NODES']}"

    def variables(self, node: int) -> dict[str, str]:
        return {**self.environment, "STORE_NODE": str(node), "STORE_DATA": str(self.data(node))}

    def settings(self, node: int) -> Settings:
        return load(self.variables(node))

    def data(self, node: int) -> Path:
        return self.folder / f"node-{node}"

    def start(self, *nodes: int) -> None:
        for node in nodes or range(1, SHARDS + 1):
            with (self.folder / f"node-{node}.log").open("ab") as output:
                self._running[node] = subprocess.Popen(
                    [sys.executable, "-m", "store_node"],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **self.variables(node)},
                    start_new_session=True,
                )

    def kill(self, *nodes: int) -> None:
        """kill -9 of all that belongs to a node, as when its power fails."""
        for node in nodes or list(self._running):
            process = self._running.pop(node)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop(self, node: int) -> None:
        """The orderly way."""
        process = self._running.pop(node)
        process.terminate()
        assert process.wait(LIMIT) == 0, self.said(node)

    def said(self, node: int) -> str:
        return (self.folder / f"node-{node}.log").read_text(encoding="utf-8", errors="replace")

    def check(self, node: int) -> int:
        """The exit status of the health check."""
        command = [sys.executable, "-m", "store_node", "check"]
        return subprocess.run(
            command, env={**os.environ, **self.variables(node)}, check=False, capture_output=True
        ).returncode

    def holder(self, shard: int) -> int:
        """The node whose process is the primary of a shard, by its own words; 0: none."""
        low, _ = slot_range(shard)
        for node in self._running:
            try:
                if self.membership.process(node, shard).myself().owns(low):
                    return node
            except UNREACHABLE:
                continue
        return 0

    def holders(self) -> list[int]:
        return [self.holder(shard) for shard in range(1, SHARDS + 1)]

    def wait_until_whole(self) -> None:
        """Every shard's primary is at home with two replicas in step."""
        wait_for(self._is_whole, f"whole: {self.holders()}", LIMIT)

    def _is_whole(self) -> bool:
        try:
            for shard in range(1, SHARDS + 1):
                home = self.membership.process(shard, shard)
                info = home.replication()
                replicas = [value for name, value in info.items() if name.startswith("slave")]
                states = [replica["state"] for replica in replicas if isinstance(replica, dict)]
                if info.get("role") != "master" or states != ["online"] * 2 or not home.cluster_ok():
                    return False
        except UNREACHABLE:
            return False
        return self.holders() == [1, 2, 3]

    def write(self, shard: int, value: str) -> bool:
        """Writes to a shard, wherever its primary is; True when a replica has it."""
        holder = self.holder(shard)
        if not holder:
            return False
        try:
            with self.as_user(holder, shard, "acd", APPLICATION) as client:
                client.evalsha(str(client.script_load(WRITE)), 1, key_of(shard), value)
                return bool(client.wait(1, 500))
        except UNREACHABLE:
            return False

    def read(self, shard: int) -> object:
        with self.as_user(self.holder(shard), shard, "acd", APPLICATION) as client:
            return client.get(key_of(shard))

    def time_to_write(self, shard: int, value: str) -> float:
        """Seconds until a write is acknowledged."""
        begun = time.monotonic()
        wait_for(lambda: self.write(shard, value), f"shard {shard} takes writes", LIMIT)
        return time.monotonic() - begun

    def give_disk(self) -> None:
        """Node 1 gets a disk of its own, before it starts. Raises PermissionError: only root may."""
        self.disk = Disk(self.data(1), DISK)
        self.disk.mount()

    def remove(self) -> None:
        self.kill()
        for process in self.membership.all():
            process.close()
        if self.disk is not None:
            self.disk.remove()


def key_of(shard: int) -> str:
    """A key of the shard: their slots are 866, 9059 and 12182."""
    return {1: "{hello}:", 2: "{world}:", 3: "{foo}:"}[shard]


def _three_ports() -> int:
    """The first of three free ports in a row."""
    while True:
        first, second, third = free_port(), free_port(), free_port()
        if (second, third) == (first + 1, first + 2):
            return first
