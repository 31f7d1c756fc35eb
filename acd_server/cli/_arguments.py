"""How operators write what the API takes: durations, skills, attributes, names of enum values."""

import os
import re
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from acd.v1.agent_pb2 import ChannelCapacity
from acd.v1.contact_pb2 import Channel, RelaxationStep, SkillRequirement

_UNITS = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m|h|d)")


def own_token(given: str) -> str | None:
    """The access token that was given, or else the one in the file that ACD_TOKEN_FILE names; None: there is none."""
    path = os.environ.get("ACD_TOKEN_FILE", "")
    if given or not path:
        return given or None
    try:
        return Path(path).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"ACD_TOKEN_FILE: {path} cannot be read: {error}") from error


def parse_duration(text: str) -> timedelta:
    """`200ms`, `15s`, `1h30m`; `0` is none."""
    if text == "0":
        return timedelta()
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise typer.BadParameter(f"{text!r} is no duration; write 200ms, 15s, 5m, 1h30m")
    return timedelta(microseconds=sum(float(number) * _UNITS[unit] for number, unit in parts))


def parse_skills(texts: Sequence[str]) -> list[tuple[str, int]]:
    """`billing=5` or `billing:5` is a skill and a level; `billing` alone has level 0, the API's default."""
    return [parse_skill(text) for text in texts]


def parse_skill(text: str) -> tuple[str, int]:
    skill, separator, level = text.replace(":", "=").partition("=")
    if not skill or (separator and not re.fullmatch(r"\d{1,3}", level)):
        raise typer.BadParameter(f"{text!r} is no skill; write SKILL or SKILL=LEVEL")
    return skill, int(level or 0)


def parse_relaxation(text: str) -> RelaxationStep:
    """`30s:billing=3,english`: after 30 s these skills at these levels are required; `30s:anybody` none."""
    after, _, skills = text.partition(":")
    if not skills:
        raise typer.BadParameter(f"{text!r} is no step; write DURATION:SKILL=LEVEL,SKILL or DURATION:anybody")
    step = RelaxationStep(required_skills=[] if skills == "anybody" else skill_requirements(skills.split(",")))
    step.after.FromTimedelta(parse_duration(after))
    return step


def skill_requirements(texts: Sequence[str]) -> list[SkillRequirement]:
    return [SkillRequirement(skill_id=skill, min_level=level) for skill, level in parse_skills(texts)]


def parse_attributes(texts: Sequence[str]) -> dict[str, str]:
    """`key=value`; the value may hold more of them."""
    attributes = {}
    for text in texts:
        key, separator, value = text.partition("=")
        if not key or not separator:
            raise typer.BadParameter(f"{text!r} is no attribute; write KEY=VALUE")
        attributes[key] = value
    return attributes


class ChannelName(StrEnum):
    VOICE = "voice"
    CHAT = "chat"
    EMAIL = "email"
    CALLBACK = "callback"


class PresenceName(StrEnum):
    OFFLINE = "offline"
    AVAILABLE = "available"
    NOT_READY = "not-ready"


class StateName(StrEnum):
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    OFFERED = "offered"
    ACTIVE = "active"
    WRAP_UP = "wrap-up"
    COMPLETED = "completed"
    ABANDONED = "abandoned"
    CANCELED = "canceled"
    EXPIRED = "expired"


class WaitingName(StrEnum):
    KEEP = "keep"
    EXPIRE = "expire"


def value_name(prefix: str, name: StrEnum) -> str:
    """`wrap-up` as the API spells it: CONTACT_STATE_WRAP_UP."""
    return f"{prefix}_{name.value.replace('-', '_').upper()}"


def parse_channel_capacity(text: str) -> ChannelCapacity:
    """`chat=10:2`: a chat costs 10, and 2 may be held. Either part may be left out: `chat=10`, `chat=:2`."""
    found = re.fullmatch(r"([a-z]+)=([0-9]*)(?::([0-9]+))?", text)
    if found is None or found[1] not in list(ChannelName):
        known = ", ".join(ChannelName)
        raise typer.BadParameter(f"{text!r} is not CHANNEL=COST[:MAX] with a channel of {known}")
    return ChannelCapacity(
        channel=Channel.Value(value_name("CHANNEL", ChannelName(found[1]))),
        cost=int(found[2]) if found[2] else None,
        max_contacts=int(found[3]) if found[3] else None,
    )


CenterId = Annotated[str, typer.Argument(metavar="CENTER", help="Id of the center, or its full name.")]
AgentId = Annotated[str, typer.Argument(metavar="AGENT", help="Id of the agent, or its full name.")]
SkillId = Annotated[str, typer.Argument(metavar="SKILL", help="Id of the skill.")]
ContactId = Annotated[str, typer.Argument(metavar="CONTACT", help="Id of the contact, or its full name.")]
AssignmentName = Annotated[
    str,
    typer.Argument(metavar="ASSIGNMENT", help="Full name, centers/C/contacts/K/assignments/N, or C/K/N for short."),
]
DisplayName = Annotated[str | None, typer.Option(help="Name for screens.", show_default=False)]


def assignment(text: str) -> str:
    """The full name of an assignment."""
    if text.startswith("centers/"):
        return text
    match text.split("/"):
        case [center, contact, number]:
            return f"centers/{center}/contacts/{contact}/assignments/{number}"
    raise typer.BadParameter(f"{text!r} is no assignment; write centers/C/contacts/K/assignments/N or C/K/N")


def policy_option(meaning: str) -> typer.models.OptionInfo:
    """An option for one duration of a center's policy."""
    option: typer.models.OptionInfo = typer.Option(
        parser=parse_duration, metavar="DURATION", help=meaning, show_default=False
    )
    return option


OfferTimeout = Annotated[timedelta | None, policy_option("Time an agent has to answer an offer.")]
WrapUpTime = Annotated[timedelta | None, policy_option("Time for notes after a contact.")]
MaxWait = Annotated[timedelta | None, policy_option("Longest wait in the queue.")]
MaxActive = Annotated[timedelta | None, policy_option("Longest service.")]
Retention = Annotated[timedelta | None, policy_option("Time an ended contact stays readable.")]
ServiceLevel = Annotated[timedelta | None, policy_option("Wait within which an answer is in time.")]
RetryDelay = Annotated[timedelta | None, policy_option("Time until a contact is offered to the same agent again.")]
AutoAccept = Annotated[bool | None, typer.Option(help="Accept offers on the agent's behalf.", show_default=False)]
