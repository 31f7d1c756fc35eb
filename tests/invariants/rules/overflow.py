"""Overflow rules as policies and contacts of the test have them."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

Rule = dict[str, Any]


def _up(name: str, steps: int, priority: int) -> Rule:
    return {"id": name, "after": steps, "action": "RAISE_PRIORITY", "priority": priority}


def _wide(name: str, steps: int, **skills: int) -> Rule:
    required = [{"skill": skill, "level": level} for skill, level in skills.items()]
    return {"id": name, "after": steps, "action": "REPLACE_SKILLS", "skills": required}


def rule_lists(skills: Sequence[str], step: int) -> st.SearchStrategy[str]:
    """As they are kept; times half a step later than whole ones, so that the microseconds of stamps decide nothing."""
    out = {"id": "out", "after": 70, "action": "EXPIRE"}
    lists: list[list[Rule]] = [
        [],
        [],
        [_up("up", 4, 5)],
        [_wide("wide", 4, **{skills[0]: 2})],
        [_wide("any", 10), _up("up", 10, 1), _up("top", 10, 9)],
        [out, _up("up", 30, 9), _wide("any", 70), _wide("wide", 4, **{skills[1]: 1, skills[2]: 1})],
    ]
    timed = [[rule | {"after": rule["after"] * step + step // 2} for rule in rules] for rules in lists]
    return st.sampled_from([json.dumps(rules) for rules in timed])
