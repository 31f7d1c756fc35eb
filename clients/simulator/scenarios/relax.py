"""Relaxation steps: less is required the longer a contact waits, its place stays, and nobody waits for the absent."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from google.protobuf.duration_pb2 import Duration

from acd.v1 import event_pb2 as events
from acd.v1.agent_pb2 import PRESENCE_OFFLINE
from acd.v1.contact_pb2 import (
    CONTACT_STATE_OFFERED,
    CONTACT_STATE_QUEUED,
    Contact,
    RelaxationStep,
    SkillRequirement,
)
from acd.v1.event_pb2 import Event
from simulator.day import Caller
from simulator.measures.numbers import mean, percentile, share
from simulator.recorder import last_part
from simulator.scenarios.base import INSTANT, Findings, Log, Scenario, second

Skills = Mapping[str, int]
STEPS: dict[str, list[tuple[float, Skills]]] = {
    "hard": [(40.0, {"support": 5}), (60.0, {"support": 1})],
    "french": [(60.0, {"french": 3, "support": 1}), (90.0, {"support": 1})],
}
"""By type: the seconds that the step before holds, and all that is required from then on."""


class Relax(Scenario):
    name = "relax"
    title = "relaxation steps: lower levels after a while, at once where nobody is signed in"

    def contact(self, caller: Caller) -> Contact:
        steps = [
            RelaxationStep(
                after=Duration(seconds=int(after)),
                required_skills=[SkillRequirement(skill_id=skill, min_level=level) for skill, level in needs.items()],
            )
            for after, needs in STEPS.get(caller.type, [])
        ]
        return Contact(relaxation_steps=steps)

    def judge(self, log: Log) -> Findings:
        ladder = _Ladder({caller.id: caller for caller in log.day.callers})
        for plan in log.day.agents:
            ladder.skills[plan.id] = plan.skills
        for event in log.events:
            ladder.take(event)
        found = Findings()
        _tell(found, ladder)
        found.none("contacts that stood on another step than they should", ladder.off)
        found.none("offers to somebody who has less than was required by then", ladder.unfit)
        found.none("contacts that lost their place by a step", _moved(log))
        for step in (0, 1, 2):
            found.some(f"answered on step {step}", len(ladder.waits[step]))
        found.some("steps skipped, nobody signed in", len(ladder.skipped))
        return found


def _moved(log: Log) -> list[str]:
    return [name for name, history in log.by_contact.items() if len({event.contact.rank for event in history}) > 1]


def _tell(found: Findings, ladder: "_Ladder") -> None:
    stepping = sum(len(waits) for waits in ladder.waits.values())
    for step, waits in sorted(ladder.waits.items()):
        found.tell(f"answered on step {step}", len(waits), "contacts")
        found.tell(f"answered on step {step}, share", share(len(waits), stepping), "share")
        found.tell(f"answered on step {step}: wait, mean", mean(waits), "s")
        found.tell(f"answered on step {step}: wait, p95", percentile(waits, 95), "s")
    found.tell("hard questions: level of who answered, mean", mean(ladder.levels), "ratio")
    found.tell("contacts with a step skipped because nobody was signed in", len(ladder.skipped), "contacts")


class _Stand:
    """The step on which a contact stands, and since when."""

    def __init__(self, caller: Caller, now: float) -> None:
        self.needs: list[Skills] = [caller.skills, *(needs for _, needs in STEPS[caller.type])]
        self.lengths = [after for after, _ in STEPS[caller.type]]
        self.step, self.since = 0, now

    @property
    def due(self) -> float:
        """When the next step begins; infinity on the last one."""
        return self.since + self.lengths[self.step] if self.step < len(self.lengths) else float("inf")


class _Ladder:
    """Who stands on which step, by the rule alone."""

    def __init__(self, callers: dict[str, Caller]) -> None:
        self.skills: dict[str, Skills] = {}
        """Of each agent, by id."""
        self.off: list[str] = []
        self.unfit: list[str] = []
        self.waits: defaultdict[int, list[float]] = defaultdict(list)
        """Of those with steps, by the step on which they were offered."""
        self.levels: list[float] = []
        self.skipped: Counter[str] = Counter()
        self._callers = callers
        self._came: dict[str, float] = {}
        self._stands: dict[str, _Stand] = {}
        self._signed_in: set[str] = set()

    def take(self, event: Event) -> None:
        now = second(event)
        for name, stand in self._stands.items():
            # The event of a step is stamped some microseconds after its time.
            while stand.due <= now:
                self._step(name, stand, stand.due)
        if event.type == events.EVENT_TYPE_AGENT_STATE_CHANGED:
            self._take_presence(event, now)
        elif event.HasField("contact"):
            self._take_contact(event, last_part(event.contact.name), now)

    def _step(self, name: str, stand: _Stand, at: float) -> None:
        stand.step, stand.since = stand.step + 1, at
        self._skip(name, stand, at)

    def _skip(self, name: str, stand: _Stand, at: float) -> None:
        """Nobody waits for who is not there; the last step is never skipped."""
        while stand.step < len(stand.lengths) and not self._anybody(stand.needs[stand.step]):
            stand.step, stand.since = stand.step + 1, at
            self.skipped[name] += 1

    def _anybody(self, needs: Skills) -> bool:
        return any(_has(self.skills[agent], needs) for agent in self._signed_in)

    def _take_presence(self, event: Event, now: float) -> None:
        agent = last_part(event.agent.name)
        if event.agent.presence != PRESENCE_OFFLINE:
            self._signed_in.add(agent)
            return
        self._signed_in.discard(agent)
        for name, stand in self._stands.items():
            self._skip(name, stand, now)

    def _take_contact(self, event: Event, name: str, now: float) -> None:
        caller, contact = self._callers[name], event.contact
        if event.type == events.EVENT_TYPE_CONTACT_ENQUEUED:
            self._came[name] = now
            if caller.type in STEPS:
                self._stands[name] = _Stand(caller, now)
                self._skip(name, self._stands[name], now)
        stand = self._stands.get(name)
        if event.type == events.EVENT_TYPE_CONTACT_OFFERED:
            self._judge(event, name, now)
        if stand is not None and contact.state in {CONTACT_STATE_QUEUED, CONTACT_STATE_OFFERED}:
            before = abs(now - stand.since) <= INSTANT and contact.relaxation_step == stand.step - 1
            late = event.type == events.EVENT_TYPE_CONTACT_RELAXED and abs(now - stand.since) > INSTANT
            if late or (contact.relaxation_step != stand.step and not before):
                self.off.append(f"event {event.sequence}: {name} on {contact.relaxation_step}, not on {stand.step}")
        if contact.state != CONTACT_STATE_QUEUED:
            self._stands.pop(name, None)

    def _judge(self, event: Event, name: str, now: float) -> None:
        caller, stand = self._callers[name], self._stands.get(name)
        skills = self.skills[last_part(event.assignment.agent)]
        needs = caller.skills if stand is None else stand.needs[stand.step]
        if not _has(skills, needs):
            self.unfit.append(f"event {event.sequence}: {name} to {last_part(event.assignment.agent)}, {needs}")
        if stand is not None:
            self.waits[stand.step].append(now - self._came[name])
        if caller.type == "hard":
            self.levels.append(skills["support"])


def _has(skills: Skills, needs: Skills) -> bool:
    return all(skills.get(skill, 0) >= level for skill, level in needs.items())
