"""The policy of a center in a request: which fields are meant, and whether they are right."""

import json
from collections.abc import Iterable
from typing import Any

from acd.v1 import center_pb2, contact_pb2
from acd_server.policy import (
    DAY,
    FIELDS,
    MILLISECOND,
    ChannelCapacities,
    ChannelWrapUps,
    Choice,
    Flag,
    Number,
    OverflowRules,
    Span,
    Value,
    Words,
    default_of,
)
from acd_server.validation._capacity import read_costs
from acd_server.validation._check import Check
from acd_server.validation._overflow import read_overflow_rules

PATHS = frozenset({"policy", *(f"policy.{field}" for field in FIELDS)})
"""What an update mask may name of the policy."""


def fields_to_change(paths: frozenset[str], policy: center_pb2.CenterPolicy) -> Iterable[str]:
    """The fields of the policy that an update changes."""
    if "policy" in paths:
        return FIELDS
    if paths:
        return [field for field in FIELDS if f"policy.{field}" in paths]
    # What has no presence (auto_accept) can be told from unset only when it is not its default.
    return [descriptor.name for descriptor, _ in policy.ListFields() if descriptor.name in FIELDS]


def read_policy(
    check: Check, policy: center_pb2.CenterPolicy, fields: Iterable[str] = tuple(FIELDS)
) -> dict[str, Value]:
    """The named fields, with defaults for those unset."""
    given = {descriptor.name: value for descriptor, value in policy.ListFields()}
    return {field: _read(check, field, given[field]) if field in given else default_of(field) for field in fields}


def _read(check: Check, field: str, value: Any) -> Value:  # noqa: PLR0911 - one return for each kind
    path = f"center.policy.{field}"
    match FIELDS[field]:
        case Span(_, low, high):
            return check.duration(value, path, low, high)
        case Number(_, low, high):
            return check.between(value, path, low, high)
        case Words(most, longest):
            return json.dumps(check.words(value, path, most, longest), ensure_ascii=False)
        case Choice(enum, default):
            return check.enum(enum, value, path) or default
        case ChannelWrapUps():
            return json.dumps(_channel_wrap_up(check, value, path))
        case ChannelCapacities():
            return json.dumps(read_costs(check, value, path), sort_keys=True)
        case OverflowRules():
            return json.dumps(read_overflow_rules(check, value, path))
        case Flag():
            return bool(value)


def _channel_wrap_up(
    check: Check, rules: Iterable[center_pb2.ChannelWrapUp], path: str
) -> dict[str, dict[str, str | int]]:
    """Channel → what its wrap-up is, in us."""
    found: dict[str, dict[str, str | int]] = {}
    for i, rule in enumerate(rules):
        at = f"{path}[{i}]"
        channel = check.enum(contact_pb2.Channel, rule.channel, f"{at}.channel")
        if rule.channel == contact_pb2.CHANNEL_UNSPECIFIED:
            check.add(f"{at}.channel", "is required")
        elif channel in found:
            check.add(f"{at}.channel", "is listed twice")
        mode = check.enum(center_pb2.WrapUpMode, rule.mode, f"{at}.mode")
        time = check.duration(rule.wrap_up_time, f"{at}.wrap_up_time", 0, 30 * DAY)
        found[channel] = {"mode": mode, "time": time}
        if rule.HasField("wrap_up_limit"):
            limit = check.duration(rule.wrap_up_limit, f"{at}.wrap_up_limit", 10 * MILLISECOND, 30 * DAY)
            found[channel]["limit"] = limit
    return found
