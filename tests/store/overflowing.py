"""Overflow rules as they are kept, and contacts that have some."""

import json
from typing import Any

from acd.v1 import contact_pb2
from tests.store.seeds import SECOND, Seed

Rule = dict[str, Any]

JITTER = 100
"""More than the microseconds by which stamps of one moment differ."""


def expire(after: int, name: str = "out") -> Rule:
    return {"id": name, "after": after * SECOND, "action": "EXPIRE"}


def raised(after: int, priority: int = 5, name: str = "up") -> Rule:
    return {"id": name, "after": after * SECOND, "action": "RAISE_PRIORITY", "priority": priority}


def replaced(after: int, skills: dict[str, int] | None = None, name: str = "wide") -> Rule:
    required = [{"skill": skill, "level": level} for skill, level in (skills or {}).items()]
    return {"id": name, "after": after * SECOND, "action": "REPLACE_SKILLS", "skills": required}


async def call(seed: Seed, *rules: Rule, name: str = "call", skills: dict[str, int] | None = None, **plan: Any) -> None:
    plan["overflow"] = json.dumps(rules)
    await seed.enqueue(name, skills, plan=plan)


async def get(seed: Seed, name: str = "call") -> contact_pb2.Contact:
    return await seed.store.contacts.get_contact(seed.center, name)


async def after(seed: Seed, seconds: float) -> None:
    await seed.advance(round(seconds * SECOND) + JITTER)
