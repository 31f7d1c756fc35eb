"""What is judged in every row of the report, and when a row is measured once more."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from acd.v1 import event_pb2 as events
from acd.v1.agent_pb2 import PRESENCE_AVAILABLE, PRESENCE_NOT_READY, Agent
from acd.v1.contact_pb2 import Contact
from tests.stack.faults import Scene
from tests.stack.probes import Probes
from tests.stack.rows import inject_rows
from tests.stack.system import System

Step = Callable[[Scene], None]


@dataclass
class Played:
    """A fault that does one step each time it is injected."""

    steps: list[Step]
    __name__: str = "played"
    times: int = field(default=0, init=False)

    async def __call__(self, scene: Scene) -> None:
        scene.begin("played")
        self.times += 1
        self.steps[self.times - 1](scene)


@pytest.fixture
def scene() -> Scene:
    probes = SimpleNamespace(witness=SimpleNamespace(events=[]), everything=[], healthy_since=lambda _moment: True)
    return Scene(cast(System, None), cast(Probes, probes), unknown_calls=lambda: 0)


async def _inject(scene: Scene, *steps: Step) -> tuple[int, dict[str, tuple[Any, bool]]]:
    """How often the fault was injected, and the report: name → value, passed."""
    fault = Played(list(steps))
    await inject_rows(scene, [cast(Callable[[Scene], Awaitable[None]], fault)], 0.0)
    return fault.times, {line["name"]: (line["value"], line["pass"]) for line in scene.checks}


def took(seconds: float) -> Step:
    return lambda scene: scene.at_most("gap", seconds, 1.0)


def told(scene: Scene, *found: events.Event) -> None:
    scene.probes.witness.events.extend(found)


def agent(presence: int, reason: str = "") -> events.Event:
    changed = Agent(name="centers/c/agents/ann", presence=cast(Any, presence), presence_reason=reason)
    return events.Event(type=events.EVENT_TYPE_AGENT_STATE_CHANGED, agent=changed)


def contact(name: str, rank: int) -> events.Event:
    return events.Event(type=events.EVENT_TYPE_CONTACT_OFFERED, contact=Contact(name=name, rank=rank))


KEPT = {"played: agents taken out": (0, True), "played: contacts that lost their place": (0, True)}


async def test_a_row_that_held_is_measured_once(scene: Scene) -> None:
    assert await _inject(scene, took(0.5)) == (1, {"played: gap, s": (0.5, True), **KEPT})


async def test_a_goal_of_time_is_measured_once_more_and_the_second_counts(scene: Scene) -> None:
    times, lines = await _inject(scene, took(1.5), took(0.75))
    assert times == 2
    assert lines["played: gap, s (first of two)"] == (1.5, True)
    assert lines["played: gap, s"] == (0.75, True)


async def test_a_goal_that_is_missed_twice_is_missed(scene: Scene) -> None:
    times, lines = await _inject(scene, took(1.5), took(1.25))
    assert (times, lines["played: gap, s"]) == (2, (1.25, False))


async def test_what_is_wrong_is_never_measured_again(scene: Scene) -> None:
    def wrong_and_late(scene: Scene) -> None:
        scene.at_most("gap", 1.5, 1.0)
        scene.none_of("failed calls", 1)

    times, lines = await _inject(scene, wrong_and_late)
    assert times == 1
    assert lines == {"played: gap, s": (1.5, False), "played: failed calls": (1, False), **KEPT}


async def test_what_does_not_heal_ends_the_run(scene: Scene) -> None:
    def stuck(_scene: Scene) -> None:
        raise TimeoutError("not within 60 s")

    times, lines = await _inject(scene, stuck)
    assert (times, lines) == (1, {"played: heals": ("not within 60 s", False), **KEPT})


@pytest.mark.parametrize(
    ("found", "out", "back"),
    [
        ([agent(PRESENCE_AVAILABLE), agent(PRESENCE_NOT_READY, "break")], 0, 0),
        ([agent(PRESENCE_NOT_READY, "no answer")], 1, 0),
        ([contact("a", 7), contact("b", 8), contact("a", 7), contact("b", 5), contact("b", 0)], 0, 0),
        ([contact("a", 7), contact("a", 8), contact("a", 9)], 0, 1),
    ],
    ids=["as asked for", "agent taken out", "places kept", "place lost"],
)
async def test_agents_and_places(scene: Scene, found: list[events.Event], out: int, back: int) -> None:
    times, lines = await _inject(scene, lambda scene: told(scene, *found))
    assert times == 1
    assert lines["played: agents taken out"] == (out, out == 0)
    assert lines["played: contacts that lost their place"] == (back, back == 0)


async def test_a_place_is_kept_from_row_to_row(scene: Scene) -> None:
    first = Played([lambda scene: told(scene, contact("a", 7))])
    second = Played([lambda scene: told(scene, contact("a", 8))])
    await inject_rows(scene, [cast(Any, first), cast(Any, second)], 0.0)
    assert [line["value"] for line in scene.checks if "place" in line["name"]] == [0, 1]


async def test_what_is_not_well_before_a_fault_ends_the_run_and_is_named(scene: Scene) -> None:
    scene.limit = 0.1
    probes = cast(Any, scene.probes)
    probes.healthy_since, probes.missed_since = lambda _moment: False, lambda _moment: ["offers of center 2"]
    times, lines = await _inject(scene, took(0.5))
    said, passed = lines.pop(": heals")
    assert (times, passed) == (0, False)
    assert "no success of: offers of center 2; " in said
