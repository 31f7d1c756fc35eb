"""Who may call what: the one table of rights, and the tokens that stand behind it.

A token is 32 random bytes in base64url after `acd_`; the file keeps only SHA-256
of it. Permission is decided before anything is looked up for the caller, and a
refusal says nothing about whether a resource exists.
"""

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from acd_server import names

log = structlog.get_logger("acd_server")

EVERY_CENTER = "*"
_BUCKET = 8  # hexadecimal digits of a digest by which it is looked up
ROLES = ("platform", "agent", "supervisor", "dispatcher", "operator")


@dataclass(frozen=True)
class Principal:
    """Who calls. `center` is an id or `*`; `agent` is set for agents' tokens only."""

    role: str
    center: str
    agent: str = ""


ANYONE = Principal("operator", EVERY_CENTER)
"""Stands for every caller while no tokens are asked for."""

PRINCIPAL: ContextVar[Principal] = ContextVar("principal", default=ANYONE)


@dataclass(frozen=True)
class Right:
    """Who may call one method, and on what.

    `center` finds the center's id in a request (None: the method is of no center);
    `own` says what an agent's token is held to: its `agent`, its `assignment`, a
    `contact` that it holds, its `feed`.
    """

    roles: frozenset[str]
    center: Callable[[Any], str] | None = None
    own: str = ""


def _in_parent(request: Any) -> str:
    return names.parse_center(request.parent, "parent")


def _in_center(request: Any) -> str:
    return names.parse_center(request.name)


def _in_center_resource(request: Any) -> str:
    return names.parse_center(request.center.name, "center.name")


def _in_skill(request: Any) -> str:
    return names.parse_skill(request.name).center


def _in_agent(request: Any) -> str:
    return names.parse_agent(request.name).center


def _in_agent_resource(request: Any) -> str:
    return names.parse_agent(request.agent.name, "agent.name").center


def _in_contact(request: Any) -> str:
    return names.parse_contact(request.name).center


def _in_assignment(request: Any) -> str:
    return names.parse_assignment(request.name).center


def _right(roles: str, center: Callable[[Any], str] | None = None, own: str = "") -> Right:
    return Right(frozenset({"operator", *roles.split()}), center, own)


RIGHTS: dict[str, Right] = {
    "acd.v1.CenterService/CreateCenter": _right(""),
    "acd.v1.CenterService/GetCenter": _right("platform supervisor", _in_center),
    # A token of one center gets that center alone: see services/centers.py.
    "acd.v1.CenterService/ListCenters": _right("platform supervisor dispatcher"),
    "acd.v1.CenterService/UpdateCenter": _right("supervisor", _in_center_resource),
    "acd.v1.CenterService/OpenCenter": _right("supervisor", _in_center),
    "acd.v1.CenterService/CloseCenter": _right("supervisor", _in_center),
    "acd.v1.CenterService/ExplainRouting": _right("platform supervisor", _in_center),
    "acd.v1.CenterService/GetCenterSnapshot": _right("platform supervisor", _in_center),
    "acd.v1.SkillService/CreateSkill": _right("supervisor", _in_parent),
    "acd.v1.SkillService/ListSkills": _right("platform supervisor", _in_parent),
    "acd.v1.SkillService/DeleteSkill": _right("supervisor", _in_skill),
    "acd.v1.AgentService/CreateAgent": _right("supervisor", _in_parent),
    "acd.v1.AgentService/GetAgent": _right("platform supervisor agent", _in_agent, "agent"),
    "acd.v1.AgentService/ListAgents": _right("platform supervisor", _in_parent),
    "acd.v1.AgentService/UpdateAgent": _right("supervisor", _in_agent_resource),
    "acd.v1.AgentService/DeleteAgent": _right("supervisor", _in_agent),
    "acd.v1.AgentService/AddAgentSkill": _right("supervisor", _in_agent),
    "acd.v1.AgentService/RemoveAgentSkill": _right("supervisor", _in_agent),
    "acd.v1.AgentService/SetAgentState": _right("supervisor agent", _in_agent, "agent"),
    "acd.v1.AgentService/PullContact": _right("supervisor agent", _in_agent, "agent"),
    "acd.v1.AgentService/RenewAgentLease": _right("supervisor agent", _in_agent, "agent"),
    "acd.v1.ContactService/EnqueueContact": _right("platform supervisor", _in_parent),
    "acd.v1.ContactService/RenewOwner": _right("platform supervisor", _in_parent),
    "acd.v1.ContactService/GetContact": _right("platform supervisor agent", _in_contact, "contact"),
    "acd.v1.ContactService/ListContacts": _right("platform supervisor", _in_parent),
    "acd.v1.ContactService/GetQueuePosition": _right("platform supervisor", _in_contact),
    "acd.v1.ContactService/AcceptAssignment": _right("supervisor agent", _in_assignment, "assignment"),
    "acd.v1.ContactService/DeclineAssignment": _right("supervisor agent", _in_assignment, "assignment"),
    "acd.v1.ContactService/CompleteContact": _right("platform supervisor agent", _in_assignment, "assignment"),
    "acd.v1.ContactService/TransferContact": _right("platform supervisor agent", _in_assignment, "assignment"),
    "acd.v1.ContactService/RescheduleContact": _right("platform supervisor agent", _in_assignment, "assignment"),
    "acd.v1.ContactService/ExtendWrapUp": _right("supervisor agent", _in_assignment, "assignment"),
    "acd.v1.ContactService/FinishWrapUp": _right("supervisor agent", _in_assignment, "assignment"),
    "acd.v1.ContactService/AbandonContact": _right("platform supervisor", _in_contact),
    "acd.v1.ContactService/CancelContact": _right("platform supervisor", _in_contact),
    "acd.v1.ContactService/ReprioritizeContact": _right("platform supervisor", _in_contact),
    "acd.v1.ContactService/RequeueContact": _right("platform supervisor agent", _in_assignment, "assignment"),
    "acd.v1.AssignmentFeed/Watch": _right("platform supervisor agent", _in_parent, "feed"),
    # A token of one center sees the work of that center alone: see interceptors/auth.py.
    "acd.v1.DispatchService/WatchWork": _right("dispatcher"),
    "acd.v1.DispatchService/MatchContacts": _right("dispatcher", _in_parent),
    "acd.v1.DispatchService/FireDeadlines": _right("dispatcher", _in_parent),
    "acd.v1.SimulationService/AdvanceClock": _right("", _in_center),
    "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": _right(""),
}

OPEN_METHODS = frozenset({"grpc.health.v1.Health/Check", "grpc.health.v1.Health/List", "grpc.health.v1.Health/Watch"})
"""Need no token: load balancers call them."""


class TokensFileError(Exception):
    """The tokens file is wrong; the text says where."""


def digest_of(token: str) -> str:
    """What the tokens file keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    return f"acd_{secrets.token_urlsafe(32)}"


def check_entry(role: str, center: str, agent: str) -> Principal:
    """Returns who a token of this kind stands for; raises ValueError with what is wrong."""
    if role not in ROLES:
        raise ValueError(f"role must be one of {', '.join(ROLES)}")
    if center != EVERY_CENTER and not names.SLUG.fullmatch(center):
        raise ValueError("center must be the id of a center, or *")
    if role == "operator" and center != EVERY_CENTER:
        raise ValueError("an operator is one of all centers: center must be *")
    if (role == "agent") != bool(agent):
        raise ValueError("agent must be set for the role agent, and only for it")
    if role == "agent" and (center == EVERY_CENTER or not names.ID.fullmatch(agent)):
        raise ValueError("the role agent needs the id of an agent, and of its center")
    return Principal(role, center, agent)


def parse_tokens(text: str, *, is_json: bool) -> dict[str, Principal]:
    """Digest → who, from the text of a tokens file. Raises TokensFileError with every fault."""
    import tomllib  # noqa: PLC0415 - not every server has such a file, and a start is quicker without

    try:
        entries = (json.loads(text) if is_json else tomllib.loads(text)).get("tokens", [])
    except (ValueError, AttributeError) as error:
        raise TokensFileError(f"cannot be read: {error}") from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise TokensFileError("tokens must be a list of tables")
    found: dict[str, Principal] = {}
    faults = []
    for number, entry in enumerate(entries, 1):
        try:
            digest, principal = _entry(entry)
            if digest in found:
                faults.append(f"token {number}: the same one is above")
            found[digest] = principal
        except ValueError as error:
            faults.append(f"token {number}: {error}")
    if faults:
        raise TokensFileError("; ".join(faults))
    return found


def _entry(entry: dict[str, Any]) -> tuple[str, Principal]:
    unknown = entry.keys() - {"sha256", "role", "center", "agent", "note"}
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))}: no such key")
    values = {key: entry.get(key, "") for key in ("sha256", "role", "center", "agent")}
    if not all(isinstance(value, str) for value in values.values()):
        raise ValueError("every value must be text")
    digest = values["sha256"].lower()
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise ValueError("sha256 must be 64 hexadecimal digits")
    return digest, check_entry(values["role"], values["center"], values["agent"])


class Tokens:
    """The tokens file, read again within a second of a change.

    A change that cannot be read is logged and the tokens before it stay in force:
    a slip of the pen must not lock everybody out.
    """

    CHECK_EVERY = 1.0  # seconds

    def __init__(self, path: str) -> None:
        """Raises TokensFileError."""
        self._path = Path(path)
        self._stamp = self._read_stamp()
        self._buckets = self._read()
        self._next_check = time.monotonic() + self.CHECK_EVERY

    def find(self, metadata: Iterable[tuple[str, Any]]) -> Principal | None:
        """Who the call's metadata stands for; None without a known bearer token."""
        if time.monotonic() >= self._next_check:
            self.refresh()
        given = [value for key, value in metadata if key == "authorization"]
        if len(given) != 1 or not isinstance(given[0], str):
            return None
        scheme, _, token = given[0].partition(" ")
        if scheme.lower() != "bearer":
            return None
        return self._find(digest_of(token.strip()))

    def _find(self, digest: str) -> Principal | None:
        # The time of the look-up depends on a SHA-256, of which a caller cannot
        # choose a part; what decides is compared in constant time.
        for known, principal in self._buckets.get(digest[:_BUCKET], ()):
            if hmac.compare_digest(known, digest):
                return principal
        return None

    def refresh(self) -> None:
        """Reads the file again if it changed."""
        self._next_check = time.monotonic() + self.CHECK_EVERY
        try:
            stamp = self._read_stamp()
            if stamp != self._stamp:
                self._stamp = stamp
                self._buckets = self._read()
                log.info("tokens_read")
        except TokensFileError as error:
            log.error("tokens_file", fault=str(error))  # noqa: TRY400 - no trace needed

    def _read_stamp(self) -> tuple[int, int, int]:
        try:
            status = self._path.stat()
        except OSError as error:
            raise TokensFileError(f"{self._path}: {error.strerror}") from error
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _read(self) -> dict[str, list[tuple[str, Principal]]]:
        try:
            text = self._path.read_text(encoding="utf-8")
            principals = parse_tokens(text, is_json=self._path.suffix == ".json")
        except (OSError, UnicodeDecodeError, TokensFileError) as error:
            raise TokensFileError(f"{self._path}: {error}") from error
        buckets: dict[str, list[tuple[str, Principal]]] = {}
        for digest, principal in principals.items():
            buckets.setdefault(digest[:_BUCKET], []).append((digest, principal))
        return buckets
