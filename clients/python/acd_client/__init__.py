"""Async client of the router: typed calls, typed errors, and a feed that goes on by itself."""

from acd_client.backoff import STEADY, Backoff
from acd_client.calls import Call, Stream
from acd_client.channel import service_config
from acd_client.client import AcdClient
from acd_client.errors import (
    AcdApiError,
    AcdClientError,
    AgentHasWork,
    AlreadyExists,
    CenterClosed,
    FeedGap,
    Field,
    HistoryDiverged,
    InvalidRequest,
    LimitReached,
    NotAllowed,
    NotFound,
    ResumeTokenExpired,
    SkillInUse,
    StaleAssignment,
    Unavailable,
    WrongState,
)
from acd_client.feed import Feed
from acd_client.names import agent_name, assignment_name, center_name, contact_name, skill_name

__all__ = [
    "STEADY",
    "AcdApiError",
    "AcdClient",
    "AcdClientError",
    "AgentHasWork",
    "AlreadyExists",
    "Backoff",
    "Call",
    "CenterClosed",
    "Feed",
    "FeedGap",
    "Field",
    "HistoryDiverged",
    "InvalidRequest",
    "LimitReached",
    "NotAllowed",
    "NotFound",
    "ResumeTokenExpired",
    "SkillInUse",
    "StaleAssignment",
    "Stream",
    "Unavailable",
    "WrongState",
    "agent_name",
    "assignment_name",
    "center_name",
    "contact_name",
    "service_config",
    "skill_name",
]
