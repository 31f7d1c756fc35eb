"""Moments in which there is a choice: by chance alone hardly any contact finds two agents free."""

from hypothesis import strategies as st

from tests.invariants.rules.assignments import AssignmentRules
from tests.invariants.rules.contacts import ContactRules
from tests.invariants.rules.machine import Machine
from tests.invariants.rules.policies import SKILLS
from tests.invariants.rules.weighted import precondition, rule


def _has_a_choice(machine: Machine) -> bool:
    return machine.model.open and sum(agent.takes("CHAT") for agent in machine.model.agents.values()) > 1


class ChoiceRules(ContactRules, AssignmentRules):
    """A contact comes while several agents are free, and is matched at once."""

    @precondition(_has_a_choice)
    @rule(
        weight=8,
        channel=st.sampled_from(["CHAT", "CHAT", "VOICE"]),
        skills=st.dictionaries(st.sampled_from(SKILLS), st.just(1), max_size=1),
        after=st.sampled_from(["requeue", "decline", "accept", ""]),
    )
    def choose(self, channel: str, skills: dict[str, int], after: str) -> None:
        name = self.new_name("contact")
        call = self.store.contacts.enqueue_contact(
            self.center,
            name,
            channel=channel,
            skills=skills,
            priority=9,
            attributes={},
            owner="",
            owner_lease=0,
            request=None,
        )
        self.both(call, lambda: self.model.enqueue(name, skills, 9, "", channel))
        self.match_contacts()
        contact = self.model.contacts.get(name)
        if after and contact and contact.assignments:
            self.quote(name, after)

    def quote(self, name: str, verb: str) -> None:
        """The verb on the contact's newest assignment."""
        number = len(self.model.contacts[name].assignments)
        call = getattr(self.store.contacts, f"{verb}_{'contact' if verb == 'requeue' else 'assignment'}")
        self.both(call(self.center, name, number, request=None), lambda: getattr(self.model, verb)(name, number))
