"""The whole keyspace of a center, read by type, to compare before with after."""

import json
from collections.abc import Callable, Collection, Iterable
from typing import Any

from redis import Redis

from acd_server.store import keys
from tests.support.redis_process import Store, StoreProcess

Keyspace = dict[str, Any]

DOCUMENT_TYPES = ("string", "ReJSON-RL")


def dump(store: Store, center: str = "", without: Collection[str] = ()) -> Keyspace:
    """Key → value of one center (its prefix taken off), or of everything, on every primary.

    `without`: families of keys that are left out.
    """
    prefix = f"{{{center}}}:" if center else ""
    found: Keyspace = {}
    for process in store.primaries():
        with process.client() as client:
            for raw in _all_keys(client, f"{prefix}*"):
                if family_of(raw.decode()) not in without:
                    found[raw.decode().removeprefix(prefix)] = _read(client, raw)
    return found


def family_of(key: str) -> str:
    """What kind of thing a key of a center is about, as `store/keys.py` lists them."""
    return key.partition("}:")[2].partition(":")[0]


def dump_url(url: str, center: str = "") -> Keyspace:
    """The same of a store of one node."""
    with Redis.from_url(url, protocol=2) as client:
        prefix = f"{{{center}}}:" if center else ""
        return {raw.decode().removeprefix(prefix): _read(client, raw) for raw in _all_keys(client, f"{prefix}*")}


def differences(before: Keyspace, after: Keyspace) -> dict[str, tuple[Any, Any]]:
    """Each key that is not the same: what it was, what it is; None where there was none."""
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    return {key: (before.get(key), after.get(key)) for key in sorted(changed)}


def _all_keys(client: Any, pattern: str) -> Iterable[bytes]:
    return sorted(client.scan_iter(match=pattern, count=1000))


def _type(client: Any, key: bytes) -> str:
    return str(client.execute_command("TYPE", key).decode())


def _read(client: Any, key: bytes) -> Any:
    kind = _type(client, key)
    if kind not in _READERS:
        raise AssertionError(f"{key!r} is of the type {kind}, which no key of ours is")
    return _READERS[kind](client, key)


def _read_json(client: Any, key: bytes) -> str:
    client.set_response_callback("JSON.GET", lambda reply, **_options: reply)
    return _text(client.execute_command("JSON.GET", key))


def _texts(pairs: dict[bytes, bytes]) -> dict[str, str]:
    return {_text(name): _text(value) for name, value in pairs.items()}


_READERS: dict[str, Callable[[Any, bytes], Any]] = {
    "string": lambda client, key: _text(client.execute_command("GET", key)),
    "hash": lambda client, key: _texts(client.hgetall(key)),
    "zset": lambda client, key: [(_text(m), score) for m, score in client.zrange(key, 0, -1, withscores=True)],
    "set": lambda client, key: {_text(member) for member in client.smembers(key)},
    "list": lambda client, key: [_text(item) for item in client.lrange(key, 0, -1)],
    "stream": lambda client, key: [(_text(entry), _texts(fields)) for entry, fields in client.xrange(key)],
    "ReJSON-RL": _read_json,
}


def _text(value: bytes | str) -> str:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value


def document(space: Keyspace, key: str) -> dict[str, Any]:
    """A document, whichever kind it is kept as."""
    found = json.loads(space[key])
    assert isinstance(found, dict)
    return found


def strangers(store: Store) -> list[str]:
    """Keys that belong to no family of `store/keys.py`, or are of another type than it says."""
    return [problem for process in store.primaries() for problem in _strangers_on(process)]


def _strangers_on(process: StoreProcess) -> Iterable[str]:
    with process.client() as client:
        for raw in _all_keys(client, "*"):
            key = raw.decode(errors="backslashreplace")
            center, closed, rest = key.partition("}:")
            families = keys.REGISTRY_FAMILIES if center == "{_" else keys.FAMILIES
            wanted = families.get(rest.split(":", 1)[0])
            kind = _type(client, raw)
            if not closed or not center.startswith("{") or wanted is None:
                yield f"{key} belongs to no family of keys"
            elif kind != "none" and kind not in (DOCUMENT_TYPES if wanted == "document" else (wanted,)):
                yield f"{key} is a {kind}, its family a {wanted}"


def connections(store: Store) -> dict[int, int]:
    """Connections of clients, ours and those of replicas left out, by port of the node."""
    return {process.port: _connections_of(process) for process in store.primaries()}


def _connections_of(process: StoreProcess) -> int:
    kinds = [process.command("CLIENT LIST", "TYPE", kind) for kind in ("normal", "pubsub")]
    return sum(len(kind) for kind in kinds if isinstance(kind, list)) - 1


def flush(store: Store) -> None:
    """Deletes everything; scripts stay loaded."""
    for process in store.primaries():
        with process.client() as client:
            client.flushall()
