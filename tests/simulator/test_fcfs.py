"""The heap against a queue played step by step, and against formulas that know neither."""

import heapq
import math
import random
from collections import deque
from collections.abc import Iterator

import pytest

from simulator.erlang import ErlangA, ErlangC
from simulator.fcfs import NEVER, Contact, serve


def by_events(contacts: list[Contact], agents: int) -> list[float]:
    """The same, the long way: events in order of time, a queue that people join and leave, idle agents counted."""
    answered = [NEVER] * len(contacts)
    order = iter(range(10**9))
    events = [(contact.arrival, 2, next(order), "comes", i) for i, contact in enumerate(contacts)]
    heapq.heapify(events)
    queue: deque[int] = deque()
    idle = agents
    while events:
        now, _, _, what, i = heapq.heappop(events)
        if what == "comes":
            queue.append(i)
            if contacts[i].patience < math.inf:
                heapq.heappush(events, (now + contacts[i].patience, 1, next(order), "leaves", i))
        elif what == "is done":
            idle += 1
        elif i in queue:
            queue.remove(i)
        while idle and queue:
            first = queue.popleft()
            idle -= 1
            answered[first] = now
            heapq.heappush(events, (now + contacts[first].service, 0, next(order), "is done", first))
    return answered


def stream(rng: random.Random, count: int, rate: float, service: float, patience: float) -> Iterator[Contact]:
    now = 0.0
    for _ in range(count):
        now += rng.expovariate(rate)
        ready = rng.expovariate(1 / patience) if patience < math.inf else math.inf
        yield Contact(now, rng.expovariate(1 / service), ready)


@pytest.mark.parametrize("seed", range(30))
def test_as_played_event_by_event(seed: int) -> None:
    """Random agents, load, patience, some of it endless, and whole seconds, so that much happens at once."""
    rng = random.Random(seed)
    agents = rng.randint(1, 6)
    contacts = sorted(
        Contact(
            float(rng.randint(0, 300)),
            float(rng.randint(0, 25)),
            rng.choice((math.inf, float(rng.randint(0, 30)))),
        )
        for _ in range(250)
    )
    found = serve(contacts, agents)
    assert found == by_events(contacts, agents)
    assert NEVER in found


def test_by_hand() -> None:
    """One agent. The second waits for the first, the third gives up, the fourth follows the second at once."""
    contacts = [Contact(0, 10), Contact(1, 5, 9), Contact(2, 99, 3), Contact(3, 1), Contact(50, 1)]
    assert serve(contacts, 1) == [0, 10, NEVER, 15, 50]


def test_agents_who_come_late() -> None:
    assert serve([Contact(0, 10), Contact(1, 5)], 1, start=30) == [30, 40]


def waits(contacts: list[Contact], agents: int) -> list[float]:
    found = zip(contacts, serve(contacts, agents), strict=True)
    return [min(moment - contact.arrival, contact.patience) for contact, moment in found]


@pytest.mark.parametrize(
    ("queue", "patience"),
    [(ErlangC(0.1, 40, 6), math.inf), (ErlangA(0.1, 60, 5, 30), 30.0), (ErlangA(1.0, 20, 18, 60), 60.0)],
)
def test_long_runs_tend_to_the_formulas(queue: ErlangC | ErlangA, patience: float) -> None:
    """200,000 contacts; the tolerances are more than five deviations of such a run."""
    contacts = list(stream(random.Random(8), 200_000, queue.rate, queue.service, patience))
    found = waits(contacts, queue.agents)
    lost = serve(contacts, queue.agents).count(NEVER) / len(contacts)
    within = sum(wait <= 20 < math.inf for wait in found) / len(found)
    assert sum(wait > 0 for wait in found) / len(found) == pytest.approx(queue.wait_probability, rel=0.04)
    assert sum(found) / len(found) == pytest.approx(queue.mean_wait, rel=0.08)
    assert lost == pytest.approx(queue.abandonment, abs=0.006)
    assert within == pytest.approx(1 - queue.wait_exceeds(20), rel=0.02)
    answered_in_time = sum(
        moment - contact.arrival <= 20
        for contact, moment in zip(contacts, serve(contacts, queue.agents), strict=True)
    )  # fmt: skip
    assert answered_in_time / len(found) == pytest.approx(queue.service_level(20), rel=0.02)


def test_service_of_any_distribution() -> None:
    """M/G/1: E[W] = rate E[S^2] / (2 (1 - load)) (Pollaczek and Khinchine), for a fixed time and for a mixed one."""
    rng = random.Random(9)
    for times in ((7.0,), (1.0, 1.0, 1.0, 25.0)):
        arrivals = stream(rng, 300_000, 0.1, 1.0, math.inf)
        contacts = [Contact(contact.arrival, rng.choice(times)) for contact in arrivals]
        mean = sum(times) / len(times)
        square = sum(time * time for time in times) / len(times)
        found = waits(contacts, 1)
        assert sum(found) / len(found) == pytest.approx(0.1 * square / (2 * (1 - 0.1 * mean)), rel=0.08)
