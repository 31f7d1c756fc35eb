"""Who uses the router in a run: a platform that enqueues, desktops that answer offers, observers that only read."""

import asyncio
import uuid
from random import Random
from typing import Any

from grpc import StatusCode

from acd.v1.assignment_feed_pb2 import WatchResponse
from acd.v1.contact_pb2 import ASSIGNMENT_STATE_ACTIVE as ACTIVE
from acd.v1.contact_pb2 import ASSIGNMENT_STATE_OFFERED as OFFERED
from acd.v1.contact_pb2 import CHANNEL_VOICE, Contact, SkillRequirement
from acd_client import AcdApiError, AcdClient, FeedGap
from acd_client.calls import Call
from tests.simulation.judge import Judge, Session, Wanted

UNKNOWN = frozenset(
    {StatusCode.UNAVAILABLE, StatusCode.UNKNOWN, StatusCode.DEADLINE_EXCEEDED, StatusCode.CANCELLED, StatusCode.ABORTED}
)
"""Codes after which a caller does not know what happened, and repeats the same request."""

SLOW_UNTIL_S = 8.0
"""Then contacts have stopped coming, and slow readers read on at once, so that everybody comes to the end."""


class Caller:
    """Makes calls until they are answered, each with one request id of its own or of the client's making."""

    def __init__(self, client: AcdClient, dice: Random, judge: Judge) -> None:
        self.client, self.dice, self.judge = client, dice, judge

    async def insist(self, call: Call[Any, Any, Any], **fields: Any) -> Any:
        """The answer, or the AcdApiError of a refusal."""
        fields["request_id"] = str(uuid.UUID(int=self.dice.getrandbits(128), version=4))
        while True:
            try:
                return await call(**fields)
            except AcdApiError as error:
                if error.code not in UNKNOWN:
                    raise
            await asyncio.sleep(self.dice.uniform(0.05, 0.3))


class Platform(Caller):
    """Enqueues contacts, each an order of its own; some customers leave."""

    async def run(self, orders: list[tuple[float, str]]) -> None:
        began = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            for number, (at, center) in enumerate(orders):
                group.create_task(self._order(began + at, center, f"{center}-{number}"), name=f"order-{number}")

    async def _order(self, at: float, center: str, order: str) -> None:
        dice = self.dice
        leaves, insists, wants = dice.random() < 0.15, dice.random() < 0.7, dice.choice(("", "", "cards"))
        patience, owner = dice.uniform(0.1, 2.0), dice.choice(("left", "right"))
        await asyncio.sleep(max(0.0, at - asyncio.get_running_loop().time()))
        skills = [SkillRequirement(skill_id=wants, min_level=1)] if wants else []
        contact = Contact(channel=CHANNEL_VOICE, owner=owner, attributes={"order": order}, required_skills=skills)
        call = self.client.contacts.enqueue_contact
        fields: dict[str, Any] = {"parent": f"centers/{center}", "contact": contact, "contact_id": order}
        try:
            made = await (self.insist(call, **fields) if insists else call(**fields))
        except AcdApiError as error:
            self.judge.refused("enqueue", order, error, known=insists)
            return
        self.judge.acknowledged(center, order, made.contact)
        if leaves:
            await asyncio.sleep(patience)
            try:
                await self.insist(self.client.contacts.abandon_contact, name=made.contact.name)
            except AcdApiError as error:
                self.judge.refused("abandon", order, error, known=True)


class Observer:
    """Reads a feed, at a pace of its own, and tells the judge all that it hears."""

    def __init__(self, client: AcdClient, dice: Random, judge: Judge, wanted: Wanted, pace: float) -> None:
        self._client, self._dice, self._judge, self._wanted = client, dice, judge, wanted
        self._pace = pace
        self._interval = dice.choice((0.4, 0.8, 2.0))
        self._starts_again = dice.random() < 0.4

    async def run(self) -> None:
        """One session after the other; a session goes on, from stored tokens too, until its history ends."""
        while True:
            session = self._judge.session(self._wanted, prompt=not self._pace)
            token: str | None = ""
            while token is not None:
                token = await self._read(session, token)
            await asyncio.sleep(0.2)

    async def _read(self, session: Session, token: str) -> str | None:
        """Until it starts again, from this token; None when the session is over."""
        wanted = self._wanted
        feed = self._client.watch(
            wanted.center,
            owner=wanted.owner or None,
            agent=wanted.agent or None,
            skill_ids=[wanted.skill] if wanted.skill else (),
            resume_token=token,
            checkpoint_interval=self._interval,
        )
        left = self._dice.randrange(5, 60) if self._starts_again else -1
        try:
            async with feed:
                async for message in feed:
                    self._judge.heard(session, message)
                    self.hear(message)
                    left -= 1
                    if left == 0 and feed.resume_token:
                        return feed.resume_token
                    if self._pace and asyncio.get_running_loop().time() < SLOW_UNTIL_S:
                        await asyncio.sleep(self._dice.uniform(0, self._pace))
        except FeedGap as gap:
            self._judge.broken(session, f"a gap: {gap}")
        except AcdApiError as error:
            self._judge.ended(session, error, feed.resume_token)
        return None

    def hear(self, message: WatchResponse) -> None:
        """For those who act on it."""


class Desktop(Observer):
    """The agents of a center: accept most offers, decline or overhear some, and complete what they accepted."""

    def __init__(self, client: AcdClient, dice: Random, judge: Judge, wanted: Wanted) -> None:
        super().__init__(client, dice, judge, wanted, 0.0)
        self._starts_again = False
        self._caller = Caller(client, dice, judge)
        self._known: dict[str, None] = {}
        self._work: dict[asyncio.Task[None], None] = {}

    def hear(self, message: WatchResponse) -> None:
        contacts = message.snapshot.contacts if message.HasField("snapshot") else [message.event.contact]
        for contact in contacts:
            assignment = contact.assignment
            if assignment.state in (OFFERED, ACTIVE) and assignment.name not in self._known:
                self._known[assignment.name] = None
                task = asyncio.create_task(self._serve(assignment.name, accepted=assignment.state == ACTIVE))
                self._work[task] = None
                task.add_done_callback(self._work.pop)

    async def _serve(self, name: str, *, accepted: bool) -> None:
        dice, contacts, insist = self._caller.dice, self._caller.client.contacts, self._caller.insist
        mood, answers, talks = dice.random(), dice.uniform(0.02, 0.5), dice.uniform(0.1, 0.6)
        try:
            if not accepted:
                await asyncio.sleep(answers)
                if mood < 0.12:
                    await insist(contacts.decline_assignment, name=name)
                    return
                if mood < 0.2:
                    return
                await insist(contacts.accept_assignment, name=name)
            await asyncio.sleep(talks)
            await insist(contacts.complete_contact, name=name)
        except AcdApiError as error:
            self._caller.judge.refused("serve", name, error, known=True)
