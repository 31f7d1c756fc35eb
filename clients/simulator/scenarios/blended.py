"""Blended agents: calls, chats and e-mails at once, within a capacity that always leaves room for a call."""

from collections import Counter, defaultdict

from acd.v1 import event_pb2 as events
from acd.v1.agent_pb2 import PRESENCE_AVAILABLE, ChannelCapacity
from acd.v1.center_pb2 import CenterPolicy
from acd.v1.contact_pb2 import (
    ASSIGNMENT_STATE_ACTIVE,
    CHANNEL_CHAT,
    CHANNEL_EMAIL,
    CHANNEL_VOICE,
    CONTACT_STATE_QUEUED,
    Channel,
)
from acd.v1.event_pb2 import Event
from simulator.measures.numbers import percentile, share
from simulator.recorder import last_part
from simulator.scenarios.base import ASSIGNMENT_ENDS, INSTANT, Findings, Log, Scenario, second

TOTAL = 100
RULES: "dict[Channel.ValueType, tuple[int, int]]" = {
    CHANNEL_VOICE: (60, 1),
    CHANNEL_CHAT: (10, 2),
    CHANNEL_EMAIL: (10, 2),
}
"""Channel to the cost of a contact and the most that an agent holds at once."""
CALL = RULES[CHANNEL_VOICE][0]


class Blended(Scenario):
    name = "blended"
    title = "calls, chats, e-mails at once: voice 60, chat 10 (2), e-mail 10 (2) of 100; the least loaded first"

    def policy(self) -> CenterPolicy:
        rules = [
            ChannelCapacity(channel=channel, cost=cost, max_contacts=most) for channel, (cost, most) in RULES.items()
        ]
        return CenterPolicy(agent_capacity=TOTAL, channel_capacity=rules)

    def judge(self, log: Log) -> Findings:
        desk = _Desk()
        for event in log.events:
            desk.take(event)
        found = Findings()
        for channel in RULES:
            _tell_channel(found, log, desk, channel)
        found.tell("most contacts that one agent held at once", desk.most_at_once, "contacts")
        found.tell("most of the capacity that chats and e-mails took", desk.most_beside_calls / TOTAL, "share")
        found.none("moments without room for a call at an agent without one", desk.no_room)
        found.none("agents above their capacity or a channel's number", desk.too_much)
        found.none("agents whose used capacity is not what they hold", desk.unlike)
        found.none("offers to an agent while somebody who could take it had less in hand", desk.busier)
        beside = round(desk.beside, 3)
        found.none("seconds that a call waited beside an agent free to take it", [beside] if beside > INSTANT else [])
        found.some("contacts taken by an agent who held another already", desk.blended)
        return found


def _tell_channel(found: Findings, log: Log, desk: "_Desk", channel: "Channel.ValueType") -> None:
    name = Channel.Name(channel).removeprefix("CHANNEL_").lower()
    waits = [
        second(taken) - second(history[0])
        for history in log.by_contact.values()
        if history[0].contact.channel == channel
        for taken in history
        if taken.type == events.EVENT_TYPE_CONTACT_ACCEPTED
    ]
    found.tell(f"{name}: taken", len(waits), "contacts")
    found.tell(f"{name}: occupancy, share of the agents' time with one or more", desk.occupancy(channel), "share")
    found.tell(f"{name}: wait, median", percentile(waits, 50), "s")
    found.tell(f"{name}: wait, p95", percentile(waits, 95), "s")


class _Desk:
    """What each agent holds, by the events alone."""

    def __init__(self) -> None:
        self.no_room: list[str] = []
        self.too_much: list[str] = []
        self.unlike: list[str] = []
        self.busier: list[str] = []
        self.beside = 0.0
        """Seconds in which a call waited while an agent was there who had none."""
        self.blended = self.most_at_once = self.most_beside_calls = 0
        self._held: dict[str, dict[str, Channel.ValueType]] = defaultdict(dict)
        self._serving: dict[str, dict[str, Channel.ValueType]] = defaultdict(dict)
        self._available: set[str] = set()
        self._calls: set[str] = set()
        self._now = 0.0
        self._staffed = 0.0
        self._busy: Counter[Channel.ValueType] = Counter()
        self._time: defaultdict[int, float] = defaultdict(float)

    def occupancy(self, channel: "Channel.ValueType") -> float:
        return share(self._time[channel], self._staffed)

    def take(self, event: Event) -> None:
        self._pass(second(event))
        if event.HasField("assignment"):
            self._take_assignment(event)
        if event.HasField("contact") and event.contact.channel == CHANNEL_VOICE:
            waits = event.contact.state == CONTACT_STATE_QUEUED
            (self._calls.add if waits else self._calls.discard)(event.contact.name)
        if event.agent.name:
            available = event.agent.presence == PRESENCE_AVAILABLE
            (self._available.add if available else self._available.discard)(event.agent.name)
            self._compare(event)

    def _pass(self, now: float) -> None:
        """Time passes: who is there, who is busy with what, who waits beside whom."""
        step, self._now = now - self._now, now
        on_duty = self._available | {agent for agent, held in self._serving.items() if held}
        if not on_duty:
            return
        self._staffed += step * len(on_duty)
        for held in self._serving.values():
            for channel in set(held.values()):
                self._time[channel] += step
        free = [agent for agent in self._available if CHANNEL_VOICE not in self._held[agent].values()]
        if self._calls and free and step > INSTANT:
            self.beside += step

    def _take_assignment(self, event: Event) -> None:
        assignment, held = event.assignment, self._held[event.assignment.agent]
        if event.type == events.EVENT_TYPE_CONTACT_OFFERED:
            self._judge_choice(event)
            self.blended += bool(held)
            held[assignment.name] = event.contact.channel
            self._judge(event, held)
        elif assignment.state == ASSIGNMENT_STATE_ACTIVE:
            self._serving[assignment.agent][assignment.name] = event.contact.channel
        elif assignment.state in ASSIGNMENT_ENDS:
            held.pop(assignment.name, None)
            self._serving[assignment.agent].pop(assignment.name, None)

    def _judge_choice(self, event: Event) -> None:
        """Whether somebody who could take the contact, as all can who have room, has less in hand."""
        cost, most = RULES[event.contact.channel]
        loads: dict[str, int] = {}
        for agent in self._available:
            held = list(self._held[agent].values())
            used = sum(RULES[channel][0] for channel in held)
            if used + cost <= TOTAL and held.count(event.contact.channel) < most:
                loads[agent] = used
        chosen = loads.get(event.assignment.agent)
        if chosen is not None and chosen > min(loads.values()):
            self.busier.append(
                f"event {event.sequence}: {last_part(event.assignment.agent)} has {chosen}, not the least"
            )

    def _judge(self, event: Event, held: "dict[str, Channel.ValueType]") -> None:
        counts = Counter(held.values())
        used = sum(RULES[channel][0] * count for channel, count in counts.items())
        where = f"event {event.sequence}: {last_part(event.assignment.agent)} holds {used} of {TOTAL}"
        self.most_at_once = max(self.most_at_once, len(held))
        if not counts[CHANNEL_VOICE]:
            self.most_beside_calls = max(self.most_beside_calls, used)
            if TOTAL - used < CALL:
                self.no_room.append(where)
        if used > TOTAL or any(counts[channel] > most for channel, (_, most) in RULES.items()):
            self.too_much.append(where)

    def _compare(self, event: Event) -> None:
        used = sum(RULES[channel][0] for channel in self._held[event.agent.name].values())
        if event.agent.used_capacity != used:
            self.unlike.append(
                f"event {event.sequence}: {event.agent.name} says {event.agent.used_capacity}, is {used}"
            )
