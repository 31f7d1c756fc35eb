"""Redis time of a match and of the verbs around it, however long the queue and however many agents and classes.

By the store's own account (commandstats, and the processor time of its main thread, which a crowded
machine moves less), through the store's own calls: no server, no network.
Every agent holds a contact and the queue is behind them; then, a few at a time, agents complete,
are matched with what waits, and accept. What an agent who becomes free costs is part of completing,
so that is shown beside the match.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import NamedTuple

from acd_server.store import Store
from benchmarks import match_adversary
from benchmarks.report import Result, at_most, counted, told
from benchmarks.stage import Stage, only
from benchmarks.store_meter import CENTER, POLICY, Longest, RedisMeter, Spent, crowd, enqueue, hire

GOAL, LONGEST_MS = 1.5, 10.0
AGENT_SKILLS = 5
ROUND = 16
"""Agents who become free together, and contacts that come."""
IDLE_ROUNDS = 50
"""In a row, in which nobody is offered anything: then nobody ever will be."""
VERBS = ("enqueue", "match", "accept", "complete")
Held = tuple[str, int]


@dataclass(frozen=True)
class Shape:
    """How many agents and classes, and the lengths of the queue in rising order."""

    agents: int
    classes: int
    depths: tuple[int, ...]

    @property
    def name(self) -> str:
        return f"{self.agents} agents, {self.classes} classes"


@dataclass(frozen=True)
class Size:
    shapes: tuple[Shape, ...]
    contacts: int
    """Taken through their life at each depth."""
    adversary: match_adversary.Size
    limit_s: float
    """For each shape: greater depths are given up, and said to be."""


_DEPTHS = (1_000, 10_000, 100_000)
SIZES = {
    "full": Size(
        (
            Shape(100, 10, (*_DEPTHS, 1_000_000)),
            Shape(100, 500, _DEPTHS),
            Shape(100, 4_000, _DEPTHS),
            Shape(10_000, 10, _DEPTHS),
            Shape(10_000, 500, _DEPTHS),
            Shape(10_000, 4_000, (*_DEPTHS, 1_000_000)),
        ),
        1000,
        match_adversary.Size(agents=10_000, waiting=100_000, repeats=5),
        1800.0,
    ),
    "quick": Size(
        (Shape(100, 10, (1_000, 5_000)), Shape(500, 500, (1_000, 5_000))),
        300,
        match_adversary.Size(agents=1_000, waiting=3_000, repeats=3),
        30.0,
    ),
    "tiny": Size((Shape(10, 6, (20, 60)),), 20, match_adversary.Size(agents=20, waiting=40, repeats=1), 30.0),
}


async def run(stage: Stage, size_name: str) -> Result:
    size, result = SIZES[size_name], Result()
    for shape in size.shapes:
        await _measure(stage, shape, size, result)
    await match_adversary.run(stage, size.adversary, result)
    return result


def requirements(classes: int) -> list[tuple[str, ...]]:
    """The skills that each class requires: single ones and pairs, of as few skills as make so many."""
    skills = 1
    while skills * (skills + 1) // 2 < classes:
        skills += 1
    names = [f"s{number}" for number in range(skills)]
    found = list(chain(((name,) for name in names), combinations(names, 2)))
    return found[:classes]


class Lives(NamedTuple):
    """What contacts cost at one length of the queue, by verb, and the longest of the scripts."""

    costs: dict[str, float]
    longest: Longest


class Scene:
    """A center in which everybody is busy, and the contacts that wait behind them."""

    def __init__(self, store: Store, shape: Shape) -> None:
        self.store, self.shape = store, shape
        self.classes = requirements(shape.classes)
        self.skills = sorted({skill for each in self.classes for skill in each})
        agents = [set(self._skills_of(number)) for number in range(shape.agents)]
        self.served = [each for each in self.classes if any(agent.issuperset(each) for agent in agents)]
        """Classes that somebody can take: few agents have the skills of a part of many classes only."""
        self.held: list[Held] = []
        self.came = self.offered = 0
        self.more = False
        """Whether the last match left something undone: where classes are many, a new agent is made known in steps."""

    async def prepare(self) -> None:
        await self.store.centers.create_center(CENTER, display_name="", policy=POLICY, request=None)
        for skill in self.skills:
            await self.store.skills.create_skill(CENTER, skill, display_name="", request=None)
        # Busy with what anybody may take, so that their skills do not matter yet.
        await crowd(hire(self.store, f"a{number}", self._skills_of(number)) for number in range(self.shape.agents))
        await crowd(enqueue(self.store, f"first{number}", {}) for number in range(self.shape.agents))
        while len(self.held) < self.shape.agents:
            await self.match()
            await self.accept(self.held[-32:])
        self.offered = 0

    def _skills_of(self, number: int) -> dict[str, int]:
        count = len(self.skills)
        return {self.skills[(number + i * (1 + number // count)) % count]: 5 for i in range(min(AGENT_SKILLS, count))}

    async def come(self, contacts: int, classes: Sequence[tuple[str, ...]]) -> None:
        """Contacts come, of each of the classes in turn."""
        first, self.came = self.came, self.came + contacts
        await crowd(
            enqueue(self.store, f"c{number}", dict.fromkeys(classes[number % len(classes)], 1))
            for number in range(first, self.came)
        )

    async def match(self, most: int = 16) -> list[Held]:
        """One call; what was offered is held from now on."""
        reply = await self.store.dispatch.match_contacts(CENTER, max_pairs=most)
        parts = [assignment.name.split("/") for assignment in reply.assignments]
        found = [(part[3], int(part[5])) for part in parts]
        self.held += found
        self.offered += len(found)
        self.more = reply.more
        return found

    async def accept(self, held: list[Held]) -> None:
        contacts = self.store.contacts
        await asyncio.gather(*(contacts.accept_assignment(CENTER, name, n, request=None) for name, n in held))

    async def complete(self, held: list[Held]) -> None:
        contacts = self.store.contacts
        await asyncio.gather(*(contacts.complete_contact(CENTER, name, n, request=None) for name, n in held))


async def _measure(stage: Stage, shape: Shape, size: Size, result: Result) -> None:
    # A store of its own: one that has just let go of a million contacts is busy with that for a while.
    stage.release("node")
    process = only(stage.store("node"))
    store = await Store.open(
        process.url, documents="string", max_waiting=2 * shape.depths[-1] + 10_000, max_classes=8192, history_max=1000
    )
    meter, give_up = RedisMeter(process), time.monotonic() + size.limit_s
    found: dict[int, Lives] = {}
    try:
        scene = Scene(store, shape)
        await scene.prepare()
        waiting = 0
        for depth in shape.depths:
            if time.monotonic() > give_up:
                break
            await scene.come(depth - waiting, scene.classes)
            found[depth] = await _lives(scene, meter, size.contacts)
            waiting = depth
        left = (await store.centers.get_center_snapshot(CENTER)).waiting_count
    finally:
        meter.close()
        await store.close()
    depths = _comparable(shape, sorted(found))
    first, last = found[depths[0]].costs, found[depths[-1]].costs
    longest = max(each.longest for each in found.values())
    reach = f"{depths[-1]:,} ÷ {depths[0]:,} waiting"
    result.rows += [
        at_most(f"match, {reach}, {shape.name}", last["match_us"] / first["match_us"], GOAL),
        told(f"the same in CPU time, {shape.name}", last["match_cpu_us"] / first["match_cpu_us"]),
        at_most(f"longest script (ms), {shape.name}", longest.us / 1000, LONGEST_MS),
        told(f"whole contacts per CPU second at {depths[-1]:,}, {shape.name}", last["contacts_per_cpu_s"]),
        counted(f"contacts left in the queue, {shape.name}", left, scene.came - scene.offered),
    ]
    given_up = [depth for depth in shape.depths if depth not in found]
    by_waiting = {depth: {**each.costs, "longest_script": each.longest._asdict()} for depth, each in found.items()}
    result.details[shape.name] = {"by_waiting": by_waiting, "given_up": given_up}


def _comparable(shape: Shape, depths: list[int]) -> list[int]:
    """Those at which all classes can be there: where fewer contacts wait, there is less to choose from."""
    return [depth for depth in depths if depth >= shape.classes] or depths


async def _lives(scene: Scene, meter: RedisMeter, contacts: int) -> Lives:
    """Redis time by verb over the lives of so many contacts at the present depth, which stays: what comes meanwhile is
    of classes that somebody can take."""
    spent = dict.fromkeys(VERBS, Spent(0.0, 0.0))
    done, longest, calls, idle = 0, Longest(0, ""), 0, 0
    while done < contacts:
        some = min(ROUND, len(scene.held))
        leaving, scene.held = scene.held[:some], scene.held[some:]
        offered: list[Held] = []

        async def match() -> None:
            nonlocal calls
            # Who was freed may satisfy nothing that waits; then nobody is offered anything.
            while (found := await scene.match()) or scene.more:
                offered.extend(found)  # noqa: B023 - called within its round
                calls += 1

        for verb, act in (
            ("enqueue", lambda contacts=ROUND: scene.come(contacts, scene.served)),
            ("complete", lambda held=leaving: scene.complete(held)),
            ("match", match),
            ("accept", lambda held=offered: scene.accept(held)),
        ):
            meter.reset()
            await act()
            found, before = meter.spent(), spent[verb]
            spent[verb] = Spent(before.wall_us + found.wall_us, before.cpu_us + found.cpu_us)
            longest = max(longest, meter.longest())
        # Who was freed may have to wait until somebody comes for him.
        idle = 0 if offered else idle + 1
        if idle > IDLE_ROUNDS:
            raise RuntimeError(f"agents of {scene.shape.name} became free and took nothing")
        done += len(offered)
    each = {f"{verb}_us": spent[verb].wall_us / done for verb in VERBS}
    each |= {f"{verb}_cpu_us": spent[verb].cpu_us / done for verb in VERBS}
    whole = sum(spent[verb].cpu_us for verb in VERBS) / done
    more = {
        "contacts_per_cpu_s": 1e6 / whole,
        "pairs_per_match_call": done / calls,
    }
    return Lives({**each, **more}, longest)
