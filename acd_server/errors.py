"""Every refusal of the API: one exception, one table from reason to gRPC code.

A reason is a name of the proto enum `ErrorReason` without its prefix. Code below
the interceptors raises `AcdError`; `interceptors/errors.py` alone makes a status.
"""

from dataclasses import dataclass

from grpc import StatusCode

DOMAIN = "acd.v1"

CODES: dict[str, StatusCode] = {
    "INVALID_FIELD": StatusCode.INVALID_ARGUMENT,
    "REQUEST_ID_REUSED": StatusCode.INVALID_ARGUMENT,
    "PAGE_TOKEN_INVALID": StatusCode.INVALID_ARGUMENT,
    "RESUME_TOKEN_INVALID": StatusCode.INVALID_ARGUMENT,
    "RESOURCE_NOT_FOUND": StatusCode.NOT_FOUND,
    "RESOURCE_EXISTS": StatusCode.ALREADY_EXISTS,
    "WRONG_STATE": StatusCode.FAILED_PRECONDITION,
    "STALE_ASSIGNMENT": StatusCode.FAILED_PRECONDITION,
    "AGENT_HAS_WORK": StatusCode.FAILED_PRECONDITION,
    "SKILL_IN_USE": StatusCode.FAILED_PRECONDITION,
    "SKILL_DELETING": StatusCode.FAILED_PRECONDITION,
    "CENTER_CLOSED": StatusCode.FAILED_PRECONDITION,
    "UNKNOWN_REASON": StatusCode.FAILED_PRECONDITION,
    "NOT_ELIGIBLE": StatusCode.FAILED_PRECONDITION,
    "QUEUE_FULL": StatusCode.RESOURCE_EXHAUSTED,
    "TOO_MANY_CLASSES": StatusCode.RESOURCE_EXHAUSTED,
    "LIMIT_EXCEEDED": StatusCode.RESOURCE_EXHAUSTED,
    "TOO_MANY_FEEDS": StatusCode.RESOURCE_EXHAUSTED,
    "FEED_OVERRUN": StatusCode.RESOURCE_EXHAUSTED,
    "RESUME_TOKEN_EXPIRED": StatusCode.OUT_OF_RANGE,
    "HISTORY_DIVERGED": StatusCode.OUT_OF_RANGE,
    "DRAINING": StatusCode.UNAVAILABLE,
    "STORE_UNAVAILABLE": StatusCode.UNAVAILABLE,
    "NOT_REPLICATED": StatusCode.UNAVAILABLE,
    "STORE_REFUSES": StatusCode.UNAVAILABLE,
    "STORE_FULL": StatusCode.RESOURCE_EXHAUSTED,
    "UNAUTHENTICATED": StatusCode.UNAUTHENTICATED,
    "PERMISSION_DENIED": StatusCode.PERMISSION_DENIED,
    "INTERNAL": StatusCode.INTERNAL,
    "CENTER_NOT_AT_REST": StatusCode.FAILED_PRECONDITION,
    "DEADLINE_EXCEEDED": StatusCode.DEADLINE_EXCEEDED,
}

# Seconds a client is told to wait; where a reason has an entry its status
# carries google.rpc.RetryInfo.
RETRY_DELAYS: dict[str, float] = {
    "QUEUE_FULL": 1.0,
    "TOO_MANY_CLASSES": 1.0,
    "TOO_MANY_FEEDS": 5.0,
    "STORE_UNAVAILABLE": 0.1,
    "NOT_REPLICATED": 0.1,
    "STORE_REFUSES": 0.5,
    "STORE_FULL": 1.0,
}

_MESSAGES: dict[str, str] = {
    "REQUEST_ID_REUSED": "the request id {requestId} was used before for another request",
    "PAGE_TOKEN_INVALID": "the page token is malformed or belongs to other arguments",
    "RESUME_TOKEN_INVALID": "the resume token is malformed or belongs to another center",
    "RESOURCE_NOT_FOUND": "{name} does not exist",
    "RESOURCE_EXISTS": "{name} exists already",
    "WRONG_STATE": "{name} is {state}, which does not allow this",
    "STALE_ASSIGNMENT": "{name} is not the assignment in force (its own state: {state})",
    "AGENT_HAS_WORK": "{name} holds active contacts or wrap-up",
    "SKILL_IN_USE": "{waiting} waiting contacts require {name}",
    "SKILL_DELETING": "{name} is being deleted",
    "CENTER_CLOSED": "{name} is closed",
    "NOT_ELIGIBLE": "{name} may not take the contact ({cause})",
    "UNKNOWN_REASON": "the reason is none of those that {name} has for being not ready",
    "QUEUE_FULL": "{name} has {limit} waiting contacts in the {scope}, as many as it may",
    "TOO_MANY_CLASSES": "{name} has waiting contacts of {limit} different requirements, as many as it may",
    "LIMIT_EXCEEDED": "{name} is at its limit of {limit}",
    "TOO_MANY_FEEDS": "{name} has {limit} open feeds on this server, as many as it may",
    "FEED_OVERRUN": "the reader is too slow; resume with the token",
    "RESUME_TOKEN_EXPIRED": "events after the token are no longer kept; start again without a token",
    "HISTORY_DIVERGED": "the token names an event that is not part of this history; start again without a token",
    "DRAINING": "this server is stopping; go on elsewhere",
    "STORE_UNAVAILABLE": "the store did not answer; if the call changes something its outcome is unknown, repeat it",
    "NOT_REPLICATED": "the change is not replicated yet; its outcome is unknown, repeat it",
    "STORE_FULL": "the store's memory is full; ending contacts releases memory",
    "UNAUTHENTICATED": "a valid bearer token is required in the metadata key authorization",
    "PERMISSION_DENIED": "the token does not allow {method} here",
    "INTERNAL": "a fault of the router; its log has it under request id {requestId}",
    "CENTER_NOT_AT_REST": "{name} did not come to rest at its present time: is a dispatcher connected?",
    "DEADLINE_EXCEEDED": "the call took longer than it may; if it changes something its outcome is unknown",
}


@dataclass(frozen=True)
class FieldViolation:
    """A field that is wrong: its path in the request, and what is wrong with it."""

    field: str
    description: str


class AcdError(Exception):
    """A refusal that the caller is told about.

    `metadata` becomes `ErrorInfo.metadata`; its keys for each reason are listed
    in `error_reason.proto`. `fields` becomes `google.rpc.BadRequest`.
    """

    def __init__(
        self,
        reason: str,
        message: str = "",
        *,
        fields: tuple[FieldViolation, ...] = (),
        metadata: dict[str, str] | None = None,
        **more: str,
    ) -> None:
        self.reason = reason
        self.metadata = metadata = {**(metadata or {}), **more}
        self.fields = fields
        self.message = message or _MESSAGES[reason].format(**metadata)
        super().__init__(self.message)

    @property
    def code(self) -> StatusCode:
        return CODES[self.reason]


def invalid_field(field: str, description: str) -> AcdError:
    """INVALID_FIELD for one field; `field` is its path in the request."""
    violation = FieldViolation(field, description)
    return AcdError("INVALID_FIELD", f"{field}: {description}", fields=(violation,), field=field)
