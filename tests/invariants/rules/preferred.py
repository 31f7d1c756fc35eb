"""Contacts that hold out for preferred agents: those that may well get one of them, and what is compared."""

import json
from typing import Any

from hypothesis import strategies as st

from tests.invariants.rules.agents import has_agents
from tests.invariants.rules.assignments import VERBS
from tests.invariants.rules.machine import Machine
from tests.invariants.rules.policies import HALF, STEP
from tests.invariants.rules.tally import TALLY
from tests.invariants.rules.weighted import precondition, rule


class PreferredAgents(Machine):
    """Whom waiting contacts hold out for, until when, or why no longer: whenever no job is at it."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, str] = {}

    @precondition(has_agents)
    @rule(weight=6, data=st.data(), hold=st.sampled_from([5, 40, 200]), channel=st.sampled_from(["VOICE", "CHAT"]))
    def enqueue_for_agents(self, data: st.DataObject, hold: int, channel: str) -> None:
        """For one agent, needing what he can do, and perhaps another one."""
        known = st.sampled_from(sorted(self.model.agents))
        agents = data.draw(st.lists(known, min_size=1, max_size=2, unique=True))
        able = self.model.agents[agents[0]].skills
        live = sorted(skill for skill in able if not self.model.skills.get(skill, True))
        wanted = data.draw(st.lists(st.sampled_from(live), max_size=2, unique=True)) if live else []
        skills = {skill: able[skill] for skill in wanted}
        plan: dict[str, int | str] = {"preferred": ",".join(agents), "hold": hold * STEP + HALF}
        name = self.new_name("contact")
        call = self.store.contacts.enqueue_contact(
            self.center,
            name,
            channel=channel,
            skills=skills,
            priority=0,
            attributes={},
            owner="",
            owner_lease=0,
            plan=plan,
            request=None,
        )
        self.both(call, lambda: self.model.enqueue(name, skills, 0, "", channel, plan))

    def _rings(self) -> list[str]:
        return [name for name, contact in self.model.contacts.items() if contact.state == "OFFERED" and contact.awaited]

    @precondition(lambda self: self._rings())
    @rule(weight=6, data=st.data(), verb=st.sampled_from(["decline", "accept", "requeue"]))
    def answer_preferred(self, data: st.DataObject, verb: str) -> None:
        """The agent who was held out for answers, or a supervisor takes it back."""
        name = self.pick(data, self._rings())
        number = len(self.model.contacts[name].assignments)
        call = getattr(self.store.contacts, VERBS[verb])(self.center, name, number, request=None)
        self.both(call, lambda: getattr(self.model, verb)(name, number))

    def compare(self, space: dict[str, Any]) -> None:
        super().compare(space)
        ended = {name: contact.preference for name, contact in self.model.contacts.items()}
        TALLY.preferences.update(reason for name, reason in ended.items() if reason and self.told.get(name) != reason)
        self.told = ended
        if any(name.startswith("preferred:") for name in space.get("jobs", {})):
            return
        for name, contact in self.model.contacts.items():
            if contact.state in ("QUEUED", "OFFERED", "ACTIVE"):
                document = json.loads(space[f"contact:{name}"])
                told = (set(document.get("named", [])), document.get("preference", ""))
                by_job = contact.preference in ("NONE_SIGNED_IN", "NOT_SKILLED")
                if by_job and told[1] == "TIME_OVER" and contact.preferred_until <= self.model.now:
                    # The job goes step by step: the time of one that it had not come to may be over first.
                    contact.preference = "TIME_OVER"
                wanted = (contact.awaited, contact.preference)
                assert told == wanted, f"contact {name} holds out for: {told}, wanted: {wanted}"
                if contact.awaited:
                    assert 0 <= int(document["preferred_until"]) - contact.preferred_until < HALF
