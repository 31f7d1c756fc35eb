"""What a node must know, from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from store_node import passwords, users
from store_node.passwords import Passwords

SHARDS = 3
"""As many as there are nodes: each node is the home of one primary."""


class SettingsError(Exception):
    """The environment is wrong; the message has every fault."""


@dataclass(frozen=True)
class Address:
    """Where a process listens. Hosts are IP addresses: nodes tell each other no names."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Settings:
    """`STORE_…` variables in small letters."""

    node: int
    """1, 2 or 3: the number of this node, and of the shard whose primary is at home here."""
    nodes: tuple[Address, ...]
    """Of each node the address of its process of shard 1; shard 2 is on the next port, and so on."""
    data: Path
    program: str = "redis-server"
    module: str = ""
    """Path of a JSON module that the processes load; empty where the program brings the type."""
    passwords: Passwords = field(default_factory=Passwords)
    """Without users (`application` is empty) whoever has the nodes' password may do everything."""
    tls: tuple[str, str, str] | None = None
    """Paths of the node's certificate chain, its key, and its authority's certificates: all connections are TLS."""
    node_timeout_ms: int = 1500
    """Of silence until a process is suspected. Shorter: false failovers on a machine that is short of
    processor time. Longer: writes of a lost shard are back later, by about twice the difference."""
    appendfsync: str = "everysec"
    """`always`: nothing acknowledged is lost even when all nodes lose their power at once."""
    maxmemory: str = "0"
    repl_backlog_size: str = "64mb"
    """Of each process: covers a short partition without a full copy."""

    @property
    def user(self) -> str:
        """As whom this program speaks to the processes; empty where there are no users."""
        return users.KEEPER if self.passwords.application else ""

    @property
    def restart_pause_s(self) -> float:
        """Longer than a failover takes to be decided.

        A primary that comes back earlier than that, without its last unsynced second, is still
        the primary, and its replicas would throw away what it has lost.
        """
        return 3 * self.node_timeout_ms / 1000 + 1.0

    def address(self, node: int, shard: int) -> Address:
        first = self.nodes[node - 1]
        return Address(first.host, first.port + shard - 1)


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Raises SettingsError with all faults."""
    faults: list[str] = []
    node = _number(environ, "STORE_NODE", 0, faults)
    if not 1 <= node <= SHARDS:
        faults.append(f"STORE_NODE: which node this is, 1 to {SHARDS} (given: {environ.get('STORE_NODE', '')!r})")
    nodes = _addresses(environ.get("STORE_NODES", ""), faults)
    fsync = environ.get("STORE_APPENDFSYNC", Settings.appendfsync)
    if fsync not in ("always", "everysec"):
        faults.append(f"STORE_APPENDFSYNC: always or everysec (given: {fsync!r})")
    timeout = _number(environ, "STORE_NODE_TIMEOUT_MS", Settings.node_timeout_ms, faults)
    if timeout < 500:  # noqa: PLR2004 - below it a pause of the machine is a failover
        faults.append(f"STORE_NODE_TIMEOUT_MS: at least 500 (given: {timeout})")
    found = passwords.read(environ, faults)
    tls = _tls(environ, faults)
    if faults:
        raise SettingsError("; ".join(faults))
    return Settings(
        node=node,
        nodes=nodes,
        data=Path(environ.get("STORE_DATA", "/data")),
        program=environ.get("STORE_PROGRAM", Settings.program),
        module=environ.get("STORE_MODULE", ""),
        passwords=found,
        tls=tls,
        node_timeout_ms=timeout,
        appendfsync=fsync,
        maxmemory=environ.get("STORE_MAXMEMORY", Settings.maxmemory),
        repl_backlog_size=environ.get("STORE_REPL_BACKLOG_SIZE", Settings.repl_backlog_size),
    )


def _number(environ: Mapping[str, str], name: str, default: int, faults: list[str]) -> int:
    text = environ.get(name, "") or str(default)
    if text.isascii() and text.isdigit():
        return int(text)
    faults.append(f"{name}: a whole number (given: {text!r})")
    return default


def _addresses(text: str, faults: list[str]) -> tuple[Address, ...]:
    found = []
    for part in filter(None, text.split(",")):
        host, colon, port = part.strip().rpartition(":")
        if not colon or not host or not port.isdigit():
            faults.append(f"STORE_NODES: {part!r} has not the form address:port")
            continue
        found.append(Address(host, int(port)))
    if len(found) != SHARDS:
        faults.append(f"STORE_NODES: {SHARDS} addresses, one for each node (given: {text!r})")
    return tuple(found)


def _tls(environ: Mapping[str, str], faults: list[str]) -> tuple[str, str, str] | None:
    names = ("STORE_TLS_CERT_FILE", "STORE_TLS_KEY_FILE", "STORE_TLS_CA_FILE")
    cert, key, authority = (environ.get(name, "") for name in names)
    if not (cert or key or authority):
        return None
    for name, path in zip(names, (cert, key, authority), strict=True):
        if not path:
            faults.append(f"{name}: TLS needs it, as it needs the other two")
        elif not os.access(path, os.R_OK):
            faults.append(f"{name}: {path} cannot be read")
    return cert, key, authority
