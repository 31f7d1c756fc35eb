"""The error of the estimated wait: of a sample of those who wait, against what came."""

import pytest

from acd_client import AcdClient
from acd_server.store.store import Clock
from simulator.day import AgentPlan, Caller, Day, Habits, Policy
from simulator.definitions import RUN_FIGURES
from simulator.distributions import fixed
from simulator.play import Result
from simulator.report import details
from simulator.virtual import VirtualRun
from tests.support.dispatching import dispatching
from tests.support.server import Server

NINE = 9 * 3600.0


@pytest.fixture
def clock() -> Clock:
    return "virtual"


def day() -> Day:
    """One agent, who answers after 3 s and takes notes for 4 s; contacts are with him for 104, 54, 24 and 24 s."""
    agent = AgentPlan("ann", {"sales": 5}, NINE, NINE + 900, Habits(0, 0, fixed(3), fixed(4)))
    came = {"first": (10, 100), "unknown": (20, 50), "free": (300, 50), "waits": (310, 20), "leaves": (315, 20)}
    callers = [
        Caller(name, NINE + arrival, {"sales": 1}, patience=30.0 if name == "leaves" else 500.0, service=service)
        for name, (arrival, service) in came.items()
    ]
    policy = Policy(offer_timeout=20.0, wrap_up_time=10.0, retry_delay=5.0)
    return Day("by hand", callers, [agent], policy, seed=1)


async def play(server: Server, client: AcdClient, center: str, *, every: int) -> Result:
    async with dispatching(server.target):
        return await VirtualRun(client, center, day(), ask_every=every).play()


async def test_what_was_said_is_held_against_what_came(server: Server, client: AcdClient, center: str) -> None:
    """
    Of `unknown` nobody can say anything: nothing was served yet. `waits` is told the mean handling time
    of the two before, 79 s, and the allowance of 10 s; he is answered after 357 + 3 - 310 s. `leaves` hangs up.
    """
    found = (await play(server, client, center, every=1)).estimates
    error = (104 + 54) / 2 + 10 - 50
    assert found == pytest.approx(
        {
            "estimates": 3,
            "estimates_unknown": 1,
            "estimates_compared": 1,
            "estimate_error_p50_s": error,
            "estimate_error_p90_s": error,
            "estimate_bias_s": error,
        },
        abs=0.001,
    )
    assert found.keys() < RUN_FIGURES.keys()


async def test_every_second_of_those_who_wait(server: Server, client: AcdClient, center: str) -> None:
    found = (await play(server, client, center, every=2)).estimates
    assert (found["estimates"], found["estimates_unknown"], found["estimates_compared"]) == (1, 0, 1)


async def test_nobody_asks_unless_told(server: Server, client: AcdClient, center: str) -> None:
    """And the day is the same either way: to ask changes nothing."""
    plain = await play(server, client, center, every=0)
    assert plain.estimates == {}
    assert details(plain)["estimates"] is None
    asked = await play(server, client, f"{center}-asked", every=1)
    assert [step.time for step in asked.history.assignments()] == [step.time for step in plain.history.assignments()]
