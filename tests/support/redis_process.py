"""Real store processes: one node, or a cluster of nine, in folders that are deleted again."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from redis import Redis
from redis.exceptions import ConnectionError as NoConnectionError
from redis.exceptions import RedisError

from store_node import configuration, users
from store_node.settings import SHARDS
from store_node.view import Member, members, slot_ranges, text_of
from tests.support.wait import wait_for

REPLICAS = 2
BUS = 10_000
"""A node's cluster bus listens on its port plus this."""

SMALL = {
    "save": '""',
    "appendonly": "no",
    "maxmemory-policy": "noeviction",
    "repl-backlog-size": "1mb",
    "repl-diskless-sync": "yes",
    "repl-diskless-sync-delay": "0",
    "busy-reply-threshold": "500",
}
"""Settings of every process of a test."""

CLUSTER = {
    **configuration.CLUSTER,
    # Longer than a busy machine may hold a process back: no failover that no test asked for.
    "cluster-node-timeout": "15000",
}

PASSWORD = "only a: {test}/@%"
"""Of the servers' user. Whoever says no name may do everything, so that tests see everything."""

# Below the range that outgoing connections use, buses too; test runs side by side begin elsewhere.
_ports = iter(range(11_000 + os.getpid() * 97 % 9_000, 22_000))


def free_port() -> int:
    """A port that is free, and so is its bus port; none twice in a process."""
    for port in _ports:
        if all(_is_free(number) for number in (port, port + BUS)):
            return port
    raise AssertionError("no port is free")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


class StoreProcess:
    """One server process. With `port` 0 it listens on a Unix socket only; `environment` is added to ours."""

    def __init__(
        self,
        program: str,
        *,
        port: int = 0,
        module: str = "",
        options: dict[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="acd-test-"))
        self.port = port
        self._program = program
        self._socket = self.folder / "s"
        self._module = module
        self._options = {**SMALL, **(options or {})}
        self._environment = environment or {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}" if self.port else f"unix://{self._socket}"

    @property
    def application_url(self) -> str:
        """As the servers' user, who may do only what the router needs."""
        return as_application(self.url)

    @property
    def pid(self) -> int:
        """Process id; 0 while it does not run."""
        return self._process.pid if self._process else 0

    def client(self) -> Redis:
        """A client with one connection at a time; close it."""
        return Redis.from_url(self.url, socket_timeout=5, protocol=2, retry=None)

    def command(self, *words: str | int) -> object:
        """One command on a connection of its own."""
        with self.client() as client:
            return client.execute_command(*words)

    def start(self) -> None:
        self._socket.unlink(missing_ok=True)
        config = self.folder / "store.conf"
        config.write_text(self._config(), encoding="utf-8")
        self.users_file.write_text(self._users(), encoding="utf-8")
        with (self.folder / "store.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**os.environ, **self._environment},
                start_new_session=True,
            )
        wait_for(self._answers, f"{self._program} answers")

    @property
    def users_file(self) -> Path:
        return self.folder / "users.acl"

    def _users(self) -> str:
        rules = users.application_rules(json=bool(self._module))
        return f"user default on nopass ~* &* +@all\nuser {users.APPLICATION} reset on {_hash(PASSWORD)} {rules}\n"

    def _config(self) -> str:
        lines = [f"{name} {value}" for name, value in self._options.items()]
        lines += [f"aclfile {self.users_file}"]
        lines += [f"port {self.port}", f"dir {self.folder}", "bind 127.0.0.1", "daemonize no"]
        if not self.port:
            lines.append(f"unixsocket {self._socket}")
        if self._module:
            lines.append(f"loadmodule {self._module}")
            lines += [f"{name} {value}" for name, value in configuration.FREED_AT_ONCE.items()]
        return "\n".join(lines) + "\n"

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError(f"{self._program} ended:\n{self.log()[-2000:]}")
        try:
            return self.command("PING") is not None
        except (NoConnectionError, TimeoutError):
            return False
        except RedisError:
            return False  # it is still loading

    def log(self) -> str:
        return (self.folder / "store.log").read_text(errors="replace")

    def kill(self) -> None:
        """kill -9, and waits until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """SIGSTOP: it keeps its connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def remove(self) -> None:
        """Ends it and deletes its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def as_application(url: str) -> str:
    """A store's URL with the servers' user and password in it."""
    return url.replace("://", f"://{users.APPLICATION}:{quote(PASSWORD, safe='')}@", 1)


def _hash(password: str) -> str:
    return f"#{sha256(password.encode()).hexdigest()}"


class Node:
    """A store of one process."""

    def __init__(
        self,
        program: str,
        *,
        module: str = "",
        options: dict[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.processes = [StoreProcess(program, module=module, options=options, environment=environment)]

    @property
    def url(self) -> str:
        return self.processes[0].url

    @property
    def application_url(self) -> str:
        return as_application(self.url)

    def start(self) -> None:
        self.processes[0].start()

    def primaries(self) -> list[StoreProcess]:
        return self.processes

    def remove(self) -> None:
        self.processes[0].remove()


class Cluster:
    """Three primaries with two replicas each, formed by commands of ours."""

    def __init__(
        self,
        program: str,
        *,
        module: str = "",
        options: dict[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        settings = {**CLUSTER, **(options or {})}
        self.processes = [
            StoreProcess(program, port=free_port(), module=module, options=settings, environment=environment)
            for _ in range(SHARDS * (1 + REPLICAS))
        ]

    @property
    def url(self) -> str:
        return "redis+cluster://" + ",".join(f"127.0.0.1:{process.port}" for process in self.processes)

    @property
    def application_url(self) -> str:
        return as_application(self.url)

    def start(self) -> None:
        for process in self.processes:
            process.start()
        first, primaries = self.processes[0], self.processes[:SHARDS]
        for number, process in enumerate(self.processes, 1):
            process.command("CLUSTER", "SET-CONFIG-EPOCH", number)
        for number, (low, high) in enumerate(slot_ranges()):
            primaries[number].command("CLUSTER", "ADDSLOTSRANGE", low, high)
        for process in self.processes[1:]:
            first.command("CLUSTER", "MEET", "127.0.0.1", process.port)
        for process in self.processes:
            wait_for(partial(_knows_all, process, len(self.processes)), "every node knows the others")
        for number, process in enumerate(self.processes[SHARDS:]):
            process.command("CLUSTER", "REPLICATE", _id_of(primaries[number % SHARDS]))
        self.wait_until_whole()

    def wait_until_whole(self, timeout: float = 60.0) -> None:
        """Waits until every node that runs is content and every replica is in step."""
        for process in self.processes:
            if process.pid:
                wait_for(partial(_is_ok, process), "cluster_state:ok", timeout)
        wait_for(lambda: len(self.primaries()) == SHARDS, "there are three primaries", timeout)
        for process in self.primaries():
            wait_for(partial(_is_whole, process), "every replica is online", timeout)
        for process in self.processes:
            if process.pid:
                wait_for(partial(_is_linked, process), "every replica has loaded what it was sent", timeout)

    def primaries(self) -> list[StoreProcess]:
        """Those that own slots now, by what each node says of itself."""
        return [process for process in self.processes if process.pid and _owns_slots(process)]

    def primary_of(self, center: str) -> StoreProcess:
        """The process that owns a center's keys."""
        slot = self.primaries()[0].command("CLUSTER", "KEYSLOT", f"{{{center}}}:")
        assert isinstance(slot, int)
        for process in self.primaries():
            if any(node.myself and node.owns(slot) for node in nodes_of(process)):
                return process
        raise AssertionError(f"nobody owns slot {slot}")

    def remove(self) -> None:
        for process in self.processes:
            process.remove()


Store = Node | Cluster


def nodes_of(process: StoreProcess) -> list[Member]:
    """What a node knows of the cluster; nobody is counted who is not known by name yet."""
    with process.client() as client:
        # redis-py would read the reply; its words change with the version of the server.
        client.set_response_callback("CLUSTER NODES", text_of)
        return [member for member in members(str(client.execute_command("CLUSTER NODES"))) if member.known]


def _id_of(process: StoreProcess) -> str:
    return next(node.id for node in nodes_of(process) if node.myself)


def _owns_slots(process: StoreProcess) -> bool:
    return any(node.myself and node.is_primary and node.slots for node in nodes_of(process))


def _knows_all(process: StoreProcess, count: int) -> bool:
    return len(nodes_of(process)) == count


def _is_ok(process: StoreProcess) -> bool:
    with process.client() as client:
        client.set_response_callback("CLUSTER INFO", text_of)
        text = str(client.execute_command("CLUSTER INFO"))
    return "cluster_state:ok" in text


def _is_whole(process: StoreProcess) -> bool:
    """Whether a primary has all its replicas, in step."""
    info = process.command("INFO", "replication")
    assert isinstance(info, dict)
    replicas = [value for name, value in info.items() if str(name).startswith("slave") and isinstance(value, dict)]
    return [replica["state"] for replica in replicas] == ["online"] * REPLICAS


def _is_linked(process: StoreProcess) -> bool:
    """True for a primary, and for a replica that follows its own: one that is online may still be loading."""
    info = process.command("INFO", "replication")
    assert isinstance(info, dict)
    return bool(info["role"] == "master" or info["master_link_status"] == "up")
