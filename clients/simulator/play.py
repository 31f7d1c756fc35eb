"""A day in one center of a live router: sets the center up, lets callers and agents act, keeps the books.

What makes the time pass is not decided here: `run.py` plays in compressed real time, `virtual.py` on the
center's virtual clock.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from acd.v1 import event_pb2 as events
from acd.v1.center_pb2 import Center, CenterPolicy, Strategy
from acd.v1.center_service_pb2 import CreateCenterRequest, GetCenterSnapshotRequest, UpdateCenterRequest
from acd.v1.contact_service_pb2 import GetContactRequest
from acd.v1.event_pb2 import Event
from acd.v1.skill_service_pb2 import CreateSkillRequest
from acd_client import AcdApiError, AcdClient, center_name
from simulator.books import ENDS, Balance, ClientBook, FeedBook, compare, place
from simulator.callers import Callers
from simulator.day import Day
from simulator.estimates import Estimates
from simulator.extras import Extras, Scene
from simulator.history import History
from simulator.line import insist, request_id
from simulator.oracle import BAR_WINDOW, OrderOracle
from simulator.recorder import Recorder
from simulator.staff import Staff
from simulator.timeline import Timeline


@dataclass(slots=True)
class Result:
    """Everything that a run found out."""

    day: Day
    history: History
    speed: float
    """Times faster than the clock that the day was played."""
    oracle: OrderOracle
    feed: FeedBook
    client: ClientBook
    balance: Balance
    came: int
    """Contacts that callers made, calls after hanging up among them."""
    duration: float
    """Wall seconds from the first moment of the day to the last event."""
    virtual: bool = False
    """Whether the time was virtual: then wall times say nothing of the router."""
    feed_error: str = ""
    resumed: int = 0
    digest: str = ""
    """SHA-256 of all events of the day; only of a run in virtual time, where the seed decides it."""
    offer_latency: list[float] = field(default_factory=list)
    """Wall seconds from sending an enqueue to the offer on the feed, where an agent was free."""
    reaction: list[float] = field(default_factory=list)
    """Wall seconds, by the center's clock, from the moment a pair was possible to its offer."""
    estimates: dict[str, float] = field(default_factory=dict)
    """How good estimates of the wait were, under the names of `RUN_FIGURES`; empty where nobody asked."""


class Play:
    """One day in one center that it creates."""

    def __init__(
        self,
        client: AcdClient,
        center: str,
        day: Day,
        speed: float,
        sink: Callable[[Event], None] | None = None,
        *,
        bar_window: int = BAR_WINDOW,
        extras: Extras | None = None,
        estimates: Estimates | None = None,
    ) -> None:
        """`speed`: times faster than the center's clock that the day is, by which the policy is scaled.

        `sink` is given every event of the center; `bar_window` is the judge's; `extras`: what the day
        has beyond itself; `estimates` asks about waits, where the day goes by the center's clock.
        """
        self._client = client
        self._center = center
        self._day = day
        self._speed = speed
        self._extras = extras or Extras()
        self._estimates = estimates
        self.client_book = ClientBook()
        self.feed_book = FeedBook()
        self.oracle = OrderOracle()
        self.callers = Callers(client, center, day.callers, self.client_book, extras=self._extras)
        self.staff = Staff(client, center, day, self.callers, self.client_book, extras=self._extras)
        self.open = 0
        """Contacts on the feed that are not at their end."""
        self.ended = 0
        self.feed_error = ""
        self._offer_latency: list[float] = []
        self._reaction: list[float] = []
        self._sink = sink
        self._bar_window = bar_window
        self._timeline: Timeline | None = None
        self._recorder: Recorder | None = None

    async def create_center(self) -> str:
        """Creates the center and returns the feed token from which on everything happens.

        Raises AcdApiError.
        """
        reply = await insist(
            self._client.centers.create_center,
            CreateCenterRequest(
                center_id=self._center, center=Center(display_name=self._day.title), request_id=request_id()
            ),
        )
        snapshot = await insist(
            self._client.centers.get_center_snapshot, GetCenterSnapshotRequest(name=center_name(self._center))
        )
        self.oracle = OrderOracle(first_sequence=reply.center.sequence + 1, bar_window=self._bar_window)
        return snapshot.resume_token

    async def set_up(self, **more: float) -> None:
        """Gives the center its policy (with `more` durations, in seconds of its clock), skills and agents."""
        name = center_name(self._center)
        durations = self._day.policy.scaled(self._speed) | more
        # The agents of a day never say that they are back: missing offers must not end their shift.
        strategy = Strategy.Value(f"STRATEGY_{self._day.policy.strategy.replace('-', '_').upper()}")
        policy = CenterPolicy(auto_accept=self._day.policy.auto_accept, max_missed_offers=0, strategy=strategy)
        for key, seconds in durations.items():
            getattr(policy, key).CopyFrom(_duration(seconds))
        more_policy = self._extras.policy()
        policy.MergeFrom(more_policy)
        named = {field.name for field, _ in more_policy.ListFields()}
        paths = sorted({*durations, "auto_accept", "max_missed_offers", "strategy", *named})
        mask = FieldMask(paths=[f"policy.{path}" for path in paths])
        await insist(
            self._client.centers.update_center,
            UpdateCenterRequest(center=Center(name=name, policy=policy), update_mask=mask, request_id=request_id()),
        )
        for skill in self._day.skills:
            await insist(
                self._client.skills.create_skill,
                CreateSkillRequest(parent=name, skill_id=skill, request_id=request_id()),
            )
        await self.staff.create()

    def begin(self, timeline: Timeline, to_second: Callable[[int], float]) -> None:
        """Sets the day going; `to_second` turns microseconds of the center's clock into seconds of the day."""
        self._timeline = timeline
        self._recorder = Recorder(self._day, to_second, self.callers.by_name.__getitem__)
        self.staff.begin(timeline)
        self.callers.begin(timeline)
        day, book = self._day, self.client_book
        self._extras.begin(Scene(self._client, self._center, day, timeline, self.callers, self.staff, book))

    def take(self, event: Event) -> None:
        """An event of the feed: for the judge, the books, and those whom it concerns."""
        if self._sink is not None:
            self._sink(event)
        pairing = self.oracle.take(event)
        new = event.contact.name not in self.feed_book.states
        self.feed_book.take(event)
        if self._timeline is None or self._recorder is None:
            return
        self._recorder.take(event)
        if event.HasField("assignment"):
            self.staff.take(event, self._timeline)
        if new and event.HasField("contact"):
            self.open += 1
        elif event.type == events.EVENT_TYPE_CONTACT_ACCEPTED:
            self.callers.answered(event.contact.name)
        elif event.HasField("contact") and place(event.contact.state) in ENDS:
            self._ended(event)
        self._extras.take(event)
        if self._estimates is not None:
            self._estimates.take(event, self._timeline)
        if pairing:
            self._reaction.append(pairing.reaction / 1e6)
            if pairing.at_once and pairing.contact in self.callers.sent:
                self._offer_latency.append(time.perf_counter() - self.callers.sent[pairing.contact])

    def _ended(self, event: Event) -> None:
        if event.type == events.EVENT_TYPE_ASSIGNMENT_ENDED:
            return  # Of a contact that went on to somebody else, and may have ended before.
        self.callers.answered(event.contact.name)
        self.open -= 1
        self.ended += 1

    async def read_unfinished(self) -> None:
        """Asks for the contacts whose end no answer has shown: those that a deadline ended."""
        for name in self.client_book.unfinished():
            try:
                reply = await insist(self._client.contacts.get_contact, GetContactRequest(name=name))
            except AcdApiError as error:
                self.client_book.refusals[f"get: {error.reason}"] += 1
            else:
                self.client_book.note(reply.contact)

    def result(self, duration: float) -> Result:
        """What came of it, `duration` wall seconds after it began."""
        assert self._recorder is not None
        return Result(
            day=self._day,
            history=self._recorder.finish(),
            speed=self._speed,
            oracle=self.oracle,
            feed=self.feed_book,
            client=self.client_book,
            balance=compare(self.client_book, self.feed_book),
            came=len(self.callers.by_name),
            duration=duration,
            feed_error=self.feed_error,
            offer_latency=self._offer_latency,
            reaction=self._reaction,
            estimates=self._estimates.figures() if self._estimates else {},
        )


def _duration(seconds: float) -> Duration:
    return Duration(seconds=int(seconds), nanos=int(round(seconds % 1, 6) * 1e9))
