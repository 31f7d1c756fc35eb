"""The small world that fuzzed requests are about: names that exist, and names that never may."""

import uuid

CENTERS = ("bank", "shop")
SKILLS = ("billing", "german", "late")
AGENTS = ("ada", "bob", "cleo", "dan")
CONTACTS = tuple(f"c{number}" for number in range(1, 9))
REQUEST_IDS = tuple(str(uuid.UUID(int=number, version=4)) for number in range(1, 9))
"""Few, so that many requests come with the id of another."""

HOSTILE = (
    *("{", "}", "{bank}", "bank}:queue", ":", "*", "[a-z]", "a:b", "bank\0", "\0", "\n", "a\n", "../shop", "a/b"),
    *("-", "a-", ".a", "a b", "%00", "\u0130", "\u017f", "\u202e", "\u00e9", "e\u0301", "\u0663"),
    *("a" * 127, "A" * 129, "x" * 2**20, "\U0001d11e" * 70_000),
    *("__proto__", "_", "{_}", "-inf", "+inf", "nan", "1e400", "'; redis.call('FLUSHALL')", "bank", "ada", "c1"),
)
"""Texts to be afraid of: parts of keys and patterns, control characters, look-alikes, 1 MiB, numbers that are none."""


def names(center: str) -> dict[str, tuple[str, ...]]:
    """Resource names of the world in one center, by kind."""
    contacts = tuple(f"centers/{center}/contacts/{contact}" for contact in CONTACTS)
    return {
        "center": (f"centers/{center}",),
        "skill": tuple(f"centers/{center}/skills/{skill}" for skill in SKILLS),
        "agent": tuple(f"centers/{center}/agents/{agent}" for agent in AGENTS),
        "contact": contacts,
        "assignment": tuple(f"{contact}/assignments/{number}" for contact in contacts for number in (1, 2, 3)),
    }
