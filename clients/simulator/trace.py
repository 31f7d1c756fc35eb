"""Reads a bank's day (shared/data/README.md) and turns it into a day to play.

A call asks for an agent when its queue or its service began. What the record
cannot know is drawn from the record itself, by type, with a seed: the patience
of those who were served (`patience.py`), the service of those who hung up (any
recorded service of the type, or of all where the type has none).
"""

import csv
import os
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from simulator.day import AgentPlan, Caller, Day, Habits, Policy
from simulator.distributions import uniform
from simulator.figures import figures
from simulator.history import Duty, History, Stay
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


RECORDED = (
    "offered", "answered", "handled", "abandoned", "short_abandons",
    "service_level", "service_level_abandons_ignored", "service_level_abandons_met",
    "speed_of_answer_s", "mean_wait_s", "wait_p50_s", "wait_p95_s", "wait_p99_s", "longest_wait_s",
    "abandonment", "abandonment_without_short", "time_to_abandon_s", "queue_length_mean", "queue_length_max",
    "talk_time_s", "staffed_h", "occupancy",
)  # fmt: skip
"""The figures that the record knows."""


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
    levels = dict.fromkeys(skills, LEVEL)
    # Agents belong together who mostly serve the same type.
    group = Counter(service.type for service in services).most_common(1)[0][0]
    return AgentPlan(server.lower(), levels, services[0].start, end, HABITS, tuple(breaks), group)


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
    everybody = [seconds for group in services.values() for seconds in group]
    callers = []
    for call in asked:
        stay = patience[call.type].draw_beyond(call.wait, rng) if call.served else call.wait
        known = call.served and call.service_start is not None
        talk = call.service if known else rng.choice(services[call.type] or everybody)
        callers.append(Caller(call.id, call.arrival, {call.type: 1}, stay, talk, type=call.type))
    return sorted(callers, key=lambda caller: (caller.arrival, caller.id))


def recorded_history(calls: list[Call], day: Day) -> History:
    """The day as the record has it, in the form of one that was played.

    The record knows no offers, no wrap-up and, for six calls, no agent; shifts and breaks are those that
    `plan_agents` reads out of it.
    """
    callers = {caller.id: caller for caller in day.callers}
    history = History(day, duties={plan.id: Duty(plan, available=_present(plan)) for plan in day.agents})
    for call in sorted((call for call in calls if call.asked), key=lambda call: (call.arrival, call.id)):
        stay = Stay(callers[call.id], call.arrival)
        history.stays[call.id] = stay
        stay.ended, stay.end = call.arrival + call.wait, "abandoned"
        if call.served:
            stay.accepted, stay.end = stay.ended, "completed"
            stay.released = stay.ended = stay.accepted + call.service
            if call.server != NO_SERVER:
                history.duties[call.server.lower()].busy.append((stay.accepted, stay.ended))
        history.end = max(history.end, stay.ended)
    return history


def _present(plan: AgentPlan) -> list[tuple[float, float]]:
    """The shift without its breaks."""
    edges = [plan.start, *(moment for pause in plan.breaks for moment in pause), plan.end]
    return list(zip(edges[::2], edges[1::2], strict=True))


def read_day(path: Path, seed: int) -> Day:
    """The whole day of the file."""
    return read_record(path, seed).day


def read_record(path: Path, seed: int) -> History:
    """The day of the file as it is on record; its `day` is the one to play."""
    calls = read_calls(path)
    day = Day(path.name, make_callers(calls, seed), plan_agents(calls), POLICY, seed)
    known = figures(recorded_history(calls, day))
    return recorded_history(calls, replace(day, recorded={name: known[name] for name in RECORDED}))
