"""Hosts without containers: network namespaces on one bridge, made and removed with `ip`.

Everything is inside namespaces of ours, the bridge too: nothing reaches this machine's own network.
Needs root.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

PREFIX = "acdtest-"
SUBNET = "10.77.0."
CLONE_NEWNET = 0x40000000


def enter(namespace: Path) -> None:
    """From now on this process is in a network namespace. Before any thread is started. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    with namespace.open("rb") as handle:
        if libc.setns(handle.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")


def ip(*words: str) -> str:
    """Raises CalledProcessError with what `ip` said."""
    return _run("ip", *words)


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


class Network:
    """A bridge and hosts on it; each host has one interface, `eth0`."""

    def __init__(self, hosts: list[str], niceness: int) -> None:
        """`niceness`: of what runs on hosts; 5 is little claim to the processor, 0 as much as anybody's."""
        self._prefix = f"{PREFIX}{os.getpid()}-"
        self._switch = f"{self._prefix}switch"
        self._hosts = hosts
        self._niceness = niceness
        self.addresses = {host: f"{SUBNET}{number}" for number, host in enumerate(hosts, 11)}
        self.vip = f"{SUBNET}100"

    def namespace(self, host: str) -> str:
        return f"{self._prefix}{host}"

    def make(self) -> None:
        remove_leftovers()
        ip("netns", "add", self._switch)
        ip("-n", self._switch, "link", "add", "br0", "type", "bridge")
        ip("-n", self._switch, "link", "set", "br0", "up")
        for host in self._hosts:
            name = self.namespace(host)
            ip("netns", "add", name)
            port = ("link", "add", f"p-{host}", "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("-n", self._switch, *port)
            ip("-n", self._switch, "link", "set", f"p-{host}", "master", "br0", "up")
            ip("-n", name, "addr", "add", f"{self.addresses[host]}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
            ip("-n", name, "link", "set", "lo", "up")

    def command(self, host: str, *words: str) -> list[str]:
        """The command that runs `words` on a host."""
        return ["ip", "netns", "exec", self.namespace(host), "nice", "-n", str(self._niceness), *words]

    def enter(self, host: str) -> None:
        """From now on this process is on a host."""
        enter(Path(f"/run/netns/{self.namespace(host)}"))

    def holds_vip(self, host: str) -> bool:
        return f"inet {self.vip}/" in ip("-n", self.namespace(host), "addr", "show", "dev", "eth0")

    def drop_vip(self, host: str) -> None:
        """As when the host's namespace ends with its container."""
        with suppress(subprocess.CalledProcessError):
            ip("-n", self.namespace(host), "addr", "del", f"{self.vip}/24", "dev", "eth0")

    def cut(self, host: str) -> None:
        """Pulls the cable."""
        ip("-n", self._switch, "link", "set", f"p-{host}", "down")

    def mend(self, host: str) -> None:
        ip("-n", self._switch, "link", "set", f"p-{host}", "up")

    def part(self, host: str, others: list[str]) -> None:
        """A host and some others do not hear each other any more; everybody else hears both."""
        self._filter(host, others, "-A")

    def join(self, host: str, others: list[str]) -> None:
        self._filter(host, others, "-D")

    def _filter(self, host: str, others: list[str], action: str) -> None:
        for other in others:
            address = self.addresses[other]
            for rule in (("INPUT", "-s"), ("OUTPUT", "-d")):
                self.filter(host, action, *rule, address, "-j", "DROP")

    def filter(self, host: str, action: str, *rule: str) -> None:
        """Adds (`-A`) or takes away (`-D`) a rule of the host's packet filter."""
        _run("ip", "netns", "exec", self.namespace(host), "iptables", action, *rule)

    def remove(self) -> None:
        for name in (*map(self.namespace, self._hosts), self._switch):
            with suppress(subprocess.CalledProcessError):
                _remove(name)


def new_folder() -> Path:
    """A folder for this run's files; remove it at the end."""
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


def remove_leftovers() -> None:
    """Of runs whose own process is gone: kill -9 leaves it no time to clean up."""
    for line in ip("netns", "list").splitlines():
        if _is_leftover(line.split()[0]):
            with suppress(subprocess.CalledProcessError):
                _remove(line.split()[0])
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if _is_leftover(folder.name):
            shutil.rmtree(folder, ignore_errors=True)


def _is_leftover(name: str) -> bool:
    owner = name.removeprefix(PREFIX).partition("-")[0]
    return name.startswith(PREFIX) and owner.isdigit() and not Path(f"/proc/{owner}").exists()


def _remove(name: str) -> None:
    for pid in ip("netns", "pids", name).split():
        # The namespace is ours, so is everything in it, but for the process that entered it.
        if int(pid) != os.getpid():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
    ip("netns", "delete", name)
