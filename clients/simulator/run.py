"""Plays a day against a live router: sets the center up, lets callers and agents act, keeps the books.

One process, one feed of the whole center. The feed is opened before the center
has a policy, a skill or an agent, so that the oracle sees all of it there.
"""

import asyncio
import time
from dataclasses import dataclass, field

from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from acd.v1 import event_pb2 as events
from acd.v1.center_pb2 import Center, CenterPolicy
from acd.v1.center_service_pb2 import CreateCenterRequest, GetCenterSnapshotRequest, UpdateCenterRequest
from acd.v1.contact_service_pb2 import GetContactRequest
from acd.v1.event_pb2 import Event
from acd.v1.skill_service_pb2 import CreateSkillRequest
from acd_client import AcdApiError, AcdClient, FeedGap, center_name
from simulator.books import ENDS, Balance, ClientBook, FeedBook, compare, place
from simulator.callers import Callers
from simulator.day import Clock, Day
from simulator.line import insist, request_id
from simulator.oracle import OrderOracle
from simulator.staff import Staff

STANDSTILL = 30.0
"""Wall seconds without an event, and without anybody left to act, after which the run ends as it is."""
CATCH_UP = 5.0
"""Wall seconds that the feed has to show what the answers already said."""


@dataclass(slots=True)
class Result:
    """Everything that a run found out."""

    day: Day
    speed: float
    oracle: OrderOracle
    feed: FeedBook
    client: ClientBook
    balance: Balance
    duration: float
    """Wall seconds from the first moment of the day to the last event."""
    feed_error: str = ""
    resumed: int = 0
    offer_latency: list[float] = field(default_factory=list)
    """Wall seconds from sending an enqueue to the offer on the feed, where an agent was free."""
    reaction: list[float] = field(default_factory=list)
    """Wall seconds, by the center's clock, from the moment a pair was possible to its offer."""


class Run:
    """One day in one center that it creates."""

    def __init__(self, client: AcdClient, center: str, day: Day, speed: float) -> None:
        self._client = client
        self._center = center
        self._day = day
        self._speed = speed
        self._client_book = ClientBook()
        self._feed_book = FeedBook()
        self._oracle = OrderOracle()
        self._callers = Callers(client, center, day.callers, self._client_book)
        self._staff = Staff(client, center, day, self._callers, self._client_book)
        self._offer_latency: list[float] = []
        self._reaction: list[float] = []
        self._feed_error = ""
        self._resumed = 0
        self._last_event = 0.0
        self.open = 0
        """Contacts on the feed that are not at their end."""
        self.ended = 0

    async def play(self) -> Result:
        """Raises AcdApiError when the center cannot be set up, ExceptionGroup when the router is gone."""
        token = await self._create_center()
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(self._watch(token))
            await self._set_up()
            clock, start = Clock(self._day.start, self._speed), loop.time()
            self._last_event = start
            self._staff.play(clock, tasks)
            await self._callers.play(clock, tasks)
            await clock.until(self._day.end)
            await self._drain(watch)
            duration = self._last_event - start
            await self._read_unfinished()
            await self._await_feed(watch)
            watch.cancel()
        return self._result(duration)

    async def _create_center(self) -> str:
        """Creates the center and returns the feed token from which on everything happens."""
        reply = await insist(
            self._client.centers.create_center,
            CreateCenterRequest(
                center_id=self._center, center=Center(display_name=self._day.title), request_id=request_id()
            ),
        )
        snapshot = await insist(
            self._client.centers.get_center_snapshot, GetCenterSnapshotRequest(name=center_name(self._center))
        )
        self._oracle = OrderOracle(first_sequence=reply.center.sequence + 1)
        return snapshot.resume_token

    async def _set_up(self) -> None:
        name = center_name(self._center)
        scaled = self._day.policy.scaled(self._speed)
        policy = CenterPolicy()
        for key, seconds in scaled.items():
            getattr(policy, key).CopyFrom(_duration(seconds))
        mask = FieldMask(paths=[f"policy.{key}" for key in scaled])
        await insist(
            self._client.centers.update_center,
            UpdateCenterRequest(center=Center(name=name, policy=policy), update_mask=mask, request_id=request_id()),
        )
        for skill in self._day.skills:
            await insist(
                self._client.skills.create_skill,
                CreateSkillRequest(parent=name, skill_id=skill, request_id=request_id()),
            )
        await self._staff.create()

    async def _watch(self, token: str) -> None:
        feed = self._client.watch(self._center, resume_token=token)
        try:
            async for message in feed:
                if message.HasField("event"):
                    self._take(message.event)
        except (AcdApiError, FeedGap) as error:
            self._feed_error = str(error)
        finally:
            self._resumed = feed.resumed
            await feed.close()

    def _take(self, event: Event) -> None:
        self._last_event = asyncio.get_running_loop().time()
        pairing = self._oracle.take(event)
        self._feed_book.take(event)
        if event.type == events.EVENT_TYPE_CONTACT_ENQUEUED:
            self.open += 1
        elif event.type == events.EVENT_TYPE_CONTACT_OFFERED:
            self._staff.offer(event)
        elif event.type == events.EVENT_TYPE_CONTACT_ACCEPTED:
            self._callers.answered(event.contact.name)
        elif event.HasField("contact") and place(event.contact.state) in ENDS:
            self._callers.answered(event.contact.name)
            self.open -= 1
            self.ended += 1
        if pairing:
            self._reaction.append(pairing.reaction / 1e6)
            if pairing.at_once and pairing.contact in self._callers.sent:
                self._offer_latency.append(time.perf_counter() - self._callers.sent[pairing.contact])

    async def _drain(self, watch: asyncio.Task[None]) -> None:
        """Waits until every contact is at its end, or nothing moves any more."""
        loop = asyncio.get_running_loop()
        while (self._callers.busy or self.open) and not watch.done():
            if not self._callers.busy and loop.time() - self._last_event > STANDSTILL:
                return
            await asyncio.sleep(0.05)

    async def _read_unfinished(self) -> None:
        """Asks for the contacts whose end no answer has shown: those that a deadline ended."""
        for name in self._client_book.unfinished():
            try:
                reply = await insist(self._client.contacts.get_contact, GetContactRequest(name=name))
            except AcdApiError as error:
                self._client_book.refusals[f"get: {error.reason}"] += 1
            else:
                self._client_book.note(reply.contact)

    async def _await_feed(self, watch: asyncio.Task[None]) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + CATCH_UP
        while not watch.done() and loop.time() < deadline:
            if compare(self._client_book, self._feed_book).agree:
                return
            await asyncio.sleep(0.1)

    def _result(self, duration: float) -> Result:
        return Result(
            day=self._day,
            speed=self._speed,
            oracle=self._oracle,
            feed=self._feed_book,
            client=self._client_book,
            balance=compare(self._client_book, self._feed_book),
            duration=duration,
            feed_error=self._feed_error,
            resumed=self._resumed,
            offer_latency=self._offer_latency,
            reaction=self._reaction,
        )


def _duration(seconds: float) -> Duration:
    return Duration(seconds=int(seconds), nanos=int(round(seconds % 1, 6) * 1e9))
