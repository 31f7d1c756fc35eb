"""What comes and goes beside the contacts: feeds of every kind that end in every way, agents, skills, opening hours."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import grpc.aio

from acd.v1.assignment_feed_pb2 import WatchRequest
from acd.v1.assignment_feed_pb2_grpc import AssignmentFeedStub
from acd_client import AcdApiError, AcdClient, Feed, Unavailable
from tests.soak.cable import cable
from tests.soak.floor import SKILLS, Floor

VISITORS = 4
"""Who open a feed, do something with it, and come back with another."""
LOOK_S = 1.0
"""Longest time that a feed is read."""
STALLED_S = 4.0
"""For which a slow reader reads nothing: longer than the servers of a soak let him."""
BEHIND_S = 60.0
"""How far back a slow reader begins, at most: more than fits into what the network holds."""
SLOW_ENDS = {
    grpc.StatusCode.RESOURCE_EXHAUSTED: "cut off",
    grpc.StatusCode.OUT_OF_RANGE: "behind what is kept",
}
SMALL_WINDOW = (("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 65_536))
CLOSED_EVERY_S, CLOSED_S = 15.0, 0.3


class Visitors:
    """Opens feeds for as long as it is let; counts how they ended."""

    def __init__(self, target: str, floors: Sequence[Floor], seed: int, behind: float = BEHIND_S) -> None:
        self._target = target
        self._behind = behind
        self._floors = floors
        self._random = random.Random(seed)
        self.ended: Counter[str] = Counter()
        self.faults: list[str] = []
        self.closing = asyncio.Event()
        self._kinds: tuple[Callable[[AcdClient, Floor], Awaitable[str]], ...] = (
            self._closed,
            self._closed,
            self._filtered,
            self._resumed,
            self._cut,
            self._slow,
            self._refused,
            self._dispatching,
        )

    async def play(self) -> None:
        async with AcdClient(self._target) as client, asyncio.TaskGroup() as group:
            for _ in range(VISITORS):
                group.create_task(self._visit(client))

    async def _visit(self, client: AcdClient) -> None:
        while not self.closing.is_set():
            kind, floor = self._random.choice(self._kinds), self._random.choice(self._floors)
            try:
                self.ended[await kind(client, floor)] += 1
            except Unavailable as error:  # what a busy machine's store may be
                self.ended[f"unavailable: {error.reason}"] += 1
            except AcdApiError as error:
                self.faults.append(f"{kind.__name__}: {error.reason} {error.message}"[:200])

    async def _read(self, feed: Feed) -> int:
        """Reads for a while; how many events."""
        count = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(self._random.uniform(0.1, LOOK_S)):
                async for message in feed:
                    count += message.HasField("event")
        return count

    async def _closed(self, client: AcdClient, floor: Floor) -> str:
        async with client.watch(floor.center) as feed:
            await self._read(feed)
        return "closed"

    async def _filtered(self, client: AcdClient, floor: Floor) -> str:
        filters: list[dict[str, Any]] = [
            {"agent": f"agent-{self._random.randrange(floor.staff):03d}"},
            {"skill_ids": [self._random.choice(SKILLS)]},
            {"owner": "platform"},
        ]
        async with client.watch(floor.center, **self._random.choice(filters)) as feed:
            await self._read(feed)
        return "closed, filtered"

    async def _resumed(self, client: AcdClient, floor: Floor) -> str:
        async with client.watch(floor.center) as feed:
            await self._read(feed)
            token = feed.resume_token
        if token:
            async with client.watch(floor.center, resume_token=token) as feed:
                await self._read(feed)
        return "resumed"

    async def _cut(self, client: AcdClient, floor: Floor) -> str:
        async with cable(client.target) as line, AcdClient(line.target) as far, far.watch(floor.center) as feed:
            await self._read(feed)
            line.cut()
        return "cut"

    async def _slow(self, client: AcdClient, floor: Floor) -> str:
        """Asks for minutes of events and takes none of them; then reads what still comes, and why it ended."""
        now = asyncio.get_running_loop().time()
        token = next(token for at, token in floor.tokens if at >= now - self._behind)
        async with grpc.aio.insecure_channel(client.target, options=SMALL_WINDOW) as channel:
            request: Any = WatchRequest(parent=floor.parent, resume_token=token)
            call: Any = AssignmentFeedStub(channel).Watch(request)
            await asyncio.sleep(STALLED_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(STALLED_S):
                    return await _end_of(call)
            call.cancel()
        return "slow, kept up"

    async def _refused(self, client: AcdClient, floor: Floor) -> str:
        feed = client.watch(floor.center, resume_token="not a token")
        try:
            async with feed:
                await anext(feed)
        except AcdApiError as error:
            return f"refused: {error.reason}"
        raise AssertionError(floor.center)

    async def _dispatching(self, client: AcdClient, floor: Floor) -> str:  # noqa: ARG002 - of all centers
        stream = client.dispatch.watch_work()
        try:
            await stream.read(10.0)
        finally:
            await stream.close()
        return "closed, of work"


async def _end_of(call: Any) -> str:
    try:
        while await call.read() is not grpc.aio.EOF:
            pass
    except grpc.aio.AioRpcError as error:
        return f"slow, {SLOW_ENDS.get(error.code()) or error.details()}"
    return "slow, at the end of its life"


async def temporary(floor: Floor) -> None:
    """Agents who are hired for a moment, some with a feed that keeps their lease, and skills that nobody needs."""
    number = 0
    while not floor.closing.is_set():
        number += 1
        agent, skill = f"temp-{number}", f"temp-{number}"
        await floor.ask(floor.client.skills.create_skill, parent=floor.parent, skill_id=skill)
        await floor.new_agent(agent, number)
        keep = number % 3 == 0
        async with floor.client.watch(floor.center, agent=agent, keep_lease=keep) as feed:
            with suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    async for _ in feed:
                        pass
        await floor.leave(agent)
        await floor.ask(floor.client.skills.delete_skill, name=f"{floor.parent}/skills/{skill}")


async def opening_hours(floors: Sequence[Floor], closing: asyncio.Event) -> None:
    """Closes one center after the other for a moment."""
    number = 0
    while not closing.is_set():
        floor = floors[number % len(floors)]
        number += 1
        await floor.ask(floor.client.centers.close_center, name=floor.parent)
        await asyncio.sleep(CLOSED_S)
        await floor.ask(floor.client.centers.open_center, name=floor.parent)
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSED_EVERY_S):
                await closing.wait()
