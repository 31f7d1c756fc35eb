"""Small builders: a center with what a test needs in it, and its clock.

The verbs have the shortest names that tell them apart: `accept` is
`store.contacts.accept_assignment`. Time stands still until `advance`; each transition
is one microsecond after the one before it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from acd.v1 import agent_pb2, contact_pb2
from acd_server.store import RequestKey, Store, keys
from acd_server.store.contacts import ContactAndAssignment, RelaxationStep

MS = 1_000
SECOND = 1_000_000
START = 1_800_000_000 * SECOND

OFFER, WRAP_UP, RETRY = 20 * SECOND, 30 * SECOND, 10 * SECOND
MAX_WAIT, MAX_ACTIVE, RETENTION = 600 * SECOND, 3600 * SECOND, 900 * SECOND

POLICY: dict[str, int | bool | str] = {
    "offer_timeout": OFFER,
    "auto_accept": False,
    "wrap_up_time": WRAP_UP,
    "max_wait": MAX_WAIT,
    "max_active": MAX_ACTIVE,
    "retention": RETENTION,
    "service_level_threshold": 20 * SECOND,
    "retry_delay": RETRY,
    "max_missed_offers": 0,
}
TARGET_WAIT = 60 * SECOND
SKILLS = ("billing", "english", "sales")

Pair = tuple[str, int, str]
"""Contact, number of the assignment, agent."""


def pair_of(assignment: contact_pb2.Assignment) -> Pair:
    *_, contact, _, number = assignment.name.split("/")
    return contact, int(number), assignment.agent.rsplit("/", 1)[1]


class Seed:
    """One center of a store, and the verbs on it."""

    def __init__(self, store: Store, center: str) -> None:
        self.store = store
        self.center = center
        self.now = START

    async def start(self, **policy: int | bool | str) -> None:
        """Creates the center with three skills; `policy` says what differs from POLICY."""
        await self.set_clock(START)
        await self.store.centers.create_center(
            self.center, display_name="Center", policy={**POLICY, **policy}, request=None
        )
        for skill in SKILLS:
            await self.store.skills.create_skill(self.center, skill, display_name=skill.title(), request=None)

    async def policy(self, **changes: int | bool | str) -> None:
        await self.store.centers.update_center(self.center, changes, request=None)

    async def command(self, *command: Any) -> Any:
        """A plain command on the center's node; a key is given without its prefix, as `@key`."""
        prefix = keys.prefix(self.center)
        words = [f"{prefix}{word[1:]}" if isinstance(word, str) and word[:1] == "@" else word for word in command]
        return await self.store.client.command(self.store.client.topology.node_of(prefix), *words)

    async def set_clock(self, now: int) -> None:
        self.now = now
        await self.command("SET", "@virtual_time", now)

    async def advance(self, us: int) -> None:
        await self.set_clock(self.now + us)

    async def agent(
        self, name: str, skills: dict[str, int] | None = None, presence: str = "AVAILABLE", **room: Any
    ) -> None:
        """An agent, available since now; `room` is his own capacity and costs."""
        await self.store.agents.create_agent(
            self.center, name, display_name=name.title(), skills=skills or {}, **room, request=None
        )
        if presence != "OFFLINE":
            await self.state(name, presence)

    async def state(
        self,
        name: str,
        presence: str,
        reason: str = "",
        request: RequestKey | None = None,
        *,
        after_work: bool = False,
    ) -> agent_pb2.Agent:
        return await self.store.agents.set_agent_state(
            self.center, name, presence=presence, reason=reason, after_work=after_work, request=request
        )

    async def enqueue(
        self,
        name: str,
        skills: dict[str, int] | None = None,
        *,
        channel: str = "VOICE",
        priority: int = 0,
        attributes: dict[str, str] | None = None,
        owner: str = "",
        owner_lease: int = 0,
        plan: Mapping[str, int | str] | None = None,
        relaxation: Sequence[RelaxationStep] = (),
        match_one: bool = False,
        request: RequestKey | None = None,
    ) -> contact_pb2.Contact:
        return await self.store.contacts.enqueue_contact(
            self.center,
            name,
            channel=channel,
            skills=skills or {},
            priority=priority,
            attributes=attributes or {},
            owner=owner,
            owner_lease=owner_lease,
            plan=plan,
            relaxation=relaxation,
            match_one=match_one,
            request=request,
        )

    async def match_once(self, max_pairs: int = 100) -> tuple[list[Pair], bool]:
        response = await self.store.dispatch.match_contacts(self.center, max_pairs=max_pairs)
        return [pair_of(assignment) for assignment in response.assignments], response.more

    async def match(self, max_pairs: int = 100) -> list[Pair]:
        """Calls the matching until there is no more to do."""
        pairs, more = await self.match_once(max_pairs)
        while more:
            further, more = await self.match_once(max_pairs)
            pairs += further
        return pairs

    async def fire(self, max_count: int = 100) -> tuple[int, bool]:
        response = await self.store.dispatch.fire_deadlines(self.center, max_count=max_count)
        return response.fired_count, response.more

    async def offered(self, contact: str = "call", agent: str = "ann", **given: Any) -> None:
        """The contact is offered to the agent, both new."""
        await self.agent(agent, given.get("skills"))
        await self.enqueue(contact, **given)
        assert await self.match() == [(contact, 1, agent)]

    async def active(self, contact: str = "call", agent: str = "ann", **given: Any) -> None:
        await self.offered(contact, agent, **given)
        await self.accept(contact)

    async def wrapping(self, contact: str = "call", agent: str = "ann", **given: Any) -> None:
        await self.active(contact, agent, **given)
        await self.complete(contact)

    async def accept(
        self, contact: str = "call", number: int = 1, request: RequestKey | None = None
    ) -> ContactAndAssignment:
        return await self.store.contacts.accept_assignment(self.center, contact, number, request=request)

    async def decline(
        self,
        contact: str = "call",
        number: int = 1,
        request: RequestKey | None = None,
        *,
        retry_after: int | None = None,
    ) -> ContactAndAssignment:
        return await self.store.contacts.decline_assignment(
            self.center, contact, number, retry_after=retry_after, request=request
        )

    async def complete(
        self, contact: str = "call", number: int = 1, request: RequestKey | None = None
    ) -> ContactAndAssignment:
        return await self.store.contacts.complete_contact(self.center, contact, number, request=request)

    async def served(self, contact: str, agent: str, length: int, **given: Any) -> None:
        """The contact is served by the agent, both new, for so long; wrap-up is over."""
        await self.active(contact, agent, **given)
        await self.advance(length)
        await self.complete(contact)
        await self.finish(contact)

    async def transfer(
        self,
        contact: str = "call",
        number: int = 1,
        request: RequestKey | None = None,
        *,
        skills: dict[str, int] | None = None,
        agent: str = "",
    ) -> ContactAndAssignment:
        return await self.store.contacts.transfer_contact(
            self.center, contact, number, skills=skills, agent=agent, target_wait=TARGET_WAIT, request=request
        )

    async def pull(
        self, agent: str = "ann", contact: str = "call", request: RequestKey | None = None
    ) -> ContactAndAssignment:
        return await self.store.contacts.pull_contact(self.center, agent, contact, request=request)

    async def reschedule(
        self, contact: str = "call", number: int = 1, request: RequestKey | None = None, *, delay: int | None = None
    ) -> ContactAndAssignment:
        return await self.store.contacts.reschedule_contact(self.center, contact, number, delay=delay, request=request)

    async def extend(
        self,
        contact: str = "call",
        number: int = 1,
        request: RequestKey | None = None,
        *,
        remaining: int = WRAP_UP,
    ) -> ContactAndAssignment:
        return await self.store.contacts.extend_wrap_up(
            self.center, contact, number, remaining=remaining, request=request
        )

    async def finish(
        self, contact: str = "call", number: int = 1, request: RequestKey | None = None
    ) -> ContactAndAssignment:
        return await self.store.contacts.finish_wrap_up(self.center, contact, number, request=request)

    async def requeue(
        self, contact: str = "call", number: int = 1, request: RequestKey | None = None
    ) -> ContactAndAssignment:
        return await self.store.contacts.requeue_contact(self.center, contact, number, request=request)

    async def abandon(self, contact: str = "call", request: RequestKey | None = None) -> contact_pb2.Contact:
        return await self.store.contacts.abandon_contact(self.center, contact, request=request)

    async def cancel(self, contact: str = "call", request: RequestKey | None = None) -> contact_pb2.Contact:
        return await self.store.contacts.cancel_contact(self.center, contact, request=request)
