"""A platform and its agents in one process that may be killed at any moment.

`python -m tests.system.player SERVERS CENTER NUMBER OF FOLDER`: client NUMBER of OF plays its
share of the agents and as many callers as keep them busy. Everything that it asks and is
answered goes to a file in FOLDER, so that the books survive it. A later process of the same
number takes over: open requests from the files, contacts in hand from the feed's snapshot,
waiting callers and absent agents from the API.

A sixth word names the tempo. SIGUSR1: no more callers and no more breaks. SIGUSR2: from now on every call is delivered
twice; once more: no longer. SIGTERM: the end, with status 0.
"""

import asyncio
import contextlib
import os
import random
import signal
import sys
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from google.protobuf.duration_pb2 import Duration

from acd.v1 import contact_pb2 as pb
from acd.v1.agent_pb2 import PRESENCE_AVAILABLE, PRESENCE_NOT_READY
from acd.v1.agent_service_pb2 import ListAgentsRequest, SetAgentStateRequest
from acd.v1.contact_pb2 import Contact, SkillRequirement
from acd.v1.contact_service_pb2 import (
    AbandonContactRequest,
    AcceptAssignmentRequest,
    CancelContactRequest,
    CompleteContactRequest,
    DeclineAssignmentRequest,
    EnqueueContactRequest,
    FinishWrapUpRequest,
    GetContactRequest,
    ListContactsRequest,
    RenewOwnerRequest,
)
from acd_client import AcdApiError, AcdClient, LimitReached, Unavailable
from acd_server.cli._arguments import own_token
from tests.system.doubled import DifferError, twice
from tests.system.journal import Log, Tail

AGENTS = 36
SKILLS = ("billing", "english", "sales")
NOBODY = "klingon"
"""A skill that no agent has: who needs it is canceled or waits until the wait ends."""
TOO_LATE_S = 3.0
"""After the offer: longer than the time to answer it."""
FULL = "STORE_FULL"
"""A refusal that passes: whoever gets it tries again."""
LEASE = Duration(seconds=30)
"""Of the owner: longer than a client takes to be followed by the next."""
ENDS = {
    pb.CONTACT_STATE_COMPLETED,
    pb.CONTACT_STATE_ABANDONED,
    pb.CONTACT_STATE_CANCELED,
    pb.CONTACT_STATE_EXPIRED,
}


def agent_ids(number: int, of: int) -> list[str]:
    """The agents that client `number` plays."""
    return [f"agent-{agent:02d}" for agent in range(AGENTS) if agent % of == number]


def skills_of(agent: int) -> dict[str, int]:
    """Two of the three skills, or all; every pair is held by somebody."""
    return {skill: 5 for index, skill in enumerate(SKILLS) if index != agent % (len(SKILLS) + 1)}


def enqueue_request(center: str, owner: str, request_id: str, facts: dict[str, Any]) -> EnqueueContactRequest:
    """Of what the line of an enqueue says."""
    leaves = facts["leaves"]
    return EnqueueContactRequest(
        parent=f"centers/{center}",
        contact_id=facts["contact"],
        contact=Contact(
            channel=pb.CHANNEL_VOICE,
            required_skills=[SkillRequirement(skill_id=skill) for skill in facts["skills"]],
            priority=facts["priority"],
            owner=owner,
            attributes={"leaves": leaves} if leaves else {},
        ),
        owner_lease=LEASE,
        request_id=request_id,
    )


def lines(folder: Path, pattern: str) -> Iterator[dict[str, Any]]:
    """What was written so far, without a last line that is cut short."""
    return Tail(folder, pattern).more()


@dataclass(frozen=True)
class Tempo:
    """Seconds, from and to, that agents take, that pass between callers, and how many callers there are at once."""

    answer: tuple[float, float]
    talk: tuple[float, float]
    write: tuple[float, float]
    between: tuple[float, float]
    open_contacts: int
    """Contacts of one client that are not at an end: more than it has agents, so that some wait."""
    away: float = 0.4
    """Seconds of a break; and as many follow each other as there is time for."""


TEMPI = {
    "calm": Tempo((0.05, 0.4), (1.0, 3.0), (0.05, 0.3), (0.005, 0.03), 28),
    "brisk": Tempo((0.05, 0.4), (0.2, 1.4), (0.02, 0.2), (0.02, 0.06), 40, away=0.1),
    "easy": Tempo((0.05, 0.4), (3.0, 8.0), (0.05, 0.3), (0.02, 0.06), 42),
    # More callers than agents can serve: many wait, and leave while they do.
    "crowded": Tempo((0.05, 0.4), (0.2, 1.4), (0.02, 0.2), (0.005, 0.03), 64, away=0.1),
}


class Player:
    def __init__(
        self, client: AcdClient, center: str, number: int, of: int, folder: Path, tempo: Tempo = TEMPI["calm"]
    ) -> None:
        self._client = client
        self._tempo = tempo
        self.doubled = False
        """Whether every call that changes something is delivered twice, and some answers are lost."""
        self._parent = f"centers/{center}"
        self._center = center
        self.owner = f"client-{number}"
        self._agents = {f"{self._parent}/agents/{agent}" for agent in agent_ids(number, of)}
        self._before = list(lines(folder, f"{self.owner}-*.jsonl"))
        self.incarnation = len(list(folder.glob(f"{self.owner}-*.jsonl")))
        self._log = Log(folder / f"{self.owner}-{self.incarnation:02d}.jsonl")
        self._random = random.Random(f"{number} {self.incarnation}")
        self._open: set[str] = set()
        self._ended: set[str] = set()
        self._served: set[str] = set()
        """Assignments that somebody deals with."""
        self._leaving: dict[str, asyncio.Task[None]] = {}
        """Callers whose patience runs."""
        self._left: set[str] = set()
        """Callers who have hung up, whether or not the router knows."""
        self._coming = 0
        self._arrived = 0
        self._changed = asyncio.Event()
        self.closing = asyncio.Event()
        self._work: asyncio.TaskGroup

    async def play(self) -> None:
        """Until canceled."""
        try:
            async with asyncio.TaskGroup() as self._work:
                started = asyncio.Event()
                self._work.create_task(self._watch(started))
                await started.wait()
                await self._take_over()
                self._log.write("ready", "ok")
                self._work.create_task(self._renew())
                self._work.create_task(self._breaks())
                self._work.create_task(self._arrivals())
        finally:
            self._log.close()

    async def _ask(
        self, verb: str, call: Callable[[Any], Awaitable[Any]], request: Any, **facts: Any
    ) -> Contact | None:
        """Asks until there is an answer; None when it is a refusal."""
        request.request_id = request.request_id or str(uuid.uuid4())
        self._log.write(verb, "invoke", request.request_id, **facts)
        while True:
            try:
                reply = await (twice(call, request, self._random) if self.doubled else call(request))
            except DifferError as error:
                self._log.write(verb, "differs", request.request_id, reason=str(error))
            except Unavailable as error:
                self._log.write(verb, "unknown", request.request_id, reason=error.reason)
                await asyncio.sleep(self._random.uniform(0.02, 0.2))
            except AcdApiError as error:
                if error.reason == FULL:
                    await asyncio.sleep(self._random.uniform(0.1, 0.5))
                    continue
                self._log.write(verb, "refused", request.request_id, reason=error.reason)
                return None
            else:
                contact: Contact | None = getattr(reply, "contact", None)
                told = {"name": contact.name, "state": contact.state, "sequence": contact.sequence} if contact else {}
                self._log.write(verb, "ok", request.request_id, **facts, **told)
                return contact or Contact()

    # Taking over.

    async def _take_over(self) -> None:
        answered = {line["request"] for line in self._before if line["stage"] in ("ok", "refused")}
        for line in self._before:
            if line["verb"] == "enqueue" and line["stage"] == "invoke" and line["request"] not in answered:
                self._come(line["contact"], line["skills"], line["priority"], line["leaves"], line["request"])
        async for contact in self._waiting():
            if contact.owner == self.owner:
                self._note(contact)
        reply = await self._insist(
            lambda: self._client.agents.list_agents(
                ListAgentsRequest(parent=self._parent, presence=PRESENCE_NOT_READY, page_size=1000)
            )
        )
        for agent in reply.agents:
            if agent.name in self._agents:
                self._work.create_task(self._set_presence(agent.name, available=True))

    async def _waiting(self) -> Any:
        token = ""
        while True:
            request = ListContactsRequest(
                parent=self._parent, state=pb.CONTACT_STATE_QUEUED, page_size=1000, page_token=token
            )
            reply = await self._insist(partial(self._client.contacts.list_contacts, request))
            for contact in reply.contacts:
                yield contact
            token = reply.next_page_token
            if not token:
                return

    async def _insist(self, call: Callable[[], Awaitable[Any]]) -> Any:
        while True:
            with contextlib.suppress(Unavailable, LimitReached):
                return await call()
            await asyncio.sleep(0.1)

    # The feed.

    async def _watch(self, started: asyncio.Event) -> None:
        async with self._client.watch(self._center, checkpoint_interval=2.0) as feed:
            async for message in feed:
                if message.HasField("snapshot"):
                    for contact in message.snapshot.contacts:
                        self._take(contact, contact.assignment)
                    if message.snapshot.last:
                        started.set()
                elif message.HasField("event") and message.event.HasField("contact"):
                    self._take(message.event.contact, message.event.assignment)

    def _take(self, contact: Contact, assignment: pb.Assignment) -> None:
        if contact.owner == self.owner:
            self._note(contact)
        if contact.state in (pb.CONTACT_STATE_OFFERED, pb.CONTACT_STATE_ACTIVE, pb.CONTACT_STATE_WRAP_UP):
            mine = assignment.agent in self._agents and assignment.name not in self._served
            if mine:
                self._served.add(assignment.name)
                self._work.create_task(self._serve(assignment.name, assignment.state))

    def _note(self, contact: Contact) -> None:
        """Keeps count of our callers, and lets those go who are to leave."""
        name = contact.name
        if contact.state in ENDS:
            self._ended.add(name)
            self._open.discard(name)
        elif name not in self._ended:
            self._open.add(name)
        waits = contact.state in (pb.CONTACT_STATE_QUEUED, pb.CONTACT_STATE_OFFERED)
        if not waits or name in self._ended:
            leaving = self._leaving.pop(name, None)
            if leaving is not None:
                leaving.cancel()
        elif contact.attributes.get("leaves") and name not in self._leaving.keys() | self._left:
            self._leaving[name] = self._work.create_task(self._leave(name, contact.attributes["leaves"]))
        self._changed.set()

    # Callers.

    async def _arrivals(self) -> None:
        while not self.closing.is_set():
            while len(self._open) + self._coming >= self._tempo.open_contacts and not self.closing.is_set():
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.5):
                        await self._changed.wait()
            if not self.closing.is_set():
                self._arrive()
                await asyncio.sleep(self._random.uniform(*self._tempo.between))

    def _arrive(self) -> None:
        dice = self._random.random()
        skills = self._random.sample(SKILLS, self._random.choice((1, 2)))
        leaves = ""
        if dice < 0.06:
            skills = [NOBODY]
            leaves = f"cancel {self._random.uniform(0.2, 1.5):.2f}" if dice < 0.03 else ""
        elif dice < 0.25:
            leaves = f"abandon {self._random.uniform(0.2, 2.0):.2f}"
        self._arrived += 1
        name = f"{self.owner}.{self.incarnation}.{self._arrived}"
        self._come(name, skills, self._random.choice((0, 0, 0, 1, 2)), leaves, str(uuid.uuid4()))

    def _come(self, contact: str, skills: list[str], priority: int, leaves: str, request_id: str) -> None:
        self._coming += 1
        self._work.create_task(self._enqueue(contact, skills, priority, leaves, request_id))

    async def _enqueue(self, contact: str, skills: list[str], priority: int, leaves: str, request_id: str) -> None:
        facts = {"contact": contact, "skills": skills, "priority": priority, "leaves": leaves}
        request = enqueue_request(self._center, self.owner, request_id, facts)
        try:
            await self._ask("enqueue", self._client.contacts.enqueue_contact, request, **facts)
        finally:
            self._coming -= 1
            self._changed.set()

    async def _leave(self, name: str, plan: str) -> None:
        verb, _, seconds = plan.partition(" ")
        await asyncio.sleep(float(seconds))
        # From here on the answer is wanted, whatever the feed says meanwhile: no more canceling.
        self._left.add(name)
        self._leaving.pop(name, None)
        if verb == "cancel":
            await self._ask(verb, self._client.contacts.cancel_contact, CancelContactRequest(name=name))
        else:
            await self._ask(verb, self._client.contacts.abandon_contact, AbandonContactRequest(name=name))

    async def _renew(self) -> None:
        request = RenewOwnerRequest(parent=self._parent, owner=self.owner, owner_lease=LEASE)
        while True:
            await self._insist(lambda: self._client.contacts.renew_owner(request))
            await asyncio.sleep(3.0)

    # Agents.

    async def _serve(self, name: str, state: int) -> None:
        """Deals with an assignment from whichever state it is in."""
        contacts, dice = self._client.contacts, self._random.random()
        if state == pb.ASSIGNMENT_STATE_OFFERED:
            if dice < 0.05:
                return  # he does not hear it ring
            late = dice < 0.07  # he hears it when, most likely, it rings at somebody else's
            await asyncio.sleep(TOO_LATE_S if late else self._random.uniform(*self._tempo.answer))
            if not late and dice < 0.14:
                await self._ask("decline", contacts.decline_assignment, DeclineAssignmentRequest(name=name))
                return
            accept = AcceptAssignmentRequest(name=name)
            if await self._ask("accept", contacts.accept_assignment, accept, assignment=name) is None:
                # Perhaps our predecessor's accept arrived first: then the contact is ours all the same.
                state = await self._state_now(name)
                if state not in (pb.ASSIGNMENT_STATE_ACTIVE, pb.ASSIGNMENT_STATE_WRAP_UP):
                    return
        if state != pb.ASSIGNMENT_STATE_WRAP_UP:
            await asyncio.sleep(self._random.uniform(*self._tempo.talk))
            if await self._ask("complete", contacts.complete_contact, CompleteContactRequest(name=name)) is None:
                return
        if dice < 0.85:  # the others write until the time is over
            await asyncio.sleep(self._random.uniform(*self._tempo.write))
            await self._ask("finish", contacts.finish_wrap_up, FinishWrapUpRequest(name=name))

    async def _state_now(self, assignment: str) -> int:
        """The state of an assignment; 0 when it is no longer its contact's newest."""
        request = GetContactRequest(name=assignment.partition("/assignments/")[0])
        newest = (await self._insist(lambda: self._client.contacts.get_contact(request))).contact.assignment
        return int(newest.state) if newest.name == assignment else 0

    async def _breaks(self) -> None:
        """Now and then somebody is away for a moment; at the end everybody is there."""
        while not self.closing.is_set():
            agent = self._random.choice(sorted(self._agents))
            await self._set_presence(agent, available=False)
            await asyncio.sleep(self._tempo.away)
            await self._set_presence(agent, available=True)

    async def _set_presence(self, agent: str, *, available: bool) -> None:
        presence = PRESENCE_AVAILABLE if available else PRESENCE_NOT_READY
        request = SetAgentStateRequest(name=agent, presence=presence, reason="" if available else "break")
        await self._ask("presence", self._client.agents.set_agent_state, request)


async def main(servers: str, center: str, number: int, of: int, folder: Path, tempo: str = "calm") -> None:
    async with AcdClient(servers, token=own_token(""), ca_file=os.environ.get("ACD_CA_FILE", "")) as client:
        player = Player(client, center, number, of, folder, TEMPI[tempo])

        def double() -> None:
            player.doubled = not player.doubled

        playing = asyncio.create_task(player.play())
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, player.closing.set)
        loop.add_signal_handler(signal.SIGUSR2, double)
        loop.add_signal_handler(signal.SIGTERM, playing.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await playing


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]), *sys.argv[6:]))
