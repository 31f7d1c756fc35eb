"""What a contact requires now."""

from collections.abc import Callable

from tests.invariants.model.records import ModelContact
from tests.invariants.model.state import State

Skills = dict[str, int]

STAGES: list[Callable[[State, ModelContact, Skills], Skills]] = []
"""Each makes of the requirement so far the next: in this order, from what the caller asked for."""


def required(model: State, contact: ModelContact) -> Skills:
    """Skill → minimum level."""
    skills = contact.skills
    for stage in STAGES:
        skills = stage(model, contact, skills)
    return skills
