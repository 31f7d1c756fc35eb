"""Verbs of contacts."""

from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.invariants.rules.machine import Machine
from tests.invariants.rules.policies import CREDIT, SKILLS, STEP

OWNERS = ("", "pbx-1", "pbx-2")

skill_sets = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 3), max_size=3)

Part = dict[str, int | str]


def _call_back(machine: Machine, data: st.DataObject) -> Part:
    """Times between whole steps, so that the microseconds of stamps decide nothing."""
    later = data.draw(st.sampled_from([0, 0, 0, 4, 40]))
    plan: Part = {"attempts": 2, "delay": 7 * STEP + STEP // 2}
    return plan | ({"time": machine.now + later * STEP + STEP // 2} if later else {})


def _credit(_machine: Machine, data: st.DataObject) -> Part:
    return {"credit": data.draw(st.sampled_from([0, 0, CREDIT]))}


PLANS: list[Callable[[Machine, st.DataObject], Part]] = [_call_back, _credit]
"""Each draws some of what a new contact asks for, by the names of the store's `enqueue_contact`."""


def has_contacts(machine: Machine) -> bool:
    return bool(machine.model.contacts)


class ContactRules(Machine):
    """A contact comes, changes its place, leaves."""

    @rule(
        data=st.data(),
        skills=skill_sets,
        priority=st.sampled_from([0, 0, 0, 1, 9]),
        owner=st.sampled_from(OWNERS),
        channel=st.sampled_from(["VOICE", "VOICE", "CHAT", "EMAIL"]),
    )
    def enqueue_contact(
        self, data: st.DataObject, skills: dict[str, int], priority: int, owner: str, channel: str
    ) -> None:
        plan: Part = {}
        for part in PLANS:
            plan |= part(self, data)
        name = self.new_name("contact")
        call = self.store.contacts.enqueue_contact(
            self.center,
            name,
            channel=channel,
            skills=skills,
            priority=priority,
            attributes={},
            owner=owner,
            owner_lease=60 * STEP if owner == "pbx-1" else 0,
            plan=plan,
            request=None,
        )
        self.both(call, lambda: self.model.enqueue(name, skills, priority, owner, channel, plan))

    @precondition(has_contacts)
    @rule(data=st.data(), priority=st.sampled_from([0, 1, 9]), credit=st.sampled_from([None, 0, CREDIT]))
    def reprioritize_contact(self, data: st.DataObject, priority: int, credit: int | None) -> None:
        name = self.pick(data, self.model.contacts)
        call = self.store.contacts.reprioritize_contact(
            self.center, name, priority=priority, credit=credit, request=None
        )
        self.both(call, lambda: self.model.reprioritize(name, priority, credit))

    @precondition(has_contacts)
    @rule(data=st.data())
    def abandon_contact(self, data: st.DataObject) -> None:
        name = self.pick(data, self.model.contacts)
        call = self.store.contacts.abandon_contact(self.center, name, request=None)
        self.both(call, lambda: self.model.leave(name, "ABANDONED", "CUSTOMER_LEFT"))

    @precondition(has_contacts)
    @rule(data=st.data())
    def cancel_contact(self, data: st.DataObject) -> None:
        name = self.pick(data, self.model.contacts)
        call = self.store.contacts.cancel_contact(self.center, name, request=None)
        self.both(call, lambda: self.model.leave(name, "CANCELED", "CANCELED"))
