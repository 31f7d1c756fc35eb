"""Bytes of the store for each thing that it keeps, in both kinds of documents. `feeds` has those of a server.

The growth of what the store says it uses, over so many of a thing, after some that made the tables:
so indexes, deadlines, classes and what the tables themselves take are in it. The events that tell of
it are not: their history is short here, and full before it is measured.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from acd_server.store import Store
from acd_server.store.requests import RequestKey
from benchmarks.report import Result, at_most, told
from benchmarks.stage import Stage, only
from benchmarks.store_meter import CENTER, POLICY, RedisMeter, crowd, enqueue, hire
from tests.support.cells import CellMissingError

GOALS = {"string": 1024.0, "json": 1536.0}
SKILLS = 12
HISTORY = 500


@dataclass(frozen=True)
class Size:
    things: int
    agents: int
    documents: tuple[str, ...] = ("string", "json")


SIZES = {"full": Size(50_000, 5_000), "quick": Size(3_000, 500), "tiny": Size(50, 20, ("string",))}


async def run(stage: Stage, size_name: str) -> Result:
    size, result = SIZES[size_name], Result()
    for documents in size.documents:
        try:
            found = await _measure(stage, size, documents)
        except CellMissingError as error:
            result.details[documents] = {"not_measured": str(error)}
            continue
        finally:
            stage.release("json")
        contact = found["waiting contact"]
        result.rows.append(at_most(f"bytes per waiting contact, {documents}", contact, GOALS[documents]))
        result.rows += [told(f"bytes per {name}, {documents}", found[name]) for name in found if found[name] != contact]
        result.details[documents] = found
    return result


async def _measure(stage: Stage, size: Size, documents: Any) -> dict[str, float]:
    process = only(stage.store("node", documents))
    store = await Store.open(process.url, documents=documents, max_waiting=10 * size.things, history_max=HISTORY)
    meter = RedisMeter(process)

    async def each(make: Callable[[int], Awaitable[Any]], count: int) -> float:
        await crowd(make(number) for number in range(count))
        before = meter.used_bytes()
        await crowd(make(number) for number in range(count, 2 * count))
        return (meter.used_bytes() - before) / count

    try:
        await store.centers.create_center(CENTER, display_name="", policy=POLICY, request=None)
        for number in range(SKILLS):
            await store.skills.create_skill(CENTER, f"s{number}", display_name="", request=None)
        agent = await each(
            lambda n: hire(store, f"a{n}", {f"s{(n + i) % SKILLS}": 5 for i in range(3)}, available=False), size.agents
        )
        contact = await each(
            lambda n: enqueue(store, f"c{n:08}", {f"s{n % SKILLS}": 5, f"s{(n + 1) % SKILLS}": 3}), size.things
        )
        await crowd(_abandon(store, f"c{n:08}") for n in range(2 * size.things))
        remembered = await each(lambda n: _remembered(store, f"c{n:08}"), size.things)
    finally:
        meter.close()
        await store.close()
    return {"waiting contact": contact, "agent": agent, "remembered request": remembered}


async def _abandon(store: Store, contact: str, key: RequestKey | None = None) -> None:
    await store.contacts.abandon_contact(CENTER, contact, request=key)


async def _remembered(store: Store, contact: str) -> None:
    """A call that only remembers its reply: the contact has left before, so nothing else changes."""
    await _abandon(store, contact, RequestKey(str(uuid.uuid4()), "f" * 64))
