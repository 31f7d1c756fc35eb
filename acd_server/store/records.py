"""Stored JSON to messages of the API. The only place that knows both."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from acd.v1 import agent_pb2, calendar_pb2, center_pb2, contact_pb2, skill_pb2
from acd_server import names
from acd_server.policy import (
    FIELDS,
    ChannelCapacities,
    ChannelWrapUps,
    Choice,
    Flag,
    Kind,
    Number,
    OverflowRules,
    Span,
    Words,
)

Record = Mapping[str, Any]

CHANNELS = ("VOICE", "CHAT", "EMAIL", "CALLBACK")


def numbers(enum: Any) -> dict[str, Any]:
    """Stored word → number of an enum; "" is the unspecified one. The enum's own look-up takes ten times as long."""
    prefix = enum.DESCRIPTOR.values_by_number[0].name.removesuffix("UNSPECIFIED")
    return {"": 0} | {value.name.removeprefix(prefix): value.number for value in enum.DESCRIPTOR.values}


_CHANNELS = numbers(contact_pb2.Channel)
_CONTACT_STATES = numbers(contact_pb2.ContactState)
_END_REASONS = numbers(contact_pb2.EndReason)
_PREFERENCE_ENDS = numbers(contact_pb2.PreferenceEnd)
_ASSIGNMENT_STATES = numbers(contact_pb2.AssignmentState)
_OUTCOMES = numbers(contact_pb2.Outcome)
_REVOKE_REASONS = numbers(contact_pb2.RevokeReason)
_PRESENCES = numbers(agent_pb2.Presence)


def timestamp(us: str | bytes | int) -> Timestamp | None:
    """The time of a stored stamp in microseconds; None where there is none ('')."""
    if not us and us != 0:
        return None
    seconds, rest = divmod(int(us), 1_000_000)
    return Timestamp(seconds=seconds, nanos=rest * 1000)


def _times(record: Record, fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Those of the times that there are, by the field of the message; `fields` has it for each key."""
    return {field: timestamp(record[key]) for key, field in fields if record.get(key)}


def duration(us: int) -> Duration:
    seconds, rest = divmod(us, 1_000_000)
    return Duration(seconds=seconds, nanos=rest * 1000)


def _kept(kind: Kind) -> str:
    """The default, as a center keeps it."""
    default = kind.default
    return default if isinstance(default, str) else "" if default is None else str(int(default))


def _policy_value(kind: Kind, text: str) -> Any:  # noqa: PLR0911 - one return for each kind
    """A field of the policy from its text; None where it is unset."""
    match kind:
        case Span():
            return duration(int(text)) if text else None
        case Number():
            return int(text)
        case Words():
            return json.loads(text)
        case Choice(enum):
            prefix = enum.DESCRIPTOR.values[0].name.removesuffix("UNSPECIFIED")
            return enum.Value(prefix + (text or "UNSPECIFIED"))
        case ChannelWrapUps():
            return [_channel_wrap_up(channel, rule) for channel, rule in json.loads(text).items()]
        case ChannelCapacities():
            return capacities(json.loads(text))
        case OverflowRules():
            return [_overflow_rule(rule) for rule in json.loads(text)]
        case Flag():
            return text == "1"


def _channel_wrap_up(channel: str, rule: Record) -> center_pb2.ChannelWrapUp:
    return center_pb2.ChannelWrapUp(
        channel=_CHANNELS[channel],
        mode=center_pb2.WrapUpMode.Value(f"WRAP_UP_MODE_{rule['mode'] or 'UNSPECIFIED'}"),
        wrap_up_time=duration(rule["time"]),
        wrap_up_limit=duration(rule["limit"]) if "limit" in rule else None,
    )


def _overflow_rule(rule: Record) -> contact_pb2.OverflowRule:
    return contact_pb2.OverflowRule(
        id=rule["id"],
        after=duration(rule["after"]),
        action=contact_pb2.OverflowAction.Value(f"OVERFLOW_ACTION_{rule['action']}"),
        priority=rule.get("priority", 0),
        required_skills=_skills(rule.get("skills", ())),
    )


def center(text: str | bytes) -> center_pb2.Center:
    record: Record = json.loads(text)
    policy = center_pb2.CenterPolicy(
        **{field: _policy_value(kind, record.get(field, _kept(kind))) for field, kind in FIELDS.items()}
    )
    return center_pb2.Center(
        name=names.center_name(record["id"]),
        display_name=record["display_name"],
        policy=policy,
        state=center_pb2.CenterState.Value(f"CENTER_STATE_{record['state']}"),
        create_time=timestamp(record["create"]),
        update_time=timestamp(record["update"]),
        sequence=int(record["sequence"]),
        calendar=_calendar(json.loads(record["calendar"])) if record.get("calendar") else None,
        calendar_changes=[
            calendar_pb2.CalendarChange(time=timestamp(change.split()[0]), open=change.endswith("OPEN"))
            for change in record.get("calendar_changes", "").split(",")
            if change
        ],
    )


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _calendar(record: Record) -> calendar_pb2.Calendar:
    return calendar_pb2.Calendar(
        time_zone=record["time_zone"],
        weekly_hours=[
            calendar_pb2.WeeklyHours(days=days, open=_clock(start), close=_clock(end))
            for days, start, end in record["weekly"]
        ],
        exceptions=[
            calendar_pb2.CalendarException(
                date=day, hours=[calendar_pb2.Hours(open=_clock(start), close=_clock(end)) for start, end in hours]
            )
            for day, hours in record["exceptions"].items()
        ],
        expire_waiting=record["expire_waiting"],
    )


def skill(center_id: str, text: str | bytes) -> skill_pb2.Skill:
    record: Record = json.loads(text)
    return skill_pb2.Skill(
        name=names.skill_name(center_id, record["id"]),
        display_name=record["display_name"],
        deleting=record["deleting"],
        create_time=timestamp(record["create"]),
        sequence=record["sequence"],
    )


def activity(held: list[dict[str, Any]]) -> agent_pb2.Activity.ValueType:
    """What an agent is doing; the same derivation as lua/lib/activity.lua."""
    states = {item["state"] for item in held}
    if "ACTIVE" in states:
        return agent_pb2.ACTIVITY_BUSY
    if "OFFERED" in states:
        return agent_pb2.ACTIVITY_RESERVED
    return agent_pb2.ACTIVITY_WRAP_UP if states else agent_pb2.ACTIVITY_IDLE


def capacities(costs: Mapping[str, Record]) -> list[agent_pb2.ChannelCapacity]:
    """Rules of capacity from channel → cost and most."""
    return [
        agent_pb2.ChannelCapacity(
            channel=_CHANNELS[channel],
            cost=rule.get("cost"),
            max_contacts=rule.get("most"),
        )
        for channel, rule in sorted(costs.items(), key=lambda item: _CHANNELS[item[0]])
    ]


_PLAIN = agent_pb2.Agent(
    effective_capacity=100,
    effective_channel_capacity=capacities({channel: {"cost": 100, "most": 50} for channel in CHANNELS}),
)
"""What an agent can hold by default, in all and by channel; the same as in lua/lib/set_room.lua."""


def agent(center_id: str, text: str | bytes) -> agent_pb2.Agent:
    record: Record = json.loads(text)
    following, room = record.get("next", {}), record.get("room")
    made = agent_pb2.Agent(
        name=names.agent_name(center_id, record["id"]),
        display_name=record["display_name"],
        skills=[agent_pb2.AgentSkill(skill_id=item["skill"], level=item["level"]) for item in record["skills"]],
        presence=_PRESENCES[record["presence"]],
        presence_reason=record["reason"],
        activity=activity(record["held"]),
        assignments=[names.assignment_name(center_id, item["contact"], item["n"]) for item in record["held"]],
        idle_time=timestamp(record["idle"]),
        last_offer_time=timestamp(record.get("offered", "")),
        create_time=timestamp(record["create"]),
        update_time=timestamp(record["update"]),
        sequence=record["sequence"],
        missed_offers=record.get("misses", 0),
        capacity=record.get("capacity", 0),
        channel_capacity=capacities(record.get("costs", {})),
        used_capacity=sum(item.get("cost", 100) for item in record["held"]),
        next_presence=_PRESENCES[following.get("presence", "")],
        next_presence_reason=following.get("reason", ""),
        draining=record["presence"] == "AVAILABLE" and bool(following),
    )
    if room:
        made.effective_capacity = room["total"]
        made.effective_channel_capacity.extend(capacities(room["channels"]))
    else:
        made.MergeFrom(_PLAIN)
    return made


def assignment(center_id: str, contact_id: str, record: Record) -> contact_pb2.Assignment:
    return contact_pb2.Assignment(
        name=names.assignment_name(center_id, contact_id, record["n"]),
        agent=names.agent_name(center_id, record["agent"]),
        state=_ASSIGNMENT_STATES[record["state"]],
        outcome=_OUTCOMES[record["outcome"]],
        revoke_reason=_REVOKE_REASONS[record["revoke"]],
        agent_lost=record.get("lost", False),
        pulled=record.get("pulled", False),
        **_times(record, _ASSIGNMENT_TIMES),
    )


_ASSIGNMENT_TIMES = (
    ("offered", "offer_time"),
    ("accepted", "accept_time"),
    ("service_ended", "service_end_time"),
    ("ended", "end_time"),
    ("deadline", "deadline"),
    ("idle", "agent_idle_time"),
    ("retry", "retry_time"),
    ("limit", "wrap_up_limit_time"),
)
"""Key in the record → field of the message."""


def _find(record: Record, number: int) -> Record | None:
    return next((item for item in record["assignments"] if item["n"] == number), None)


_NOTHING: Record = {
    **dict.fromkeys(("reason", "owner", "ended", "class", "expire"), ""),
    **dict.fromkeys(("offers", "priority"), 0),
}
"""What a contact's document leaves out, besides empty lists; the same as in lua/lib/write_contact.lua."""


def contact_record(text: str | bytes) -> dict[str, Any]:
    """A contact's document with every field that it leaves out; so is one of the release before."""
    # Of bytes json would find out the encoding first.
    kept = json.loads(text if isinstance(text, str) else text.decode())
    enqueue = kept["enqueue"]
    times = {"rank": enqueue, "queued": enqueue, "update": enqueue}
    return {**_NOTHING, "skills": [], "assignments": [], "bars": [], **times, **kept}


def contact(center_id: str, text: str | bytes, attributes: str | bytes = b"") -> contact_pb2.Contact:
    return contact_from(center_id, contact_record(text), attributes)


def contact_from(center_id: str, record: Record, attributes: str | bytes = b"") -> contact_pb2.Contact:
    newest = record["assignments"][-1] if record["assignments"] else None
    current = _skills(record["skills"])
    return contact_pb2.Contact(
        name=names.contact_name(center_id, record["id"]),
        channel=_CHANNELS[record["channel"]],
        required_skills=_skills(record["asked"]) if "asked" in record else current,
        current_skills=current,
        priority=record["priority"],
        rank=int(record["rank"]),
        owner=record["owner"],
        state=_CONTACT_STATES[record["state"]],
        end_reason=_END_REASONS[record["reason"]],
        assignment=assignment(center_id, record["id"], newest) if newest else None,
        attributes=json.loads(attributes) if attributes else None,
        offer_count=record["offers"],
        sequence=record["sequence"],
        **_times(record, _CONTACT_TIMES),
        # What few contacts have is only looked for.
        **{field: make(center_id, record[key]) for key, (field, make) in _RARE.items() if key in record},
    )


_CONTACT_TIMES = (
    ("enqueue", "enqueue_time"),
    ("update", "update_time"),
    ("ended", "end_time"),
    ("expire", "expire_time"),
    ("schedule", "schedule_time"),
    ("step_due", "next_relaxation_time"),
    ("preferred_until", "preferred_until"),
)
"""Key in the record → field of the message."""

_RARE: Mapping[str, tuple[str, Callable[[str, Any], Any]]] = {
    "steps": ("relaxation_steps", lambda _, steps: [_relaxation_step(step) for step in steps]),
    "step": ("relaxation_step", lambda _, step: step),
    "credit": ("credit", lambda _, us: duration(int(us))),
    "window": ("schedule_window", lambda _, us: duration(int(us))),
    "most": ("max_attempts", lambda _, most: int(most)),
    "pause": ("attempt_delay", lambda _, us: duration(int(us))),
    "dials": ("attempt_count", lambda _, dials: dials),
    "target": ("target_agent", names.agent_name),
    "parent": ("parent_contact", names.contact_name),
    "max_wait": ("max_wait", lambda _, us: duration(int(us))),
    "overflow": ("overflow_rules", lambda _, rules: [_overflow_rule(rule) for rule in rules]),
    "fired": ("fired_overflow_rules", lambda _, fired: fired),
    "preferred": (
        "preferred_agents",
        lambda center_id, agents: [names.agent_name(center_id, agent_id) for agent_id in agents],
    ),
    "preference": ("preference_end", lambda _, end: _PREFERENCE_ENDS[end]),
}
"""Key in the record → field of the message, and how its value is made from the center's id and the stored one."""


def _relaxation_step(step: Record) -> contact_pb2.RelaxationStep:
    return contact_pb2.RelaxationStep(after=duration(step["after"]), required_skills=_skills(step["skills"]))


def _skills(items: Iterable[Record]) -> list[contact_pb2.SkillRequirement]:
    return requirements((item["skill"], item["level"]) for item in items)


def requirements(pairs: Any) -> list[contact_pb2.SkillRequirement]:
    return [contact_pb2.SkillRequirement(skill_id=skill_id, min_level=level) for skill_id, level in pairs]


class ClassRequirement(NamedTuple):
    """What the contacts of a class require."""

    channel: contact_pb2.Channel.ValueType
    skills: list[contact_pb2.SkillRequirement]
    barred: list[str]
    """Ids of agents."""
    preferred: list[str]
    """Ids of agents for whom they hold out."""


def requirement(text: str) -> ClassRequirement:
    """A class's requirement from its canonical text: lua/lib/requirement.lua."""
    channel, skills, barred, *named = text.split("|")
    pairs = [item.split("=") for item in skills.split(",") if item]
    return ClassRequirement(
        _CHANNELS[channel],
        requirements((skill_id, int(level)) for skill_id, level in pairs),
        [agent_id for agent_id in barred.split(",") if agent_id],
        named[1].split(",") if len(named) > 1 else [],
    )


def contact_and_assignment(
    center_id: str, text: str | bytes, number: int, attributes: str | bytes = b""
) -> tuple[contact_pb2.Contact, contact_pb2.Assignment]:
    """A contact with one of its assignments, not always the newest."""
    record = contact_record(text)
    made = contact_from(center_id, record, attributes)
    if record["assignments"] and record["assignments"][-1]["n"] == number:
        return made, made.assignment
    found = _find(record, number)
    assert found is not None, f"assignment {number} is not in {text!r}"
    return made, assignment(center_id, record["id"], found)


def skill_list(skills: Mapping[str, int]) -> list[dict[str, Any]]:
    """Skills and levels as the scripts take them."""
    return [{"skill": skill_id, "level": level} for skill_id, level in skills.items()]


def skills_json(skills: Mapping[str, int]) -> str:
    return json.dumps(skill_list(skills))
