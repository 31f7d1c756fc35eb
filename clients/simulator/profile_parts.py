"""The parts of a profile: contact types, groups of agents and the policy of a center, as a YAML file has them.

Times of day and spans are written "HH:MM"; every other time is in seconds. The docstring
of each field is its description in the schema and in docs/profiles.md.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from simulator.day import Strategy
from simulator.distributions import Distribution

HALF_HOUR = 1800.0
MAX_SIZE = 100_000
"""Agents of a group, contacts of a half hour: beyond it lies a slip of the pen."""
MAX_SECONDS = 7 * 86400.0
LEVELS = (1, 10)
HIGHEST_PRIORITY = 9
CLOCK_FORM = r"^\d{1,2}:[0-5]\d$"
_SLUG = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"


class Part(BaseModel):
    """Strict: no unknown field, no text where a number belongs, nothing infinite."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


def _clock(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(CLOCK_FORM, value):
        hours, minutes = value.split(":")
        return int(hours) * 3600.0 + int(minutes) * 60.0
    raise ValueError('must have the form "HH:MM"')


def _level_range(value: Any) -> Any:
    low, high = value if isinstance(value, list) and len(value) == len(LEVELS) else (value, value)
    whole = all(type(level) is int for level in (low, high))
    if not whole or not LEVELS[0] <= low <= high <= LEVELS[1]:
        raise ValueError("must be a level from 1 to 10, or a range of them such as [2, 5]")
    return low, high


def _priorities(value: Any) -> Any:
    weights = {value: 1} if type(value) is int else value
    if not isinstance(weights, dict) or not all(
        type(key) is int and 0 <= key <= HIGHEST_PRIORITY and type(weight) in (int, float) and weight >= 0
        for key, weight in weights.items()
    ):
        raise ValueError(f"must be a priority from 0 to {HIGHEST_PRIORITY}, or a mix such as {{0: 80, 5: 20}}")
    if not 0 < sum(weights.values()) < float("inf"):
        raise ValueError("must have a share above 0")
    return {key: float(weight) for key, weight in weights.items()}


Clock = Annotated[float, BeforeValidator(_clock), WithJsonSchema({"type": "string", "pattern": CLOCK_FORM})]
Slug = Annotated[str, Field(pattern=_SLUG)]
Level = Annotated[int, Field(ge=LEVELS[0], le=LEVELS[1])]
_LEVEL_SCHEMA = {"type": "integer", "minimum": LEVELS[0], "maximum": LEVELS[1]}
LevelRange = Annotated[
    tuple[int, int],
    BeforeValidator(_level_range),
    WithJsonSchema({"anyOf": [_LEVEL_SCHEMA, {"type": "array", "items": _LEVEL_SCHEMA, "minItems": 2, "maxItems": 2}]}),
]
_PRIORITY_SCHEMA = {"type": "integer", "minimum": 0, "maximum": HIGHEST_PRIORITY}
_MIX_SCHEMA = {
    "type": "object", "minProperties": 1, "additionalProperties": False,
    "patternProperties": {r"^\d$": {"type": "number", "minimum": 0}},
}  # fmt: skip
Priorities = Annotated[
    dict[int, float], BeforeValidator(_priorities), WithJsonSchema({"anyOf": [_PRIORITY_SCHEMA, _MIX_SCHEMA]})
]
Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=MAX_SECONDS)]
Mean = Annotated[float, Field(gt=0, le=MAX_SECONDS)]
Variation = Annotated[float, Field(ge=0.01, le=10)]
PerHalfHour = Annotated[float, Field(ge=0, le=MAX_SIZE)]


class Fixed(Part):
    """Always the same."""

    kind: Literal["fixed"]
    seconds: Seconds
    """The time."""

    def distribution(self) -> Distribution:
        return Distribution("fixed", self.seconds)


class Exponential(Part):
    """Exponential: the chance to end is the same in every second."""

    kind: Literal["exponential"]
    mean: Mean
    """Mean in seconds."""

    def distribution(self) -> Distribution:
        return Distribution("exponential", self.mean)


class LogNormal(Part):
    """Log-normal: as most talk times are."""

    kind: Literal["lognormal"]
    mean: Mean
    """Mean in seconds."""
    cv: Variation
    """Coefficient of variation: the standard deviation over the mean."""

    def distribution(self) -> Distribution:
        return Distribution("lognormal", self.mean, self.cv)


class Gamma(Part):
    """Gamma: exponential with cv 1, narrower below."""

    kind: Literal["gamma"]
    mean: Mean
    """Mean in seconds."""
    cv: Variation
    """Coefficient of variation: the standard deviation over the mean."""

    def distribution(self) -> Distribution:
        return Distribution("gamma", self.mean, self.cv)


class Uniform(Part):
    """Anything between two times, all alike."""

    kind: Literal["uniform"]
    low: Seconds
    """The shortest."""
    high: Seconds
    """The longest."""

    @model_validator(mode="after")
    def _in_order(self) -> "Uniform":
        if self.low > self.high:
            raise ValueError("low must not be above high")
        return self

    def distribution(self) -> Distribution:
        return Distribution("uniform", low=self.low, high=self.high)


Times = Annotated[Fixed | Exponential | LogNormal | Gamma | Uniform, Field(discriminator="kind")]


class Arrivals(Part):
    """When contacts of a type come: a Poisson stream whose rate is constant within each half hour."""

    per_half_hour: list[PerHalfHour] | None = None
    """Expected contacts in each half hour from `opens` on. Instead of `total` and `curve`."""
    total: Annotated[float, Field(gt=0, le=10 * MAX_SIZE)] | None = None
    """Expected contacts of the day, shared out by `curve`."""
    curve: list[PerHalfHour] | None = None
    """Weight of each half hour from `opens` on."""
    day_factor_cv: Annotated[float, Field(ge=0, le=2)] = 0.0
    """Above 0, all rates of a day are multiplied by one factor, drawn from a gamma distribution of mean 1
    and this coefficient of variation: real days vary more than Poisson's."""

    @model_validator(mode="after")
    def _one_form(self) -> "Arrivals":
        by_curve = self.total is not None and self.curve is not None
        given = (self.per_half_hour is not None) + (self.total is not None or self.curve is not None)
        if given != 1 or not (by_curve or self.per_half_hour is not None):
            raise ValueError("give either per_half_hour, or total together with curve")
        if sum(self.curve or self.per_half_hour or []) <= 0:
            raise ValueError("at least one half hour must be above 0")
        return self

    @property
    def expected(self) -> list[float]:
        """Expected contacts in each half hour."""
        if self.per_half_hour is not None:
            return self.per_half_hour
        assert self.total is not None
        assert self.curve is not None
        return [self.total * weight / sum(self.curve) for weight in self.curve]


class Retrials(Part):
    """What customers do after they hung up."""

    chance: Share
    """Share of those who hang up that call again; after each attempt anew."""
    delay: Times
    """Time from hanging up to the next call."""
    at_most: Annotated[int, Field(ge=1, le=20)] = 1
    """Calls again that a customer makes at most."""


class ContactType(Part):
    """Contacts of one kind."""

    skills: Annotated[dict[Slug, Level], Field(max_length=64)]
    """Required skills, each with the least level; `{}` when anybody will do."""
    channel: Literal["voice", "chat", "email", "callback"] = "voice"
    """How they come."""
    priority: Annotated[Priorities, Field(json_schema_extra={"default": 0})] = {0: 1.0}
    """One priority for all, or a mix: priority to share. Higher goes first."""
    arrivals: Arrivals
    """When they come."""
    talk: Times
    """Time from the answer to the end of the conversation."""
    patience: Times | None = None
    """Wait after which a caller hangs up unless answered; left out, nobody does."""
    retrials: Retrials | None = None
    """What those who hung up do then; left out, nothing."""

    @model_validator(mode="after")
    def _who_hangs_up_may_call_again(self) -> "ContactType":
        if self.retrials and not self.patience:
            raise ValueError("retrials need patience: without it nobody ever hangs up")
        return self


class Break(Part):
    """A pause in a shift; its beginning is drawn for each agent, spread evenly between two moments."""

    earliest: Clock
    """Span from the agent's sign-in to the earliest beginning."""
    latest: Clock
    """Span from the agent's sign-in to the latest beginning."""
    length: Clock
    """How long it is."""

    @model_validator(mode="after")
    def _in_order(self) -> "Break":
        if self.latest < self.earliest:
            raise ValueError("latest must not be before earliest")
        if self.length <= 0:
            raise ValueError("length must be above 0:00")
        return self


class Shift(Part):
    """When agents of a group work."""

    start: Clock
    """Time of day of the first sign-in."""
    end: Clock
    """Time of day of the first sign-out; past midnight hours count on: 26:00 is two in the morning."""
    agents: Annotated[int, Field(ge=1, le=MAX_SIZE)] = 1
    """Agents of this shift; where the group has a `size`, its weight."""
    stagger: Annotated[Clock, Field(json_schema_extra={"default": "00:00"})] = 0.0
    """The agents begin, and end, one after the other, spread evenly over this span."""

    breaks: list[Break] = []
    """Pauses, in order."""

    @model_validator(mode="after")
    def _in_order(self) -> "Shift":
        if self.end <= self.start:
            raise ValueError("end must be after start")
        over = 0.0
        for number, pause in enumerate(self.breaks):
            if pause.earliest < over:
                raise ValueError(f"breaks {number} may begin before the break before it is over")
            over = pause.latest + pause.length
        if self.breaks and over >= self.end - self.start:
            raise ValueError("the last break may be over only after the shift")
        return self


class AgentGroup(Part):
    """Agents who have the same skills, hours and habits."""

    skills: Annotated[dict[Slug, LevelRange], Field(max_length=64)]
    """Skills, each with its level, or a range such as `[2, 5]` from which each agent's is drawn."""
    shifts: Annotated[list[Shift], Field(min_length=1)]
    """Hours of work."""
    size: Annotated[int, Field(ge=0, le=MAX_SIZE)] | None = None
    """Agents of the group, shared out over the shifts in proportion to their `agents`; left out, their sum."""
    answer: Times = Fixed(kind="fixed", seconds=0.0)
    """Time from an offer to its answer; longer than the offer timeout, it is a miss, too."""
    decline: Share = 0.0
    """Share of the offers declined."""
    miss: Share = 0.0
    """Share of the offers left without an answer."""
    wrap_up: Times = Fixed(kind="fixed", seconds=0.0)
    """Time of notes after each conversation; longer than the policy's wrap-up time, that ends it."""

    @model_validator(mode="after")
    def _at_most_all_offers(self) -> "AgentGroup":
        if self.decline + self.miss > 1:
            raise ValueError("decline and miss together must not be above 1")
        return self

    @property
    def agents(self) -> int:
        """How many there are."""
        return sum(shift.agents for shift in self.shifts) if self.size is None else self.size

    def may_have(self, required: Mapping[str, int]) -> bool:
        """Whether an agent of the group may have what is required: his levels may be drawn from a range."""
        return all(skill in self.skills and self.skills[skill][1] >= level for skill, level in required.items())


class PolicyPart(Part):
    """The center's policy, and from when on a hang-up counts."""

    offer_timeout: Annotated[float, Field(ge=0.01, le=MAX_SECONDS)] = 15.0
    """Time an agent has to answer an offer."""
    wrap_up_time: Seconds = 0.0
    """The longest wrap-up; 0: there is none."""
    retry_delay: Seconds = 5.0
    """Time for which an agent who declined or missed a contact is not offered it again."""
    service_level_threshold: Annotated[float, Field(ge=0.01, le=MAX_SECONDS)] = 20.0
    """A contact answered within this time is within the service level."""
    short_abandon: Seconds = 5.0
    """Whoever hangs up sooner does not count in a service level."""
    auto_accept: bool = False
    """Offers are accepted at once on the agents' behalf."""
    strategy: Strategy = "longest-available"
    """Which of the agents who could take it a contact gets."""
