"""Feeds: events delivered to many open ones, as a share of what empty server streams carry.

The same readers read both kinds. An event is made by EnqueueContact; the empty handler's streams
send one message for each of its calls. Beside the rate stands the server's processor time per
message, which the readers, all in this one process, cannot hide.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from acd.v1 import assignment_feed_pb2
from acd.v1.assignment_feed_pb2_grpc import AssignmentFeedStub
from acd_client import AcdClient
from acd_client.channel import open_channel
from benchmarks import bystanders, machine
from benchmarks.enqueue import prepare
from benchmarks.load import Once, alternate, enqueuer
from benchmarks.numbers import percentile, ratio
from benchmarks.report import Result, at_least, at_most, counted, told
from benchmarks.stage import Stack, Stage
from tests.support.wait import wait_until

GOAL, SLOW_GOAL, BYTES_GOAL = 0.5, 0.9, 64 * 1024
SLOW_SHARE = 0.01
LARGE = {f"key-{number}": "x" * 1000 for number in range(4)}
"""Attributes by which events fill the window of a reader who does not read after a dozen or two."""
CHANNELS = 8
OPEN_AT_ONCE = 100
PATIENT_S = 120.0


@dataclass(frozen=True)
class Size:
    feeds: int
    centers: int
    burst: int
    """Events in each center and round."""
    rounds: int
    fanouts: int
    slow_burst: int
    """Events of 4 KiB in each center and round beside slow readers."""
    others_feeds: bystanders.Size

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"bench-{number}" for number in range(self.centers))

    @property
    def each(self) -> int:
        """Feeds of a center: what one event goes out to."""
        return self.feeds // self.centers


SIZES = {
    "full": Size(5000, 5, 4, 8, 20, 24, bystanders.Size(2000, {1: 400, 32: 2000}, 20.0)),
    "quick": Size(600, 2, 4, 3, 5, 24, bystanders.Size(200, {1: 400, 32: 2000}, 2.0)),
    "tiny": Size(12, 2, 2, 1, 2, 2, bystanders.Size(4, {1: 5}, 0.1)),
}


class Readers:
    """Open feeds on one server, and what came through them."""

    def __init__(self, target: str, size: Size) -> None:
        self._target, self._size = target, size
        self._channels: list[Any] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._reading = asyncio.Event()
        self._reading.set()
        self.slow = max(1, round(SLOW_SHARE * size.feeds))
        """How many of them do not read while they are told not to."""
        self.opened = 0
        self.received = 0
        """By the others."""
        self.received_slowly = 0
        self.expected = 0
        """Messages that were made for all of them."""
        self.arrived: list[float] = []

    @property
    def others(self) -> int:
        return self._size.feeds - self.slow

    @property
    def messages(self) -> int:
        return self.received + self.received_slowly

    @property
    def still_open(self) -> int:
        return sum(not task.done() for task in self._tasks)

    async def open(self) -> None:
        # The slow ones have a connection to themselves, as other clients have: what they do to
        # those on the same one is the transport's affair.
        self._channels = [open_channel(self._target) for _ in range(1 + min(CHANNELS, self.others))]
        for number in range(self._size.feeds):
            self._tasks.append(asyncio.create_task(self._read(number)))
            if number % OPEN_AT_ONCE == OPEN_AT_ONCE - 1:
                await self._opened(number + 1)
        await self._opened(self._size.feeds)

    async def _opened(self, count: int) -> None:
        def there() -> bool:
            for task in self._tasks:
                if task.done():
                    task.result()
            return self.opened >= count

        await wait_until(there, f"{count} feeds are open", PATIENT_S)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for channel in self._channels:
            await channel.close()

    def stop_reading(self) -> None:
        """From now on the slow ones take nothing."""
        self._reading.clear()

    async def catch_up(self, messages: int) -> None:
        """The slow ones read again, until they have had as many as that."""
        self._reading.set()
        await wait_until(lambda: self.received_slowly >= messages, "slow readers catch up", PATIENT_S)

    async def _read(self, number: int) -> None:
        slow = number < self.slow
        channel = self._channels[0 if slow else 1 + number % (len(self._channels) - 1)]
        stub: Any = AssignmentFeedStub(channel)
        center = self._size.names[number % self._size.centers]
        call = stub.Watch(assignment_feed_pb2.WatchRequest(parent=f"centers/{center}"))
        try:
            async for message in call:
                if message.HasField("snapshot"):
                    self.opened += message.snapshot.last
                elif message.HasField("event"):
                    self._note(slow=slow)
                    if slow:
                        await self._reading.wait()
        finally:
            call.cancel()

    def _note(self, *, slow: bool) -> None:
        if slow:
            self.received_slowly += 1
        else:
            self.received += 1
            self.arrived.append(time.perf_counter())

    async def burst(self, calls: list[Once], events: int) -> tuple[float, list[float]]:
        """Messages per second to the others when each of `calls` is made `events` times, and each one's lag.

        The lag is counted from the begin of the burst, when its events are asked for.
        """
        wanted = self.received + events * self.others
        self.expected += events * self._size.feeds
        self.arrived.clear()
        begun = time.perf_counter()
        for _ in range(events):
            await asyncio.gather(*(once() for once in calls))
        await wait_until(lambda: self.received >= wanted, f"{events * self.others} messages arrive", PATIENT_S)
        lags = [at - begun for at in self.arrived]
        return events * self.others / max(lags), lags


async def run(stage: Stage, size_name: str) -> Result:
    size, result = SIZES[size_name], Result()
    async with (
        stage.stack("node", max_feeds_per_center=size.feeds, feed_max_life_s=86_400.0) as stack,
        AcdClient(stack.router) as client,
    ):
        await prepare(client, size.names)
        pid = stack.stands[0].pid
        found: dict[str, Readers] = {}
        memory = [machine.resident_bytes(pid)]
        try:
            for kind, target in (("router", stack.router), ("empty", stack.empty)):
                found[kind] = Readers(target, size)
                await found[kind].open()
                memory.append(machine.resident_bytes(pid))
            await _measure(result, stack, size, found["router"], found["empty"])
        finally:
            for readers in found.values():
                await readers.close()
        await bystanders.measure(result, stack, client, size.others_feeds)
    per_feed = (memory[1] - memory[0]) / size.feeds
    result.rows.append(at_most("server bytes per open feed", per_feed, BYTES_GOAL))
    result.details["server_bytes_per_open_empty_stream"] = (memory[2] - memory[1]) / size.feeds
    return result


async def _measure(result: Result, stack: Stack, size: Size, ours: Readers, theirs: Readers) -> None:
    async with open_channel(stack.router) as routed, open_channel(stack.empty) as bare:
        make = [enqueuer(routed, center) for center in size.names]
        make_empty = [enqueuer(bare, center) for center in size.names]
        await _rates(result, stack, size, (ours, make), (theirs, make_empty))
        one, one_empty = make[:1], make_empty[:1]
        await _fan_out(result, size, (ours, one), (theirs, one_empty))
        large = [enqueuer(routed, center, LARGE) for center in size.names]
        await _slow_readers(result, size, ours, large)
        for kind, readers in (("router", ours), ("empty", theirs)):
            await readers.catch_up(readers.expected - readers.received)
            result.rows.append(counted(f"messages read, {kind}", readers.messages, readers.expected))
            result.rows.append(counted(f"feeds open at the end, {kind}", readers.still_open, size.feeds))


Side = tuple[Readers, list[Once]]


async def _rates(result: Result, stack: Stack, size: Size, ours: Side, theirs: Side) -> None:
    meter = machine.CpuMeter({"server": [stack.stands[0].pid]})
    cost: dict[str, float] = {"router": 0.0, "empty": 0.0}

    async def once(kind: str, side: Side) -> float:
        meter.begin()
        found, _ = await side[0].burst(side[1], size.burst)
        cost[kind] += meter.end()["server"]
        return found

    rates = await alternate(lambda: once("router", ours), lambda: once("empty", theirs), size.rounds)
    share, messages = ratio(*rates), len(rates[0]) * size.burst * size.feeds
    result.rows.append(at_least(f"events/s ÷ empty stream, {size.feeds} feeds", share.median, GOAL))
    result.details["rate"] = {
        "ratio": share.details(),
        "events_per_s": max(rates[0]),
        "empty_messages_per_s": max(rates[1]),
        "server_cpu_us_per_message": {kind: 1e6 * seconds / messages for kind, seconds in cost.items()},
    }


async def _fan_out(result: Result, size: Size, ours: Side, theirs: Side) -> None:
    """One event to all feeds of one center: until the last has it."""

    async def once(side: Side) -> float:
        readers, calls = side
        before = readers.messages
        readers.expected += size.each
        begun = time.perf_counter()
        await calls[0]()
        await wait_until(lambda: readers.messages >= before + size.each, "all have it", PATIENT_S)
        return readers.arrived[-1] - begun

    for readers, _ in (ours, theirs):
        await readers.catch_up(readers.expected - readers.received)
    times = await alternate(lambda: once(ours), lambda: once(theirs), size.fanouts)
    name = f"one event to {size.each} feeds, until the last ÷ empty"
    found = ratio(*times)
    result.rows.append(told(name, found.median))
    result.details["fan_out"] = {
        "ratio": found.details(),
        "router_p50_ms": 1000 * percentile(times[0], 50),
        "empty_p50_ms": 1000 * percentile(times[1], 50),
    }


async def _slow_readers(result: Result, size: Size, ours: Readers, make: list[Once]) -> None:
    """What the other readers get beside some that have stopped reading, ÷ what they get when those read, too."""
    lags: dict[str, list[float]] = {"with": [], "without": []}

    async def once(kind: str) -> float:
        due = ours.received_slowly + size.slow_burst * ours.slow
        if kind == "with":
            ours.stop_reading()
        found, late = await ours.burst(make, size.slow_burst)
        lags[kind] += late
        await ours.catch_up(due)
        return found

    rates = await alternate(lambda: once("with"), lambda: once("without"), size.rounds)
    found = ratio(*rates)
    result.rows.append(at_least(f"events/s beside {ours.slow} slow readers ÷ without", found.median, SLOW_GOAL))
    tails = {kind: percentile(each, 99) for kind, each in lags.items()}
    result.details["slow_readers"] = {
        "ratio": found.details(),
        "lag_p99_ratio": tails["with"] / tails["without"],
        "lag_p99_ms": 1000 * tails["with"],
        "lag_p99_without_ms": 1000 * tails["without"],
    }
