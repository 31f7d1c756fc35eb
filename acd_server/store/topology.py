"""Which node serves a center: one node, or a cluster by redis-py's node map."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.connection import AbstractConnection
from redis.crc import key_slot
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException

from acd_server.store.faults import closed_is_lost

CONNECT_TIMEOUT = 1.0
READ_TIMEOUT = 2.0


@dataclass(frozen=True)
class Tls:
    """Files (PEM) for a store with TLS; without `ca_file` those count that this machine trusts."""

    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""

    def options(self) -> dict[str, Any]:
        """As redis-py takes them. The certificate must be for the address that is connected to."""
        return {
            "ssl_ca_certs": self.ca_file or None,
            "ssl_certfile": self.cert_file or None,
            "ssl_keyfile": self.key_file or None,
            "ssl_cert_reqs": "required",
            "ssl_check_hostname": True,
            "ssl_min_version": ssl.TLSVersion.TLSv1_2,
        }


NO_FILES = Tls()


class Topology(Protocol):
    """What the client needs to know of the store's nodes."""

    cluster: bool

    async def refresh(self) -> None:
        """Learns the nodes anew. Raises what redis-py raises when none answers."""

    def node_of(self, prefix: str) -> str:
        """The name of the node that owns the keys with this prefix; KeyError: nobody."""

    def primaries(self) -> list[str]:
        """The names of the nodes that own keys."""

    def connection(self, node: str) -> AbstractConnection:
        """A new connection to a node, not connected yet; KeyError for an unknown one."""

    async def close(self) -> None: ...


class SingleNode:
    """A store of one node: `redis://`, `rediss://`, `unix://`."""

    cluster = False

    def __init__(self, url: str, tls: Tls = NO_FILES) -> None:
        self._client = Redis.from_url(
            url,
            protocol=2,
            socket_connect_timeout=CONNECT_TIMEOUT,
            socket_timeout=READ_TIMEOUT,
            retry=None,
            driver_info=None,
            **(tls.options() if is_tls(url) else {}),
        )

    async def refresh(self) -> None:
        return

    def node_of(self, prefix: str) -> str:
        del prefix
        return "only"

    def primaries(self) -> list[str]:
        return ["only"]

    def connection(self, node: str) -> AbstractConnection:
        del node
        return self._client.connection_pool.make_connection()  # type: ignore[no-any-return,no-untyped-call]  # redis-py's pool is untyped

    async def close(self) -> None:
        await self._client.aclose()


class Cluster:
    """A Redis Cluster: `redis+cluster://user:password@host:port,host:port`."""

    cluster = True

    def __init__(self, url: str, tls: Tls = NO_FILES) -> None:
        parts = urlsplit(url)
        hosts = parts.netloc.rsplit("@", 1)[-1].split(",")
        self._seeds = [(host.rsplit(":", 1)[0], int(host.rsplit(":", 1)[1])) for host in hosts]
        self._username, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._tls = {"ssl": True, **tls.options()} if is_tls(url) else {}
        self._client = self._make()
        self._lock = asyncio.Lock()
        self._learned_at = 0.0

    def _make(self) -> RedisCluster:
        return RedisCluster(
            startup_nodes=[ClusterNode(host, port) for host, port in self._seeds],
            require_full_coverage=False,
            # The seeds may be a balancer's address, which outlives any node.
            dynamic_startup_nodes=False,
            protocol=2,
            socket_connect_timeout=CONNECT_TIMEOUT,
            socket_timeout=READ_TIMEOUT,
            username=self._username or None,
            password=self._password or None,
            # The client's own name is of no use to anybody, and one more right that it would need.
            driver_info=None,
            **self._tls,
        )

    async def refresh(self) -> None:
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        async with self._lock:
            begun_at = loop.time()
            if self._learned_at > asked_at:
                return  # begun after we asked: all callers of a lost shard want the same
            try:
                with closed_is_lost():
                    await self._client.nodes_manager.initialize()
                self._learned_at = begun_at
            except (RedisClusterException, IndexError) as error:
                # The one is no RedisError, though it says that no node answers; the other is what
                # redis-py makes of a cluster that is only just being formed: nobody owns a slot.
                raise RedisConnectionError(str(error)) from error

    def node_of(self, prefix: str) -> str:
        slots = self._client.nodes_manager.slots_cache
        return slots[key_slot(prefix.encode())][0].name

    def primaries(self) -> list[str]:
        return [node.name for node in self._client.get_primaries()]

    def connection(self, node: str) -> AbstractConnection:
        found = self._client.nodes_manager.nodes_cache[node]
        return found.connection_class(**found.connection_kwargs)

    async def close(self) -> None:
        # RedisCluster.aclose does nothing unless the client was initialized by itself.
        await self._client.nodes_manager.aclose("nodes_cache")
        await self._client.nodes_manager.aclose("startup_nodes")


def is_tls(url: str) -> bool:
    return urlsplit(url).scheme.startswith("rediss")


def make_topology(url: str, tls: Tls = NO_FILES) -> Topology:
    kind = Cluster if urlsplit(url).scheme in {"redis+cluster", "rediss+cluster"} else SingleNode
    return kind(url, tls)
