"""Opens the store: finds out what it is, agrees on how its data set is written."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal, Self

from redis.exceptions import RedisError, ResponseError

from acd_server.errors import AcdError
from acd_server.store import library, rights, scripts
from acd_server.store.agents import AgentStore
from acd_server.store.calendars import CalendarStore
from acd_server.store.centers import CenterStore
from acd_server.store.client import Client
from acd_server.store.contacts import ContactStore
from acd_server.store.dispatch import DispatchStore
from acd_server.store.events import EventStore
from acd_server.store.explanations import ExplanationStore
from acd_server.store.faults import as_refusal, tls_refusal
from acd_server.store.lanes import LOST, NotSentError
from acd_server.store.library import LAYOUT, Variant
from acd_server.store.replies import text
from acd_server.store.simulation import SimulationStore
from acd_server.store.skills import SkillStore
from acd_server.store.topology import NO_FILES, Tls, Topology, make_topology
from acd_server.store.wakes import Wakes

OLDEST_SERVER = (7, 0)

ATTEMPTS = 3
NOTICE_S = 0.3

Durability = Literal["auto", "local", "replicated"]
Documents = Literal["auto", "string", "json"]
Clock = Literal["redis", "virtual"]


class Store:
    """All that the router keeps, by resource. Make it with `Store.open`."""

    def __init__(self, client: Client, *, max_waiting: int, max_classes: int, history_max: int) -> None:
        self.client = client
        self.centers = CenterStore(client, history_max=history_max)
        self.calendars = CalendarStore(client)
        self.skills = SkillStore(client)
        self.agents = AgentStore(client)
        self.contacts = ContactStore(client, max_waiting=max_waiting, max_classes=max_classes)
        self.dispatch = DispatchStore(client, self.calendars)
        self.explanations = ExplanationStore(client)
        self.events = EventStore(client)
        self.simulation = SimulationStore(client)
        self.wakes = Wakes(client)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        durability: Durability = "auto",
        documents: Documents = "auto",
        clock: Clock = "redis",
        max_waiting: int = 100_000,
        max_classes: int = 4096,
        history_max: int = 100_000,
        lua_dir: str = "",
        tls: Tls = NO_FILES,
        when_loading: Callable[[], None] = lambda: None,
    ) -> Self:
        """Connects and checks. Raises AcdError STORE_UNAVAILABLE or STORE_REFUSES with what to do.

        From `when_loading()` on the store is busy with its scripts, and this process need not be with it.
        """
        topology = make_topology(url, tls)
        replicated = topology.cluster if durability == "auto" else durability == "replicated"
        client = Client(
            topology, Variant(clock=clock, folder=Path(lua_dir) if lua_dir else library.FOLDER), replicated=replicated
        )
        try:
            await _reach(topology)
            await _check_version(client)
            has_json = await _has_json(client)
            await _check_rights(client, has_json=has_json)
            client.variant = await _agree(client, documents, clock, has_json=has_json)
            when_loading()
            await _load(client)
        except BaseException:
            await client.close()
            raise
        return cls(client, max_waiting=max_waiting, max_classes=max_classes, history_max=history_max)

    async def check(self) -> None:
        """Returns when the store is usable; else raises AcdError with what to do.

        A single node must take writes. Of a cluster one primary must answer: while one shard fails
        over, calls to its centers are refused one by one, and the other shards go on.
        """
        client = self.client
        try:
            if not client.topology.cluster:
                await _agree_written(client, client.variant)
                return
            if fault := await _nobody_answers(client):
                await client.refresh()
                raise fault
            await _notice_layout(client)
        except (*LOST, NotSentError, RedisError, KeyError) as error:
            raise _told(error) from error

    async def migrate(self) -> tuple[int, int]:
        """Raises the data set to this release's layout, once every server is of this release. Returns the layouts
        before and after; servers write the new one from their next start on."""
        (before,) = await scripts.set_layout(self.client, "_", layout=LAYOUT)
        return int(text(before)), LAYOUT

    async def close(self) -> None:
        await self.wakes.close()
        await self.client.close()


async def _nobody_answers(client: Client) -> Exception | None:
    """None as soon as any primary has answered; else what was wrong with one of them.

    The others are not waited for: one whose host is gone says nothing for longer than a check may take, and this
    server would be taken out of service for all shards, as would all others at the same time.
    """
    asked = {asyncio.create_task(client.command(node, "PING")) for node in client.topology.primaries()}
    fault: Exception | None = None
    for task in asked:
        task.add_done_callback(_is_told)
    while asked:
        done, asked = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            error = task.exception()
            if error is None:
                return None
            if not isinstance(error, Exception):
                raise error
            fault = error
    return fault


def _is_told(task: "asyncio.Task[object]") -> None:
    """Takes note of the end of a task that nobody waits for any more."""
    if not task.cancelled():
        task.exception()


async def _notice_layout(client: Client) -> None:
    """Raises when another release has written a newer layout; whatever else is wrong with the registry's
    shard is no reason to stop serving the others."""
    with contextlib.suppress(TimeoutError):
        try:
            async with asyncio.timeout(NOTICE_S):
                await _agree_written(client, client.variant)
        except AcdError as error:
            if error.metadata.get("cause") == "LAYOUT":
                raise


def _told(error: Exception) -> AcdError:
    if isinstance(error, AcdError):
        return error
    refusal = as_refusal(error) if isinstance(error, ResponseError) else tls_refusal(error)
    return refusal or AcdError("STORE_UNAVAILABLE")


async def _reach(topology: Topology) -> None:
    try:
        await topology.refresh()
    except (*LOST, RedisError) as error:
        raise _told(error) from error


async def _ask(client: Client, *command: str) -> object:
    """The answer of the first primary that gives one."""
    fault: Exception = AcdError("STORE_UNAVAILABLE")
    for node in client.topology.primaries():
        try:
            return await client.command(node, *command)
        except (*LOST, NotSentError, RedisError, KeyError) as error:
            fault = _told(error)
    raise fault


async def _check_version(client: Client) -> None:
    info = text(await _ask(client, "INFO", "server"))
    lines = dict(line.split(":", 1) for line in info.splitlines() if ":" in line)
    version = lines.get("redis_version", "0")
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_SERVER:
        raise AcdError(
            "STORE_REFUSES",
            f"the store is version {version}: Redis 7.0 or Valkey 7.2 is the oldest that works",
            cause="VERSION",
        )


async def _agree(client: Client, documents: Documents, clock: Clock, *, has_json: bool) -> Variant:
    """What the data set is written with; decided now if it is new."""
    wanted = documents if documents != "auto" else ("json" if has_json else "string")
    written = await _agree_written(client, replace(client.variant, documents=wanted))
    if documents not in ("auto", written.documents):
        raise AcdError(
            "STORE_REFUSES",
            f"the data set has its documents as {written.documents}, not as {documents}: "
            f"set ACD_DOCUMENTS to {written.documents} or auto",
            cause="DOCUMENTS",
        )
    if written.documents == "json" and not has_json:
        raise AcdError(
            "STORE_REFUSES",
            "the data set has JSON documents and the store lacks that type: load its JSON module",
            cause="DOCUMENTS",
        )
    if written.clock != clock:
        raise AcdError(
            "STORE_REFUSES", f"the data set runs on the {written.clock} clock: use another one", cause="CLOCK"
        )
    return written


async def _has_json(client: Client) -> bool:
    found = await _ask(client, "COMMAND", "INFO", "JSON.SET")
    return isinstance(found, list) and bool(found) and found[0] is not None


async def _agree_written(client: Client, variant: Variant) -> Variant:
    for attempt in range(ATTEMPTS):
        try:
            layout, documents, clock = await scripts.check_meta(
                client, "_", layout=variant.layout, documents=variant.documents, clock=variant.clock
            )
            break
        except AcdError as error:
            # Harmless to repeat; a replica that is late once is no reason not to start.
            if error.reason != "NOT_REPLICATED" or attempt == ATTEMPTS - 1:
                raise
    if int(text(layout)) > LAYOUT:
        raise AcdError(
            "STORE_REFUSES",
            f"the data set has layout {text(layout)} and this release knows {LAYOUT}: use the newer release",
            cause="LAYOUT",
        )
    return replace(variant, documents=text(documents), clock=text(clock), layout=int(text(layout)))


async def _load(client: Client) -> None:
    """Loads every script on every primary, so that none is loaded inside a call."""
    texts = [library.script(name, client.variant).text for name in scripts.NAMES]
    loads = [client.command(node, "SCRIPT", "LOAD", text) for node in client.topology.primaries() for text in texts]
    answers = await asyncio.gather(*loads, return_exceptions=True)
    faults = [answer for answer in answers if isinstance(answer, Exception)]
    # A shard that fails over is no reason not to serve the others: what is missing there is loaded
    # by the first call.
    if faults and (not client.topology.cluster or len(faults) == len(answers)):
        raise _told(faults[0]) from faults[0]


async def _check_rights(client: Client, *, has_json: bool) -> None:
    """A shard that does not answer now is no reason not to serve the others."""
    wanted = rights.needed(replace(client.variant, documents="json" if has_json else "string"))
    try:
        for node in client.topology.primaries():
            await rights.check(client, node, wanted)
    except (*LOST, NotSentError, RedisError, KeyError) as error:
        refusal = _told(error)
        if refusal.reason != "STORE_UNAVAILABLE" or not client.topology.cluster:
            raise refusal from error
    except AcdError as error:
        if error.reason != "STORE_UNAVAILABLE" or not client.topology.cluster:
            raise
