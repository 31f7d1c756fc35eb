"""Verbs of contacts."""

from collections.abc import Callable, Mapping, Sequence

from tests.invariants.model import preferred
from tests.invariants.model.limits import check_limits
from tests.invariants.model.overflow import take_rules
from tests.invariants.model.records import ModelContact, Refused, Step
from tests.invariants.model.state import State

ENDS = ("COMPLETED", "ABANDONED", "CANCELED", "EXPIRED")

Plan = Mapping[str, int | str]
"""What a contact may ask for, by the names of the store's `enqueue_contact`."""


def _call_back(_model: State, contact: ModelContact, plan: Plan) -> None:
    """A time to begin, and how often it is tried."""
    contact.state = "SCHEDULED" if "time" in plan else "QUEUED"
    contact.most, contact.pause = int(plan.get("attempts", 1)), int(plan.get("delay", 0))
    contact.window = "window" in plan


def _credit(_model: State, contact: ModelContact, plan: Plan) -> None:
    contact.credit = int(plan.get("credit", 0))


def _target(model: State, contact: ModelContact, plan: Plan) -> None:
    """Who is named must be signed in."""
    contact.target = str(plan.get("target", ""))
    if contact.target and contact.target not in model.agents:
        raise Refused("RESOURCE_NOT_FOUND")
    if contact.target and model.agents[contact.target].presence == "OFFLINE":
        raise Refused("WRONG_STATE")


def _required(model: State, contact: ModelContact, _plan: Plan) -> None:
    model.check_skills(contact.skills)


def _parent(model: State, contact: ModelContact, plan: Plan) -> None:
    """What is consulted about is there and has not ended."""
    contact.parent = str(plan.get("parent", ""))
    if contact.parent and contact.parent not in model.contacts:
        raise Refused("RESOURCE_NOT_FOUND")
    if contact.parent and model.contacts[contact.parent].state in ENDS:
        raise Refused("WRONG_STATE")


PLANS: list[Callable[[State, ModelContact, Plan], None]] = [
    _call_back,
    _credit,
    _target,
    _parent,
    preferred.plan,
    _required,
    take_rules,
]
"""Each writes into a new contact what it knows of the plan; may raise Refused."""


class ContactVerbs(State):
    """A contact comes, changes its place, leaves."""

    def enqueue(
        self,
        name: str,
        skills: dict[str, int],
        priority: int,
        owner: str,
        channel: str,
        plan: Plan | None = None,
        relaxation: Sequence[tuple[int, Mapping[str, int]]] = (),
    ) -> None:
        plan = plan or {}
        if not self.open and "time" not in plan:
            raise Refused("CENTER_CLOSED")
        place = self.place(int(plan.get("time", self.now)))
        contact = ModelContact(place, dict(skills), priority, owner, channel, entered=self.tick())
        for read in PLANS:
            read(self, contact, plan)
        if contact.state == "QUEUED":
            check_limits(self, contact)
        contact.steps = [Step(after, dict(less)) for after, less in relaxation]
        contact.step_left = contact.steps[0].after if contact.steps else None
        self.contacts[name] = contact
        self.take_place(contact)
        if contact.state == "QUEUED":
            self.enter_queue(contact)

    def reprioritize(self, name: str, priority: int, credit: int | None) -> None:
        contact = self.contacts[name]
        if not contact.waits:
            raise Refused("WRONG_STATE")
        credit = contact.credit if credit is None else credit
        if (contact.priority, contact.credit) != (priority, credit):
            contact.priority, contact.credit = priority, credit
            self.take_place(contact)

    def leave(self, name: str, state: str, reason: str) -> None:
        contact = self.contacts[name]
        if contact.state == state:
            return
        if not contact.waits:
            raise Refused("WRONG_STATE")
        if contact.state == "OFFERED":
            assignment = contact.assignments[-1]
            assignment.state, assignment.revoke = "REVOKED", "CONTACT_LEFT"
            self.free(name, len(contact.assignments), idle=False)
        revoked = contact.assignments[-1].agent if contact.state == "OFFERED" else ""
        contact.state, contact.reason, contact.step_due = state, reason, None
        if revoked:
            self.after_work(revoked)
