"""The bank's day as the simulator reads it, number by number."""

from collections import Counter
from pathlib import Path

import pytest

from simulator.trace import FILE_NAME, Call, find_trace, make_callers, plan_agents, read_calls, read_day, read_record

HEADER = (
    "vru+line,call_id,type,vru_entry,vru_exit,vru_time,q_start,q_exit,q_time,"
    "outcome,ser_start,ser_exit,ser_time,server,server_abv"
)


@pytest.fixture(scope="module")
def trace() -> Path:
    path = find_trace()
    if not path.exists():
        pytest.skip(f"{FILE_NAME} is not here: set ACD_DATA_DIR to the folder that has it")
    return path


@pytest.fixture(scope="module")
def calls(trace: Path) -> list[Call]:
    return read_calls(trace)


def test_numbers_of_the_record(calls: list[Call]) -> None:
    asked = [call for call in calls if call.asked]
    served = [call for call in asked if call.served]
    queued = [call for call in calls if call.queued is not None]
    assert len(calls) == 2375
    assert len(asked) == 2239
    assert len(queued) == 1989
    assert sum(call.phantom for call in queued) == 18
    assert sum(call.wait == 0 for call in queued) == 2
    assert len(served) == 1511
    assert len(asked) - len(served) == 728
    assert sum(call.service for call in served) / len(served) == pytest.approx(194, abs=1)
    assert sum(call.wait for call in queued) / len(queued) == pytest.approx(133, abs=1)


def test_agents_are_those_who_served(calls: list[Call]) -> None:
    agents = {agent.id: agent for agent in plan_agents(calls)}
    assert len(agents) == 18
    assert agents["eli"].skills.keys() == {"ne"}
    assert agents["sharon"].skills.keys() == {"in", "ne", "nw", "ps", "tt"}
    assert agents["anat"].start == 7 * 3600 + 15 * 60 + 9
    assert agents["anat"].end == 13 * 3600 + 4 * 60 + 20
    for agent in agents.values():
        edges = [agent.start, *(edge for pause in agent.breaks for edge in pause), agent.end]
        assert edges == sorted(edges)


def test_every_type_has_an_agent(calls: list[Call]) -> None:
    held = {skill for agent in plan_agents(calls) for skill in agent.skills}
    assert {call.type for call in calls if call.asked} <= held


def test_callers_are_those_who_asked(calls: list[Call]) -> None:
    callers = make_callers(calls, seed=1)
    assert len({caller.id for caller in callers}) == 2239
    assert [caller.arrival for caller in callers] == sorted(caller.arrival for caller in callers)
    types = Counter(skill for caller in callers for skill in caller.skills)
    assert types == {"ps": 1540, "nw": 400, "ne": 140, "in": 130, "tt": 16, "pe": 13}
    assert 7 * 3600 - 300 < callers[0].arrival < callers[-1].arrival < 24 * 3600


def test_what_the_record_knows_is_kept_and_the_rest_is_drawn(calls: list[Call]) -> None:
    callers = {caller.id: caller for caller in make_callers(calls, seed=1)}
    services: dict[str, set[float]] = {}
    for call in calls:
        if call.asked and call.served and call.service_start is not None:
            services.setdefault(call.type, set()).add(call.service)
            assert callers[call.id].service == call.service
    for call in calls:
        if call.asked and call.served:
            assert callers[call.id].patience > call.wait
        elif call.asked:
            assert callers[call.id].patience == call.wait
            assert callers[call.id].service in services[call.type]


def test_the_seed_decides_the_draws(calls: list[Call]) -> None:
    assert make_callers(calls, seed=7) == make_callers(calls, seed=7)
    assert make_callers(calls, seed=7) != make_callers(calls, seed=8)


def test_the_record_goes_into_the_day(trace: Path) -> None:
    day = read_day(trace, seed=1)
    assert day.recorded["offered"] == 2239
    assert day.recorded["handled"] == 1511
    assert day.recorded["abandoned"] == 728
    assert day.recorded["time_to_abandon_s"] == pytest.approx(80, abs=1)
    assert 0.5 < day.recorded["occupancy"] < 1
    assert day.recorded["talk_time_s"] == pytest.approx(194, abs=0.5)
    assert "offers" not in day.recorded
    assert "wrap_up_s" not in day.recorded
    assert day.start < 7 * 3600
    assert day.end < 24 * 3600


def test_a_long_time_without_service_is_a_break_only_when_somebody_waited(tmp_path: Path) -> None:
    rows = [
        "A,1,PS,8:59:00,9:00:00,60,0:00:00,0:00:00,0,AGENT,9:00:00,9:01:00,60,ANN,AN",
        "A,2,PS,9:09:00,9:10:00,60,9:10:00,9:12:00,120,HANG,0:00:00,0:00:00,0,NO_SERVER,NO",
        "A,3,PS,9:39:00,9:40:00,60,0:00:00,0:00:00,0,AGENT,9:40:00,9:41:00,60,ANN,AN",
        "A,4,PS,10:39:00,10:40:00,60,0:00:00,0:00:00,0,AGENT,10:40:00,10:41:00,60,ANN,AN",
        "A,5,PS,10:42:00,10:42:10,10,10:42:10,10:43:10,60,PHANTOM,0:00:00,0:00:00,0,NO_SERVER,NO",
        "A,6,PS,10:42:00,10:42:10,10,0:00:00,0:00:00,0,HANG,0:00:00,0:00:00,0,NO_SERVER,NO",
    ]
    path = tmp_path / "day.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    day = read_day(path, seed=1)
    assert [caller.id for caller in day.callers] == ["call-1-1", "call-2-2", "call-3-3", "call-4-4"]
    (ann,) = day.agents
    assert ann.breaks == ((9 * 3600 + 60 + 30, 9 * 3600 + 40 * 60 - 10),)


def test_the_record_in_the_form_of_a_day_that_was_played(tmp_path: Path) -> None:
    rows = [
        "A,1,PS,8:59:00,9:00:00,60,9:00:00,9:00:30,30,AGENT,9:00:30,9:01:30,60,ANN,AN",
        "A,2,NE,9:00:00,9:00:10,10,9:00:10,9:00:50,40,HANG,0:00:00,0:00:00,0,NO_SERVER,NO",
        "A,3,PS,9:09:00,9:10:00,60,0:00:00,0:00:00,0,AGENT,9:10:00,9:15:00,300,ANN,AN",
        "A,4,PS,9:09:00,9:11:00,60,0:00:00,0:00:00,0,AGENT,9:11:00,9:12:00,60,NO_SERVER,NO",
    ]
    path = tmp_path / "day.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    record = read_record(path, seed=1)
    nine = 9 * 3600.0
    assert [(stay.enqueued - nine, stay.wait, stay.end, stay.released) for stay in record.stays.values()] == [
        (0, 30, "completed", nine + 90),
        (10, 40, "abandoned", None),
        (600, 0, "completed", nine + 900),
        (660, 0, "completed", nine + 720),
    ]
    ann = record.duties["ann"]
    assert ann.plan.group == "ps"
    assert ann.available == [(nine + 30, nine + 900)]
    assert ann.busy == [(nine + 30, nine + 90), (nine + 600, nine + 900)]
    assert record.end == nine + 900
    assert record.day.recorded["occupancy"] == pytest.approx(360 / 870)


def test_breaks_are_no_part_of_the_shift_on_record(trace: Path) -> None:
    record = read_record(trace, seed=1)
    pauses = sum(len(plan.breaks) for plan in record.day.agents)
    assert pauses > 0
    assert sum(len(duty.available) for duty in record.duties.values()) == len(record.day.agents) + pauses
