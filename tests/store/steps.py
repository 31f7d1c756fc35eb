"""What a call did to the whole keyspace: the keys it changed, the events it wrote.

Class ids are hashes; here a class has its requirement for a name, so that
`class:VOICE|billing=1|` is a key.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from acd_server.errors import AcdError
from acd_server.store import RequestKey
from acd_server.store.records import contact_record
from tests.store.consistency import Keyspace, check, dump
from tests.store.seeds import Seed

Call = Callable[[RequestKey | None], Awaitable[Any]]

QUEUE = {"queue", "classes", "heads", "deadlines", "clock", "events"}
"""Keys that change whenever a contact enters or leaves the queue alone in its class."""


def agent_free(*skills: str) -> set[str]:
    """The availability sets of an agent with these skills."""
    return {
        f"available:{channel}{skill}"
        for channel in ("VOICE", "CHAT", "EMAIL", "CALLBACK")
        for skill in ("", *(f":{name}" for name in skills))
    }


def _named(space: Keyspace, names: dict[str, str]) -> Keyspace:
    named = {}
    for key, value in space.items():
        family, _, rest = key.partition(":")
        named[f"{family}:{names[rest]}" if family in ("class", "candidates") else key] = value
    return named


def changed_keys(before: Keyspace, after: Keyspace) -> set[str]:
    names = {**before.get("classes", {}), **after.get("classes", {})}
    was, is_ = _named(before, names), _named(after, names)
    return {key for key in was.keys() | is_.keys() if was.get(key) != is_.get(key)}


def events_of(space: Keyspace) -> list[dict[str, str]]:
    return [dict(zip(fields[::2], fields[1::2], strict=True)) for _, fields in space.get("events", [])]


def document(space: Keyspace, key: str) -> dict[str, Any]:
    found = contact_record(space[key]) if key.startswith("contact:") else json.loads(space[key])
    assert isinstance(found, dict)
    return found


class Step:
    """Filled in when the block of `changes` has ended."""

    before: Keyspace
    after: Keyspace
    keys: set[str]
    events: list[dict[str, str]]

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]


@asynccontextmanager
async def watched(seed: Seed) -> AsyncIterator[Step]:
    """Tells what the block changed. All indexes are right before and after."""
    step = Step()
    step.before = await check(seed.store, seed.center)
    yield step
    step.after = await check(seed.store, seed.center)
    step.keys = changed_keys(step.before, step.after)
    step.events = events_of(step.after)[len(events_of(step.before)) :]
    for event in step.events:
        assert ("attributes" not in event) or event["type"] in ("CONTACT_ENQUEUED", "CONTACT_SCHEDULED")


@asynccontextmanager
async def changes(seed: Seed, keys: set[str], *events: str) -> AsyncIterator[Step]:
    """The block changes exactly these keys, and writes events of exactly these types."""
    async with watched(seed) as step:
        yield step
    assert step.types == list(events)
    assert step.keys == keys


async def everything(seed: Seed) -> Keyspace:
    """The center and the registry."""
    space = await dump(seed.store, seed.center)
    node = seed.store.client.topology.node_of("{_}:")
    centers = await seed.store.client.command(node, "ZRANGE", "{_}:centers", 0, -1)
    return {**space, "{_}:centers": centers}


async def refuses(seed: Seed, call: Call, reason: str, **metadata: str) -> None:
    """The call is refused, with and without a request id, and the keyspace stays byte for byte."""
    before = await everything(seed)
    for request in (None, RequestKey("refused", "print")):
        with pytest.raises(AcdError) as caught:
            await call(request)
        assert caught.value.reason == reason
        for field, value in metadata.items():
            assert caught.value.metadata[field] == value
    assert await everything(seed) == before


async def repeats(seed: Seed, call: Call) -> None:
    """Once more without a request id: the same answer, and nothing but the count of touches changes."""
    first = await call(None)
    async with watched(seed) as step:
        assert await call(None) == first
    assert step.keys == {"clock"}
    assert step.before["clock"].keys() <= step.after["clock"].keys()
    differing = {field for field, value in step.after["clock"].items() if step.before["clock"].get(field) != value}
    assert differing == {"touches"}


async def replays(seed: Seed, call: Call) -> Any:
    """With a request id: the same reply again, and another request is told apart. Returns the reply."""
    reply = await call(RequestKey("id-1", "print"))
    before = await everything(seed)
    assert "request:id-1" in before
    await seed.command("PEXPIRE", "@request:id-1", 5_000)
    assert await call(RequestKey("id-1", "print")) == reply
    assert await seed.command("PTTL", "@request:id-1") > 590_000
    await seed.command("PEXPIRE", "@request:id-1", 5_000)
    with pytest.raises(AcdError) as caught:
        await call(RequestKey("id-1", "another print"))
    assert caught.value.reason == "REQUEST_ID_REUSED"
    assert caught.value.metadata["requestId"] == "id-1"
    assert await seed.command("PTTL", "@request:id-1") <= 5_000
    assert await everything(seed) == before
    return reply
