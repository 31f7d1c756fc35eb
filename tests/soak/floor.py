"""One center of the soak: its callers, agents and platform, on one client, and the books of it.

What becomes of a contact is drawn when it comes (`PLANS`), so that contacts end in every way there is. One feed of the
whole center tells the agents what to do and the judge what was done.
"""

import asyncio
import random
import uuid
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from acd.v1 import contact_pb2 as pb
from acd.v1 import event_pb2 as events
from acd.v1.agent_pb2 import PRESENCE_AVAILABLE, PRESENCE_NOT_READY, PRESENCE_OFFLINE, Agent, AgentSkill
from acd.v1.center_pb2 import Center, CenterPolicy
from acd.v1.contact_pb2 import Contact, SkillRequirement
from acd_client import AcdApiError, AcdClient, Unavailable
from simulator.books import ENDS, ClientBook, FeedBook, place
from simulator.oracle import OrderOracle
from tests.stack.system import wait
from tests.system.witness import duration

SKILLS = ("billing", "english", "sales")
NOBODY = "klingon"
"""A skill that no agent has: who needs it waits until something else ends the wait."""
PLANS = {
    "served": 56,
    "wrap-up runs out": 8,
    "declined once": 5,
    "missed once": 2,
    "given back": 4,
    "later": 4,
    "never completed": 1,
    "abandoned": 9,
    "canceled": 5,
    "nobody can": 3,
    "owner gone": 3,
}
"""What becomes of a contact, with its weight."""
TOO_LATE = "looked at too late"
LAST = 2**62
"""More than the number of any event."""
LOOK_AFTER_S = 1.0
"""After the end of a contact that no answer told of: those that end by a deadline, mostly. Less than any retention."""
WAITS = {"abandoned", "canceled", "nobody can", "owner gone"}
"""Plans of those who may never be offered."""
RACES = {"RESOURCE_NOT_FOUND", "STALE_ASSIGNMENT", "WRONG_STATE", "AGENT_HAS_WORK", "CENTER_CLOSED"}
"""Refusals that are right: the caller left first, the offer ran out, the center is closed for the moment."""
HANDLING_S = 1.2
"""Of an agent's time for one contact, on the average, with offers that came to nothing."""
CROWD = 3
"""Times as many open contacts as agents, beyond which callers get the engaged tone: the machine is too slow."""
REPEATED = 0.02
"""Part of the enqueues that are sent twice."""
LATE_S = 1.0
"""Of callers who should have come: what was missed before that, on a busy machine, is not made up for."""
TOKEN_EVERY_S = 2.0
LEASE = Duration(seconds=30)

POLICY = CenterPolicy(
    offer_timeout=duration(2.0),
    wrap_up_time=duration(0.6),
    max_wait=duration(20.0),
    max_active=duration(4.0),
    retry_delay=duration(1.0),
    max_missed_offers=0,
    agent_lease=duration(5.0),
)


class Floor:
    """Everybody in one center."""

    def __init__(self, client: AcdClient, center: str, seed: int) -> None:
        self.client = client
        self.center = center
        self.parent = f"centers/{center}"
        self.rate = 0.0
        """Contacts a second that come."""
        self.staff = 0
        self.closing = asyncio.Event()
        self.client_book, self.feed_book = ClientBook(), FeedBook()
        self.oracle = OrderOracle()
        self.ends: deque[float] = deque()
        """When contacts ended, by the loop's clock; whoever counts them takes the old ones away."""
        self.asked: deque[float] = deque()
        """When a request was answered that the router remembers."""
        self.tokens: deque[tuple[float, str]] = deque(maxlen=60)
        """Places of the feed in the last minutes."""
        self.counts: Counter[str] = Counter()
        self.changed = 0
        """Repeated requests that were answered otherwise."""
        self._plans: dict[str, str] = {}
        self._random = random.Random(f"{seed} {center}")
        self._work: asyncio.TaskGroup
        self._came = 0

    async def open(self) -> None:
        """The center, as the judge must see it: its policy comes after its feed began."""
        centers = self.client.centers
        reply = await centers.create_center(center_id=self.center)
        snapshot = await centers.get_center_snapshot(name=self.parent)
        self.oracle = OrderOracle(first_sequence=reply.center.sequence + 1)
        self.tokens.append((self._now(), snapshot.resume_token))
        for skill in (*SKILLS, NOBODY):
            await self.client.skills.create_skill(parent=self.parent, skill_id=skill)

    async def set_retention(self, seconds: float) -> None:
        policy = CenterPolicy(retention=duration(seconds))
        policy.MergeFrom(POLICY)
        await self.client.centers.update_center(center=Center(name=self.parent, policy=policy))

    async def hire(self, contacts_a_second: float) -> None:
        """As many agents as so many contacts need, and half as many again."""
        wanted = max(6, round(1.5 * HANDLING_S * contacts_a_second))
        for number in range(self.staff, wanted):
            await self.new_agent(f"agent-{number:03d}", number)
        self.staff = max(wanted, self.staff)

    async def new_agent(self, agent: str, number: int) -> None:
        skills = [AgentSkill(skill_id=skill, level=5) for i, skill in enumerate(SKILLS) if i != number % 4]
        await self.ask(self.client.agents.create_agent, parent=self.parent, agent_id=agent, agent=Agent(skills=skills))
        await self.set_presence(agent, PRESENCE_AVAILABLE)

    async def set_presence(self, agent: str, presence: Any, reason: str = "") -> None:
        name = f"{self.parent}/agents/{agent}"
        await self.ask(self.client.agents.set_agent_state, name=name, presence=presence, reason=reason)

    async def play(self) -> None:
        """Until canceled; after `closing` nobody comes any more."""
        async with asyncio.TaskGroup() as self._work:
            self._work.create_task(self._watch())
            self._work.create_task(self._arrivals())
            self._work.create_task(self._keep_owner())
            self._work.create_task(self._breaks())

    @property
    def open_contacts(self) -> int:
        return len(self._plans)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def ask(self, call: Callable[..., Awaitable[Any]], **fields: Any) -> Any:
        """The answer to a request that the router remembers; None for a refusal."""
        reply = await self.insist(call, **{"request_id": str(uuid.uuid4()), **fields})
        if reply is not None:
            self.asked.append(self._now())
        return reply

    async def insist(self, call: Callable[..., Awaitable[Any]], **fields: Any) -> Any:
        """The answer; None for a refusal. Asks again, the same, while the outcome is unknown."""
        while True:
            try:
                reply = await call(**fields)
            except Unavailable as error:
                self.counts[f"unknown: {error.reason}"] += 1
                await asyncio.sleep(self._random.uniform(0.05, 0.2))
            except AcdApiError as error:
                self.counts[f"refused: {error.reason}"] += 1
                return None
            else:
                self.counts["answered"] += 1
                return reply

    # The feed.

    async def _watch(self) -> None:
        async with self.client.watch(self.center, resume_token=self.tokens[0][1], checkpoint_interval=2.0) as feed:
            async for message in feed:
                if message.HasField("event"):
                    self._take(message.event)
                if self._now() - self.tokens[-1][0] > TOKEN_EVERY_S:
                    self.tokens.append((self._now(), feed.resume_token))

    def _take(self, event: events.Event) -> None:
        self.oracle.take(event)
        self.feed_book.take(event)
        name = event.contact.name
        if not event.HasField("contact"):
            return
        if event.type == events.EVENT_TYPE_CONTACT_OFFERED:
            plan = self._plans.get(name, "served")
            self._work.create_task(self._answer(event.assignment.name, name, plan))
        elif place(event.contact.state) in ENDS and name in self._plans:
            self.ends.append(self._now())
            plan = self._plans.pop(name)
            self.counts[f"ended: {plan}: {place(event.contact.state)}"] += 1
            if place(self._state_by_answers(name)) not in ENDS:
                self._work.create_task(self._look(name))

    def _state_by_answers(self, name: str) -> int:
        answer = self.client_book.answers.get(name)
        return answer.state if answer else 0

    async def _look(self, name: str) -> None:
        """What became of a contact, by an answer: its own, or else one that is asked for."""
        await asyncio.sleep(LOOK_AFTER_S)
        if place(self._state_by_answers(name)) not in ENDS:
            reply = await self.insist(self.client.contacts.get_contact, name=name)
            if reply is None:  # forgotten by now: the feed was behind, on a busy machine
                self.counts[TOO_LATE] += 1
                state: Any = self.feed_book.states[name]
                self.client_book.note(Contact(name=name, state=state, sequence=LAST))
            else:
                self.client_book.note(reply.contact)

    # Agents.

    async def _answer(self, assignment: str, name: str, plan: str) -> None:
        contacts, book, dice = self.client.contacts, self.client_book, self._random
        if plan in {"missed once", "declined once"}:
            self._plans[name] = "served"
        if plan == "missed once":
            return
        await asyncio.sleep(dice.uniform(0.02, 0.3))
        if plan == "declined once":
            await self._note(contacts.decline_assignment, name=assignment)
            return
        reply = await self.ask(contacts.accept_assignment, name=assignment)
        if reply is None:
            return
        book.note_accept(reply.contact, assignment)
        if plan == "never completed":
            return
        await asyncio.sleep(dice.uniform(0.1, 0.9))
        if plan == "given back":
            self._plans[name] = "served"
            book.served_by.pop(name, None)
            await self._note(contacts.requeue_contact, name=assignment)
            return
        await self._note(contacts.complete_contact, name=assignment)
        if plan != "wrap-up runs out":
            await asyncio.sleep(dice.uniform(0.05, 0.3))
            await self._note(contacts.finish_wrap_up, name=assignment)

    async def _note(self, call: Callable[..., Awaitable[Any]], **fields: Any) -> Any:
        reply = await self.ask(call, **fields)
        if reply is not None:
            self.client_book.note(reply.contact)
        return reply

    async def _breaks(self) -> None:
        while not self.closing.is_set():
            agent = f"agent-{self._random.randrange(self.staff):03d}"
            await self.set_presence(agent, PRESENCE_NOT_READY, "break")
            await asyncio.sleep(self._random.uniform(0.1, 0.5))
            await self.set_presence(agent, PRESENCE_AVAILABLE)
            await self._pause(1.0)

    async def leave(self, agent: str) -> None:
        """Signs an agent out and deletes him when he holds nothing any more."""
        name = f"{self.parent}/agents/{agent}"
        await self.set_presence(agent, PRESENCE_OFFLINE)

        async def gone() -> bool:
            return await self.ask(self.client.agents.delete_agent, name=name) is not None

        await wait(gone, f"{name} holds nothing any more")

    # Callers.

    async def _pause(self, seconds: float) -> None:
        """So long, or until nobody comes any more."""
        try:
            async with asyncio.timeout(seconds):
                await self.closing.wait()
        except TimeoutError:
            pass

    async def _arrivals(self) -> None:
        due = self._now()
        while not self.closing.is_set():
            if not self.rate:
                await self._pause(0.1)
                continue
            due = max(due + self._random.expovariate(self.rate), self._now() - LATE_S)
            await self._pause(max(0.0, due - self._now()))
            if len(self._plans) > CROWD * self.staff:
                self.counts["engaged"] += 1
                continue
            self._work.create_task(self._call(self._random.choices(list(PLANS), list(PLANS.values()))[0]))

    def _contact(self, plan: str) -> dict[str, Any]:
        """What is enqueued."""
        skills = [NOBODY] if plan in WAITS and self._random.random() < 0.7 else self._random.sample(SKILLS, 1)
        if plan in {"nobody can", "owner gone"}:
            skills = [NOBODY]
        contact = Contact(
            channel=pb.CHANNEL_VOICE,
            required_skills=[SkillRequirement(skill_id=skill) for skill in skills],
            priority=self._random.choice((0, 0, 0, 1, 2)),
            owner="platform" if plan != "owner gone" else f"gone-{self._came}",
            attributes={"number": f"+43 {self._came}", "plan": plan},
        )
        if plan == "nobody can":
            contact.max_wait.CopyFrom(duration(1.0))
        if plan == "later":
            now = Timestamp()
            now.GetCurrentTime()
            contact.schedule_time.FromMicroseconds(now.ToMicroseconds() + 500_000)
        lease = duration(0.5) if plan == "owner gone" else LEASE
        return {"parent": self.parent, "contact_id": f"caller-{self._came}", "contact": contact, "owner_lease": lease}

    async def _call(self, plan: str) -> None:
        self._came += 1
        name = f"{self.parent}/contacts/caller-{self._came}"
        request = {**self._contact(plan), "request_id": str(uuid.uuid4())}
        enqueue, self._plans[name] = self.client.contacts.enqueue_contact, plan
        reply = await self._note(enqueue, **request)
        if reply is None:
            self._plans.pop(name, None)
            return
        if self._random.random() < REPEATED:
            self.counts["repeated"] += 1
            self.changed += await self.ask(enqueue, **request) != reply
        if plan in {"abandoned", "canceled"}:
            await self._hang_up(name, plan)

    async def _hang_up(self, name: str, plan: str) -> None:
        await asyncio.sleep(self._random.uniform(0.1, 1.5))
        contacts = self.client.contacts
        await self._note(contacts.abandon_contact if plan == "abandoned" else contacts.cancel_contact, name=name)

    async def _keep_owner(self) -> None:
        while True:
            renew = self.client.contacts.renew_owner
            await self.insist(renew, parent=self.parent, owner="platform", owner_lease=LEASE)
            await asyncio.sleep(5.0)
