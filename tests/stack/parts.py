"""The parts of the system as processes on the hosts of a network, each as it is in production."""

import os
import secrets
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from acd_client import AcdClient
from store_node import users
from store_node.membership import Membership
from store_node.settings import SHARDS, Settings, load
from store_node.view import Process
from tests.stack import system
from tests.stack.network import Network
from tests.stack.system import RUNNING_SERVERS, SERVERS, wait
from tests.support.certificates import Authority
from tests.system.processes import ACD, health_of

ROOT = Path(__file__).parent.parent.parent
GRPC_TLS = 7743
GRPC, AGENT, HEALTH, DISCOVERY, INTERNAL, STORE = 7700, 7701, 7702, 6379, 8404, 7001
DISPATCHERS, BALANCERS = 2, 2
SERVING = 1
FEED_LIFE_S = 20.0
"""Short, so that feeds re-spread while a test waits for it."""


class Part:
    """One program on one host, with its children in a group of its own."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], folder: Path) -> None:
        self.name = name
        self._command = command
        self._environment = environment
        self._folder = folder
        self.extra: dict[str, str] = {}
        """Settings that only the next start has."""
        self._log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def successor(self, *words: str) -> "Part":
        """The same program, not started yet, with more words behind its command."""
        return Part(self.name, [*self._command, *words], self._environment, self._folder)

    def start(self) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ACD_", "STORE_"))}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**inherited, **self._environment, **self.extra},
                start_new_session=True,
                cwd=ROOT,
            )
        self.extra = {}

    def kill(self) -> None:
        """kill -9 of it and all its children."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""


class Stack:
    """Everything: three store nodes, servers, dispatchers, two balancers, and where clients are."""

    NICENESS = 5

    def __init__(self, folder: Path, program: str, module: str, *, tls: bool = False) -> None:
        """With `tls` every connection is TLS, but for the agent-check and the balancers' own pages."""
        self.folder = folder
        hosts = [
            *self._names("store", SHARDS),
            *self._names("server", SERVERS),
            *self._names("dispatcher", DISPATCHERS),
            *self._names("balancer", BALANCERS),
            "client",
        ]
        self.network = Network(hosts, self.NICENESS)
        self.target = f"{self.network.vip}:{GRPC_TLS if tls else GRPC}"
        self._ca_file, self._cert_file, self._key_file, self._both = "", "", "", ""
        if tls:
            authority = Authority(folder)
            pair = authority.issue("stack", self.network.vip, *self.network.addresses.values())
            self._ca_file, self._both = str(authority.ca_file), str(pair.both())
            self._cert_file, self._key_file = str(pair.cert_file), str(pair.key_file)
        self._secrets = folder / "secrets"
        subprocess.run([ROOT / "tools" / "make_secrets.sh", self._secrets], check=True, capture_output=True)
        self.passwords = {user: secrets.token_urlsafe() for user in ("nodes", users.APPLICATION, users.OPERATOR)}
        self._store = {
            "STORE_NODES": ",".join(f"{self._at(host)}:{STORE}" for host in self._names("store", SHARDS)),
            "STORE_PROGRAM": program,
            "STORE_MODULE": module,
            "STORE_PASSWORD_FILE": self._secret("nodes"),
            "STORE_APPLICATION_PASSWORD_FILE": self._secret(users.APPLICATION),
            "STORE_OPERATOR_PASSWORD_FILE": self._secret(users.OPERATOR),
            "STORE_TLS_CA_FILE": self._ca_file,
            "STORE_TLS_CERT_FILE": self._cert_file,
            "STORE_TLS_KEY_FILE": self._key_file,
            # So that nothing acknowledged may be lost even when everything dies at once.
            "STORE_APPENDFSYNC": "always",
            "STORE_REPL_BACKLOG_SIZE": "8mb",
        }
        self.stores = [self._node(node) for node in range(1, SHARDS + 1)]
        self.servers = [self._server(host) for host in self._names("server", SERVERS)]
        self.dispatchers = [self._dispatcher(host) for host in self._names("dispatcher", DISPATCHERS)]
        self.balancers = [self._balancer(host) for host in self._names("balancer", BALANCERS)]
        self.keepers = [self._keeper(number) for number in range(BALANCERS)]
        self.membership = Membership(self._settings(1))

    @staticmethod
    def _names(kind: str, count: int) -> list[str]:
        return [f"{kind}{number}" for number in range(1, count + 1)]

    def _secret(self, user: str) -> str:
        """The path of a file with the user's password."""
        path = self.folder / f"{user}.password"
        path.touch(mode=0o600)
        path.write_text(f"{self.passwords[user]}\n")
        return str(path)

    def _at(self, host: str) -> str:
        return self.network.addresses[host]

    def _part(self, name: str, host: str, command: list[str], environment: dict[str, str]) -> Part:
        return Part(name, self.network.command(host, *command), environment, self.folder)

    def _variables(self, node: int) -> dict[str, str]:
        return {**self._store, "STORE_NODE": str(node), "STORE_DATA": str(self.folder / f"store{node}")}

    def _settings(self, node: int) -> Settings:
        return load(self._variables(node))

    def _node(self, node: int) -> Part:
        host = f"store{node}"
        return self._part(host, host, [sys.executable, "-m", "store_node"], self._variables(node))

    def _server(self, host: str) -> Part:
        seeds = [f"{self.network.vip}:{DISCOVERY}", *self._store["STORE_NODES"].split(",")]
        settings = {
            "ACD_ADDRESS": f"{self._at(host)}:{GRPC}",
            "ACD_AGENT_CHECK_ADDRESS": f"{self._at(host)}:{AGENT}",
            "ACD_REDIS_URL": f"{'rediss' if self._ca_file else 'redis'}+cluster://{users.APPLICATION}@{','.join(seeds)}",
            "ACD_REDIS_CA_FILE": self._ca_file,
            "ACD_TLS_CERT_FILE": self._cert_file,
            "ACD_TLS_KEY_FILE": self._key_file,
            "ACD_REDIS_PASSWORD_FILE": self._secret(users.APPLICATION),
            "ACD_AUTH": "tokens",
            "ACD_TOKENS_FILE": str(self._secrets / "tokens.toml"),
            "ACD_FEED_MAX_LIFE_S": str(FEED_LIFE_S),
            "ACD_LOG_FORMAT": "json",
        }
        return self._part(host, host, [str(ACD), "serve"], settings)

    def _dispatcher(self, host: str) -> Part:
        settings = {
            "ACD_SERVERS": self.target,
            "ACD_TOKEN_FILE": str(self._secrets / "dispatcher_token"),
            "ACD_CA_FILE": self._ca_file,
            "ACD_DISPATCHER_HEALTH_ADDRESS": f"{self._at(host)}:{HEALTH}",
            "ACD_LOG_FORMAT": "json",
        }
        return self._part(host, host, [str(ACD), "dispatch"], settings)

    def _balancer(self, host: str) -> Part:
        variables = {
            "ACD_LB_GRPC": f"*:{GRPC}",
            "ACD_LB_REDIS": f"*:{DISCOVERY}",
            "ACD_LB_INTERNAL": f"127.0.0.1:{INTERNAL}",
            "ACD_LB_AGENT_PORT": str(AGENT),
            "ACD_LB_SOCKET": str(self.folder / f"{host}.sock"),
        }
        if self._ca_file:
            variables |= {"ACD_LB_TLS": f"*:{GRPC_TLS}", "ACD_LB_TLS_CERT": self._both}
            variables |= dict.fromkeys(("ACD_LB_SERVER_CA", "ACD_LB_REDIS_CA"), self._ca_file)
        for number, server in enumerate(self._names("server", SERVERS), 1):
            variables[f"ACD_LB_SERVER_{number}"] = f"{self._at(server)}:{GRPC}"
        for node, address in enumerate(self._store["STORE_NODES"].split(","), 1):
            variables[f"ACD_LB_REDIS_{node}"] = address
        # In the foreground: a group of its own, as a container is.
        return self._part(f"{host}-haproxy", host, ["haproxy", "-db", "-f", "haproxy/haproxy.cfg"], variables)

    def _keeper(self, number: int) -> Part:
        own, peer = (f"balancer{place + 1}" for place in (number, 1 - number))
        variables = {
            "ACD_VIP": f"{self.network.vip}/24",
            "ACD_VIP_INTERFACE": "eth0",
            "ACD_VIP_OWN": self._at(own),
            "ACD_VIP_PEER": self._at(peer),
            "ACD_VIP_PRIORITY": str(101 - number),
            "ACD_LB_INTERNAL": f"127.0.0.1:{INTERNAL}",
        }
        config = self.folder / f"{own}-keepalived.conf"
        printed = subprocess.run(
            [str(ROOT / "haproxy" / "keepalived.sh")],
            env={**os.environ, **variables},
            check=True,
            capture_output=True,
            text=True,
        )
        config.write_text(printed.stdout, encoding="utf-8")
        files = {kind: self.folder / f"{own}-{kind}.run" for kind in ("pid", "vrrp_pid")}
        options = " ".join(f"--{kind}={path}" for kind, path in files.items())
        # After kill -9 the files name processes that may be others by now, and it would not start.
        start = (
            f"rm -f {' '.join(map(str, files.values()))}; "
            f"exec keepalived --dont-fork --log-console --vrrp --use-file={config} {options}"
        )
        command = ["sh", "-c", start]
        return self._part(f"{own}-keepalived", own, command, {})

    @property
    def parts(self) -> list[Part]:
        return [*self.stores, *self.balancers, *self.keepers, *self.running_servers, *self.dispatchers]

    @property
    def running_servers(self) -> list[Part]:
        return self.servers[:RUNNING_SERVERS]

    def start(self) -> None:
        for part in self.parts:
            part.start()

    def kill(self) -> None:
        for part in (*self.parts, *self.servers):
            part.kill()
        for host in self._names("balancer", BALANCERS):
            self.network.drop_vip(host)

    async def serves(self, number: int) -> bool:
        """Whether server `number`, from 0, is SERVING."""
        return await health_of(f"{self._at(f'server{number + 1}')}:{GRPC}", self._ca_file) == SERVING

    async def dispatcher_up(self, number: int) -> None:
        """Waits until dispatcher `number`, from 0, is connected to a server."""
        address = f"{self._at(f'dispatcher{number + 1}')}:{HEALTH}"

        async def connected() -> bool:
            return await health_of(address) == SERVING

        await wait(connected, f"dispatcher {number + 1} is connected")

    async def server_up(self, number: int) -> None:
        await wait(lambda: self.serves(number), f"server {number + 1} serves")

    async def scale(self, servers: int) -> None:
        """Returns when so many serve, and the others have drained."""
        for number, server in enumerate(self.servers):
            if number < servers and not server.running:
                server.start()
            elif number >= servers and server.running:
                server.signal(signal.SIGTERM)
        for number, server in enumerate(self.servers):
            if number < servers:
                await self.server_up(number)
            else:
                await wait(lambda one=server: not one.running, "it drains")  # type: ignore[misc]  # bound at once

    def client(self) -> AcdClient:
        token = self._operator_token.read_text(encoding="utf-8").strip()
        return AcdClient(self.target, token=token, ca_file=self._ca_file)

    def on_client(self, *words: str) -> Part:
        settings = {"ACD_TOKEN_FILE": str(self._operator_token), "ACD_CA_FILE": self._ca_file}
        return self._part("player", "client", list(words), settings)

    @property
    def _operator_token(self) -> Path:
        return self._secrets / "operator_token"

    def as_servers(self, node: int, shard: int) -> Process:
        """A process of the store, asked as the servers ask it."""
        return self._as_user(node, shard, users.APPLICATION)

    def as_operator(self, node: int, shard: int) -> Process:
        """The same, by somebody who may do everything."""
        return self._as_user(node, shard, users.OPERATOR)

    def _as_user(self, node: int, shard: int, user: str) -> Process:
        settings = self._settings(node)
        return Process(settings.address(node, shard), self.passwords[user], user, settings.tls)

    def pid_of_store_process(self, node: int, shard: int) -> int:
        info = self.membership.process(node, shard).ask("INFO", "server")
        assert isinstance(info, dict)
        return int(info["process_id"])

    def kill_store_process(self, node: int, shard: int) -> None:
        os.kill(self.pid_of_store_process(node, shard), signal.SIGKILL)

    def _peers(self, node: int) -> list[str]:
        return [host for host in self._names("store", SHARDS) if host != f"store{node}"]

    def part_store(self, node: int) -> None:
        self.network.part(f"store{node}", self._peers(node))

    def join_store(self, node: int) -> None:
        self.network.join(f"store{node}", self._peers(node))

    def holds_address(self, balancer: int) -> bool:
        return self.network.holds_vip(f"balancer{balancer + 1}")

    def kill_balancer_process(self, balancer: int) -> None:
        self.balancers[balancer].kill()

    def kill_balancer(self, balancer: int) -> None:
        """Both programs at once, and the address with them, as when a container ends."""
        self.keepers[balancer].kill()
        self.balancers[balancer].kill()
        self.network.drop_vip(f"balancer{balancer + 1}")

    def restore_balancer(self, balancer: int) -> None:
        for part in (self.balancers[balancer], self.keepers[balancer]):
            if not part.running:
                part.start()

    def cut_balancer(self, balancer: int) -> None:
        self.network.cut(f"balancer{balancer + 1}")

    def mend_balancer(self, balancer: int) -> None:
        self.network.mend(f"balancer{balancer + 1}")

    def streams(self) -> list[int]:
        """Open feeds on each server that is up, by the balancer that holds the address."""
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(2.0)
            asking.connect(str(self.folder / f"balancer{system.owner(self) + 1}.sock"))
            asking.sendall(b"show stat\n")
            return system.streams_in(b"".join(iter(lambda: asking.recv(65536), b"")).decode())
