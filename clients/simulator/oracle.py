"""Judges the order of a center by its feed alone.

For every offer it asks: was there another agent, free at that moment, who could have
taken this contact and was idle longer, or by the center's strategy the better choice
(`choice.py`)? Was there a better ranked contact waiting that this agent could have taken
(first in, first out within a priority)? Was anybody given two at once, or something
beyond his skills? It keeps its own center (`model.py`), derives idle times from the
rules and shares no code with the router.

One thing the feed does not say: when exactly a bar ended. Who declined or missed
a contact is barred from it until the assignment's `retry_time`; the router
lifts the bar by a deadline, which takes a moment. Only inside that moment
(`bar_window`, from the bar's end on) a pair that was passed over is counted as `ambiguous`
instead of as a violation, and an offer to the agent is right too. Nothing else is excused.
"""

from acd.v1 import contact_pb2 as contacts
from acd.v1 import event_pb2 as events
from acd.v1.agent_pb2 import PRESENCE_AVAILABLE, PRESENCE_OFFLINE, Agent
from acd.v1.center_pb2 import PRIORITY_RULE_HEAD_START
from acd.v1.event_pb2 import Event
from simulator.choice import MEASURES, Bar, Measure, judge
from simulator.model import STRICT, AgentModel, ContactModel, FreeAgents, Requirement, Waiting, micros, rank_of
from simulator.overflow import overflow_faults
from simulator.verdict import KEPT_EXAMPLES, Pairing, Verdict

BAR_WINDOW = 1_000_000
"""Microseconds: a deadline that fires later than this is late by the design's own words."""

_SCHEDULED = contacts.CONTACT_STATE_SCHEDULED
_QUEUED = contacts.CONTACT_STATE_QUEUED
_OFFERED = contacts.CONTACT_STATE_OFFERED
_ACTIVE = contacts.CONTACT_STATE_ACTIVE
_WRAP_UP = contacts.CONTACT_STATE_WRAP_UP
_COMPLETED = contacts.CONTACT_STATE_COMPLETED

TRANSITIONS: dict[int, tuple[tuple[int, ...], int]] = {
    events.EVENT_TYPE_CONTACT_OFFERED: ((_QUEUED,), _OFFERED),
    events.EVENT_TYPE_CONTACT_ACCEPTED: ((_OFFERED,), _ACTIVE),
    events.EVENT_TYPE_CONTACT_DECLINED: ((_OFFERED,), _QUEUED),
    events.EVENT_TYPE_CONTACT_MISSED: ((_OFFERED,), _QUEUED),
    events.EVENT_TYPE_CONTACT_REVOKED: ((_OFFERED,), _QUEUED),
    events.EVENT_TYPE_CONTACT_WRAP_UP: ((_ACTIVE,), _WRAP_UP),
    events.EVENT_TYPE_CONTACT_COMPLETED: ((_ACTIVE, _WRAP_UP), _COMPLETED),
    events.EVENT_TYPE_CONTACT_TRANSFERRED: ((_ACTIVE,), _QUEUED),
    events.EVENT_TYPE_CONTACT_SCHEDULED: ((_ACTIVE,), _SCHEDULED),
    events.EVENT_TYPE_CONTACT_QUEUED: ((_SCHEDULED,), _QUEUED),
    events.EVENT_TYPE_CONTACT_ABANDONED: ((_SCHEDULED, _QUEUED, _OFFERED), contacts.CONTACT_STATE_ABANDONED),
    events.EVENT_TYPE_CONTACT_CANCELED: ((_SCHEDULED, _QUEUED, _OFFERED), contacts.CONTACT_STATE_CANCELED),
    events.EVENT_TYPE_CONTACT_EXPIRED: ((_QUEUED, _ACTIVE), contacts.CONTACT_STATE_EXPIRED),
}
"""Event type to the states it may start from and the state it leads to."""

SETS_IDLE = {
    contacts.ASSIGNMENT_STATE_COMPLETED,
    contacts.ASSIGNMENT_STATE_DECLINED,
    contacts.ASSIGNMENT_STATE_MISSED,
    contacts.ASSIGNMENT_STATE_TRANSFERRED,
}
"""Ends of an assignment that begin the agent's idle time anew; a revoked offer leaves it."""
BARS = {events.EVENT_TYPE_CONTACT_DECLINED, events.EVENT_TYPE_CONTACT_MISSED}
CHANGES = {
    events.EVENT_TYPE_CONTACT_UPDATED: False,
    events.EVENT_TYPE_CONTACT_REPRIORITIZED: True,
    events.EVENT_TYPE_CONTACT_PREFERENCE_ENDED: False,
    events.EVENT_TYPE_CONTACT_RELAXED: False,
    events.EVENT_TYPE_CONTACT_OVERFLOWED: False,
}
"""Events after which a contact is where it was, and another one: whether its rank is computed anew in any case."""
AGENT_EVENTS = {
    events.EVENT_TYPE_AGENT_CREATED,
    events.EVENT_TYPE_AGENT_UPDATED,
    events.EVENT_TYPE_AGENT_STATE_CHANGED,
}


class OrderOracle:
    """Takes every event of a center, unfiltered and in order, from before its first agent on."""

    def __init__(self, *, first_sequence: int | None = None, bar_window: int = BAR_WINDOW) -> None:
        """`first_sequence`: number of the first event to expect, None for whatever comes first; `bar_window` in us."""
        self.verdict = Verdict()
        self.contacts: dict[str, ContactModel] = {}
        self.agents: dict[str, AgentModel] = {}
        self._waiting = Waiting()
        self._free = FreeAgents()
        self._expected = first_sequence
        self._bar_window = bar_window
        self._open = True
        self._weight = STRICT
        self._measure: Measure | None = None
        self._now = 0
        self._sequence = 0

    def take(self, event: Event) -> Pairing | None:
        """Judges one event; for an offer tells how long the pair had been possible."""
        self._number(event)
        self.verdict.events += 1
        if event.type == events.EVENT_TYPE_CONTACT_SCHEDULED and event.contact.name not in self.contacts:
            self._schedule(event.contact)
        elif event.type in TRANSITIONS:
            return self._move(event)
        elif event.type == events.EVENT_TYPE_CONTACT_ENQUEUED:
            self._enqueue(event)
        elif event.type in CHANGES:
            self._change(event)
        elif event.type == events.EVENT_TYPE_ASSIGNMENT_ENDED:
            self._end_assignment(event.assignment, event)
        elif event.type in AGENT_EVENTS:
            self._take_agent(event.agent)
        elif event.type == events.EVENT_TYPE_AGENT_DELETED:
            self._delete_agent(event.agent)
        elif event.HasField("center"):
            self._open = event.type != events.EVENT_TYPE_CENTER_CLOSED and self._open
            self._open |= event.type == events.EVENT_TYPE_CENTER_OPENED
            policy = event.center.policy
            self._weight = micros(policy.head_start) if policy.priority_rule == PRIORITY_RULE_HEAD_START else STRICT
            self._measure = MEASURES.get(policy.strategy)
        return None

    def _blame(self, kind: str, text: str) -> None:
        self.verdict.violations[kind] += 1
        if len(self.verdict.examples) < KEPT_EXAMPLES:
            self.verdict.examples.append(f"event {self._sequence}: {kind}: {text}")

    def _number(self, event: Event) -> None:
        self._sequence = event.sequence
        if self._expected is not None and event.sequence > self._expected:
            self._blame("gap", f"expected event {self._expected}")
        elif self._expected is not None and event.sequence < self._expected:
            self._blame("duplicate", f"expected event {self._expected}")
        self._expected = max(event.sequence + 1, self._expected or 0)
        now = micros(event.event_time)
        if now < self._now:
            self._blame("time_back", f"{self._now - now} us")
        self._now = max(now, self._now)

    def _enqueue(self, event: Event) -> None:
        document = event.contact
        if document.name in self.contacts:
            self._blame("contact_twice", f"{document.name} was enqueued again")
            return
        if micros(document.enqueue_time) != self._now:
            self._blame("document", f"{document.name}: enqueue time is not the event's")
        rank = rank_of(document, self._now, self._weight)
        contact = ContactModel(document.name, rank, self._now, Requirement.of(document), waiting_since=self._now)
        contact.priority = document.priority
        self.contacts[document.name] = contact
        self._waiting.add(contact)

    def _schedule(self, document: contacts.Contact) -> None:
        """A contact that is made for a later time."""
        contact = ContactModel(document.name, 0, self._now, Requirement.of(document))
        contact.state, contact.priority = _SCHEDULED, document.priority
        self.contacts[document.name] = contact

    def _change(self, event: Event) -> None:
        """Another requirement; another rank, if the priority is another one or the contact was told to move."""
        contact = self._contact(event)
        if contact is None:
            return
        waits = contact.state == _QUEUED
        if waits:
            self._waiting.remove(contact)
        moved = CHANGES[event.type] or event.contact.priority != contact.priority
        contact.priority = event.contact.priority
        contact.requirement = Requirement.of(event.contact, contact.refused)
        if moved:
            contact.rank = rank_of(event.contact, contact.place, self._weight)
        if waits:
            contact.waiting_since = self._now
            self._waiting.add(contact)
        if event.type == events.EVENT_TYPE_CONTACT_OVERFLOWED:
            self._judge_overflow(contact, event)

    def _judge_overflow(self, contact: ContactModel, event: Event) -> None:
        for fault in overflow_faults(contact.fired, event.type, event.contact, self._now):
            self._blame("document", f"{contact.name}: {fault}")
        contact.fired = tuple(event.contact.fired_overflow_rules)

    def _contact(self, event: Event) -> ContactModel | None:
        contact = self.contacts.get(event.contact.name)
        if contact is None:
            self._blame("unknown", f"contact {event.contact.name!r}")
        return contact

    def _agent(self, name: str) -> AgentModel | None:
        agent = self.agents.get(name)
        if agent is None:
            self._blame("unknown", f"agent {name!r}")
        return agent

    def _move(self, event: Event) -> Pairing | None:
        contact = self._contact(event)
        if contact is None:
            return None
        before, after = TRANSITIONS[event.type]
        offer = event.type == events.EVENT_TYPE_CONTACT_OFFERED
        if contact.state not in before:
            twice = offer and contact.state in (_OFFERED, _ACTIVE)
            self._blame("contact_twice" if twice else "transition", f"{contact.name} was in state {contact.state}")
        if not offer and event.HasField("assignment") and event.assignment.name != contact.assignment:
            self._blame("transition", f"{event.assignment.name} is not the newest assignment")
        if event.contact.state != after:
            self._blame("document", f"{contact.name} says state {event.contact.state}, not {after}")
        self._waiting.remove(contact)
        contact.state = after
        if offer:
            return self._offer(contact, event)
        self._hold(contact, event)
        if event.type == events.EVENT_TYPE_CONTACT_QUEUED:
            contact.refused.clear()
            contact.place = micros(event.contact.schedule_time)
            contact.rank = rank_of(event.contact, contact.place, self._weight)
        if event.contact.end_reason == contacts.END_REASON_OVERFLOW:
            self._judge_overflow(contact, event)
        if after == _QUEUED:
            contact.waiting_since = self._now
            contact.requirement = Requirement.of(event.contact, contact.refused)
            self._waiting.add(contact)
        return None

    def _hold(self, contact: ContactModel, event: Event) -> None:
        """What becomes of the agent's side when the contact moves on without a new offer."""
        if event.type in BARS:
            contact.refused.add(contact.agent)
        if event.type in BARS and event.assignment.HasField("retry_time"):
            contact.bars[contact.agent] = micros(event.assignment.retry_time)
        if event.HasField("assignment"):
            self._end_assignment(event.assignment, event)

    def _end_assignment(self, assignment: contacts.Assignment, event: Event) -> None:
        """Frees the agent if the assignment is at its end, and compares the agent's document."""
        agent = self._agent(assignment.agent)
        if agent is None:
            return
        ended = assignment.state in SETS_IDLE
        if ended or assignment.state == contacts.ASSIGNMENT_STATE_REVOKED:
            if assignment.name not in agent.held:
                self._blame("transition", f"{agent.name} did not hold {assignment.name}")
            agent.held.pop(assignment.name, None)
            agent.idle = self._now if ended else agent.idle
        self._free.update(agent, self._now)
        self._compare(agent, event.agent)

    def _compare(self, agent: AgentModel, document: Agent) -> None:
        if not document.name:
            return
        if micros(document.idle_time) != agent.idle:
            self._blame("idle_time", f"{agent.name} says {micros(document.idle_time)}, by the rules {agent.idle}")
        if set(document.assignments) != agent.held.keys() or document.presence != agent.presence:
            self._blame("document", f"{agent.name} says it holds {list(document.assignments)}, not {agent.held}")

    def _take_agent(self, document: Agent) -> None:
        agent = self.agents.setdefault(document.name, AgentModel(document.name))
        if document.presence == PRESENCE_AVAILABLE and agent.presence != PRESENCE_AVAILABLE:
            agent.idle = self._now
        agent.presence, agent.draining = document.presence, document.draining
        agent.take_rules(document)
        self._free.update(agent, self._now)
        if agent.listed:
            agent.free_since = self._now
        self._compare(agent, document)

    def _delete_agent(self, document: Agent) -> None:
        agent = self._agent(document.name)
        if agent is None:
            return
        if agent.held:
            self._blame("transition", f"{agent.name} was deleted and holds {agent.held}")
        agent.presence = PRESENCE_OFFLINE
        self._free.update(agent, self._now)
        del self.agents[document.name]

    def _offer(self, contact: ContactModel, event: Event) -> Pairing | None:
        self.verdict.offers += 1
        agent = self._agent(event.assignment.agent)
        contact.assignment, contact.agent = event.assignment.name, event.assignment.agent
        contact.offers += 1
        if agent is None:
            return None
        self._judge_pair(contact, agent, pulled=event.assignment.pulled)
        if not event.assignment.pulled:
            self._judge_choice(contact, agent)
            self._judge_fifo(contact, agent)
        if micros(event.assignment.agent_idle_time) != agent.idle:
            self._blame("idle_time", f"{agent.name}: the offer names another idle time")
        possible = max(contact.waiting_since, agent.free_since, contact.bars.get(agent.name, 0))
        at_once = contact.offers == 1 and agent.free_since <= contact.waiting_since
        agent.hold(event.assignment.name, contact.requirement.channel)
        agent.last_offer = self._now
        if agent.open_channels():
            agent.idle = self._now
        self._free.update(agent, self._now)
        self._compare(agent, event.agent)
        return Pairing(contact.name, self._now - possible, at_once)

    def _judge_pair(self, contact: ContactModel, agent: AgentModel, *, pulled: bool) -> None:
        on_duty = agent.presence == PRESENCE_AVAILABLE and not agent.draining
        if on_duty and not agent.takes(contact.requirement.channel):
            self._blame("agent_twice", f"{agent.name} already holds {sorted(agent.held)}")
        if not on_duty:
            self._blame("unavailable", f"{agent.name} got {contact.name}")
        if not agent.has_skills(contact.requirement):
            self._blame("unskilled", f"{agent.name} got {contact.name}, which needs {contact.requirement.skills}")
        preferred = contact.requirement.preferred
        if preferred and agent.name not in preferred and not pulled:
            self._blame("not_preferred", f"{agent.name} got {contact.name}, which holds out for {preferred}")
        if self._now < contact.bars.get(agent.name, 0) and not pulled:
            self._blame("barred", f"{agent.name} is barred from {contact.name}")
        if not self._open:
            self._blame("closed", f"{contact.name} was offered while the center was closed")

    def _judge_choice(self, contact: ContactModel, agent: AgentModel) -> None:
        if self._measure:
            self._judge_strategy(self._measure, contact, agent)
            return
        unsure = False
        for name in self._free.before(agent.idle):
            if not self.agents[name].satisfies(contact.requirement):
                continue
            bar = self._bar(contact, name)
            if bar == "over":
                self._blame("longest_available", f"{name} was idle longer than {agent.name} for {contact.name}")
                return
            unsure |= bar == "unsure"
        self.verdict.ambiguous += unsure

    def _judge_strategy(self, measure: Measure, contact: ContactModel, agent: AgentModel) -> None:
        able = [each for each in map(self.agents.__getitem__, self._free) if each.satisfies(contact.requirement)]
        asked = [(each, self._bar(contact, each.name)) for each in able]
        found = judge(measure, asked, agent, contact.requirement)
        if found == "wrong":
            self._blame("strategy", f"{agent.name} got {contact.name}, and is not whom the strategy chooses")
        self.verdict.ambiguous += found == "unsure"

    def _judge_fifo(self, contact: ContactModel, agent: AgentModel) -> None:
        unsure = False
        for name in self._waiting.before(contact.rank, agent):
            bar = self._bar(self.contacts[name], agent.name)
            if bar == "over":
                self._blame("fifo", f"{agent.name} got {contact.name} although {name} was before it")
                return
            unsure |= bar == "unsure"
        self.verdict.ambiguous += unsure

    def _bar(self, contact: ContactModel, agent: str) -> Bar:
        """Whether the agent may take the contact: `over`, `holds`, or `unsure` within the window."""
        end = contact.bars.get(agent)
        if end is None or self._now > end + self._bar_window:
            return "over"
        return "holds" if self._now < end else "unsure"
