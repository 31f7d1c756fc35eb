"""Whole contacts per second through the API: enqueue, match, accept, complete, and the feed.

Starts `acd dev` (store, server and dispatcher; one process of Python) and keeps a fixed number of
contacts in flight from this process, which plays all agents from one feed. Beside it the same
client calls an empty method (`Health.Check`) as often as it can: the ratio of the two says what
the router adds, on any machine.

    python benchmarks/throughput.py --seconds 10 --agents 40 --json out/throughput.json
"""

import argparse
import asyncio
import json
import pathlib
import time
from typing import Any

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from acd.v1 import agent_pb2, contact_pb2, event_pb2
from acd_client import AcdClient
from simulator.stage import router

CENTER = "bench"
SKILLED = agent_pb2.Agent(skills=[agent_pb2.AgentSkill(skill_id="billing")])
CALL = contact_pb2.Contact(
    channel=contact_pb2.CHANNEL_VOICE, required_skills=[contact_pb2.SkillRequirement(skill_id="billing")]
)


class Line:
    """Agents who take whatever is offered and complete it at once; callers who never stop."""

    def __init__(self, client: AcdClient) -> None:
        self.client = client
        self.completed = 0
        self._next = 0
        self._tasks: set[asyncio.Task[Any]] = set()

    async def prepare(self, agents: int) -> None:
        await self.client.centers.create_center(center_id=CENTER)
        await self.client.skills.create_skill(parent=f"centers/{CENTER}", skill_id="billing")
        for number in range(agents):
            name = f"centers/{CENTER}/agents/a{number}"
            await self.client.agents.create_agent(parent=f"centers/{CENTER}", agent_id=f"a{number}", agent=SKILLED)
            await self.client.agents.set_agent_state(name=name, presence=agent_pb2.PRESENCE_AVAILABLE)

    def spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def call_in(self) -> None:
        self._next += 1
        await self.client.contacts.enqueue_contact(
            parent=f"centers/{CENTER}",
            contact_id=f"c{self._next}",
            contact=CALL,
        )

    async def serve(self, assignment: str) -> None:
        await self.client.contacts.accept_assignment(name=assignment)
        await self.client.contacts.complete_contact(name=assignment)

    async def run(self, in_flight: int) -> None:
        async with self.client.watch(CENTER) as feed:
            for _ in range(in_flight):
                self.spawn(self.call_in())
            async for message in feed:
                if message.event.type == event_pb2.EVENT_TYPE_CONTACT_OFFERED:
                    self.spawn(self.serve(message.event.assignment.name))
                elif message.event.type == event_pb2.EVENT_TYPE_CONTACT_COMPLETED:
                    self.completed += 1
                    self.spawn(self.call_in())


async def empty_calls(target: str, seconds: float, concurrency: int) -> float:
    """Calls per second of a method that does nothing."""
    async with grpc.aio.insecure_channel(target) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        end, count = time.perf_counter() + seconds, 0

        async def one() -> None:
            nonlocal count
            while time.perf_counter() < end:
                await stub.Check(health_pb2.HealthCheckRequest())
                count += 1

        await asyncio.gather(*(one() for _ in range(concurrency)))
        return count / seconds


async def measure(seconds: float, agents: int) -> dict[str, float]:
    async with router("", log_level="error") as target, AcdClient(target) as client:
        empty = await empty_calls(target, seconds / 2, 32)
        line = Line(client)
        await line.prepare(agents)
        running = asyncio.create_task(line.run(2 * agents))
        await asyncio.sleep(1)
        begun, before = time.perf_counter(), line.completed
        await asyncio.sleep(seconds)
        rate = (line.completed - before) / (time.perf_counter() - begun)
        running.cancel()
        await asyncio.gather(running, *line._tasks, return_exceptions=True)  # noqa: SLF001  # the benchmark's own
        return {"empty calls/s": empty, "whole contacts/s": rate, "empty calls per contact": empty / rate}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--agents", type=int, default=40)
    parser.add_argument("--json", help="write the figures here, too")
    options = parser.parse_args()
    figures = asyncio.run(measure(options.seconds, options.agents))
    for what, value in figures.items():
        print(f"{what:<24} {value:8.1f}")
    if options.json:
        path = pathlib.Path(options.json)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"checks": [], "figures": figures}, indent=2))


if __name__ == "__main__":
    main()
