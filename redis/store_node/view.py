"""What a process of a cluster says of itself and of the others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from store_node.settings import SHARDS, Address

SLOTS = 16384
UNREACHABLE = (RedisError, OSError)
ANSWER_S = 1.0


@dataclass(frozen=True)
class Member:
    """One line of CLUSTER NODES."""

    id: str
    host: str
    port: int
    flags: tuple[str, ...]
    primary: str
    """Id of its primary; `-` when it is one."""
    slots: tuple[str, ...]

    @classmethod
    def parse(cls, line: str) -> "Member":
        words = line.split()
        host, _, port = words[1].partition("@")[0].rpartition(":")
        return cls(words[0], host, int(port or 0), tuple(words[2].split(",")), words[3], tuple(words[8:]))

    @property
    def known(self) -> bool:
        """Whether it is more than an address that somebody named."""
        return "handshake" not in self.flags and "noaddr" not in self.flags

    @property
    def myself(self) -> bool:
        return "myself" in self.flags

    @property
    def failed(self) -> bool:
        return "fail" in self.flags

    @property
    def is_primary(self) -> bool:
        return "master" in self.flags

    def owns(self, slot: int) -> bool:
        for item in self.slots:
            low, _, high = item.partition("-")
            if low.isdigit() and int(low) <= slot <= int(high or low):
                return True
        return False


def members(text: str) -> list[Member]:
    """Of the reply to CLUSTER NODES."""
    return [Member.parse(line) for line in text.splitlines() if line]


def slot_range(shard: int) -> tuple[int, int]:
    """First and last slot of a shard, 1 to 3."""
    return (shard - 1) * SLOTS // SHARDS, shard * SLOTS // SHARDS - 1


def slot_ranges() -> Iterator[tuple[int, int]]:
    for shard in range(1, SHARDS + 1):
        yield slot_range(shard)


def text_of(reply: bytes | str, **_options: object) -> str:
    return reply.decode() if isinstance(reply, bytes) else reply


def _encrypted(tls: tuple[str, str, str] | None) -> dict[str, Any]:
    """Options of redis-py; the certificate must be for the address that is connected to."""
    if tls is None:
        return {}
    cert, key, authority = tls
    return {
        "ssl": True,
        "ssl_certfile": cert,
        "ssl_keyfile": key,
        "ssl_ca_certs": authority,
        "ssl_check_hostname": True,
    }


class Process:
    """A process of the cluster, asked one command at a time. Raises what is in UNREACHABLE."""

    def __init__(
        self, address: Address, password: str, user: str = "", tls: tuple[str, str, str] | None = None
    ) -> None:
        self.address = address
        self._client = Redis(
            host=address.host,
            port=address.port,
            username=user or None,
            password=password or None,
            driver_info=None,
            **_encrypted(tls),
            protocol=2,
            socket_timeout=ANSWER_S,
            socket_connect_timeout=ANSWER_S,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )
        # redis-py would read these replies itself; their words change with the version of the server.
        for name in ("CLUSTER NODES", "CLUSTER INFO"):
            self._client.set_response_callback(name, text_of)

    def ask(self, *words: str | int) -> object:
        return self._client.execute_command(*words)  # type: ignore[no-untyped-call]  # redis-py

    def members(self) -> list[Member]:
        return members(str(self.ask("CLUSTER NODES")))

    def myself(self) -> Member:
        return next(member for member in self.members() if member.myself)

    def replication(self) -> dict[str, object]:
        reply = self.ask("INFO", "replication")
        assert isinstance(reply, dict)
        return reply

    def persistence(self) -> dict[str, object]:
        reply = self.ask("INFO", "persistence")
        assert isinstance(reply, dict)
        return reply

    def keys(self) -> int:
        reply = self.ask("DBSIZE")
        assert isinstance(reply, int)
        return reply

    def answers(self) -> bool:
        """Whether it runs and has read its data."""
        try:
            return bool(self.ask("PING"))
        except UNREACHABLE:
            return False

    def cluster_ok(self) -> bool:
        return "cluster_state:ok" in str(self.ask("CLUSTER INFO"))

    def close(self) -> None:
        self._client.close()
