"""Requests of AssignmentFeed."""

from typing import NamedTuple

from acd.v1 import assignment_feed_pb2
from acd_server.policy import MILLISECOND, SECOND
from acd_server.validation._check import MAX_SKILLS, Check


class Watch(NamedTuple):
    """At most one of `agent` (an id), `skill_ids` and `owner` is not empty.

    The resume token is not decoded yet. `checkpoint_interval_s` is 0 when none was asked for.
    """

    center: str
    agent: str
    skill_ids: frozenset[str]
    owner: str
    resume_token: str
    checkpoint_interval_s: float
    keep_lease: bool = False


def validate_watch(request: assignment_feed_pb2.WatchRequest) -> Watch:
    with Check() as check:
        center = check.center(request.parent)
        filters = [name for name in ("agent", "skill_ids", "owner") if getattr(request, name)]
        if len(filters) > 1:
            check.add(filters[1], f"must not be set together with {filters[0]}")
        agent = _agent(check, request.agent, center) if request.agent else ""
        skill_ids = _skill_ids(check, list(request.skill_ids))
        owner = check.id(request.owner, "owner") if request.owner else ""
        if request.keep_lease and not request.agent:
            check.add("keep_lease", "needs agent")
        interval = 0.0
        if request.HasField("checkpoint_interval"):
            given = check.duration(request.checkpoint_interval, "checkpoint_interval", 100 * MILLISECOND, 60 * SECOND)
            interval = given / SECOND
    return Watch(center, agent, skill_ids, owner, request.resume_token, interval, request.keep_lease)


def _agent(check: Check, name: str, center: str) -> str:
    agent = check.agent(name, "agent")
    if center and agent.center and agent.center != center:
        check.add("agent", "must be an agent of parent")
    return agent.agent


def _skill_ids(check: Check, skill_ids: list[str]) -> frozenset[str]:
    if len(skill_ids) > MAX_SKILLS:
        check.add("skill_ids", f"must have at most {MAX_SKILLS} entries")
        return frozenset()
    return frozenset(check.slug(skill, f"skill_ids[{i}]") for i, skill in enumerate(skill_ids))
