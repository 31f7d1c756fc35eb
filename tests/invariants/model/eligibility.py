"""Which agents may have a contact."""

from collections.abc import Callable

from tests.invariants.model.preferred import is_wanted
from tests.invariants.model.records import ModelContact
from tests.invariants.model.requirement import required
from tests.invariants.model.state import State

Check = Callable[[State, str, ModelContact], bool]
"""Whether nothing of what it looks at stands between this agent (by name) and the contact."""


def has_skills(model: State, agent: str, contact: ModelContact) -> bool:
    """Who is named needs no skills, and nobody else will do."""
    if contact.target:
        return agent == contact.target
    held = model.agents[agent].skills
    return all(held.get(skill, 0) >= level for skill, level in required(model, contact).items())


def is_not_barred(model: State, agent: str, contact: ModelContact) -> bool:
    return contact.bars.get(agent, 0) <= model.now


QUALIFICATIONS: list[Check] = [has_skills]
"""Who could serve it at all: what a pull asks for, too."""

OBSTACLES: list[Check] = [is_not_barred, is_wanted]
"""Who must not be offered it now, though he could serve it."""


def may_serve(model: State, agent: str, contact: ModelContact) -> bool:
    """What a pull asks for: room, and the qualifications."""
    return model.agents[agent].takes(contact.channel) and all(check(model, agent, contact) for check in QUALIFICATIONS)


def can_take(model: State, agent: str, contact: ModelContact) -> bool:
    """What an offer asks for."""
    return may_serve(model, agent, contact) and all(check(model, agent, contact) for check in OBSTACLES)
