"""The parts of the system as containers, as docker-compose.yml has them."""

import asyncio
import http.client
import json
import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from acd_client import AcdClient
from acd_server.health_probe import serving
from store_node import users
from store_node.membership import Membership
from store_node.settings import SHARDS, load
from store_node.view import Process
from tests.stack import system
from tests.stack.engine import ROOT, Engine
from tests.stack.network import enter
from tests.stack.parts import GRPC, HEALTH, INTERNAL, STORE, Part
from tests.stack.system import wait

PROJECT = "acdtest"
NET = "172.30.77"
VIRTUAL = f"{NET}.100"
NODES = [f"{NET}.{10 + node}" for node in range(1, SHARDS + 1)]
BALANCERS = ("lb1", "lb2")
DISPATCHERS = 2
EVERY_PROFILE = ("--profile", "simulator", "--profile", "previous", "--profile", "prometheus")
FEED_LIFE_S = 20.0
"""Short, so that feeds re-spread while a test waits for it."""


class Container:
    """One container, by its name; the engine starts it again when it dies, unless it was told to end."""

    def __init__(self, engine: Engine, service: str, number: int = 1) -> None:
        self._engine = engine
        self.name = f"{PROJECT}-{service}-{number}"
        self._path = f"/containers/{self.name}"

    def _look(self) -> dict[str, Any]:
        found: dict[str, Any] = self._engine.ask("GET", f"{self._path}/json")
        return found

    @property
    def running(self) -> bool:
        return self.pid > 0

    @property
    def pid(self) -> int:
        """Of its first process; 0: it does not run."""
        state = self._look()["State"]
        return int(state["Pid"]) if state["Running"] and not state["Restarting"] else 0

    @property
    def address(self) -> str:
        networks = self._look()["NetworkSettings"]["Networks"]
        return str(networks[f"{PROJECT}_stack"]["IPAddress"])

    @property
    def ended_with(self) -> int:
        return int(self._look()["State"]["ExitCode"])

    def start(self) -> None:
        if not self.running:
            self._engine.ask("POST", f"{self._path}/start")

    def kill(self) -> None:
        """kill -9 from outside, as by a lack of memory: the engine starts it again."""
        with suppress(ProcessLookupError):
            if pid := self.pid:
                os.kill(pid, signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        """By the engine, which does not start it again."""
        self._engine.ask("POST", f"{self._path}/kill?signal={number.name}")

    def inside(self, *words: str) -> str:
        """What a program of this machine says in the container's network. Raises CalledProcessError."""
        command = ["nsenter", f"--net=/proc/{self.pid}/ns/net", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def child(self, name: str) -> int:
        """The process of this name that its first one has started."""
        first = self.pid
        for pid in Path(f"/proc/{first}/task/{first}/children").read_text().split():
            if Path(f"/proc/{pid}/comm").read_text().strip() == name:
                return int(pid)
        raise ProcessLookupError(name)

    def log(self) -> str:
        return str(self._engine.ask("GET", f"{self._path}/logs?stdout=1&stderr=1"))


class ContainerStack:
    """Everything, as Compose brings it up. `settings`: variables of docker-compose.yml."""

    def __init__(self, engine: Engine, folder: Path, settings: Mapping[str, str], *, tls: bool = False) -> None:
        """With `tls`, as docker-compose.tls.yml has it."""
        self.folder = folder
        self.secrets = folder / "secrets"
        self._files = ["docker-compose.yml", *(["docker-compose.tls.yml"] if tls else []), "tests/stack/containers.yml"]
        self.target = f"{VIRTUAL}:{GRPC}"
        self._engine = engine
        self._settings = {
            **settings,
            "ACD_NET": NET,
            "ACD_SECRETS": str(self.secrets),
            "ACD_TEST_FOLDER": str(folder),
            "ACD_FEED_MAX_LIFE_S": str(FEED_LIFE_S),
            # Any free port.
            "ACD_PUBLISH_1": "127.0.0.1:",
            "ACD_PUBLISH_2": "127.0.0.1:",
            "ACD_PUBLISH_PROMETHEUS": "127.0.0.1:",
        }
        self.stores = [Container(engine, f"redis-{node}") for node in range(1, SHARDS + 1)]
        self.dispatchers = [Container(engine, "dispatcher", number) for number in range(1, DISPATCHERS + 1)]
        self.balancers = [Container(engine, name) for name in BALANCERS]
        self._here = os.open("/proc/self/ns/net", os.O_RDONLY)
        """The machine's own network, even after `enter`."""
        for name in ("day", "secrets"):
            (folder / name).mkdir(exist_ok=True)
        (folder / "day").chmod(0o777)  # the container's user is unknown here
        self._make("make_secrets.sh")
        self.ca_file = ""
        if tls:
            self._make("make_certificates.sh")
            self.ca_file = str(self.secrets / "ca.pem")
        password = (self.secrets / "store_servers_password").read_text().strip()
        self._settings["ACD_TEST_STORE_PASSWORD"] = password
        self._node_settings = load(
            {
                "STORE_NODE": "1",
                "STORE_NODES": ",".join(f"{address}:{STORE}" for address in NODES),
                "STORE_PASSWORD_FILE": str(self.secrets / "store_nodes_password"),
                "STORE_APPLICATION_PASSWORD_FILE": str(self.secrets / "store_servers_password"),
                **(self._certificate() if tls else {}),
            }
        )
        self.membership = Membership(self._node_settings)

    def _make(self, script: str) -> None:
        command = [ROOT / "tools" / script, self.secrets]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "ACD_NET": NET})

    def _certificate(self) -> dict[str, str]:
        files = {"CERT": "store.pem", "KEY": "store.key", "CA": "ca.pem"}
        return {f"STORE_TLS_{kind}_FILE": str(self.secrets / name) for kind, name in files.items()}

    def compose(self, *words: str) -> str:
        files = [word for file in self._files for word in ("--file", file)]
        return self._engine.compose(self._settings, "--project-name", PROJECT, *files, *words)

    def build(self, *services: str) -> None:
        self.compose(*EVERY_PROFILE, "build", "--quiet", *services)

    def up(self, *, from_previous: bool = False) -> None:
        """With `from_previous` the data set is one of the earlier release, which both can read and write."""
        if from_previous:
            first = [f"redis-{node}" for node in range(1, SHARDS + 1)]
            self.compose(*EVERY_PROFILE, "up", "--detach", "--wait", "--no-build", *first, *BALANCERS, "previous")
            self.compose(*EVERY_PROFILE, "stop", "previous")
        self.compose("up", "--detach", "--wait", "--no-build")

    def down(self) -> None:
        self.compose(*EVERY_PROFILE, "down", "--volumes", "--timeout", "5", "--remove-orphans")

    @property
    def servers(self) -> list[Container]:
        """Those that there are now: Compose decides which it takes away."""
        return [Container(self._engine, "server", number) for number in self._numbers("server")]

    def _numbers(self, service: str) -> list[int]:
        labels = [f"com.docker.compose.project={PROJECT}", f"com.docker.compose.service={service}"]
        found = self._engine.ask("GET", f"/containers/json?all=1&filters={quote(json.dumps({'label': labels}))}")
        return sorted(int(one["Labels"]["com.docker.compose.container-number"]) for one in found)

    def enter(self) -> None:
        """From now on this process is in the network of the stack. Before any thread is started."""
        enter(Path(f"/proc/{Container(self._engine, 'client').pid}/ns/net"))

    def _outside(self, *words: str) -> str:
        here = f"/proc/{os.getpid()}/fd/{self._here}"
        command = ["nsenter", f"--net={here}", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    @property
    def everything(self) -> list[Container]:
        return [*self.stores, *self.balancers, *self.servers, *self.dispatchers]

    def kill(self) -> None:
        for pid in [container.pid for container in self.everything]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def start(self) -> None:
        for container in self.everything:
            container.start()

    def client(self) -> AcdClient:
        return AcdClient(self.target, token=self.token, ca_file=self.ca_file)

    @property
    def token(self) -> str:
        """Of somebody who may do everything."""
        return (self.secrets / "operator_token").read_text().strip()

    def on_client(self, *words: str) -> Part:
        settings = {"ACD_TOKEN_FILE": str(self.secrets / "operator_token"), "ACD_CA_FILE": self.ca_file}
        return Part("player", ["nice", "-n", "5", *words], settings, self.folder)

    async def server_up(self, number: int) -> None:
        await self._serving(self.servers[number], GRPC, f"server {number + 1} serves")

    async def dispatcher_up(self, number: int) -> None:
        await self._serving(self.dispatchers[number], HEALTH, f"dispatcher {number + 1} is connected")

    async def _serving(self, container: Container, port: int, what: str) -> None:
        def serves() -> bool:
            with suppress(OSError):
                return serving(container.address, port, tls=bool(self.ca_file) and port == GRPC)
            return False

        await wait(lambda: asyncio.to_thread(serves), what)

    async def scale(self, servers: int) -> None:
        options = ["--detach", "--no-build", "--no-recreate", "--no-deps"]
        await asyncio.to_thread(self.compose, "up", *options, "--scale", f"server={servers}", "server")
        for number in range(len(self.servers)):
            await self.server_up(number)

    async def start_previous(self) -> None:
        await asyncio.to_thread(self.compose, "up", "--detach", "--no-build", "--no-deps", "previous")
        await self._serving(Container(self._engine, "previous"), GRPC, "the previous release serves")

    async def stop_previous(self) -> None:
        await asyncio.to_thread(self.compose, *EVERY_PROFILE, "stop", "previous")

    def as_servers(self, node: int, shard: int) -> Process:
        """A process of the store, asked as the servers ask it."""
        return self._as_user(node, shard, users.APPLICATION, "servers")

    def as_operator(self, node: int, shard: int) -> Process:
        """The same, by somebody who may do everything."""
        return self._as_user(node, shard, users.OPERATOR, "operator")

    def _as_user(self, node: int, shard: int, user: str, secret: str) -> Process:
        password = (self.secrets / f"store_{secret}_password").read_text().strip()
        return Process(self._node_settings.address(node, shard), password, user, self.certificate)

    @property
    def certificate(self) -> tuple[str, str, str] | None:
        """Of the store's nodes: certificate, key, authority."""
        return self._node_settings.tls

    def start_prometheus(self) -> str:
        """Brings it up; its address."""
        self.compose("--profile", "prometheus", "up", "--detach", "--no-build", "--no-deps", "prometheus")
        return Container(self._engine, "prometheus").address

    def data_of(self, node: int) -> Path:
        """The folder of a store node's files, as this machine sees it."""
        volume = self._engine.ask("GET", f"/volumes/{PROJECT}_redis-{node}")
        return Path(volume["Mountpoint"])

    def kill_store_process(self, node: int, shard: int) -> None:
        container = self.stores[node - 1]
        first = container.pid
        port = f":{STORE + shard - 1}"
        for pid in Path(f"/proc/{first}/task/{first}/children").read_text().split():
            if port in Path(f"/proc/{pid}/cmdline").read_text():
                os.kill(int(pid), signal.SIGKILL)
                return
        raise ProcessLookupError(port)

    def part_store(self, node: int) -> None:
        self._filter(node, "-A")

    def join_store(self, node: int) -> None:
        self._filter(node, "-D")

    def _filter(self, node: int, action: str) -> None:
        for address in NODES[: node - 1] + NODES[node:]:
            for rule in (("INPUT", "-s"), ("OUTPUT", "-d")):
                self.stores[node - 1].inside("iptables", "-w", action, *rule, address, "-j", "DROP")

    def holds_address(self, balancer: int) -> bool:
        with suppress(subprocess.CalledProcessError):
            return f"inet {VIRTUAL}/" in self.balancers[balancer].inside("ip", "addr", "show", "dev", "eth0")
        return False

    def streams(self) -> list[int]:
        """Open feeds on each server that is up, by the balancer that holds the address."""
        owner = self.balancers[system.owner(self)]
        connection = http.client.HTTPConnection(owner.address, INTERNAL, timeout=2.0)
        try:
            connection.request("GET", "/stats;csv")
            return system.streams_in(connection.getresponse().read().decode())
        finally:
            connection.close()

    def kill_balancer_process(self, balancer: int) -> None:
        os.kill(self.balancers[balancer].child("haproxy"), signal.SIGKILL)

    def kill_balancer(self, balancer: int) -> None:
        self.balancers[balancer].signal(signal.SIGKILL)

    def restore_balancer(self, balancer: int) -> None:
        self.balancers[balancer].start()

    def cut_balancer(self, balancer: int) -> None:
        self._cable(balancer, "down")

    def mend_balancer(self, balancer: int) -> None:
        self._cable(balancer, "up")

    def _cable(self, balancer: int, state: str) -> None:
        """The end of the container's cable that is in the engine's bridge."""
        inner = self.balancers[balancer].inside("ip", "-oneline", "link", "show", "dev", "eth0")
        number = inner.split()[1].partition("@if")[2]  # "5: eth0@if6: …"
        links = [line.split() for line in self._outside("ip", "-oneline", "link").splitlines()]
        name = next(words[1] for words in links if words[0] == number)
        self._outside("ip", "link", "set", name.partition("@")[0], state)

    def keep_logs(self) -> None:
        """Writes down what every container said."""
        for container in self.everything:
            (self.folder / f"{container.name}.log").write_text(container.log(), encoding="utf-8")
