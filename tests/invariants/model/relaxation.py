"""Relaxation steps: what is required becomes less."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from tests.invariants.model.records import ModelAgent, ModelContact
from tests.invariants.model.state import State


def _could(agent: ModelAgent, contact: ModelContact) -> bool:
    """Signed in, busy or not, with the skills, and with room for the channel if nothing were held."""
    cost, _ = agent.room.rule(contact.channel)
    skilled = all(agent.skills.get(skill, 0) >= level for skill, level in contact.skills.items())
    return agent.presence != "OFFLINE" and cost <= agent.room.total and skilled


def _class_of(contact: ModelContact) -> str:
    """The name of the contact's class, by which the job goes: the digest of its requirement."""
    skills = ",".join(sorted(f"{skill}={level}" for skill, level in contact.skills.items()))
    text = f"{contact.channel}|{skills}|{','.join(sorted(contact.bars))}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


@dataclass
class Relaxation(State):
    """Steps by time, and those that are skipped."""

    once_more: bool = False
    """The job begins again when it is through."""

    def join(self, contact: ModelContact) -> None:
        contact.bars = {agent: over for agent, over in contact.bars.items() if over > self.at()}
        if contact.target or contact.awaited:
            self.stop_steps(contact)
            return
        if contact.step_left is not None:
            contact.step_due, contact.step_left = self.at() + contact.step_left, None
        while contact.step_due is not None:
            if contact.step_due <= self.at():
                self._take_step(contact, contact.step_due)
            elif contact.skills and not self._anybody(contact):
                self._take_step(contact, self.at())
            else:
                return

    def stop_steps(self, contact: ModelContact) -> None:
        """Their clock stands still."""
        if contact.step_due is not None:
            contact.step_left, contact.step_due = max(0, contact.step_due - self.at()), None

    def end_steps(self, contact: ModelContact) -> None:
        """They belonged to what another requirement has taken the place of."""
        contact.steps, contact.step = [], 0
        contact.step_due = contact.step_left = None

    def _anybody(self, contact: ModelContact) -> bool:
        return any(_could(agent, contact) for agent in self.agents.values())

    def _take_step(self, contact: ModelContact, begun: int) -> None:
        if contact.asked is None:
            contact.asked = dict(contact.skills)
        contact.skills = dict(contact.steps[contact.step].skills)
        contact.step += 1
        more = contact.step < len(contact.steps)
        contact.step_due = begun + contact.steps[contact.step].after if more else None

    def _stepped(self) -> dict[str, ModelContact]:
        queued = ((name, c) for name, c in self.contacts.items() if c.state == "QUEUED" and c.step_due is not None)
        return {f"{_class_of(contact)}:{name}": contact for name, contact in queued}

    def reconsider(self) -> None:
        if self._stepped():
            self.once_more |= "steps" in self.jobs
            self.jobs.setdefault("steps", "")

    def reconsider_one(self) -> None:
        """One class where somebody is left, or one contact of another class, which goes on."""
        if "steps" not in self.jobs:
            return
        stepped = self._stepped()
        ahead = sorted(member for member in stepped if member > self.jobs["steps"])
        if ahead:
            contact = stepped[ahead[0]]
            found = self._anybody(contact) or not contact.skills
            self.jobs["steps"] = ahead[0].partition(":")[0] + ";" if found else ahead[0]
            if not found:
                self.join(contact)
        elif self.once_more:
            self.once_more, self.jobs["steps"] = False, ""
        else:
            del self.jobs["steps"]


def move_due(model: State, due: Iterable[str]) -> None:
    """Matching ends the bars and steps that are due (members of deadlines) before it pairs anybody."""
    for member in due:
        kind, _, name = member.partition(":")
        if kind in ("bar", "step"):
            model.join(model.contacts[name])
