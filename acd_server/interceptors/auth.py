"""Finds out who calls and holds the call to what that token may do."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

from acd.v1.agent_pb2 import Agent
from acd.v1.contact_pb2 import Contact
from acd_server import names
from acd_server.auth import ANYONE, EVERY_CENTER, OPEN_METHODS, PRINCIPAL, RIGHTS, Principal, Right, Tokens
from acd_server.errors import AcdError
from acd_server.interceptors._wrap import Call, Interceptor, Proceed, readable, readable_stream
from acd_server.telemetry import CALL_FIELDS

GetContact = Callable[[str, str], Awaitable[Contact]]
GetAgent = Callable[[str, str], Awaitable[Agent]]

_WATCH_WORK = "acd.v1.DispatchService/WatchWork"


class AuthInterceptor(Interceptor):
    """`tokens` None: everybody may do everything. The two lookups are the store's."""

    def __init__(self, tokens: Tokens | None, get_contact: GetContact, get_agent: GetAgent) -> None:
        self._tokens = tokens
        self._get_contact = get_contact
        self._get_agent = get_agent

    async def around(self, call: Call, proceed: Proceed) -> Any:
        principal, right = self._authenticate(call)
        PRINCIPAL.set(principal)
        if call.streams and hasattr(call.request, "__aiter__"):
            call.request = readable_stream(call.request)
        else:
            readable(call.request)
            center = right.center(call.request) if right and right.center and principal is not ANYONE else ""
            if right is not None and principal is not ANYONE:
                await self._authorise(call, principal, right, center)
            _bind_center(call.request, center)
        return await proceed(call)

    def _authenticate(self, call: Call) -> tuple[Principal, Right | None]:
        if self._tokens is None or call.method in OPEN_METHODS:
            return ANYONE, None
        principal = self._tokens.find(call.metadata)
        if principal is None:
            raise AcdError("UNAUTHENTICATED")
        right = RIGHTS.get(call.method)
        # A method without an entry is nobody's.
        if right is None or principal.role not in right.roles:
            raise _denied(call)
        return principal, right

    async def _authorise(self, call: Call, principal: Principal, right: Right, center: str) -> None:
        if principal.center != EVERY_CENTER:
            if right.center is not None and center != principal.center:
                raise _denied(call)
            if call.method == _WATCH_WORK:
                _limit_watch_work(call, principal.center)
        if principal.role == "agent" and not await self._is_own(call.request, principal, right.own):
            raise _denied(call)

    async def _is_own(self, request: Any, principal: Principal, own: str) -> bool:
        """Whether an agent's token may act on what the request names, in its own center."""
        name = names.agent_name(principal.center, principal.agent)
        if own == "agent":
            return bool(request.name == name)
        if own == "feed":
            return bool(request.agent == name)
        contact = names.parse_contact(request.name).contact if own == "contact" else ""
        contact = contact or names.parse_assignment(request.name).contact
        try:
            newest = (await self._get_contact(principal.center, contact)).assignment
            if newest.agent == name and own == "contact":
                return True
            if newest.agent == name and newest.name == request.name:
                return True
            # Wrap-up after a transfer is the agent's though no longer the contact's newest.
            held = (await self._get_agent(principal.center, principal.agent)).assignments
        except AcdError as error:
            if error.reason != "RESOURCE_NOT_FOUND":
                raise
            return False
        return any(each == request.name or each.startswith(f"{request.name}/") for each in held)


def _denied(call: Call) -> AcdError:
    return AcdError("PERMISSION_DENIED", method=call.method)


def _limit_watch_work(call: Call, center: str) -> None:
    asked = call.request.center
    if asked and names.parse_center(asked, "center") != center:
        raise _denied(call)
    call.request.center = names.center_name(center)


def _bind_center(request: Any, center: str) -> None:
    """Puts the center on the call's log lines."""
    if not center:
        field = _naming_field(type(request))  # type: ignore[arg-type]  # every type is hashable
        name = getattr(request, field) if field else ""
        center = name.split("/", 2)[1] if isinstance(name, str) and name.startswith("centers/") else ""
    if center:
        CALL_FIELDS.get()["center"] = center[:64]


@cache
def _naming_field(message: Any) -> str:
    """The field by which requests of this type say which center they are about; "" where there is none."""
    descriptor = getattr(message, "DESCRIPTOR", None)
    fields = descriptor.fields_by_name if descriptor else ()
    return next((field for field in ("parent", "name") if field in fields), "")
