"""A contact centre described in one YAML file, from which days are drawn.

docs/profiles.md has the fields, `profiles/` those that come with the simulator. The file is
read by the rules of YAML 1.2: `10:30` and `no` are words, not numbers and truth values.
"""

import json
import re
from collections.abc import Iterator, Mapping
from importlib import resources
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, ValidationError, model_validator

from simulator.day import Day
from simulator.profile_draw import draw_day
from simulator.profile_parts import HALF_HOUR, AgentGroup, Clock, ContactType, Part, PolicyPart, Slug

BUILT_IN = resources.files("simulator") / "profiles"
_SUFFIX = ".yaml"
_SHOWN = 60
"""Characters of a wrong value that are worth showing."""
_SAID = {
    "missing": "is required",
    "extra_forbidden": "there is no such field",
    "union_tag_not_found": "is required",
    "union_tag_invalid": "must be one of {expected_tags} (given: {tag!r})",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "dict_type": "must be a mapping",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must have the form {pattern}",
}
"""By pydantic's type of fault; all others are told in its words."""
_GIVES_NONE = ("missing", "union_tag_not_found", "union_tag_invalid")
"""Types of fault whose value is that of the part around the field."""


class ProfileError(Exception):
    """A profile that cannot be used; `faults` has a sentence for each field that is wrong."""

    def __init__(self, source: str, faults: list[str]) -> None:
        super().__init__("\n".join(f"{source}: {fault}" for fault in faults))
        self.faults = faults


class Profile(Part):
    """One contact centre."""

    title: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")]
    """What it is, in one line."""
    opens: Clock
    """Time of day at which the first half hour of every list of arrivals begins."""
    contact_types: Annotated[dict[Slug, ContactType], Field(min_length=1)]
    """Kinds of contacts, by name."""
    agent_groups: Annotated[dict[Slug, AgentGroup], Field(min_length=1)]
    """Groups of agents, by name."""
    policy: PolicyPart = PolicyPart()
    """How the center handles its contacts."""

    @model_validator(mode="after")
    def _fits_together(self) -> "Profile":
        for fault in self._faults():
            raise ValueError(fault)
        return self

    def _faults(self) -> Iterator[str]:
        for name, contact_type in self.contact_types.items():
            if not any(group.may_have(contact_type.skills) for group in self.agent_groups.values()):
                yield f"contact_types.{name}.skills: no group of agents has all of them at these levels"
        for name, group in self.agent_groups.items():
            given = group.model_fields_set
            if self.policy.auto_accept and (idle := sorted(given & {"answer", "decline", "miss"})):
                yield f"agent_groups.{name}.{idle[0]}: has no effect with policy.auto_accept"
            if not self.policy.wrap_up_time and "wrap_up" in given:
                yield f"agent_groups.{name}.wrap_up: has no effect while policy.wrap_up_time is 0"

    @property
    def staffing(self) -> dict[str, int]:
        """Agents of each group."""
        return {name: group.agents for name, group in self.agent_groups.items()}

    @property
    def busiest(self) -> float:
        """Expected contacts a second in the busiest half hour."""
        expected = [contact_type.arrivals.expected for contact_type in self.contact_types.values()]
        return max(map(sum, zip_longest(*expected, fillvalue=0.0))) / HALF_HOUR

    def with_staffing(self, staffing: Mapping[str, int]) -> "Profile":
        """The same centre with other sizes of groups; a day of one seed keeps its callers, and each agent his lot."""
        groups = dict(self.agent_groups)
        for name, size in staffing.items():
            groups[name] = groups[name].model_copy(update={"size": size})
        return self.model_copy(update={"agent_groups": groups})

    def day(self, seed: int) -> Day:
        """A day of this centre: the same for the same seed."""
        return draw_day(self, seed)


def built_in() -> list[str]:
    """Names of the profiles that come with the simulator."""
    return sorted(item.name.removesuffix(_SUFFIX) for item in BUILT_IN.iterdir() if item.name.endswith(_SUFFIX))


def load_profile(source: str) -> Profile:
    """Reads a profile from a file, or one of `built_in` by its name. Raises ProfileError."""
    if source in built_in():
        return parse_profile((BUILT_IN / f"{source}{_SUFFIX}").read_text(encoding="utf-8"), source)
    try:
        text = Path(source).read_text(encoding="utf-8")
    except OSError as error:
        names = ", ".join(built_in())
        raise ProfileError(source, [f"{error.strerror or error}; profiles with a name are {names}"]) from None
    except UnicodeDecodeError as error:
        raise ProfileError(source, [f"is not UTF-8 text: {error.reason} at byte {error.start}"]) from None
    return parse_profile(text, source)


def parse_profile(text: str, source: str) -> Profile:
    """A profile from its YAML text; `source` is named in faults. Raises ProfileError."""
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader with fewer types
    except yaml.YAMLError as error:
        raise ProfileError(source, [" ".join(str(error).split())]) from None
    except RecursionError:
        raise ProfileError(source, ["is nested too deeply"]) from None
    if not isinstance(data, dict):
        raise ProfileError(source, ["must be a mapping of title, opens, contact_types and agent_groups"])
    try:
        return Profile.model_validate(data)
    except ValidationError as error:
        raise ProfileError(source, [_sentence(entry, data) for entry in error.errors()]) from None


def _sentence(fault: Any, data: dict[str, Any]) -> str:
    """The path of the field and what is wrong with it."""
    said = str(fault["msg"]).removeprefix("Value error, ")
    path = ".".join(_path(fault, data))
    if not path:
        return said
    if fault["type"] in _SAID:
        said = _SAID[fault["type"]].format(**fault.get("ctx", {}))
    else:
        said = (said[0].lower() + said[1:]).removeprefix("input ").replace("should", "must")
    shown = json.dumps(fault["input"], default=str)
    given = f" (given: {shown})" if len(shown) <= _SHOWN and fault["type"] not in _GIVES_NONE else ""
    return f"{path}: {said}{given}"


def _path(fault: Any, data: Any) -> Iterator[str]:
    """The steps to the field as the file has them: without the names of alternatives that pydantic puts between."""
    steps = fault["loc"]
    for number, step in enumerate(steps):
        last = number == len(steps) - 1
        if isinstance(data, dict) and step in data:
            data = data[step]
            yield str(step)
        elif isinstance(data, list) and isinstance(step, int):
            data = data[step] if step < len(data) else None
            yield str(step)
        elif last and step != "[key]" and fault["type"] in ("missing", "extra_forbidden"):
            yield str(step)
    if fault["type"].startswith("union_tag"):
        yield "kind"


class _Loader(yaml.SafeLoader):
    """The core schema of YAML 1.2, and no key twice."""

    # Copied and filled below: the class itself would share those of SafeLoader.
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - yaml's own interface

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} is there twice", key.start_mark
                )
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))
        return super().construct_mapping(node, deep)


for _tag, _form, _first in (
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("bool", r"^(?:true|false)$", list("tf")),
    ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", list("-+.0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_form), _first)
