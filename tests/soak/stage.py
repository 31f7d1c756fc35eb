"""The processes of a soak, and what is measured of them from outside."""

import asyncio
import os
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from tests.soak.leaks import SCRIPTS
from tests.support import keyspace
from tests.support.cells import CELLS
from tests.support.swapped import LUA, swap, write_swapped
from tests.system.processes import ACD, Process, free_port, wait_until_serving

PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = os.sysconf("SC_CLK_TCK")
MI = 2**20
PATIENCE_S = 60.0
GAUGES = {"acd_tasks": "server tasks", "acd_open_feeds": "server open feeds", "acd_open_streams": "server open streams"}
"""Of the server's metrics, what must not grow."""

REMEMBERED_S = 600.0
"""For which the router remembers a request."""
FLEETING = ("events", "request", "history")
"""Families of keys that may tell of what is over: they forget by age and number."""
MARKS = ("caller-", "temp-", "gone-")
"""Beginnings of ids of what is over in the end."""


@dataclass(frozen=True)
class Times:
    """How long the router keeps what is over, in seconds."""

    retention: float
    remembered: float = REMEMBERED_S
    """Other than REMEMBERED_S: by scripts with that in them."""
    history: int = 10_000
    """Events of a center."""


class Stage:
    """A store, a server, a dispatcher."""

    def __init__(self, cell: str, folder: Path, times: Times, leak: str = "") -> None:
        self.store = CELLS[cell].make()
        self._documents = CELLS[cell].documents
        self.target = f"127.0.0.1:{free_port()}"
        self._metrics = f"127.0.0.1:{free_port()}"
        self._folder = folder
        self._times = times
        self._leak = leak
        self._server: Process
        self._dispatcher: Process
        self._redis: list[Redis] = []

    async def __aenter__(self) -> Self:
        self.store.start()
        # Patient ones: on a busy machine a measurement may take its time.
        self._redis = [Redis.from_url(one.url, socket_timeout=PATIENCE_S, protocol=2) for one in self.store.primaries()]
        in_python = self._leak and self._leak not in SCRIPTS
        command = [sys.executable, "-m", "tests.soak.leaks", self._leak] if in_python else [str(ACD), "serve"]
        settings: dict[str, Any] = {
            "address": self.target,
            "redis_url": self.store.url,
            "documents": self._documents,
            "metrics_address": self._metrics,
            "lua_dir": self._scripts(),
            "feed_history_max": self._times.history,
            "feed_write_timeout_s": 2.0,
            "feed_max_life_s": 60.0,
            "log_level": "warning",
            "log_format": "json",
        }
        self._server = Process(command, self._folder / "server.log", **settings).start()
        await wait_until_serving(self.target)
        settings = {
            "servers": self.target,
            "dispatcher_health_address": f"127.0.0.1:{free_port()}",
            "log_format": "json",
        }
        self._dispatcher = Process([str(ACD), "dispatch"], self._folder / "dispatcher.log", **settings).start()
        await wait_until_serving(settings["dispatcher_health_address"])
        return self

    async def __aexit__(self, *_exception: object) -> None:
        self._dispatcher.remove()
        self._server.remove()
        for redis in self._redis:
            redis.close()
        self.store.remove()

    def _scripts(self) -> str:
        """Folder of changed scripts; "": the router's own."""
        if self._times.remembered == REMEMBERED_S and self._leak not in SCRIPTS:
            return ""
        folder = self._folder / "lua"
        write_swapped(folder, *SCRIPTS.get(self._leak, (_REMEMBER, "redis", "redis")))
        for file in (_REMEMBER, "lib/recall.lua"):
            swap(folder, file, "600000", f"{self._times.remembered * 1000:.0f}")
        return str(folder)

    def faults(self) -> list[str]:
        """What the server and the dispatcher logged as faults of their own."""
        names = ("fault", "wakes_failed", "store_check", "get_work_failed", "pass_failed")
        processes = (self._server, self._dispatcher)
        return [str(event)[:500] for process in processes for name in names for event in process.events(name)]

    def server_seconds(self) -> float:
        """Processor time of the server so far."""
        fields = Path(f"/proc/{self._server.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    async def sample(self) -> dict[str, float]:
        """Everything that is measured, at this moment, by the name that the report has for it."""
        found = {**_of_process("server", self._server.pid), **_of_process("dispatcher", self._dispatcher.pid)}
        text = await asyncio.to_thread(_fetch, self._metrics)
        sums = dict.fromkeys(GAUGES.values(), 0.0)
        for family in text_string_to_metric_families(text):
            if family.name in GAUGES:
                sums[GAUGES[family.name]] = sum(sample.value for sample in family.samples)
        infos: list[Any] = [redis.info() for redis in self._redis]
        return {
            **found,
            **sums,
            "store memory, MiB": sum(info["used_memory"] for info in infos) / MI,
            "store connections": sum(info["connected_clients"] for info in infos),
            "store keys": sum(info.get("db0", {"keys": 0})["keys"] for info in infos),
        }

    def immortal(self) -> int:
        """Remembered requests that will never be forgotten."""
        return sum(_immortal_in(redis) for redis in self._redis)

    def named(self) -> list[str]:
        """Keys that have the name of a contact, or of a temporary agent, skill or owner."""
        keys = (key.decode() for redis in self._redis for key in redis.scan_iter(count=1000))
        return sorted(key for key in keys if keyspace.family_of(key) not in FLEETING and _marked(key))

    def leftovers(self) -> list[str]:
        """The same, and those that mention one: to be asked when all of them are over."""
        space = keyspace.dump(self.store, without=FLEETING)
        return sorted(key for key, value in space.items() if _marked(f"{key} {value}"))


def _immortal_in(redis: Redis) -> int:
    with redis.pipeline(transaction=False) as pipeline:
        for key in redis.scan_iter(match="{*}:request:*", count=1000):
            pipeline.pttl(key)
        return sum(left == -1 for left in pipeline.execute())


def _marked(text: str) -> bool:
    return any(mark in text for mark in MARKS)


_REMEMBER = "lib/remember.lua"
assert (LUA / _REMEMBER).exists()


def _of_process(name: str, pid: int) -> dict[str, float]:
    proc = Path(f"/proc/{pid}")
    resident = int((proc / "statm").read_text(encoding="ascii").split()[1]) * PAGE
    return {
        f"{name} memory, MiB": resident / MI,
        f"{name} files": len(list((proc / "fd").iterdir())),
        f"{name} threads": len(list((proc / "task").iterdir())),
    }


def _fetch(address: str) -> str:
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=PATIENCE_S) as reply:
        return str(reply.read().decode())
