"""The demo's morning is as big and as mixed as it has to be, before anything is played."""

from simulator.generated import CONTACTS, LENGTH, START, generated_day


def test_the_morning_is_big_and_mixed_enough() -> None:
    day = generated_day(seed=1)
    assert len(day.callers) == CONTACTS >= 2000
    assert len(day.agents) >= 30
    assert len(day.skills) >= 6
    assert sum(len(caller.skills) == 2 for caller in day.callers) >= len(day.callers) / 2
    assert len({caller.channel for caller in day.callers}) == 4
    assert len({caller.priority for caller in day.callers}) >= 4


def test_everybody_can_be_served_by_somebody() -> None:
    for seed in range(5):
        day = generated_day(seed)
        for caller in day.callers:
            assert any(
                all(agent.skills.get(skill, 0) >= level for skill, level in caller.skills.items())
                for agent in day.agents
            ), f"seed {seed}: nobody can serve {caller}"


def test_times_are_in_order_and_within_the_morning() -> None:
    day = generated_day(seed=3)
    arrivals = [caller.arrival for caller in day.callers]
    assert arrivals == sorted(arrivals)
    assert START <= arrivals[0] <= arrivals[-1] <= START + LENGTH
    assert all(agent.start < START < START + LENGTH < agent.end for agent in day.agents)


def test_the_seed_decides_the_morning() -> None:
    assert generated_day(4) == generated_day(4)
    assert generated_day(4) != generated_day(5)
