"""The file of a profile: what it may have, what is said of what is wrong, and the pages made from its models."""

import asyncio
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.wheel import WheelBuilder
from typer.testing import CliRunner, Result

from acd_server import cli
from simulator.profile import ProfileError, built_in, load_profile, parse_profile
from tests.simulator.profiles import FULL, changed, profile_of
from tools import gen_profile_pages
from tools.gen_protos import ROOT

COMMANDS = cli.build()


def faults(data: dict[str, Any]) -> list[str]:
    with pytest.raises(ProfileError) as caught:
        profile_of(data)
    return caught.value.faults


def paths(node: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Each field of the full profile with its value, parts and lists included, but no item of a list of numbers."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        path = f"{before}{key}"
        if not isinstance(key, int) or isinstance(value, dict):
            yield path, value
        yield from paths(value, f"{path}.")


PATHS = dict(paths(FULL))
PARTS = [path for path, value in PATHS.items() if isinstance(value, dict)]
NAMED = {"contact_types", "agent_groups", "skills", "priority"}
"""Mappings whose keys are names."""
OPTIONAL = {
    "policy", "channel", "priority", "day_factor_cv", "patience", "retrials", "at_most", "agents", "stagger",
    "breaks", "size", "answer", "decline", "miss", "wrap_up", *FULL["policy"],
}  # fmt: skip


def last(path: str) -> str:
    return path.rpartition(".")[2]


@pytest.mark.parametrize("path", PATHS)
def test_a_wrong_value_is_told_by_its_path(path: str) -> None:
    values: list[Any] = ["nonsense\n", {"?": "?"}, [[]], -1.5]
    for wrong in values:
        if wrong == -1.5 and path == "title":
            continue
        found = faults(changed(path, wrong))
        assert any(fault.startswith(path) for fault in found), (wrong, found)
        assert not any("function-" in fault or "[key]" in fault for fault in found)


@pytest.mark.parametrize("path", [path for path in PARTS if last(path) not in NAMED])
def test_an_unknown_field_is_told_by_its_path(path: str) -> None:
    assert faults(changed(f"{path}.colour", "red")) == [f'{path}.colour: there is no such field (given: "red")']


@pytest.mark.parametrize("path", [p for p in PATHS if last(p.rpartition(".")[0]) not in NAMED and not p[-1].isdigit()])
def test_a_required_field_that_is_left_out_is_told_by_its_path(path: str) -> None:
    data = changed(path, ...)
    if path.endswith("patience"):
        del data["contact_types"]["calls"]["retrials"]
    if path.startswith("policy"):
        del data["agent_groups"]["team"]["wrap_up"]
    if last(path) in OPTIONAL:
        profile_of(data)
        return
    (found,) = faults(changed(path, ...))
    assert found.startswith(path.rpartition(".")[0])
    assert "required" in found or "give either per_half_hour, or total together with curve" in found


TYPE, TEAM = "contact_types.calls", "agent_groups.team"


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("title", "", 'title: must not be empty (given: "")'),
        ("opens", "8 h", 'opens: must have the form "HH:MM" (given: "8 h")'),
        (f"{TYPE}.skills.english", 11, f"{TYPE}.skills.english: must be less than or equal to 10 (given: 11)"),
        (f"{TYPE}.channel", "fax", f"{TYPE}.channel: must be 'voice', 'chat', 'email' or 'callback' (given: \"fax\")"),
        (
            f"{TYPE}.priority", {10: 1},
            f"{TYPE}.priority: must be a priority from 0 to 9, or a mix such as {{0: 80, 5: 20}} (given",
        ),
        (f"{TYPE}.priority", {0: 0}, f'{TYPE}.priority: must have a share above 0 (given: {{"0": 0}})'),
        (f"{TYPE}.talk.mean", 0, f"{TYPE}.talk.mean: must be greater than 0 (given: 0)"),
        (f"{TYPE}.talk.mean", "200", f'{TYPE}.talk.mean: must be a valid number (given: "200")'),
        (
            f"{TYPE}.talk", {"kind": "pareto"},
            f"{TYPE}.talk.kind: must be one of 'fixed', 'exponential', 'lognormal', 'gamma', 'uniform' (given",
        ),
        (f"{TYPE}.talk", {"mean": 3}, f"{TYPE}.talk.kind: is required"),
        (f"{TYPE}.arrivals.curve", [0, 0, 0], f"{TYPE}.arrivals: at least one half hour must be above 0"),
        (f"{TYPE}.arrivals.curve.1", -2, f"{TYPE}.arrivals.curve.1: must be greater than or equal to 0 (given: -2)"),
        (f"{TYPE}.arrivals.per_half_hour", [1], f"{TYPE}.arrivals: give either per_half_hour, or total together"),
        (f"{TYPE}.patience", ..., f"{TYPE}: retrials need patience: without it nobody ever hangs up"),
        (f"{TYPE}.retrials.delay.low", 999, f"{TYPE}.retrials.delay: low must not be above high"),
        (f"{TYPE}.skills.latin", 1, f"{TYPE}.skills: no group of agents has all of them at these levels"),
        (f"{TYPE}.skills.english", 9, f"{TYPE}.skills: no group of agents has all of them at these levels"),
        ("contact_types.My calls", FULL["contact_types"]["mails"], "contact_types.My calls: must have the form ^[a-z"),
        ("contact_types", {}, "contact_types: must not be empty (given: {})"),
        (f"{TEAM}.skills.english", [8, 3], f"{TEAM}.skills.english: must be a level from 1 to 10, or a range of them"),
        (f"{TEAM}.shifts", [], f"{TEAM}.shifts: must not be empty (given: [])"),
        (f"{TEAM}.shifts.1.end", "19:00", f"{TEAM}.shifts.1: end must be after start"),
        (f"{TEAM}.shifts.0.end", "13:00", f"{TEAM}.shifts.0: the last break may be over only after the shift"),
        (f"{TEAM}.shifts.0.breaks.0.latest", "04:00", f"{TEAM}.shifts.0: breaks 1 may begin before the break before"),
        (f"{TEAM}.shifts.0.breaks.0.latest", "01:00", f"{TEAM}.shifts.0.breaks.0: latest must not be before earliest"),
        (f"{TEAM}.shifts.0.breaks.1.length", "00:00", f"{TEAM}.shifts.0.breaks.1: length must be above 0:00"),
        (f"{TEAM}.decline", 0.96, f"{TEAM}: decline and miss together must not be above 1"),
        ("policy.auto_accept", True, f"{TEAM}.answer: has no effect with policy.auto_accept"),
        ("policy.wrap_up_time", 0, f"{TEAM}.wrap_up: has no effect while policy.wrap_up_time is 0"),
        ("policy.wrap_up_time", float("inf"), "policy.wrap_up_time: must be a valid number"),
    ],
)  # fmt: skip
def test_what_is_said(path: str, value: Any, told: str) -> None:
    (found,) = faults(changed(path, value))
    assert found.startswith(told)


def test_all_faults_are_told_at_once() -> None:
    data = changed("opens", 3)
    data["policy"]["offer_timeout"] = 0
    assert [fault.split(":")[0] for fault in faults(data)] == ["opens", "policy.offer_timeout"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "must be a mapping of title, opens, contact_types and agent_groups"),
        ("- a", "must be a mapping of title, opens, contact_types and agent_groups"),
        ("title: [", "expected the node content"),
        ("title: a\ntitle: b", "the key 'title' is there twice"),
        ("title: !!python/object:os.system x", "could not determine a constructor"),
        ("[" * 2000, "is nested too deeply"),
    ],
)
def test_what_is_no_profile_at_all(text: str, told: str) -> None:
    with pytest.raises(ProfileError, match=told) as caught:
        parse_profile(text, "my.yaml")
    assert str(caught.value).startswith("my.yaml: ")


def test_words_of_yaml_are_words() -> None:
    """By YAML 1.1, 10:30 would be 630 and `no` false."""
    text = """
        title: yes
        opens: 10:30
        contact_types:
          no: {skills: {on: 1}, arrivals: {per_half_hour: [1e1]}, talk: {kind: fixed, seconds: 60}}
        agent_groups:
          off: {skills: {on: 1}, shifts: [{start: 10:00, end: 12:00}]}
    """
    profile = parse_profile(text, "words")
    assert (profile.title, profile.opens, *profile.contact_types, *profile.agent_groups) == ("yes", 37800, "no", "off")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"No such file or directory; .* morning, single, sizing, three"):
        load_profile(str(tmp_path / "missing.yaml"))
    (tmp_path / "binary").write_bytes(b"title: \xff")
    with pytest.raises(ProfileError, match="is not UTF-8 text"):
        load_profile(str(tmp_path / "binary"))


@pytest.mark.parametrize("name", built_in())
def test_the_profiles_that_come_with_the_simulator(name: str) -> None:
    profile = load_profile(name)
    for seed in (1, 2):
        day = profile.day(seed)
        assert len({caller.id for caller in day.callers}) == len(day.callers)
        for caller in day.callers:
            assert any(
                all(plan.skills.get(skill, 0) >= level for skill, level in caller.skills.items()) for plan in day.agents
            ), f"nobody can serve {caller}"


def test_the_day_of_the_paired_comparison() -> None:
    profile = load_profile("three")
    assert (len(profile.contact_types), len(profile.agent_groups)) == (3, 3)
    day = profile.day(1)
    assert 600 <= len(day.callers) <= 900
    assert len({caller.priority for caller in day.callers}) == 2


def test_the_pages_are_current() -> None:
    hint = "run: python -m tools.gen_profile_pages"
    assert gen_profile_pages.PAGE.read_text(encoding="utf-8") == gen_profile_pages.page_text(), hint
    assert gen_profile_pages.SCHEMA.read_text(encoding="utf-8") == gen_profile_pages.schema_text(), hint


def test_every_field_has_a_meaning_and_is_in_the_full_profile() -> None:
    used = {path.rpartition(".")[2] for path in PATHS} | {"per_half_hour"}
    for name, part in gen_profile_pages.parts().items():
        for field, about in part["properties"].items():
            assert field == "kind" or about["description"], (name, field)
            assert field in used, (name, field)


def test_the_profiles_are_in_the_wheel(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"simulator/profiles/{name}.yaml" for name in built_in()} | {"simulator/profiles/schema.json"} <= names


async def test_the_command_tells_what_is_wrong_with_a_profile(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("title: mine\n", encoding="utf-8")
    ended = await simulate("--profile", str(path))
    assert ended.exit_code == 2
    assert f"{path}: opens: is required" in ended.output
    assert (await simulate("--profile", "three", "--latency")).exit_code == 2


async def simulate(*arguments: str) -> Result:
    return await asyncio.to_thread(
        CliRunner().invoke, COMMANDS, ["simulate", *arguments], env={"COLUMNS": "200", "TERM": "dumb"}
    )
