"""Verbs of contacts."""

from collections.abc import Callable

from hypothesis import strategies as st

from tests.invariants.rules.machine import Machine
from tests.invariants.rules.overflow import rule_lists
from tests.invariants.rules.policies import CREDIT, HALF, SKILLS, STEP
from tests.invariants.rules.relaxation import draw_steps
from tests.invariants.rules.tally import TALLY
from tests.invariants.rules.weighted import precondition, rule

OWNERS = ("", "pbx-1", "pbx-2")

requirements = st.dictionaries(st.sampled_from(SKILLS), st.sampled_from([1, 1, 2, 3]), max_size=2)

Part = dict[str, int | str]


def _call_back(machine: Machine, data: st.DataObject) -> Part:
    """Times between whole steps, so that the microseconds of stamps decide nothing."""
    later = data.draw(st.sampled_from([0, 0, 0, 4, 40]))
    plan: Part = {"attempts": 2, "delay": 7 * STEP + HALF}
    if later:
        plan["time"] = machine.now + later * STEP + HALF
        if data.draw(st.booleans()):
            plan["window"] = 25 * STEP
    return plan


def _credit(_machine: Machine, data: st.DataObject) -> Part:
    return {"credit": data.draw(st.sampled_from([0, 0, CREDIT]))}


def _target(machine: Machine, data: st.DataObject) -> Part:
    """Not with a later time: validation refuses it."""
    agents = sorted(machine.model.agents)
    if not agents or data.draw(st.integers(0, 5)) < 5:
        return {}
    return {"target": data.draw(st.sampled_from(agents)), "wait": 20 * STEP + HALF}


def _parent(machine: Machine, data: st.DataObject) -> Part:
    contacts = sorted(machine.model.contacts)
    if data.draw(st.integers(0, 5)) < 5:
        return {}
    return {"parent": data.draw(st.sampled_from([*contacts, "nobody"]))}


def _overflow(_machine: Machine, data: st.DataObject) -> Part:
    rules = data.draw(rule_lists(SKILLS, STEP))
    return {} if rules == "[]" else {"overflow": rules}


def _preferred(machine: Machine, data: st.DataObject) -> Part:
    """Some of the agents, and now and then one who does not exist."""
    if not data.draw(st.booleans()):
        return {}
    known = st.sampled_from([*sorted(machine.model.agents), *machine.model.agents, "gone"])
    agents = data.draw(st.lists(known, min_size=1, max_size=3, unique=True))
    hold = data.draw(st.sampled_from([None, 5, 40]))
    plan: Part = {"preferred": ",".join(agents)}
    return plan | ({"hold": hold * STEP + HALF} if hold else {})


PLANS: list[Callable[[Machine, st.DataObject], Part]] = [
    _call_back,
    _credit,
    _target,
    _parent,
    _overflow,
    _preferred,
]
"""Each draws some of what a new contact asks for, by the names of the store's `enqueue_contact`."""


def has_contacts(machine: Machine) -> bool:
    return bool(machine.model.contacts)


class ContactRules(Machine):
    """A contact comes, changes its place, leaves."""

    @rule(
        weight=14,
        data=st.data(),
        skills=requirements,
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
        if "time" in plan and "target" in plan:
            del plan["target"], plan["wait"]
        if "target" in plan:
            plan.pop("preferred", None)
        name = self.new_name("contact")
        relaxation = draw_steps(data, skills)
        # What is due beside it would be done first, and be counted.
        match_one = not plan and not relaxation and data.draw(st.booleans()) and not self.run(self.due())
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
            relaxation=relaxation,
            match_one=match_one,
            request=None,
        )

        def enqueue() -> None:
            self.model.enqueue(name, skills, priority, owner, channel, plan, relaxation)
            if match_one:
                TALLY.pairs += len(self.model.match(most=1))

        self.both(call, enqueue)

    @rule(weight=1, owner=st.sampled_from(OWNERS[1:]), steps=st.sampled_from([10, 60]))
    def renew_owner(self, owner: str, steps: int) -> None:
        found = self.do(self.store.contacts.renew_owner(self.center, owner, owner_lease=steps * STEP))
        assert found.waiting_count == sum(c.owner == owner and c.waits for c in self.model.contacts.values())

    @precondition(has_contacts)
    @rule(weight=2, data=st.data(), priority=st.sampled_from([0, 1, 9]), credit=st.sampled_from([None, 0, CREDIT]))
    def reprioritize_contact(self, data: st.DataObject, priority: int, credit: int | None) -> None:
        name = self.pick(data, self.model.contacts)
        call = self.store.contacts.reprioritize_contact(
            self.center, name, priority=priority, credit=credit, request=None
        )
        self.both(call, lambda: self.model.reprioritize(name, priority, credit))

    @precondition(has_contacts)
    @rule(weight=1, data=st.data())
    def abandon_contact(self, data: st.DataObject) -> None:
        name = self.pick(data, self.model.contacts)
        call = self.store.contacts.abandon_contact(self.center, name, request=None)
        self.both(call, lambda: self.model.leave(name, "ABANDONED", "CUSTOMER_LEFT"))

    @precondition(has_contacts)
    @rule(weight=1, data=st.data())
    def cancel_contact(self, data: st.DataObject) -> None:
        name = self.pick(data, self.model.contacts)
        call = self.store.contacts.cancel_contact(self.center, name, request=None)
        self.both(call, lambda: self.model.leave(name, "CANCELED", "CANCELED"))
