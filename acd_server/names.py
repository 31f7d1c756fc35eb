"""Resource names and ids, as users see them.

What Redis sees is made from checked ids in `store/keys.py`; nothing else puts an
id into a key or a name together.
"""

import re
import uuid
from typing import NamedTuple

from acd_server.errors import invalid_field

SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
"""Ids of centers and skills."""
ID = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._@+-]{0,126}[A-Za-z0-9])?")
"""Ids of agents, contacts and owners: SIP Call-IDs and platforms' SIDs fit."""


class AgentName(NamedTuple):
    center: str
    agent: str


class ContactName(NamedTuple):
    center: str
    contact: str


class AssignmentName(NamedTuple):
    center: str
    contact: str
    number: int


class SkillName(NamedTuple):
    center: str
    skill: str


def check_slug(value: str, field: str) -> str:
    """Returns the id of a center or skill; raises INVALID_FIELD."""
    if not SLUG.fullmatch(value):
        raise invalid_field(field, "must match ^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
    return value


def check_id(value: str, field: str) -> str:
    """Returns the id of an agent, contact or owner; raises INVALID_FIELD."""
    if not ID.fullmatch(value):
        raise invalid_field(field, "must match ^[A-Za-z0-9]([A-Za-z0-9._@+-]{0,126}[A-Za-z0-9])?$")
    return value


def new_contact_id() -> str:
    return uuid.uuid4().hex


def center_name(center: str) -> str:
    return f"centers/{center}"


def agent_name(center: str, agent: str) -> str:
    return f"centers/{center}/agents/{agent}"


def skill_name(center: str, skill: str) -> str:
    return f"centers/{center}/skills/{skill}"


def contact_name(center: str, contact: str) -> str:
    return f"centers/{center}/contacts/{contact}"


def assignment_name(center: str, contact: str, number: int) -> str:
    return f"centers/{center}/contacts/{contact}/assignments/{number}"


def _segments(name: str, field: str, *collections: str) -> list[str]:
    """The ids in a name, which has one after each of these words."""
    parts = name.split("/")
    ids = parts[1::2]
    if parts[::2] != [*collections] or len(ids) != len(collections):
        form = "/".join(f"{word}/{{}}" for word in collections)
        raise invalid_field(field, f"must have the form {form}")
    return ids


def parse_center(name: str, field: str = "name") -> str:
    """Returns the center id of `centers/{center}`; raises INVALID_FIELD."""
    (center,) = _segments(name, field, "centers")
    return check_slug(center, field)


def parse_agent(name: str, field: str = "name") -> AgentName:
    """Parses `centers/{center}/agents/{agent}`; raises INVALID_FIELD."""
    center, agent = _segments(name, field, "centers", "agents")
    return AgentName(check_slug(center, field), check_id(agent, field))


def parse_skill(name: str, field: str = "name") -> SkillName:
    """Parses `centers/{center}/skills/{skill}`; raises INVALID_FIELD."""
    center, skill = _segments(name, field, "centers", "skills")
    return SkillName(check_slug(center, field), check_slug(skill, field))


def parse_contact(name: str, field: str = "name") -> ContactName:
    """Parses `centers/{center}/contacts/{contact}`; raises INVALID_FIELD."""
    center, contact = _segments(name, field, "centers", "contacts")
    return ContactName(check_slug(center, field), check_id(contact, field))


def parse_assignment(name: str, field: str = "name") -> AssignmentName:
    """Parses `centers/{center}/contacts/{contact}/assignments/{n}`; raises INVALID_FIELD."""
    center, contact, number = _segments(name, field, "centers", "contacts", "assignments")
    if not re.fullmatch(r"[1-9][0-9]{0,8}", number):
        raise invalid_field(field, "must end in the number of an assignment, from 1")
    return AssignmentName(check_slug(center, field), check_id(contact, field), int(number))
