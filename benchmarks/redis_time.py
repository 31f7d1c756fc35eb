"""Redis time of a whole contact, by verb and by queue length.

Starts a private store, fills its queue, and takes contacts through their life by the store's
own scripts. What counts is the time the server spends in scripts (its own statistics), per
contact, and its ratio to an empty script measured in the same run: machines differ and are
shared.

    python benchmarks/redis_time.py --waiting 1000 --waiting 100000 --json out/redis_time.json
"""

import argparse
import asyncio
import json
import pathlib
from dataclasses import dataclass, field
from typing import Any

from acd_server.store import Store
from acd_server.store.embedded import EmbeddedStore

CENTER = "bench"
SKILLS = 6
AGENTS = 30
POLICY: dict[str, int | bool] = {
    "offer_timeout": 3_600_000_000,
    "auto_accept": False,
    "wrap_up_time": 3_600_000_000,
    "max_wait": 86_400_000_000,
    "max_active": 86_400_000_000,
    "retention": 3_600_000_000,
    "service_level_threshold": 20_000_000,
    "retry_delay": 5_000_000,
}
EMPTY = "#!lua\nreturn {'ok'}"


@dataclass
class Meter:
    """Reads the server's own account of the time spent in scripts."""

    store: Store
    spent: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    async def _ask(self, *command: Any) -> Any:
        return await self.store.client.command("only", *command)

    async def reset(self) -> None:
        await self._ask("CONFIG", "RESETSTAT")

    async def read(self, what: str, count: int) -> None:
        stats = (await self._ask("INFO", "commandstats")).decode()
        line = next(line for line in stats.splitlines() if line.startswith("cmdstat_evalsha:"))
        values = dict(part.split("=") for part in line.split(":", 1)[1].split(","))
        self.spent[what] = self.spent.get(what, 0.0) + float(values["usec"])
        self.counts[what] = self.counts.get(what, 0) + count
        await self.reset()

    async def empty(self, calls: int) -> None:
        sha = (await self._ask("SCRIPT", "LOAD", EMPTY)).decode()
        await self.reset()
        await asyncio.gather(*(self._ask("EVALSHA", sha, 0) for _ in range(calls)))
        await self.read("empty script", calls)

    def each(self) -> dict[str, float]:
        return {what: self.spent[what] / self.counts[what] for what in self.spent}


async def prepare(store: Store) -> None:
    await store.centers.create_center(CENTER, display_name="", policy=POLICY, request=None)
    for number in range(SKILLS):
        await store.skills.create_skill(CENTER, f"s{number}", display_name="", request=None)
    for number in range(AGENTS):
        skills = {f"s{(number + i) % SKILLS}": 5 for i in range(3)}
        agent = f"a{number}"
        await store.agents.create_agent(CENTER, agent, display_name="", skills=skills, request=None)
        await store.agents.set_agent_state(CENTER, agent, presence="AVAILABLE", reason="", request=None)


async def enqueue(store: Store, first: int, count: int) -> None:
    """Half of the contacts need one skill, half two."""

    async def one(number: int) -> None:
        skills = {f"s{(number + i) % SKILLS}": 1 for i in range(1 + number % 2)}
        await store.contacts.enqueue_contact(
            CENTER,
            f"c{number}",
            channel="VOICE",
            skills=skills,
            priority=0,
            attributes={},
            owner="",
            owner_lease=0,
            request=None,
        )

    for start in range(first, first + count, 500):
        await asyncio.gather(*(one(number) for number in range(start, min(start + 500, first + count))))


async def serve(store: Store, meter: Meter, contacts: int) -> None:
    """Takes contacts from the queue to their end, a group of agents at a time."""
    done = 0
    while done < contacts:
        await meter.reset()
        matched = await store.dispatch.match_contacts(CENTER, max_pairs=16)
        await meter.read("match", len(matched.assignments))
        parts = [assignment.name.split("/") for assignment in matched.assignments]
        held = [(part[3], int(part[5])) for part in parts]
        for what, verb in (
            ("accept", store.contacts.accept_assignment),
            ("complete", store.contacts.complete_contact),
            ("finish", store.contacts.finish_wrap_up),
        ):
            await asyncio.gather(*(verb(CENTER, contact, number, request=None) for contact, number in held))
            await meter.read(what, len(held))
        done += len(held)


async def measure(waiting: int, contacts: int) -> dict[str, float]:
    embedded = EmbeddedStore("")
    store = await Store.open(await embedded.start(), max_waiting=waiting + contacts + 1000)
    try:
        meter = Meter(store)
        await prepare(store)
        await enqueue(store, 0, waiting)
        await meter.empty(1000)
        await enqueue(store, waiting, contacts)
        await meter.read("enqueue", contacts)
        await serve(store, meter, contacts)
        return meter.each()
    finally:
        await store.close()
        await embedded.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--waiting", type=int, action="append", help="length of the queue; may be given again")
    parser.add_argument("--contacts", type=int, default=1000, help="contacts taken through their life")
    parser.add_argument("--json", help="write the figures here, too")
    options = parser.parse_args()
    found: dict[int, dict[str, float]] = {}
    for waiting in options.waiting or [1000, 100_000]:
        found[waiting] = figures = asyncio.run(measure(waiting, options.contacts))
        whole = sum(us for what, us in figures.items() if what != "empty script")
        figures["whole contact"] = whole
        print(f"{waiting:>7} waiting, Redis time in µs (and as a multiple of an empty script):")
        for what, us in figures.items():
            print(f"  {what:<14} {us:8.1f}  {us / figures['empty script']:6.1f} x")
        print(f"  whole contacts/s that one shard could carry: {1e6 / whole:.0f}")
    depths = sorted(found)
    ratio = found[depths[-1]]["match"] / found[depths[0]]["match"]
    print(f"match at {depths[-1]} waiting / match at {depths[0]}: {ratio:.2f}")
    if options.json:
        path = pathlib.Path(options.json)
        path.parent.mkdir(parents=True, exist_ok=True)
        checks = [{"name": "match ratio deep/shallow", "value": ratio, "goal": "<= 2", "pass": ratio <= 2}]  # noqa: PLR2004
        path.write_text(json.dumps({"checks": checks, "figures": found}, indent=2))


if __name__ == "__main__":
    main()
