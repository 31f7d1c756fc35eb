"""What a contact requires after some time of waiting."""

from collections.abc import Mapping, Sequence

from acd.v1 import contact_pb2
from acd_server.policy import DAY, MILLISECOND
from acd_server.validation._check import Check

MAX_STEPS = 10


def read_steps(
    check: Check, steps: Sequence[contact_pb2.RelaxationStep], required: Mapping[str, int], field: str
) -> list[tuple[int, dict[str, int]]]:
    """After how many microseconds each step begins, and what it requires: less than the one before it."""
    if len(steps) > MAX_STEPS:
        check.add(field, f"must have at most {MAX_STEPS} entries")
        return []
    found, before = [], required
    for i, step in enumerate(steps):
        at = f"{field}[{i}]"
        if not step.HasField("after"):
            check.add(f"{at}.after", "is required")
        after = check.duration(step.after, f"{at}.after", 10 * MILLISECOND, 30 * DAY) if step.HasField("after") else 0
        given = ((skill.skill_id, skill.min_level) for skill in step.required_skills)
        skills = check.levels(given, f"{at}.required_skills", "min_level")
        _check_weaker(check, skills, before, at)
        found.append((after, skills))
        before = skills
    return found


def _check_weaker(check: Check, skills: Mapping[str, int], before: Mapping[str, int], at: str) -> None:
    for j, (skill, level) in enumerate(skills.items()):
        if skill not in before:
            check.add(f"{at}.required_skills[{j}].skill_id", "is not required by the step before")
        elif level > before[skill]:
            check.add(f"{at}.required_skills[{j}].min_level", "must not be higher than in the step before")
    if skills == before:
        check.add(f"{at}.required_skills", "must require less than the step before")
