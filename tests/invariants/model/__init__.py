"""A small model of the router: what each verb and each deadline must do, and which pairs matching must make.

It shares no code with the scripts. It has no clock of its own: where an order in time
matters it counts, and what is due it is told. `Model.match` is the reference matcher: the
contact with the best rank gets, of the agents it could take, the one who has been
available longest.

To add a capability, write a module of its own, and name it where the others are named:

- what agents, contacts and assignments know of it: fields in `records`;
- a rule of the policy: `model.rule("field")` reads it, by the name that `acd_server.policy` gives it;
- what a contact asks for when it is enqueued: a function in `contacts.PLANS`;
- what a contact requires now (relaxation, replaced requirements): a function in `requirement.STAGES`;
- which agents may have a contact: a function in `eligibility.QUALIFICATIONS` (who could serve it
  at all, also by a pull) or in `eligibility.OBSTACLES` (who could, but must not be offered it now);
- which of the able agents gets it: a function in `choice.STRATEGIES`;
- a deadline that matching must not overtake: a function in `matching.BEFORE`;
- what makes contacts of one class, which limits count: `limits.class_of`;
- a deadline: a function in `deadlines.FIRES`, by what stands before the first colon of its member;
- what is done in steps: a function in `deadlines.JOBS`, one record a step;
- a verb: a method of a class of its own, which `Model` inherits.

Then give the machine in `tests.invariants.rules` the rules that use it.
"""

from tests.invariants.model.agents import AgentVerbs
from tests.invariants.model.assignments import AssignmentVerbs
from tests.invariants.model.center import CenterVerbs
from tests.invariants.model.contacts import ContactVerbs
from tests.invariants.model.deadlines import FIRES
from tests.invariants.model.matching import Matching
from tests.invariants.model.preferred import Preferences
from tests.invariants.model.records import (
    START,
    ModelAgent,
    ModelAssignment,
    ModelContact,
    Refused,
    Room,
)
from tests.invariants.model.relaxation import Relaxation
from tests.invariants.model.skills import SkillVerbs

__all__ = ["START", "Model", "ModelAgent", "ModelAssignment", "ModelContact", "Refused", "Room"]


class Model(Relaxation, AgentVerbs, ContactVerbs, AssignmentVerbs, CenterVerbs, SkillVerbs, Matching, Preferences):
    """The whole: verbs by what they concern, matching, deadlines."""

    def fire(self, member: str, *, late: bool) -> None:
        """A deadline falls due, `late` if a dispatcher comes to it more than a second too late."""
        kind, rest = member.split(":", 1)
        FIRES[kind](self, rest, late=late)
