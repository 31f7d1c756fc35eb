"""The store's own account: time spent in scripts, the longest of them, bytes in use; and calls that fill it."""

import asyncio
import re
from collections.abc import Awaitable, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from acd_server.policy import FIELDS, Value, default_of
from acd_server.store import Store
from acd_server.store.library import FOLDER, Variant, script
from tests.support.redis_process import StoreProcess

CENTER = "bench"
POLICY: dict[str, Value] = {
    **{name: default_of(name) for name in FIELDS},
    "offer_timeout": 3_600_000_000,
}
AT_ONCE = 256
"""Calls in flight while a scene is set."""
SLOW_US = 1000
"""Commands from this on are in the log of slow ones."""


class Spent(NamedTuple):
    """What scripts took. `wall_us` is commandstats', and has the time in which a crowded machine ran something
    else; `cpu_us` is processor time of the store's main thread, with what reading and answering takes."""

    wall_us: float
    cpu_us: float


class Longest(NamedTuple):
    """The longest script, by wall time, and which it was."""

    us: int
    script: str


@cache
def _names() -> dict[str, str]:
    """Scripts by what EVALSHA calls them; the benchmarks' stores have documents that are strings."""
    return {script(file.stem, Variant()).sha: file.stem for file in sorted(FOLDER.glob("*.lua"))}


class RedisMeter:
    """Statistics of one store process since the last `reset`; close it."""

    def __init__(self, process: StoreProcess) -> None:
        self._client = process.client()
        self._client.set_response_callback("INFO", _text)
        self._client.set_response_callback("SLOWLOG GET", lambda reply, **_: reply)
        self._command("CONFIG SET", "slowlog-log-slower-than", SLOW_US, "slowlog-max-len", 4096)
        self._cpu = 0.0
        self.reset()

    def _command(self, *words: str | int) -> Any:
        client: Any = self._client
        return client.execute_command(*words)

    def close(self) -> None:
        self._client.close()

    def reset(self) -> None:
        self._command("CONFIG RESETSTAT")
        self._command("SLOWLOG RESET")
        self._cpu = self._cpu_us()

    def _cpu_us(self) -> float:
        found = re.findall(r"used_cpu_(?:sys|user)_main_thread:([\d.]+)", self._command("INFO", "cpu"))
        return 1e6 * sum(map(float, found))

    def spent(self) -> Spent:
        cpu = self._cpu_us() - self._cpu
        found = re.search(r"cmdstat_evalsha:calls=\d+,usec=(\d+)", self._command("INFO", "commandstats"))
        return Spent(float(found[1]) if found else 0.0, cpu)

    def longest(self) -> Longest:
        """The longest script; `SLOW_US` and no name when all were shorter."""
        # Each entry: number, time, microseconds, the command's words.
        entries = self._command("SLOWLOG GET", -1)
        scripts = [(int(took), words[1]) for _, _, took, words, *_ in entries if words[0].upper() == b"EVALSHA"]
        took, sha = max(scripts, default=(SLOW_US, b""))
        return Longest(took, _names().get(sha.decode(), ""))

    def used_bytes(self) -> int:
        """Bytes that the data takes, as the allocator hands them out; not what is lost between."""
        found = re.search(r"used_memory:(\d+)", self._command("INFO", "memory"))
        assert found
        return int(found[1])


def _text(reply: bytes | str, **_options: object) -> str:
    return reply.decode() if isinstance(reply, bytes) else reply


async def enqueue(store: Store, contact: str, skills: Mapping[str, int], *, priority: int = 0) -> None:
    """One contact, by the store's own call."""
    await store.contacts.enqueue_contact(
        CENTER,
        contact,
        channel="VOICE",
        skills=skills,
        priority=priority,
        attributes={},
        owner="",
        owner_lease=0,
        request=None,
    )


async def hire(store: Store, agent: str, skills: Mapping[str, int], *, available: bool = True) -> None:
    await store.agents.create_agent(CENTER, agent, display_name="", skills=skills, request=None)
    if available:
        await store.agents.set_agent_state(CENTER, agent, presence="AVAILABLE", reason="", request=None)


async def crowd(calls: Iterable[Awaitable[Any]]) -> None:
    """Makes many calls, `AT_ONCE` at a time."""
    group: list[Awaitable[Any]] = []
    for call in calls:
        group.append(call)
        if len(group) == AT_ONCE:
            await asyncio.gather(*group)
            group.clear()
    await asyncio.gather(*group)
