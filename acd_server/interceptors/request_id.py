"""Gives each call an id, which logs, error messages and the trailing metadata carry."""

import random
import re
from typing import Any

from acd_server.interceptors._wrap import Call, Interceptor, Proceed
from acd_server.telemetry import CALL_FIELDS

METADATA_KEY = "x-request-id"

_ACCEPTED = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


class RequestIdInterceptor(Interceptor):
    """Takes the caller's id where it is harmless in a log, else makes one."""

    async def around(self, call: Call, proceed: Proceed) -> Any:
        given = ""
        for key, value in call.metadata:
            if key == METADATA_KEY and isinstance(value, str):
                given = value
        # It tells calls apart and guards nothing; uuid4 would ask the kernel in each call.
        request_id = given if _ACCEPTED.fullmatch(given) else f"{random.getrandbits(128):032x}"
        # Each call is a task of its own, so nothing has to be set back.
        CALL_FIELDS.set({"request_id": request_id})
        call.context.set_trailing_metadata(((METADATA_KEY, request_id),))
        return await proceed(call)
