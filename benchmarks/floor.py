"""Agents who take whatever is offered and complete it at once, on feeds as a desktop has them."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Self

from acd.v1 import agent_pb2, center_pb2, event_pb2
from acd_client import AcdClient
from acd_client.feed import Feed
from benchmarks.load import CALL, SKILL
from tests.support.wait import wait_until

SKILLED = agent_pb2.Agent(skills=[agent_pb2.AgentSkill(skill_id=SKILL)])
PATIENT = 30.0
"""Seconds for what takes milliseconds, and longer only if it never comes."""


class Floor:
    """Centers with agents; use it as a context.

    `own_feeds`: each agent reads a feed of his own, as agents do; else one feed of each
    center is read, as a platform does.
    """

    def __init__(self, client: AcdClient, centers: tuple[str, ...], agents: int, *, own_feeds: bool) -> None:
        self._client = client
        self._centers = centers
        self._agents = agents
        self._own_feeds = own_feeds
        self._exit = contextlib.AsyncExitStack()
        self._tasks: set[asyncio.Task[None]] = set()
        self._faults: list[BaseException] = []
        self._calling = False
        self.offered: dict[str, float] = {}
        """Contact id → time at which its offer was read (`perf_counter`)."""
        self.completed = 0
        self.calls = 0
        """Contacts that `call_in` put in the queue."""

    async def __aenter__(self) -> Self:
        for center in self._centers:
            policy = center_pb2.CenterPolicy(max_missed_offers=0)
            policy.offer_timeout.FromSeconds(300)
            await self._client.centers.create_center(center_id=center, center=center_pb2.Center(policy=policy))
            await self._client.skills.create_skill(parent=f"centers/{center}", skill_id=SKILL)
            await asyncio.gather(*(self._hire(center, number) for number in range(self._agents)))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._calling = False
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._exit.aclose()

    async def _hire(self, center: str, number: int) -> None:
        agent = f"a{number}"
        await self._client.agents.create_agent(parent=f"centers/{center}", agent_id=agent, agent=SKILLED)
        if self._own_feeds or number == 0:
            feed = self._client.watch(center, agent=agent if self._own_feeds else None)
            await self._exit.enter_async_context(feed)
            await anext(feed)  # the snapshot: it is open
            self._spawn(self._read(center, feed))
        name = f"centers/{center}/agents/{agent}"
        await self._client.agents.set_agent_state(name=name, presence=agent_pb2.PRESENCE_AVAILABLE)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._faults.append(fault)

    async def _read(self, center: str, feed: Feed) -> None:
        async for message in feed:
            event = message.event
            if event.type == event_pb2.EVENT_TYPE_CONTACT_OFFERED:
                self.offered[event.contact.name.rpartition("/")[2]] = time.perf_counter()
                self._spawn(self._serve(event.assignment.name))
            elif event.type == event_pb2.EVENT_TYPE_CONTACT_COMPLETED:
                self.completed += 1
                if self._calling:
                    self._spawn(self._call_in(center))

    async def _serve(self, assignment: str) -> None:
        await self._client.contacts.accept_assignment(name=assignment)
        await self._client.contacts.complete_contact(name=assignment)

    async def _call_in(self, center: str) -> None:
        self.calls += 1
        name = f"n{self.calls}"
        await self._client.contacts.enqueue_contact(parent=f"centers/{center}", contact_id=name, contact=CALL)

    async def reach(self, completed: int) -> None:
        """Waits until so many contacts were completed. Raises what went wrong in between."""

        def there() -> bool:
            if self._faults:
                raise self._faults[0]
            return self.completed >= completed

        # The patience is for each contact, not for all.
        while not there():
            await self._another(self.completed, there)

    async def _another(self, before: int, there: Callable[[], bool]) -> None:
        await wait_until(lambda: there() or self.completed > before, "another contact is completed", PATIENT)

    @contextlib.asynccontextmanager
    async def calling(self, in_flight: int) -> AsyncIterator[None]:
        """Keeps `in_flight` contacts in each center; at the end all that are left are served."""
        self._calling = True
        begun = self.completed - self.calls
        for center in self._centers:
            for _ in range(in_flight):
                self._spawn(self._call_in(center))
        try:
            yield
        finally:
            self._calling = False
        await wait_until(
            lambda: bool(self._faults) or self.completed - self.calls == begun, "the floor empties", PATIENT
        )
        await self.reach(self.completed)

    async def rate(self, contacts: int) -> float:
        """Whole contacts per second over the next `contacts`, while `calling`."""
        begun, before = time.perf_counter(), self.completed
        await self.reach(before + contacts)
        return (self.completed - before) / (time.perf_counter() - begun)
