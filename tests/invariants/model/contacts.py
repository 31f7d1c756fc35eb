"""Verbs of contacts."""

from collections.abc import Callable, Mapping

from tests.invariants.model.records import ModelContact, Refused
from tests.invariants.model.state import State

Plan = Mapping[str, int | str]
"""What a contact may ask for, by the names of the store's `enqueue_contact`."""


def _call_back(_model: State, contact: ModelContact, plan: Plan) -> None:
    """A time to begin, and how often it is tried."""
    contact.state = "SCHEDULED" if "time" in plan else "QUEUED"
    contact.most, contact.pause = int(plan.get("attempts", 1)), int(plan.get("delay", 0))


def _credit(_model: State, contact: ModelContact, plan: Plan) -> None:
    contact.credit = int(plan.get("credit", 0))


PLANS: list[Callable[[State, ModelContact, Plan], None]] = [_call_back, _credit]
"""Each writes into a new contact what it knows of the plan."""


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
    ) -> None:
        plan = plan or {}
        if not self.open and "time" not in plan:
            raise Refused("CENTER_CLOSED")
        contact = ModelContact(self.place(int(plan.get("time", self.now))), skills, priority, owner, channel)
        for read in PLANS:
            read(self, contact, plan)
        self.contacts[name] = contact

    def reprioritize(self, name: str, priority: int, credit: int | None) -> None:
        contact = self.contacts[name]
        if not contact.waits:
            raise Refused("WRONG_STATE")
        contact.priority = priority
        contact.credit = contact.credit if credit is None else credit

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
        contact.state, contact.reason = state, reason
        if revoked:
            self.after_work(revoked)
