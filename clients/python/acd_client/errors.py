"""What a call can end in, as exceptions with the router's reason.

`error_from` makes the one exception of a failed call out of the status that the
server sent in `grpc-status-details-bin`; where the answer came from something
else (a proxy, the network, the deadline) the reason is the name of the code.
"""

# ruff: noqa: N818 - they are named after the router's reasons

from collections.abc import Mapping
from typing import NamedTuple

from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]  # it has no types
from grpc import StatusCode
from grpc.aio import AioRpcError

DOMAIN = "acd.v1"
DETAILS_KEY = "grpc-status-details-bin"


class Field(NamedTuple):
    """A field that the router refused: its path in the request, and why."""

    field: str
    description: str


class AcdClientError(Exception):
    """Anything that this package raises."""


class AcdApiError(AcdClientError):
    """A call that did not succeed.

    `reason` is a name of `acd.v1.ErrorReason` without its prefix, or the name of
    the gRPC code when the router itself did not answer (`from_router` says which);
    `metadata` is listed for each reason in `error_reason.proto`; `retry_delay` is
    how long, in seconds, the router asks to wait, 0 when it does not.
    """

    def __init__(
        self,
        reason: str,
        code: StatusCode,
        message: str,
        metadata: Mapping[str, str] | None = None,
        *,
        fields: tuple[Field, ...] = (),
        retry_delay: float = 0.0,
        from_router: bool = True,
    ) -> None:
        super().__init__(f"{reason}: {message}" if message else reason)
        self.reason = reason
        self.code = code
        self.message = message
        self.metadata = dict(metadata or {})
        self.fields = fields
        self.retry_delay = retry_delay
        self.from_router = from_router


class InvalidRequest(AcdApiError):
    """A field, request id, page token or resume token is wrong; `fields` says which."""


class NotFound(AcdApiError):
    """The resource `metadata["name"]` does not exist."""


class AlreadyExists(AcdApiError):
    """The resource `metadata["name"]` exists already."""


class WrongState(AcdApiError):
    """`metadata["state"]` of `metadata["name"]` does not allow the verb."""


class StaleAssignment(AcdApiError):
    """The assignment quoted is not the one in force: somebody else has the contact."""


class AgentHasWork(AcdApiError):
    """The agent serves a contact or wraps up."""


class SkillInUse(AcdApiError):
    """`metadata["waiting"]` waiting contacts require the skill."""


class CenterClosed(AcdApiError):
    """The center takes no contacts."""


class LimitReached(AcdApiError):
    """Something is as full as it may be; `retry_delay` is set where waiting helps."""


class Unavailable(AcdApiError):
    """No answer, or none yet. A change may or may not have been made: repeat it with the same request id."""


class NotAllowed(AcdApiError):
    """The token is missing, unknown, or does not allow the call."""


class ResumeTokenExpired(AcdApiError):
    """Events after the token are no longer kept: start again without one, or from `metadata["oldestToken"]`."""


class HistoryDiverged(AcdApiError):
    """The history that the token belongs to was lost: what was seen of it may not have happened."""


class FeedGap(AcdClientError):
    """The feed skipped a sequence, which the router promises never to do."""

    def __init__(self, expected: int, received: int) -> None:
        super().__init__(f"the feed went on at sequence {received} where {expected} was due")
        self.expected = expected
        self.received = received


BY_REASON: dict[str, type[AcdApiError]] = {
    "INVALID_FIELD": InvalidRequest,
    "REQUEST_ID_REUSED": InvalidRequest,
    "PAGE_TOKEN_INVALID": InvalidRequest,
    "RESUME_TOKEN_INVALID": InvalidRequest,
    "RESOURCE_NOT_FOUND": NotFound,
    "RESOURCE_EXISTS": AlreadyExists,
    "WRONG_STATE": WrongState,
    "STALE_ASSIGNMENT": StaleAssignment,
    "AGENT_HAS_WORK": AgentHasWork,
    "SKILL_IN_USE": SkillInUse,
    "CENTER_CLOSED": CenterClosed,
    "QUEUE_FULL": LimitReached,
    "TOO_MANY_CLASSES": LimitReached,
    "LIMIT_EXCEEDED": LimitReached,
    "TOO_MANY_FEEDS": LimitReached,
    "STORE_FULL": LimitReached,
    "RESUME_TOKEN_EXPIRED": ResumeTokenExpired,
    "HISTORY_DIVERGED": HistoryDiverged,
}

# For reasons without a class of their own, and for answers that no router made.
BY_CODE: dict[StatusCode, type[AcdApiError]] = {
    StatusCode.UNAVAILABLE: Unavailable,
    StatusCode.UNKNOWN: Unavailable,
    # What a server that has just been told to stop makes of a call that arrives.
    StatusCode.CANCELLED: Unavailable,
    StatusCode.DEADLINE_EXCEEDED: Unavailable,
    StatusCode.UNAUTHENTICATED: NotAllowed,
    StatusCode.PERMISSION_DENIED: NotAllowed,
}


def api_error(reason: str, code: StatusCode, message: str, *, from_router: bool = False) -> AcdApiError:
    """An error of the class that belongs to the reason, or else to the code."""
    return _class_of(reason, code)(reason, code, message, from_router=from_router)


def error_from(error: AioRpcError) -> AcdApiError:
    """The typed error of a failed call; never raises, whatever the other side sent."""
    code = error.code()
    status = _status_of(error)
    info = error_details_pb2.ErrorInfo()
    retry = error_details_pb2.RetryInfo()
    request = error_details_pb2.BadRequest()
    for detail in status.details:
        # Unpack fills the one message whose type the detail has.
        try:
            _ = detail.Unpack(info) or detail.Unpack(retry) or detail.Unpack(request)
        except DecodeError:
            continue
    from_router = info.domain == DOMAIN and bool(info.reason)
    reason = info.reason if from_router else code.name
    return _class_of(reason, code)(
        reason,
        code,
        status.message or error.details() or "",
        info.metadata,
        fields=tuple(Field(v.field, v.description) for v in request.field_violations),
        retry_delay=retry.retry_delay.ToTimedelta().total_seconds(),
        from_router=from_router,
    )


def _class_of(reason: str, code: StatusCode) -> type[AcdApiError]:
    return BY_REASON.get(reason) or BY_CODE.get(code, AcdApiError)


def _status_of(error: AioRpcError) -> status_pb2.Status:
    status = status_pb2.Status()
    for key, value in error.trailing_metadata() or ():
        if key == DETAILS_KEY and isinstance(value, bytes):
            try:
                status.ParseFromString(value)
            except DecodeError:
                return status_pb2.Status()
    return status
