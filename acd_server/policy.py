"""The fields of a center's policy: what each may be, and what it is when nobody says.

One table for validation, which checks what callers set, and for the store's records,
which read what is kept. A field that a center does not have yet (it was created by an
older release) has its default; `lua/lib/policy.lua` knows the defaults of those, too, and
a test compares.
"""

from typing import Any, NamedTuple

from acd.v1 import center_pb2

MILLISECOND = 1_000
SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR

CAPACITY_RANGE = (1, 10_000)
COST_RANGE = (0, 10_000)
MOST_RANGE = (1, 50)
"""Of an agent, of a contact, and the contacts of one channel that an agent may hold."""


class Span(NamedTuple):
    """A duration in microseconds. Default None: unset, and kept as ""."""

    default: int | None
    low: int = 10 * MILLISECOND
    high: int = 30 * DAY


class Flag(NamedTuple):
    """A boolean, kept as 0 or 1."""

    default: bool = False


class Number(NamedTuple):
    """A whole number; `optional` in the contract, so that 0 can be told from unset."""

    default: int
    low: int
    high: int


class Words(NamedTuple):
    """A list of lines of text, each once; kept as JSON."""

    most: int
    longest: int
    default: str = "[]"


class Choice(NamedTuple):
    """A value of an enum, kept by its name without the enum's; "" for unset."""

    enum: Any
    default: str = ""


class ChannelWrapUps(NamedTuple):
    """Rules of wrap-up by channel, kept as JSON: channel → mode, time and limit (us)."""

    default: str = "{}"


class ChannelCapacities(NamedTuple):
    """What contacts cost by channel, kept as JSON: channel → cost and most, each optional."""

    default: str = "{}"


class OverflowRules(NamedTuple):
    """What is done with contacts that wait long, kept as JSON: a list of rules as contacts have them."""

    default: str = "[]"


Kind = Span | Flag | Number | Words | Choice | ChannelWrapUps | ChannelCapacities | OverflowRules

FIELDS: dict[str, Kind] = {
    "offer_timeout": Span(15 * SECOND),
    "auto_accept": Flag(),
    "wrap_up_time": Span(0, low=0),
    "max_wait": Span(24 * HOUR),
    "max_active": Span(12 * HOUR),
    "retention": Span(HOUR),
    "service_level_threshold": Span(20 * SECOND),
    "retry_delay": Span(5 * SECOND, low=0),
    "max_missed_offers": Number(1, 0, 100),
    "missed_retry_delay": Span(None, low=0),
    "max_offers": Number(0, 0, 1000),
    "not_ready_reasons": Words(64, 64),
    "agent_lease": Span(30 * SECOND),
    "wrap_up_mode": Choice(center_pb2.WrapUpMode),
    "wrap_up_limit": Span(HOUR),
    "channel_wrap_up": ChannelWrapUps(),
    "priority_rule": Choice(center_pb2.PriorityRule, "STRICT"),
    "head_start": Span(60 * SECOND),
    "preferred_wait": Span(30 * SECOND, high=DAY),
    "strategy": Choice(center_pb2.Strategy, "LONGEST_AVAILABLE"),
    "agent_capacity": Number(100, *CAPACITY_RANGE),
    "channel_capacity": ChannelCapacities(),
    "max_waiting": Number(0, 0, 1_000_000),
    "max_class_waiting": Number(0, 0, 1_000_000),
    "overflow_rules": OverflowRules(),
}

Value = int | bool | str
"""A checked value, as the store takes it."""


def default_of(field: str) -> Value:
    default = FIELDS[field].default
    return "" if default is None else default
