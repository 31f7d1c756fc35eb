"""The configuration of one process. Works for Redis from 7.0 and Valkey."""

from pathlib import Path

from store_node import users
from store_node.settings import Settings

CLUSTER = {
    "cluster-enabled": "yes",
    # A shard without a primary must not stop the others.
    "cluster-require-full-coverage": "no",
    "cluster-allow-reads-when-down": "no",
    # Each copy has its place; one that wanders might end on the node of its primary.
    "cluster-allow-replica-migration": "no",
    # Times the node timeout, and ten seconds: for so long may a replica have been without its primary and still
    # take over. Where a voter's clock jumps, a loss is noticed up to a minute late; with the store's own 10 no
    # replica would then ever take over, though both have everything.
    "cluster-replica-validity-factor": "60",
    "min-replicas-to-write": "1",
}
"""What every process of a cluster of ours is told, tests included."""

FREED_AT_ONCE = {
    "replica-lazy-flush": "no",
    "lazyfree-lazy-eviction": "no",
    "lazyfree-lazy-expire": "no",
    "lazyfree-lazy-server-del": "no",
    "lazyfree-lazy-user-del": "no",
    "lazyfree-lazy-user-flush": "no",
}
"""Where a module has documents: they share memory with each other, and a thread that frees some of them beside the
commands (Valkey's default, not Redis') breaks the others. A replica that took its primary's data over died of it."""

NODE = {
    # A replica reports once a second; on a busy machine now and then a report is late. Whether a
    # change is acknowledged is decided by WAIT, call by call, not by this.
    "min-replicas-max-lag": "4",
    "appendonly": "yes",
    "save": '""',
    "maxmemory-policy": "noeviction",
    # Far above our longest script (10 ms), far below the node timeout.
    "busy-reply-threshold": "200",
    "repl-diskless-sync": "yes",
    "repl-diskless-sync-delay": "0",
    "client-output-buffer-limit": "replica 512mb 256mb 60",
    "tcp-keepalive": "30",
    "daemonize": "no",
    "logfile": '""',
}


def configuration(settings: Settings, shard: int, folder: Path) -> str:
    """The text of the configuration file of this node's process of a shard."""
    address = settings.address(settings.node, shard)
    options = {
        **CLUSTER,
        **NODE,
        "bind": address.host if address.host.startswith("127.") else f"{address.host} 127.0.0.1",
        "dir": str(folder),
        "cluster-announce-ip": address.host,
        "cluster-node-timeout": str(settings.node_timeout_ms),
        "appendfsync": settings.appendfsync,
        "maxmemory": settings.maxmemory,
        "repl-backlog-size": settings.repl_backlog_size,
    }
    options |= _access(settings, folder) | _ports(settings, address.port)
    if settings.module:
        options |= {"loadmodule": settings.module} | FREED_AT_ONCE
    return "".join(f"{name} {value}\n" for name, value in options.items())


def _access(settings: Settings, folder: Path) -> dict[str, str]:
    own = _quoted(settings.passwords.own)
    if settings.passwords.application:
        return {"aclfile": str(users_file(folder)), "masteruser": users.REPLICA, "masterauth": own}
    return {"requirepass": own, "masterauth": own} if settings.passwords.own else {}


def _ports(settings: Settings, port: int) -> dict[str, str]:
    if settings.tls is None:
        return {"port": str(port)}
    cert, key, authority = settings.tls
    return {
        "port": "0",
        "tls-port": str(port),
        "tls-cert-file": _quoted(cert),
        "tls-key-file": _quoted(key),
        "tls-ca-cert-file": _quoted(authority),
        "tls-protocols": _quoted("TLSv1.2 TLSv1.3"),
        "tls-replication": "yes",
        "tls-cluster": "yes",
        # Servers have a password; one who shows a certificate must show a good one. On the bus, which knows
        # no passwords, the store itself asks everybody for one.
        "tls-auth-clients": "optional",
    }


def users_file(folder: Path) -> Path:
    """Of one process."""
    return folder / "users.acl"


def _quoted(text: str) -> str:
    """A word of the configuration file, whatever is in it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
