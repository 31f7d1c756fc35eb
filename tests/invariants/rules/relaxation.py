"""Relaxation steps of new contacts."""

from hypothesis import strategies as st

from acd_server.store.contacts import RelaxationStep
from tests.invariants.rules.machine import Machine
from tests.invariants.rules.policies import STEP
from tests.invariants.rules.weighted import precondition, rule

QUARTER = STEP // 4
"""Up to three steps end between whole ones, so that the microseconds of stamps decide nothing."""


def draw_steps(data: st.DataObject, required: dict[str, int], *, at_least: int = 0) -> list[RelaxationStep]:
    """Up to three, each weaker than the one before."""
    steps: list[RelaxationStep] = []
    now = dict(required)
    while now and len(steps) < 3 and (len(steps) < at_least or data.draw(st.sampled_from([True, True, False]))):
        skill = data.draw(st.sampled_from(sorted(now)))
        level = data.draw(st.integers(0, now[skill] - 1))
        now = {name: had for name, had in now.items() if name != skill} | ({skill: level} if level else {})
        steps.append((data.draw(st.sampled_from([2, 9, 30])) * STEP + QUARTER, now))
    return steps


class RelaxationRules(Machine):
    """Contacts whose first step is not skipped, since somebody who is there could do it."""

    def _able(self) -> dict[str, dict[str, int]]:
        """The skills that can be required, of agents who are signed in."""
        gone = self.model.skills
        live = {
            name: {skill: level for skill, level in agent.skills.items() if not gone.get(skill, True)}
            for name, agent in self.model.agents.items()
            if agent.presence != "OFFLINE"
        }
        return {name: skills for name, skills in live.items() if skills}

    @precondition(lambda self: self._able())
    @rule(weight=8, data=st.data())
    def enqueue_for_less(self, data: st.DataObject) -> None:
        able = self._able()
        skills = able[self.pick(data, able)]
        relaxation = draw_steps(data, skills, at_least=1)
        name = self.new_name("contact")
        call = self.store.contacts.enqueue_contact(
            self.center,
            name,
            channel="VOICE",
            skills=skills,
            priority=0,
            attributes={},
            owner="",
            owner_lease=0,
            relaxation=relaxation,
            request=None,
        )
        self.both(call, lambda: self.model.enqueue(name, skills, 0, "", "VOICE", None, relaxation))
