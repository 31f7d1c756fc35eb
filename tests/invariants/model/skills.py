"""Verbs of skills."""

from tests.invariants.model.records import Refused
from tests.invariants.model.state import State


class SkillVerbs(State):
    """A skill comes; it goes in steps."""

    def create_skill(self, skill: str) -> None:
        if skill in self.skills:
            raise Refused("RESOURCE_EXISTS")
        self.skills[skill] = False

    def delete_skill(self, skill: str, *, force: bool) -> None:
        if skill not in self.skills:
            raise Refused("RESOURCE_NOT_FOUND")
        if self.skills[skill]:
            return
        if self._waiting_for(skill) and not force:
            raise Refused("SKILL_IN_USE")
        self.skills[skill] = True

    def _holders(self, skill: str) -> list[str]:
        return sorted(name for name, agent in self.agents.items() if skill in agent.skills)

    def _waiting_for(self, skill: str) -> list[str]:
        """Those who came first come first."""
        found = [(c.entered, name) for name, c in self.contacts.items() if c.waits and skill in c.named]
        return [name for _, name in sorted(found)]

    def take_skill_from_one(self, skill: str) -> None:
        """From an agent, or, when nobody holds it, from a contact; then it is gone if nobody names it any more."""
        if holders := self._holders(skill):
            self.remove_skill(holders[0], skill)
        elif waiting := self._waiting_for(skill):
            contact = self.contacts[waiting[0]]
            contact.forget(skill)
            if contact.state == "QUEUED":
                self.join(contact)
        if not self._holders(skill) and not self._waiting_for(skill):
            del self.skills[skill]
