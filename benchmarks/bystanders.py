"""What open feeds cost a server while nothing that happens concerns them: desktops of agents who are not meant.

By event: processor time of EnqueueContact with so many feeds of agents open, less that with none, by feed. One at a
time, as in a centre with a contact every now and then, and 32 in flight, where feeds take several events at once.
By second: what they take while nothing happens at all, for checkpoints, and for the leases of agents.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from acd.v1 import agent_pb2
from acd_client import AcdClient
from acd_client.channel import open_channel
from benchmarks import machine
from benchmarks.load import CENTER, Once, enqueuer, rate
from benchmarks.report import Result, told
from benchmarks.stage import Stack

SETTLE_S = 1.0
"""In which feeds do what they were woken for."""
SILENT_S = 60.0
"""Checkpoints are for time, not for events: none while events are measured."""


@dataclass(frozen=True)
class Size:
    feeds: int
    calls: dict[int, int]
    """By how many are in flight."""
    idle_s: float
    """Twice the time between checkpoints, or between renewals of a lease, in the full size."""


async def measure(result: Result, stack: Stack, client: AcdClient, size: Size) -> None:
    """The center must be there, and nobody on its feeds."""
    meter = machine.CpuMeter({"server": [stack.stands[0].pid], "store": stack.groups()["store"]})
    async with open_channel(stack.router) as routed:
        once = enqueuer(routed)
        await client.centers.create_center(center_id=CENTER)
        await client.skills.create_skill(parent=f"centers/{CENTER}", skill_id="billing")
        await _hire(client, size.feeds)
        alone = {n: await _cost(meter, once, calls, n) for n, calls in size.calls.items()}
        async with _feeds(client, size.feeds, checkpoint_interval=SILENT_S):
            beside = {n: await _cost(meter, once, calls, n) for n, calls in size.calls.items()}
    for in_flight in size.calls:
        each = (beside[in_flight] - alone[in_flight]) / size.feeds
        result.rows.append(told(f"server CPU (us) per event and feed not meant, {in_flight} in flight", each))
    result.details["bystanders"] = {
        "feeds": size.feeds,
        "server_cpu_us_per_enqueue_without": alone,
        "server_cpu_us_per_enqueue_beside": beside,
    }
    await _measure_idle(result, meter, client, size)


async def _measure_idle(result: Result, meter: machine.CpuMeter, client: AcdClient, size: Size) -> None:
    nobody = await _idle(meter, size.idle_s)
    for what, keep_lease in (("idle feed", False), ("idle feed that keeps a lease", True)):
        async with _feeds(client, size.feeds, keep_lease=keep_lease):
            spent = await _idle(meter, size.idle_s)
        for part in ("server", "store"):
            each = 1e6 * (spent[part] - nobody[part]) / size.feeds / size.idle_s
            result.rows.append(told(f"{part} CPU (us) per {what} and second", each))


async def _hire(client: AcdClient, number: int) -> None:
    """Agents who are signed in: others have no lease to keep."""
    for agent in range(number):
        made = await client.agents.create_agent(
            parent=f"centers/{CENTER}", agent_id=f"a{agent}", agent=agent_pb2.Agent()
        )
        await client.agents.set_agent_state(name=made.agent.name, presence=agent_pb2.PRESENCE_AVAILABLE)


@contextlib.asynccontextmanager
async def _feeds(client: AcdClient, number: int, **wanted: Any) -> AsyncIterator[None]:
    """A feed of each agent, open."""
    async with contextlib.AsyncExitStack() as stack:
        for agent in range(number):
            feed = await stack.enter_async_context(client.watch(CENTER, agent=f"a{agent}", **wanted))
            await anext(feed)
        yield


async def _idle(meter: machine.CpuMeter, seconds: float) -> dict[str, float]:
    meter.begin()
    await asyncio.sleep(seconds)
    return meter.end()


async def _cost(meter: machine.CpuMeter, once: Once, calls: int, in_flight: int) -> float:
    """Microseconds of the server's processor time for a call and what it sets off."""
    meter.begin()
    await rate(once, calls, in_flight)
    await asyncio.sleep(SETTLE_S)
    return 1e6 * meter.end()["server"] / calls
