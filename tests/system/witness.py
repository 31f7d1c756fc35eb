"""What the tests of whole systems judge by: a feed that is read through everything, and the clients' files."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToJson

from acd.v1 import event_pb2 as events
from acd.v1.agent_pb2 import PRESENCE_AVAILABLE, Agent, AgentSkill
from acd.v1.center_pb2 import Center, CenterPolicy
from acd.v1.contact_pb2 import Contact
from acd_client import AcdClient
from simulator.books import ENDS, ClientBook, FeedBook, place
from simulator.oracle import OrderOracle
from tests.support import reasons
from tests.system import player
from tests.system.journal import Tail


def duration(seconds: float) -> Duration:
    value = Duration()
    value.FromMilliseconds(round(seconds * 1000))
    return value


class Witness:
    """Reads the whole feed of a center, over as many streams as it takes, and judges it."""

    def __init__(self, client: AcdClient, center: str, token: str, first_sequence: int) -> None:
        self.token = token
        """Where the feed begins."""
        self._feed = client.watch(center, resume_token=token, checkpoint_interval=2.0)
        self.oracle = OrderOracle(first_sequence=first_sequence)
        self.book = FeedBook()
        self.end_reasons: Counter[int] = Counter()
        self.events: list[events.Event] = []

    @property
    def resumed(self) -> int:
        return self._feed.resumed

    def count(self, *kinds: int) -> int:
        return sum(self.book.counts[kind] for kind in kinds)

    @property
    def accepted(self) -> int:
        return self.count(events.EVENT_TYPE_CONTACT_ACCEPTED)

    def in_place(self, *places: str) -> int:
        """How many contacts are in these places now."""
        totals = self.book.totals()
        return sum(totals[name] for name in places)

    def keep(self, file: Path) -> None:
        """Writes the feed down, for whoever has to find out what went wrong."""
        file.write_text("".join(MessageToJson(event, indent=None) + "\n" for event in self.events), encoding="utf-8")

    async def read(self) -> None:
        """Until canceled; raises what the feed cannot go on from."""
        async with self._feed as feed:
            async for message in feed:
                if message.HasField("event"):
                    event = message.event
                    self.events.append(event)
                    self.oracle.take(event)
                    self.book.take(event)
                    if event.HasField("contact") and place(event.contact.state) in ENDS:
                        self.end_reasons[event.contact.end_reason] += 1


@asynccontextmanager
async def witnessing(client: AcdClient, center: str, policy: CenterPolicy) -> AsyncIterator[Witness]:
    """Creates the center and witnesses everything after that."""
    reply = await client.centers.create_center(center_id=center)
    snapshot = await client.centers.get_center_snapshot(name=f"centers/{center}")
    witness = Witness(client, center, snapshot.resume_token, reply.center.sequence + 1)
    reading = asyncio.create_task(witness.read(), name="witness")
    try:
        # Changed, not created with it: the judge must see the policy.
        await client.centers.update_center(center=Center(name=f"centers/{center}", policy=policy))
        yield witness
        if reading.done():
            reading.result()
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def hire(client: AcdClient, center: str) -> None:
    """Skills, and the agents of all players, available."""
    parent = f"centers/{center}"
    for skill in (*player.SKILLS, player.NOBODY):
        await client.skills.create_skill(parent=parent, skill_id=skill)

    async def one(number: int) -> None:
        skills = [AgentSkill(skill_id=skill, level=level) for skill, level in player.skills_of(number).items()]
        agent = f"agent-{number:02d}"
        await client.agents.create_agent(parent=parent, agent_id=agent, agent=Agent(skills=skills))
        await client.agents.set_agent_state(name=f"{parent}/agents/{agent}", presence=PRESENCE_AVAILABLE)

    await asyncio.gather(*(one(number) for number in range(player.AGENTS)))


class Answers:
    """What all clients were told, from their files."""

    def __init__(self, folder: Path) -> None:
        self._tail = Tail(folder, "client-*.jsonl")
        self.lines: list[dict[str, Any]] = []
        self.stages: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self._enqueued: defaultdict[str, set[str]] = defaultdict(set)
        self.read()

    def read(self) -> None:
        """What was written since."""
        for line in self._tail.more():
            verb, stage = line["verb"], line["stage"]
            self.lines.append(line)
            self.stages[stage] += 1
            if stage == "refused":
                self.refusals[f"{verb}: {line['reason']}"] += 1
            if verb == "enqueue":
                self._enqueued[stage].add(line["request"])
            if line.get("reason"):
                reasons.saw(line["reason"])

    def enqueued(self, stage: str) -> set[str]:
        """Request ids of the enqueues that came to this stage."""
        return self._enqueued[stage]

    def book(self) -> ClientBook:
        """The answers that were OK, in the order of the changes that they tell of."""
        book = ClientBook()
        told = [line for line in self.lines if line["stage"] == "ok" and line.get("name")]
        for line in sorted(told, key=lambda line: int(line["sequence"])):
            contact = Contact(name=line["name"], state=line["state"], sequence=line["sequence"])
            if line["verb"] == "accept":
                book.note_accept(contact, line["assignment"])
            else:
                book.note(contact)
        return book


AT_ONCE = 20


async def read_unfinished(client: AcdClient, book: ClientBook) -> int:
    """Asks for the contacts whose end no answer has shown, as a platform would; how many there were."""
    unfinished = book.unfinished()
    for first in range(0, len(unfinished), AT_ONCE):
        names = unfinished[first : first + AT_ONCE]
        replies = await asyncio.gather(*(client.contacts.get_contact(name=name) for name in names))
        for reply in replies:
            book.note(reply.contact)
    return len(unfinished)
