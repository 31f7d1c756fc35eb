"""What must hold in a run: the promises of feeds, of dispatchers and of clients."""

from base64 import urlsafe_b64decode
from dataclasses import dataclass, field

from google.protobuf.message import Message

from acd.v1.assignment_feed_pb2 import WatchResponse
from acd.v1.contact_pb2 import Contact, ContactState
from acd.v1.event_pb2 import EventType
from acd_client import AcdApiError
from acd_server.tokens import ResumeToken, decode_resume_token
from tests.simulation.center import Center, Event
from tests.simulation.loop import NODE, VirtualLoop
from tests.simulation.shard import START_US, Shard
from tests.simulation.trace import Trace

REPAIRED_S = 1.0
"""What is promised of a wake-up that is lost: a sweep, or a feed's reader, looks by itself within this time."""
WAYS_S = 0.2
"""The calls, messages and confirmations between a look and its effect, the next stream of a feed among them."""
LIMITS = {"unheard": REPAIRED_S + WAYS_S, "unmatched": REPAIRED_S + WAYS_S, "overdue": REPAIRED_S + WAYS_S}
"""How long an event may take to a feed that is open and read, a contact may wait beside an agent who is free for it,
a deadline may be late. All from the moment it could be, or from when all is well again."""
HELD = ("OFFERED", "ACTIVE", "WRAP_UP")
EXPECTED = frozenset({"WRONG_STATE", "STALE_ASSIGNMENT"})
"""Refusals that those who act late meet."""


@dataclass(frozen=True)
class Wanted:
    """Whom a feed is for; everything in the center when nothing else is named."""

    center: str
    owner: str = ""
    agent: str = ""
    skill: str = ""

    @property
    def all(self) -> bool:
        return not (self.owner or self.agent or self.skill)

    def passes(self, event: Event) -> bool:
        """By what the store made of it, not by what the server does."""
        if self.owner:
            return bool(event.contact.get("owner") == self.owner)
        if self.agent:
            return event.agent == self.agent
        return not self.skill or any(item["skill"] == self.skill for item in event.contact.get("skills", ()))


Told = tuple[int, int, str, str]
"""As `Event.told`."""
Named = tuple[str, str, int, int | None]
"""What a message names: of whom it speaks, center, sequence, and the stamp when it tells it."""

_STATES = {value.number: value.name[14:] for value in ContactState.DESCRIPTOR.values}
_TYPES = {value.number: value.name[11:] for value in EventType.DESCRIPTOR.values}
"""As the store has them. The enums' own look-up takes ten times as long."""


@dataclass
class Session:
    """What one reader heard in one history."""

    wanted: Wanted
    number: int
    reader: str
    """The process that reads it."""
    prompt: bool
    """Whether its reader takes each message at once, so that what comes late was not its own fault."""
    start: int | None = None
    last: int = 0
    events: list[Told] = field(default_factory=list)
    checkpoints: list[tuple[int, int]] = field(default_factory=list)
    """Sequence, and how many events had come before."""
    held: dict[str, str] = field(default_factory=dict)
    snapshot: dict[str, tuple[int, str]] = field(default_factory=dict)
    end: str = ""

    def __post_init__(self) -> None:
        self.name = f"feed {self.number} of {self.wanted}"


def told(center: Center, wanted: Wanted, first: int, last: int) -> list[Told]:
    """What a reader must have heard of a part of the history."""
    return [event.told for event in center.events[first - 1 : last] if wanted.passes(event)]


class Judge:
    def __init__(self, loop: VirtualLoop, shard: Shard, trace: Trace) -> None:
        self._loop, self._shard, self._trace = loop, shard, trace
        self.sessions: list[Session] = []
        self.orders: dict[tuple[str, str], Contact] = {}
        self.counts: dict[str, int] = {}
        self._tokens: dict[str, ResumeToken] = {}
        self._named: dict[bytes, list[Named]] = {}
        """What each message names; a server writes the same one to many feeds."""
        self.well_at = 0.0
        """From when on the promises about time are owed."""
        self._reads_at: dict[str, float] = {}
        """The same for one reader, who stood still."""
        self.latest = dict.fromkeys(LIMITS, 0.0)
        """The longest that each took."""
        self._told: dict[tuple[str, str], float] = {}
        """When it was told last that something is late: once a second, and the run ends all the same."""

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    # Feeds, as they speak.

    def sent(self, data: bytes) -> None:
        """A server writes a message of a feed: nothing in it may still be lost by one fault."""
        if self._shard.lost_acknowledged:
            return  # it may not have heard yet
        if data not in self._named:
            self._named[data] = self._names(data)
        for what, center, sequence, stamp in self._named[data]:
            found = self._shard.on_replica(center, sequence)
            if found is None or stamp not in (None, found):
                self._trace.violation(f"{what} was told as of {sequence}, which is on no replica")

    def _names(self, data: bytes) -> list[Named]:
        message = WatchResponse.FromString(data)
        named: list[Named] = []
        if message.resume_token:
            token = self._decoded(message.resume_token)
            named.append((token.center, token.center, token.sequence, token.stamp))
        named += ((held.name, held.name.split("/")[1], held.sequence, None) for held in message.snapshot.contacts)
        return named

    def _decoded(self, token: str) -> ResumeToken:
        if token not in self._tokens:
            # Its center is what it begins with; asked for one after the other each wrong one costs an exception.
            center = urlsafe_b64decode(token + "=" * (-len(token) % 4))[5:].split(b"\0")[0].decode()
            self._tokens[token] = decode_resume_token(token, center)
        return self._tokens[token]

    def session(self, wanted: Wanted, *, prompt: bool) -> Session:
        session = Session(wanted, len(self.sessions), NODE.get(), prompt)
        self.sessions.append(session)
        return session

    def heard(self, session: Session, message: WatchResponse) -> None:
        kind = message.WhichOneof("payload")
        self.count(str(kind))
        if kind == "snapshot":
            for held in message.snapshot.contacts:
                session.snapshot[_id(held)] = (held.sequence, _STATES[held.state])
            if message.snapshot.last:
                session.start = session.last = decode_resume_token(message.resume_token, session.wanted.center).sequence
                session.held = {name: state for name, (_, state) in session.snapshot.items()}
                self._trace.note("snapshot", session.number, session.start)
            return
        if session.start is None:
            self.broken(session, "spoke before its snapshot was whole")
            session.start = 0
        if kind == "checkpoint":
            session.checkpoints.append((message.checkpoint.sequence, len(session.events)))
            return
        event = message.event
        self._trace.note("heard", session.number, event.sequence)
        if event.sequence <= session.last or (session.wanted.all and event.sequence != session.last + 1):
            self.broken(session, f"{event.sequence} after {session.last}")
        session.last = event.sequence
        contact, state = _id(event.contact), _STATES[event.contact.state]
        at = event.event_time.ToMicroseconds()
        if session.prompt:
            since = max(_loop_time(at), self._reads_at.get(session.reader, 0.0))
            self._limit("unheard", session.name, event.sequence, since)
        session.events.append((event.sequence, at, _TYPES[event.type], f"{contact} {state}" if contact else ""))
        if contact and event.sequence > session.snapshot.get(contact, (0, ""))[0]:
            session.held[contact] = state

    def broken(self, session: Session, what: str) -> None:
        session.end = session.end or "BROKEN"
        self._trace.violation(f"{session.name}: {what}")

    def ended(self, session: Session, error: AcdApiError, token: str) -> None:
        """A feed ended by name: was it true?"""
        session.end = error.reason
        self.count(error.reason)
        self._trace.note("ended", session.number, error.reason)
        center = self._shard.primary[session.wanted.center]
        if error.reason == "HISTORY_DIVERGED":
            if not self._shard.lost_acknowledged:
                self._trace.violation(f"feed {session.number}: HISTORY_DIVERGED, and no acknowledged write was lost")
        elif error.reason == "RESUME_TOKEN_EXPIRED":
            known = decode_resume_token(token, session.wanted.center).sequence if token else 0
            if known >= center.oldest and not self._shard.lost_acknowledged:
                self._trace.violation(f"feed {session.number}: {known} is forgotten, and {center.oldest} is the oldest")
        else:
            self._trace.violation(f"feed {session.number} ended with {error.reason}: {error.message}")

    # Calls.

    def acknowledged(self, center: str, order: str, contact: Contact) -> None:
        self.count("acknowledged")
        self._trace.note("acknowledged", order)
        self.orders[center, order] = contact

    def refused(self, what: str, subject: str, error: AcdApiError, *, known: bool) -> None:
        """`known`: the caller insisted, so that only what it says itself may be refused."""
        self.count(error.reason)
        self._trace.note("refused", what, subject, error.reason)
        lost = self._shard.lost_acknowledged and error.reason in ("RESOURCE_NOT_FOUND", "RESOURCE_EXISTS")
        if known and not lost and (what == "enqueue" or error.reason not in EXPECTED):
            self._trace.violation(f"{what} {subject} was refused: {error.reason}")
        if not known and error.reason == "RESOURCE_EXISTS" and not lost:
            self._trace.violation(f"{what} {subject}: a repeated request met its own effect")

    # Time.

    def disturbed(self, until: float, reader: str = "") -> None:
        """Nothing that takes long before is held against the router; with a name: nothing that this reader hears."""
        if reader:
            self._reads_at[reader] = max(self._reads_at.get(reader, 0.0), until)
        else:
            self.well_at = max(self.well_at, until)

    def _limit(self, kind: str, whose: str, what: object, since: float) -> None:
        now = self._loop.time()
        took = now - max(since, self.well_at)
        self.latest[kind] = max(self.latest[kind], took)
        if took > LIMITS[kind] and now >= self._told.get((kind, whose), 0.0) + REPAIRED_S:
            self._trace.violation(f"{whose}: {what} is {kind} for {took:.2f} s")
            self._told[kind, whose] = now

    def look(self) -> None:
        """Ten times a second: does anything wait that need not?"""
        for name, center in self._shard.primary.items() if self._shard.up else ():
            if center.pair_since is not None:
                self._limit("unmatched", name, "a pair", _loop_time(center.pair_since))
            if (due := center.earliest()) is not None:
                self._limit("overdue", name, "a deadline", _loop_time(due))

    # The end.

    def at_rest(self) -> bool:
        """Everything has ended and everybody has heard of it."""
        for center in self._shard.primary.values():
            if center.queue or center.deadlines:
                return False
            if not self._shard.lost_acknowledged and any(c["state"] == "ACTIVE" for c in center.contacts.values()):
                return False
        return all(session.end or self._has_all(session) for session in self.sessions)

    def _has_all(self, session: Session) -> bool:
        center = self._shard.primary[session.wanted.center]
        if session.start is None:
            return False
        if session.wanted.all:
            return session.last == center.last
        due = told(center, session.wanted, max(session.start, session.last) + 1, center.last)
        return not due and bool(session.checkpoints) and session.checkpoints[-1][0] == center.last

    def verdict(self, *, rested: bool) -> None:
        if not rested:
            behind = [s.number for s in self.sessions if not s.end and not self._has_all(s)]
            open_ = [
                c["id"] for center in self._shard.primary.values() for c in center.contacts.values() if not c["ended"]
            ]
            self._trace.violation(f"it does not come to rest: feeds {behind} are behind, contacts {open_} are open")
        for session in self.sessions:
            self._judge_session(session)
        for (name, order), contact in self.orders.items():
            found = self._shard.primary[name].effects.get(order, 0)
            if found != 1 and not (self._shard.lost_acknowledged and found == 0):
                self._trace.violation(f"{order} was acknowledged as {contact.name} and is there {found} times")
        for center in self._shard.primary.values():
            for order, times in center.effects.items():
                if times != 1:
                    self._trace.violation(f"{order} had effect {times} times")

    def _judge_session(self, session: Session) -> None:
        if session.start is None or session.end == "HISTORY_DIVERGED":
            return
        center = self._shard.primary[session.wanted.center]
        upto = center.last if not session.end else session.last
        due = told(center, session.wanted, session.start + 1, upto)
        if due != session.events:
            odd = next(
                ((a, b) for a, b in zip(due, session.events, strict=False) if a != b), (len(due), len(session.events))
            )
            self._trace.violation(f"{session.name}: due and heard differ: {odd}")
        for sequence, before in session.checkpoints:
            if sum(event[0] <= sequence for event in due) > before:
                self._trace.violation(f"feed {session.number}: checkpoint {sequence} was told before its events")
        if not session.end and session.wanted.all:
            held = {name: state for name, state in session.held.items() if state in HELD}
            if held != {c["id"]: c["state"] for c in center.contacts.values() if c["state"] in HELD}:
                self._trace.violation(f"feed {session.number}: its contacts in hand are {held}")


def _loop_time(stamp: int) -> float:
    return (stamp - START_US) / 1e6


def _id(contact: Message) -> str:
    name: str = contact.name  # type: ignore[attr-defined]  # a Contact
    return name.rsplit("/", 1)[-1]
