"""The system as it stands in a campaign: store nodes have disks that can be full, and clocks that can be wrong."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from store_node.settings import SHARDS
from tests.campaign.proxy import MARK
from tests.stack.parts import STORE, Part, Stack
from tests.support.cells import program
from tests.support.disk import Disk

DISK = 4 << 30
"""Bytes of each node's: more than a piece ever needs. Pages that nobody wrote take no memory."""
BUS = 10_000
"""A process of the store listens to its like at its port plus this."""
PROXY = 7999
STORES = ("valkey9", "redis7")
WITH_CLOCKS = ("valkey9",)
"""Debian's Redis has a memory allocator that asks for the time before libfaketime is ready: it does not start."""
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
"""Of Debian's package `faketime`."""
WITH_CLOCK = """\
#!/bin/sh
export LD_PRELOAD={library} FAKETIME_TIMESTAMP_FILE={clock} FAKETIME_CACHE_DURATION=1 FAKETIME_DONT_FAKE_MONOTONIC=1
exec {program} "$@"
"""
"""Starts the store's program with the clock that a file says: the program looks there once a second."""


class Stage(Stack):
    """A whole system whose store nodes each have a disk and a clock of their own."""

    def __init__(self, folder: Path, store: str, module: str) -> None:
        self.store = store
        self._disks = [Disk(folder / f"store{node}", DISK) for node in range(1, SHARDS + 1)]
        super().__init__(folder, program(store), module)

    def _variables(self, node: int) -> dict[str, str]:
        variables = super()._variables(node)
        if self.store not in WITH_CLOCKS:
            return variables
        wrapper = self.folder / f"store{node}-program"
        if not wrapper.exists():
            self.set_clock(node, 0)
            given = {"library": FAKETIME, "clock": self._clock(node), "program": variables["STORE_PROGRAM"]}
            wrapper.write_text(WITH_CLOCK.format(**given), encoding="utf-8")
            wrapper.chmod(0o755)
        return {**variables, "STORE_PROGRAM": str(wrapper)}

    def _clock(self, node: int) -> Path:
        return self.folder / f"store{node}-clock"

    def set_clock(self, node: int, seconds: int) -> None:
        """From the next second on the processes of a node have this much more than the right time."""
        new = self.folder / f"store{node}-clock.new"
        new.write_text(f"{seconds:+d}\n", encoding="utf-8")
        new.replace(self._clock(node))

    def mount(self) -> None:
        for disk in self._disks:
            disk.mount()

    def fill_disk(self, node: int) -> None:
        """From now on there is no room on the node's disk."""
        self._disks[node - 1].fill()

    def empty_disk(self, node: int) -> None:
        self._disks[node - 1].empty()

    def unmount(self) -> None:
        for disk in self._disks:
            disk.remove()

    def reload_balancer(self, number: int) -> None:
        """A new HAProxy takes over the listening sockets; the old one ends with its last connection."""
        old = self.balancers[number]
        self.balancers[number] = old.successor("-sf", str(old.pid))
        self.balancers[number].start()

    def divert(self, host: str, delay: float, jitter: float, reset_every: float) -> Part:
        """Everything that goes from a host to the store takes the way through a proxy there; returns the proxy.

        Connections that are open are reset, so that they are opened anew. `undivert` ends it.
        """
        words = (str(PROXY), str(delay), str(jitter), str(reset_every))
        proxy = self._part(f"{host}-proxy", host, [sys.executable, "-m", "tests.campaign.proxy", *words], {})
        proxy.start()
        for rule in self._diverting():
            self.network.filter(host, *rule[:2], "-A", *rule[2:])
        return proxy

    def undivert(self, host: str, proxy: Part) -> None:
        for rule in self._diverting():
            with suppress(subprocess.CalledProcessError):
                self.network.filter(host, *rule[:2], "-D", *rule[2:])
        proxy.kill()

    @staticmethod
    def _diverting() -> list[list[str]]:
        ports = f"{STORE}:{STORE + SHARDS},{STORE + BUS}:{STORE + BUS + SHARDS}"
        theirs = f"OUTPUT -p tcp -m multiport --dports {ports} -m mark ! --mark {MARK}"
        return [
            f"-t filter {theirs} -j REJECT --reject-with tcp-reset".split(),
            f"-t nat {theirs} -j REDIRECT --to-ports {PROXY}".split(),
        ]
