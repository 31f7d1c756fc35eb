"""Gives each call an id, which logs, error messages and the trailing metadata carry."""

import re
import uuid
from contextvars import ContextVar
from typing import Any

import structlog

from acd_server.interceptors._wrap import Call, Interceptor, Proceed

METADATA_KEY = "x-request-id"
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")

_ACCEPTED = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


class RequestIdInterceptor(Interceptor):
    """Takes the caller's id where it is harmless in a log, else makes one."""

    async def around(self, call: Call, proceed: Proceed) -> Any:
        given = ""
        for key, value in call.context.invocation_metadata() or ():
            if key == METADATA_KEY and isinstance(value, str):
                given = value
        request_id = given if _ACCEPTED.fullmatch(given) else uuid.uuid4().hex
        # Each call is a task of its own, so nothing has to be set back.
        REQUEST_ID.set(request_id)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        call.context.set_trailing_metadata(((METADATA_KEY, request_id),))
        return await proceed()
