"""What an event costs a server for each open feed that it does not concern: desktops of agents who are not meant.

Processor time of EnqueueContact with so many feeds of agents open, less that with none, by feed. One at a
time, as in a centre with a contact every now and then, and 32 in flight, where feeds take several events at once.
"""

import asyncio
from dataclasses import dataclass

from acd.v1 import agent_pb2
from acd_client import AcdClient
from acd_client.channel import open_channel
from benchmarks import machine
from benchmarks.load import CENTER, Once, enqueuer, rate
from benchmarks.report import Result, told
from benchmarks.stage import Stack

SETTLE_S = 1.0
"""In which feeds do what they were woken for."""


@dataclass(frozen=True)
class Size:
    feeds: int
    calls: dict[int, int]
    """By how many are in flight."""


async def measure(result: Result, stack: Stack, client: AcdClient, size: Size) -> None:
    """The center must be there, and nobody on its feeds."""
    meter = machine.CpuMeter({"server": [stack.stands[0].pid]})
    async with open_channel(stack.router) as routed:
        once = enqueuer(routed)
        await client.centers.create_center(center_id=CENTER)
        await client.skills.create_skill(parent=f"centers/{CENTER}", skill_id="billing")
        alone = {n: await _cost(meter, once, calls, n) for n, calls in size.calls.items()}
        feeds = []
        try:
            for number in range(size.feeds):
                agent = f"a{number}"
                await client.agents.create_agent(parent=f"centers/{CENTER}", agent_id=agent, agent=agent_pb2.Agent())
                feeds.append(client.watch(CENTER, agent=agent))
                await anext(feeds[-1])
            beside = {n: await _cost(meter, once, calls, n) for n, calls in size.calls.items()}
        finally:
            for feed in feeds:
                await feed.close()
    for in_flight in size.calls:
        each = (beside[in_flight] - alone[in_flight]) / size.feeds
        result.rows.append(told(f"server CPU (us) per event and feed not meant, {in_flight} in flight", each))
    result.details["bystanders"] = {
        "feeds": size.feeds,
        "server_cpu_us_per_enqueue_without": alone,
        "server_cpu_us_per_enqueue_beside": beside,
    }


async def _cost(meter: machine.CpuMeter, once: Once, calls: int, in_flight: int) -> float:
    """Microseconds of the server's processor time for a call and what it sets off."""
    meter.begin()
    await rate(once, calls, in_flight)
    await asyncio.sleep(SETTLE_S)
    return 1e6 * meter.end()["server"] / calls
