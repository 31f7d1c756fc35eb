"""Redis time of a pair by strategy, with few, with as many as are compared, and with more eligible agents.

Two ways to ask: a contact that comes alone (its class is new, so the agents are walked through), and contacts that
wait together in a class that others opened (the agents are its candidates). Strategies take turns, and
every offer is taken back, so that each meets the same floor. Processor time is that of the store's main thread.
"""

from dataclasses import dataclass, field
from statistics import median

from acd_server.store import Store
from benchmarks.report import Result, at_most, counted, told
from benchmarks.stage import Stage, only
from benchmarks.store_meter import CENTER, POLICY, RedisMeter, crowd, enqueue

STRATEGIES = ("LONGEST_AVAILABLE", "LEAST_LOADED", "BEST_FIT", "LEAST_SKILLED", "ROUND_ROBIN")
LONGEST_MS = 10.0
WANTED = {"a": 1, "b": 1}
TOGETHER = 32
"""Contacts that wait together: what one call pairs at most."""


@dataclass(frozen=True)
class Size:
    eligible: tuple[int, ...]
    rounds: int


SIZES = {"full": Size((10, 200, 1000), 25), "quick": Size((10, 200), 4), "tiny": Size((4,), 1)}


async def run(stage: Stage, size_name: str) -> Result:
    size, result = SIZES[size_name], Result()
    for eligible in size.eligible:
        await _measure(stage, eligible, size.rounds, result)
    return result


@dataclass
class Found:
    """Of one strategy, a value for each round."""

    alone_us: list[float] = field(default_factory=list)
    together_us: list[float] = field(default_factory=list)
    alone_cpu_us: list[float] = field(default_factory=list)
    together_cpu_us: list[float] = field(default_factory=list)
    longest_ms: list[float] = field(default_factory=list)


async def _measure(stage: Stage, eligible: int, rounds: int, result: Result) -> None:
    process = only(stage.store("node"))
    store = await Store.open(process.url, documents="string", history_max=1000)
    meter = RedisMeter(process)
    found = {strategy: Found() for strategy in STRATEGIES}
    many, pairs = min(TOGETHER, eligible - 1), 0
    try:
        await _prepare(store, eligible)
        for number in range(rounds):
            for strategy in STRATEGIES if number % 2 else STRATEGIES[::-1]:
                await store.centers.update_center(CENTER, {"strategy": strategy}, request=None)
                pairs += await _ask(store, meter, f"{number}-{strategy}", many, found[strategy])
    finally:
        meter.close()
        await store.close()
    result.rows.append(counted(f"pairs made, {eligible} eligible", pairs, rounds * len(STRATEGIES) * (1 + many)))
    plain = found[STRATEGIES[0]]
    for strategy, values in found.items():
        name = f"{strategy}, {eligible} eligible"
        # What a case costs it costs each time; a machine that holds the store up does so by chance.
        result.rows.append(at_most(f"longest script (ms), {name}", min(values.longest_ms), LONGEST_MS))
        if values is not plain:
            alone = median(values.alone_us) / median(plain.alone_us)
            together = median(values.together_us) / median(plain.together_us)
            result.rows += [
                told(f"÷ the default, alone, {name}", alone),
                told(f"÷ the default, together, {name}", together),
            ]
    result.details[f"{eligible} eligible"] = {
        strategy: {name: median(each) for name, each in vars(values).items()} for strategy, values in found.items()
    }


async def _prepare(store: Store, eligible: int) -> None:
    """Agents of different levels, numbers of skills and loads, each of whom was offered something once."""
    await store.centers.create_center(CENTER, display_name="", policy=POLICY, request=None)
    for skill in "abcdefgh":
        await store.skills.create_skill(CENTER, skill, display_name="", request=None)
    await crowd(_hire(store, number) for number in range(eligible))
    await crowd(enqueue(store, f"first{number}", WANTED) for number in range(eligible))
    await _until_still(store)
    await _take_back(store, "first", eligible)


async def _hire(store: Store, number: int) -> None:
    skills = {skill: 1 + (number + place) % 10 for place, skill in enumerate("abcdefgh"[: 2 + number % 7])}
    costs = {"CHAT": {"cost": 10}}
    name = f"a{number}"
    await store.agents.create_agent(CENTER, name, display_name="", skills=skills, costs=costs, request=None)
    await store.agents.set_agent_state(CENTER, name, presence="AVAILABLE", reason="", request=None)


async def _take_back(store: Store, prefix: str, count: int) -> None:
    await crowd(store.contacts.abandon_contact(CENTER, f"{prefix}{number}", request=None) for number in range(count))


async def _ask(store: Store, meter: RedisMeter, prefix: str, many: int, found: Found) -> int:
    """One contact alone, then `many` that wait together; returns the pairs made."""
    await enqueue(store, f"{prefix}-alone-0", WANTED)
    meter.reset()
    pairs = await _until_still(store)
    spent = meter.spent()
    found.alone_us.append(spent.wall_us)
    found.alone_cpu_us.append(spent.cpu_us)
    longest = meter.longest().us
    await _take_back(store, f"{prefix}-alone-", 1)
    # The first one opens the class and has the agents walked through.
    await crowd(enqueue(store, f"{prefix}-many-{number}", WANTED) for number in range(many + 1))
    await store.dispatch.match_contacts(CENTER, max_pairs=1)
    meter.reset()
    pairs += await _until_still(store)
    spent = meter.spent()
    found.together_us.append(spent.wall_us / many)
    found.together_cpu_us.append(spent.cpu_us / many)
    found.longest_ms.append(max(longest, meter.longest().us) / 1000)
    await _take_back(store, f"{prefix}-many-", many + 1)
    return pairs


async def _until_still(store: Store) -> int:
    """Pairs made until there is no more to do."""
    found, more = 0, True
    while more:
        reply = await store.dispatch.match_contacts(CENTER, max_pairs=32)
        found, more = found + len(reply.assignments), reply.more
    return found
