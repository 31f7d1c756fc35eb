"""Reads a bank's day (shared/data/README.md) and turns it into a day to play.

A call asks for an agent when its queue or its service began. What the record
cannot know is drawn from the record itself, by type, with a seed: the patience
of those who were served (`patience.py`), the service of those who hung up (any
recorded service of the type).
"""

import csv
import os
import random
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from simulator.day import AgentPlan, Caller, Day, Habits, Policy
from simulator.distributions import uniform
from simulator.patience import Patience, Wait

FILE_NAME = "bank_calls_one_day.csv"
NO_SERVER = "NO_SERVER"
FEW = 10
"""A type with fewer hang-ups than this takes its patience from all types together."""
BREAK = 20 * 60.0
"""Seconds without a service that make a break, if callers of the agent's types had to wait meanwhile."""
HAD_TO_WAIT = 30.0
"""Seconds in the queue that count as having had to wait."""
BREAK_MARGIN = (30.0, 10.0)
"""Seconds by which a break begins after one service and ends before the next."""
LEVEL = 5
"""Level of every skill: the record knows only who served what."""

HABITS = Habits(decline=0.02, miss=0.01, answer=uniform(1.0, 4.0), wrap_up=uniform(2.0, 12.0))
POLICY = Policy(offer_timeout=20.0, wrap_up_time=10.0, retry_delay=5.0)


class Service(NamedTuple):
    """One service of an agent on record, seconds from midnight."""

    start: float
    end: float
    type: str


@dataclass(frozen=True, slots=True)
class Call:
    """One row, times in seconds from midnight; None where the record says 0:00:00."""

    id: str
    type: str
    left_voice_unit: float
    queued: float | None
    wait: float
    served: bool
    phantom: bool
    service_start: float | None
    service_end: float | None
    service: float
    server: str

    @property
    def asked(self) -> bool:
        """Whether the call counts: it reached the queue or an agent, and was no phantom."""
        return not self.phantom and (self.queued is not None or self.service_start is not None)

    @property
    def arrival(self) -> float:
        """When it asked for an agent."""
        return next(time for time in (self.queued, self.service_start, self.left_voice_unit) if time is not None)


def find_trace() -> Path:
    """The record: in the folder `ACD_DATA_DIR`, else beside the project."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    return Path(os.environ.get("ACD_DATA_DIR", beside)) / FILE_NAME


def _seconds(text: str) -> float | None:
    hours, minutes, seconds = text.split(":")
    return float(int(hours) * 3600 + int(minutes) * 60 + int(seconds)) or None


def read_calls(path: Path) -> list[Call]:
    """Every row of the file, in its order."""
    with path.open(newline="", encoding="utf-8") as file:
        return [_call(number, row) for number, row in enumerate(csv.DictReader(file), start=1)]


def _call(number: int, row: dict[str, str]) -> Call:
    return Call(
        id=f"call-{number}-{row['call_id']}",
        type=row["type"].lower(),
        left_voice_unit=_seconds(row["vru_exit"]) or 0.0,
        queued=_seconds(row["q_start"]),
        wait=float(row["q_time"]),
        served=row["outcome"] == "AGENT",
        phantom=row["outcome"] == "PHANTOM",
        service_start=_seconds(row["ser_start"]),
        service_end=_seconds(row["ser_exit"]),
        service=float(row["ser_time"]),
        server=row["server"],
    )


def plan_agents(calls: list[Call]) -> list[AgentPlan]:
    """Agents of the record: skills are the types served, the shift lasts from first to last service.

    A call served by nobody named adds no agent; anybody of its type may take it. The record has no
    breaks: a long time without a service, while callers that the agent serves had to wait, is taken for one.
    """
    asked = [call for call in calls if call.asked]
    by_server: dict[str, list[Service]] = defaultdict(list)
    for call in asked:
        if call.served and call.server != NO_SERVER and call.service_start is not None:
            end = call.service_end or call.service_start + call.service
            by_server[call.server].append(Service(call.service_start, end, call.type))
    return [_plan_agent(server, sorted(services), asked) for server, services in sorted(by_server.items())]


def _plan_agent(server: str, services: list[Service], asked: list[Call]) -> AgentPlan:
    skills = sorted({service.type for service in services})
    breaks = []
    for before, after in pairwise(services):
        if after.start - before.end >= BREAK and _somebody_waited(asked, skills, before.end, after.start):
            breaks.append((before.end + BREAK_MARGIN[0], after.start - BREAK_MARGIN[1]))
    end = max(service.end for service in services)
    return AgentPlan(server.lower(), dict.fromkeys(skills, LEVEL), services[0].start, end, HABITS, tuple(breaks))


def _somebody_waited(asked: list[Call], types: list[str], start: float, end: float) -> bool:
    return any(
        call.queued is not None and start < call.queued < end and call.wait > HAD_TO_WAIT and call.type in types
        for call in asked
    )


def _patience_by_type(asked: list[Call]) -> dict[str, Patience]:
    waits: dict[str, list[Wait]] = defaultdict(list)
    for call in asked:
        waits[call.type].append(Wait(call.wait, hung_up=not call.served))
    everybody = Patience(wait for group in waits.values() for wait in group)
    own = {kind: Patience(group) for kind, group in waits.items()}
    return {kind: patience if patience.hung_up >= FEW else everybody for kind, patience in own.items()}


def make_callers(calls: list[Call], seed: int) -> list[Caller]:
    """Callers in the order of arrival; the same seed draws the same ones."""
    rng = random.Random(seed)
    asked = [call for call in calls if call.asked]
    patience = _patience_by_type(asked)
    services: dict[str, list[float]] = defaultdict(list)
    for call in asked:
        if call.served and call.service_start is not None:
            services[call.type].append(call.service)
    callers = []
    for call in asked:
        stay = patience[call.type].draw_beyond(call.wait, rng) if call.served else call.wait
        known = call.served and call.service_start is not None
        talk = call.service if known else rng.choice(services[call.type])
        callers.append(Caller(call.id, call.arrival, {call.type: 1}, stay, talk, type=call.type))
    return sorted(callers, key=lambda caller: (caller.arrival, caller.id))


def recorded_figures(calls: list[Call], agents: list[AgentPlan], threshold: float) -> dict[str, float]:
    """Figures of the record under the names of `figures.py`."""
    asked = [call for call in calls if call.asked]
    served = [call for call in asked if call.served]
    hung_up = [call for call in asked if not call.served]
    answered_in_time = sum(call.wait <= threshold for call in served)
    signed_in = sum(plan.end - plan.start - sum(end - start for start, end in plan.breaks) for plan in agents)
    return {
        "offered": len(asked),
        "handled": len(served),
        "abandoned": len(hung_up),
        "service_level": answered_in_time / len(asked),
        "speed_of_answer_s": sum(call.wait for call in served) / len(served),
        "mean_wait_s": sum(call.wait for call in asked) / len(asked),
        "abandonment": len(hung_up) / len(asked),
        "time_to_abandon_s": sum(call.wait for call in hung_up) / len(hung_up),
        "occupancy": sum(call.service for call in served) / signed_in,
    }


def read_day(path: Path, seed: int) -> Day:
    """The whole day of the file."""
    calls = read_calls(path)
    agents = plan_agents(calls)
    recorded = recorded_figures(calls, agents, POLICY.service_level_threshold)
    return Day(path.name, make_callers(calls, seed), agents, POLICY, seed, recorded=recorded)
