"""Verbs of skills. Only one of them comes and goes, so that contacts and agents keep something in common."""

from hypothesis import strategies as st

from tests.invariants.rules.machine import Machine
from tests.invariants.rules.policies import SKILLS
from tests.invariants.rules.weighted import rule


class SkillRules(Machine):
    """A skill is created, and deleted in steps."""

    @rule(weight=1)
    def create_skill(self) -> None:
        call = self.store.skills.create_skill(self.center, SKILLS[-1], display_name="", request=None)
        self.both(call, lambda: self.model.create_skill(SKILLS[-1]))

    @rule(weight=1, force=st.booleans())
    def delete_skill(self, *, force: bool) -> None:
        call = self.store.skills.delete_skill(self.center, SKILLS[-1], force=force, request=None)
        self.both(call, lambda: self.model.delete_skill(SKILLS[-1], force=force))
