"""One typed stub per script: the file is the body, the signature is the contract.

A stub's keyword arguments are compared with the file's ARGV at import. It returns
the parts of the OK reply; a refusal is raised as `AcdError`.
"""
# mypy: disable-error-code="empty-body"
# The bodies of the stubs are the scripts.

import inspect
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol

from acd_server.errors import AcdError
from acd_server.store.library import bound_arguments

P = ParamSpec("P")
Argument = str | int
Reply = list[bytes | int | list[bytes]]


class Caller(Protocol):
    """What runs a script for a center: `store.client.Client`."""

    async def call(self, script: str, center: str, arguments: list[Argument]) -> Reply: ...


NAMES: list[str] = []
"""Every script that has a stub."""


def _text(part: bytes | int | list[bytes]) -> str:
    return part.decode() if isinstance(part, bytes) else str(part)


def refusal(parts: Reply) -> AcdError:
    """The error of an `{'err', REASON, key, value, ...}` reply."""
    reason, *pairs = [_text(part) for part in parts]
    return AcdError(reason, metadata=dict(zip(pairs[::2], pairs[1::2], strict=True)))


def lua(
    stub: Callable[Concatenate[Caller, str, P], Coroutine[Any, Any, Reply]],
) -> Callable[Concatenate[Caller, str, P], Coroutine[Any, Any, Reply]]:
    """Binds a stub to the script of its name."""
    name = stub.__name__
    arguments = [p.name for p in inspect.signature(stub).parameters.values() if p.kind is p.KEYWORD_ONLY]
    bound = bound_arguments(name)
    if bound != arguments:
        raise TypeError(f"{name}.lua binds ARGV to {bound}, its stub declares {arguments}")
    NAMES.append(name)

    @wraps(stub)
    async def call(caller: Caller, center: str, *args: P.args, **kwargs: P.kwargs) -> Reply:
        assert not args
        reply = await caller.call(name, center, [kwargs[argument] for argument in arguments])  # type: ignore[misc]  # every argument is str or int by the stubs' signatures
        if reply[0] == b"ok":
            return reply[1:]
        raise refusal(reply[1:])

    return call  # type: ignore[return-value]  # wraps() names the two positional parameters


# fmt: off
@lua
async def check_meta(caller: Caller, center: str, *, layout: int, documents: str, clock: str) -> Reply: ...
@lua
async def register_center(caller: Caller, center: str, *, center_id: str) -> Reply: ...
@lua
async def list_centers(caller: Caller, center: str, *, after: str, limit: int) -> Reply: ...
@lua
async def create_center(caller: Caller, center: str, *, fields: str, incarnation: str, history_max: int, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def get_center(caller: Caller, center: str) -> Reply: ...
@lua
async def update_center(caller: Caller, center: str, *, changes: str, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def get_calendar(caller: Caller, center: str) -> Reply: ...
@lua
async def set_calendar_changes(caller: Caller, center: str, *, revision: str, state: str, changes: str) -> Reply: ...
@lua
async def open_center(caller: Caller, center: str, *, make_available: int, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def close_center(caller: Caller, center: str, *, expire_waiting: int, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def get_center_snapshot(caller: Caller, center: str) -> Reply: ...
@lua
async def explain_routing(caller: Caller, center: str, *, kind: str, subject: str) -> Reply: ...
@lua
async def create_skill(caller: Caller, center: str, *, skill_id: str, display_name: str, max_skills: int, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def list_skills(caller: Caller, center: str, *, after: str, limit: int) -> Reply: ...
@lua
async def delete_skill(caller: Caller, center: str, *, skill_id: str, force: int, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def create_agent(caller: Caller, center: str, *, agent_id: str, display_name: str, skills: str, max_agents: int, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def get_agent(caller: Caller, center: str, *, agent_id: str) -> Reply: ...
@lua
async def list_agents(caller: Caller, center: str, *, presence: str, after: str, limit: int) -> Reply: ...
@lua
async def update_agent(caller: Caller, center: str, *, agent_id: str, changes: str, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def delete_agent(caller: Caller, center: str, *, agent_id: str, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def add_agent_skill(caller: Caller, center: str, *, agent_id: str, skill_id: str, level: int, max_skills: int, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def remove_agent_skill(caller: Caller, center: str, *, agent_id: str, skill_id: str, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def set_agent_state(caller: Caller, center: str, *, agent_id: str, presence: str, reason: str, after_work: int, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def renew_agent_lease(caller: Caller, center: str, *, agent_id: str) -> Reply: ...
@lua
async def enqueue_contact(caller: Caller, center: str, *, contact_id: str, channel: str, skills: str, priority: int, attributes: str, owner: str, owner_lease: int, plan: str, max_waiting: int, max_classes: int, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def renew_owner(caller: Caller, center: str, *, owner: str, owner_lease: int) -> Reply: ...
@lua
async def get_contact(caller: Caller, center: str, *, contact_id: str) -> Reply: ...
@lua
async def list_contacts(caller: Caller, center: str, *, state: str, after: str, limit: int) -> Reply: ...
@lua
async def get_queue_position(caller: Caller, center: str, *, contact_id: str) -> Reply: ...
@lua
async def accept_assignment(caller: Caller, center: str, *, contact_id: str, number: int, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def decline_assignment(caller: Caller, center: str, *, contact_id: str, number: int, retry_after: str, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def complete_contact(caller: Caller, center: str, *, contact_id: str, number: int, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def reschedule_contact(caller: Caller, center: str, *, contact_id: str, number: int, delay: str, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def extend_wrap_up(caller: Caller, center: str, *, contact_id: str, number: int, remaining: int, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def finish_wrap_up(caller: Caller, center: str, *, contact_id: str, number: int, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def requeue_contact(caller: Caller, center: str, *, contact_id: str, number: int, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def abandon_contact(caller: Caller, center: str, *, contact_id: str, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def cancel_contact(caller: Caller, center: str, *, contact_id: str, request_id: str, fingerprint: str) -> Reply: ...
@lua
async def get_work(caller: Caller, center: str) -> Reply: ...
@lua
async def match_contacts(caller: Caller, center: str, *, max_pairs: int) -> Reply: ...
@lua
async def fire_deadlines(caller: Caller, center: str, *, max_count: int) -> Reply: ...
@lua
async def advance_clock(caller: Caller, center: str, *, latest: int, seen_sequence: int, nudge: int) -> Reply: ...
@lua
async def confirm_events(caller: Caller, center: str, *, sequence: int) -> Reply: ...
@lua
async def read_events(caller: Caller, center: str, *, first: int, limit: int) -> Reply: ...
