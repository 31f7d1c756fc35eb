"""What every call passes through, in an order that has reasons.

Request id first, so that all others can log it; telemetry next, so that it counts
what the errors interceptor made of a failure; errors around everything that may
refuse; the deadline around everything that takes time; auth last, next to the handler.
"""

import grpc

from acd_server.auth import Tokens
from acd_server.interceptors._wrap import RECEIVE_LIMIT, Guarded
from acd_server.interceptors.auth import AuthInterceptor, GetAgent, GetContact
from acd_server.interceptors.deadline import DeadlineInterceptor
from acd_server.interceptors.errors import ErrorsInterceptor
from acd_server.interceptors.request_id import RequestIdInterceptor
from acd_server.interceptors.telemetry import TelemetryInterceptor

__all__ = ["RECEIVE_LIMIT", "guard"]


def guard(
    services: grpc.GenericRpcHandler,
    tokens: Tokens | None,
    unary_timeout: float,
    get_contact: GetContact,
    get_agent: GetAgent,
) -> Guarded:
    """The services behind all of them. `tokens` None: no call needs one; `unary_timeout` in seconds."""
    return Guarded(
        (
            RequestIdInterceptor(),
            TelemetryInterceptor(),
            ErrorsInterceptor(),
            DeadlineInterceptor(unary_timeout),
            AuthInterceptor(tokens, get_contact, get_agent),
        ),
        services,
    )
