"""Matching, and the verbs that quote an assignment."""

from typing import Any

from hypothesis import strategies as st

from tests.invariants.rules.contacts import requirements
from tests.invariants.rules.machine import Machine
from tests.invariants.rules.policies import HALF, STEP
from tests.invariants.rules.tally import TALLY
from tests.invariants.rules.weighted import precondition, rule

VERBS = {
    "accept": "accept_assignment",
    "decline": "decline_assignment",
    "complete": "complete_contact",
    "finish": "finish_wrap_up",
    "requeue": "requeue_contact",
    "extend": "extend_wrap_up",
    "reschedule": "reschedule_contact",
}
"""The model's name of a verb that needs nothing but the assignment, and the store's."""


def has_assignments(machine: Machine) -> bool:
    return any(contact.assignments for contact in machine.model.contacts.values())


class AssignmentRules(Machine):
    """From the pair to the end of wrap-up."""

    @rule(weight=12)
    def match_contacts(self) -> None:
        due = self.run(self.due())
        pairs = self.run(self._match())
        wanted = self.model.match([member for _, member in due])
        assert pairs == wanted, f"{pairs}, wanted: {wanted}"
        TALLY.pairs += len(pairs)

    async def _match(self) -> list[tuple[str, int, str]]:
        pairs = []
        more = True
        while more:
            response = await self.store.dispatch.match_contacts(self.center, max_pairs=2)
            TALLY.verbs["match_contacts OK"] += 1
            more = response.more
            for assignment in response.assignments:
                _, _, _, contact, _, number = assignment.name.split("/")
                pairs.append((contact, int(number), assignment.agent.rsplit("/", 1)[1]))
        return pairs

    def _with_assignments(self) -> list[str]:
        return [name for name, contact in self.model.contacts.items() if contact.assignments]

    @precondition(has_assignments)
    @rule(weight=16, data=st.data(), verb=st.sampled_from(["accept", *VERBS]))
    def quote_assignment(self, data: st.DataObject, verb: str) -> None:
        name = self.pick(data, self._with_assignments())
        count = len(self.model.contacts[name].assignments)
        number = data.draw(st.integers(max(1, count - 2), count))
        more: dict[str, Any] = {}
        if verb == "decline":
            more = {"retry_after": data.draw(st.sampled_from([None, 0, 5 * STEP + HALF]))}
        elif verb == "extend":
            # Between whole steps, so that the microseconds of stamps decide nothing.
            more = {"remaining": data.draw(st.integers(0, 80)) * STEP + HALF}
        call = getattr(self.store.contacts, VERBS[verb])(self.center, name, number, **more, request=None)
        self.both(call, lambda: getattr(self.model, verb)(name, number, **more))

    @precondition(lambda self: has_assignments(self) and self.model.agents)
    @rule(weight=4, data=st.data(), skills=st.none() | requirements)
    def transfer_contact(self, data: st.DataObject, skills: dict[str, int] | None) -> None:
        name = self.pick(data, self._with_assignments())
        number = len(self.model.contacts[name].assignments)
        agent = self.pick(data, self.model.agents)
        wait = 20 * STEP + HALF
        call = self.store.contacts.transfer_contact(
            self.center, name, number, skills=skills, agent=agent, target_wait=wait, request=None
        )
        self.both(call, lambda: self.model.transfer(name, number, skills, agent))
