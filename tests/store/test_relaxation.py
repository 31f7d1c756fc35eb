"""Relaxation steps: what is required becomes less while a contact waits, and its place stays."""

import asyncio
import json

import pytest

from acd.v1 import contact_pb2
from acd_server.store import records
from acd_server.store.contacts import RelaxationStep
from tests.store.consistency import class_of
from tests.store.seeds import SECOND, START, Seed
from tests.store.steps import QUEUE, changes, document, watched

STEP = 10 * SECOND
BILLING: list[RelaxationStep] = [(STEP, {"billing": 5}), (2 * STEP, {"billing": 1}), (STEP, {})]
"""For a contact that requires billing at 8."""


async def wait(seed: Seed, name: str = "call", **given: object) -> contact_pb2.Contact:
    """A contact for billing 8, with three steps."""
    return await seed.enqueue(name, {"billing": 8}, relaxation=BILLING, **given)  # type: ignore[arg-type]  # as enqueue takes them


async def current(seed: Seed, name: str = "call") -> tuple[int, dict[str, int], int]:
    """Which step holds, what is required in it, and when the next one begins, in seconds from the start."""
    found = await seed.store.contacts.get_contact(seed.center, name)
    due = found.next_relaxation_time.ToMicroseconds() if found.HasField("next_relaxation_time") else START
    skills = {item.skill_id: item.min_level for item in found.current_skills}
    return found.relaxation_step, skills, round((due - START) / SECOND)


async def crew(seed: Seed) -> None:
    """Somebody for every step, signed in and away."""
    for name, level in (("high", 9), ("middle", 5), ("low", 1)):
        await seed.agent(name, {"billing": level}, "NOT_READY")


async def test_steps_begin_one_after_the_other(seed: Seed) -> None:
    await crew(seed)
    found = await wait(seed)
    assert [(step.after.seconds, len(step.required_skills)) for step in found.relaxation_steps] == [
        (10, 1),
        (20, 1),
        (10, 0),
    ]
    assert await current(seed) == (0, {"billing": 8}, 10)
    rank = found.rank
    held = {"contact:call", "classes", "heads", "deadlines", "clock", "events", "stepped"}
    await seed.advance(STEP + 10)
    held |= {"waiting_classes:billing"}
    keys = held | {"class:VOICE|billing=8|", "class:VOICE|billing=5|"}
    async with changes(seed, keys, "CONTACT_RELAXED") as step:
        assert await seed.fire() == (1, False)
    assert document(step.after, "contact:call")["asked"] == [{"skill": "billing", "level": 8}]
    assert await current(seed) == (1, {"billing": 5}, 30)
    await seed.advance(2 * STEP)
    async with changes(seed, held | {"class:VOICE|billing=5|", "class:VOICE|billing=1|"}, "CONTACT_RELAXED"):
        await seed.fire()
    assert await current(seed) == (2, {"billing": 1}, 40)
    await seed.advance(STEP)
    keys = held | {"class:VOICE|billing=1|", "class:VOICE||", "waiting_classes"}
    async with changes(seed, keys, "CONTACT_RELAXED") as step:
        await seed.fire()
    assert "stepped" not in step.after
    assert await current(seed) == (3, {}, 0)
    found = await seed.store.contacts.get_contact(seed.center, "call")
    assert (found.rank, [item.min_level for item in found.required_skills]) == (rank, [8])


async def test_the_place_is_kept_against_a_younger_contact_that_requires_little(seed: Seed) -> None:
    await seed.agent("high", {"billing": 9}, "NOT_READY")
    await wait(seed)
    await seed.enqueue("younger", {"billing": 5})
    await seed.agent("middle", {"billing": 5}, "NOT_READY")
    await seed.advance(STEP + 10)
    await seed.fire()
    await seed.state("middle", "AVAILABLE")
    assert await seed.match() == [("call", 1, "middle")]


async def test_a_step_that_nobody_fired_yet_is_taken_before_a_match(seed: Seed) -> None:
    """The agent only has what the step requires that came due a moment ago; a younger contact could take him, too."""
    await seed.agent("high", {"billing": 9}, "NOT_READY")
    await seed.agent("middle", {"billing": 5}, "NOT_READY")
    await wait(seed)
    await seed.enqueue("younger", {"billing": 5})
    await seed.advance(STEP + 10)
    await seed.state("middle", "AVAILABLE")
    async with watched(seed) as step:
        assert await seed.match() == [("call", 1, "middle")]
    assert step.types == ["CONTACT_RELAXED", "CONTACT_OFFERED"]


async def test_a_step_that_nobody_could_satisfy_is_skipped_when_it_would_begin(seed: Seed) -> None:
    await seed.agent("middle", {"billing": 7}, "NOT_READY")
    async with changes(
        seed,
        (QUEUE | {"contact:call", "contacts", "contacts:QUEUED", "skill_contacts:billing", "waiting_classes:billing"})
        | {"class:VOICE|billing=5|", "stepped"},
        "CONTACT_ENQUEUED",
    ) as step:
        await wait(seed)
    assert await current(seed) == (1, {"billing": 5}, 20), "and its successor's time counts from now"
    assert document(step.after, "contact:call")["step"] == 1


async def test_with_nobody_signed_in_only_the_last_step_is_left(seed: Seed) -> None:
    await seed.agent("high", {"billing": 9}, "OFFLINE")
    await wait(seed)
    assert await current(seed) == (3, {}, 0)


async def test_the_last_step_is_never_skipped(seed: Seed) -> None:
    await seed.enqueue("call", {"billing": 8}, relaxation=[(STEP, {"billing": 3})])
    assert await current(seed) == (1, {"billing": 3}, 0)
    assert await seed.match() == []
    await seed.agent("ann", {"billing": 3})
    assert await seed.match() == [("call", 1, "ann")]


async def test_a_busy_agent_counts_and_one_without_room_for_the_channel_does_not(seed: Seed) -> None:
    await seed.active("other", "ann", skills={"billing": 9})
    await wait(seed)
    assert (await current(seed))[0] == 0
    await seed.store.agents.update_agent(
        seed.center,
        "ann",
        display_name=None,
        skills=None,
        capacity=None,
        costs={"VOICE": {"cost": 200}},
        request=None,
    )
    await seed.fire()
    assert await current(seed) == (3, {}, 0)
    await wait(seed, "chat", channel="CHAT")
    assert (await current(seed, "chat"))[0] == 0, "for a chat he has room"
    await wait(seed, "call-2")
    assert (await current(seed, "call-2"))[0] == 3


async def test_all_steps_that_are_due_are_taken_at_once_when_the_router_is_late(seed: Seed) -> None:
    await crew(seed)
    await wait(seed)
    await seed.advance(3 * STEP + 5 * SECOND)
    async with watched(seed) as step:
        await seed.fire()
    assert step.types == ["CONTACT_RELAXED"]
    assert await current(seed) == (2, {"billing": 1}, 40), "by the times that were due"


async def test_while_offered_the_clock_runs_and_the_step_is_taken_on_return(seed: Seed) -> None:
    await crew(seed)
    await wait(seed)
    await seed.state("high", "AVAILABLE")
    assert await seed.match() == [("call", 1, "high")]
    assert await current(seed) == (0, {"billing": 8}, 10)
    await seed.advance(STEP + SECOND)
    assert await seed.fire() == (0, False)
    async with watched(seed) as step:
        await seed.decline()
    assert step.types == ["CONTACT_DECLINED"]
    assert await current(seed) == (1, {"billing": 5}, 30)
    await seed.state("middle", "AVAILABLE")
    assert await seed.match() == [("call", 2, "middle")]


async def test_while_served_the_clock_stands_still_and_a_requeue_keeps_steps_and_time(seed: Seed) -> None:
    await crew(seed)
    await wait(seed)
    await seed.advance(4 * SECOND)
    await seed.state("high", "AVAILABLE")
    assert await seed.match() == [("call", 1, "high")]
    await seed.advance(2 * SECOND)
    await seed.accept()
    assert await current(seed) == (0, {"billing": 8}, 0)
    await seed.advance(60 * SECOND)
    await seed.requeue()
    assert await current(seed) == (0, {"billing": 8}, 70), "4 s of 10 were left"


async def test_a_transfer_to_other_skills_ends_the_steps(seed: Seed) -> None:
    await crew(seed)
    await wait(seed)
    await seed.advance(STEP + 10)
    await seed.fire()
    await seed.state("middle", "AVAILABLE")
    await seed.match()
    await seed.accept()
    async with watched(seed) as step:
        found, _ = await seed.transfer(skills={"sales": 2})
    assert not found.relaxation_steps
    assert [item.skill_id for item in found.required_skills] == ["sales"]
    assert found.current_skills == found.required_skills
    assert not {"asked", "steps", "step", "step_due", "step_left"} & document(step.after, "contact:call").keys()


async def test_an_overflow_rule_that_replaces_the_requirement_ends_the_steps(seed: Seed) -> None:
    await crew(seed)
    rule = {"id": "sales", "after": 3 * SECOND, "action": "REPLACE_SKILLS", "skills": records.skill_list({"sales": 2})}
    await wait(seed, plan={"overflow": json.dumps([rule])})
    await seed.advance(3 * SECOND + 10)
    async with watched(seed) as step:
        await seed.fire()
    assert step.types == ["CONTACT_OVERFLOWED"]
    found = await seed.store.contacts.get_contact(seed.center, "call")
    assert (found.relaxation_step, len(found.relaxation_steps)) == (0, 0)
    assert [item.skill_id for item in (*found.required_skills, *found.current_skills)] == ["billing", "sales"]
    await seed.advance(5 * STEP)
    assert (await seed.fire(), await current(seed)) == ((0, False), (0, {"sales": 2}, 0))


async def test_while_held_for_a_named_agent_the_clock_stands_still(seed: Seed) -> None:
    await crew(seed)
    await wait(seed, plan={"target": "low", "wait": 3 * STEP})
    assert await current(seed) == (0, {"billing": 8}, 0)
    await seed.advance(3 * STEP + 10)
    async with watched(seed) as step:
        await seed.fire()
    assert step.types == ["CONTACT_UPDATED"]
    assert await current(seed) == (0, {"billing": 8}, 40)


async def test_while_it_holds_out_for_preferred_agents_the_clock_stands_still(seed: Seed) -> None:
    """The first step begins when it is for whoever has the skills; the event of that says so."""
    await seed.agent("ann", {"billing": 8}, "NOT_READY")
    await seed.agent("low", {"billing": 5}, "NOT_READY")
    await wait(seed, plan={"preferred": "ann", "hold": 3 * STEP})
    await wait(seed, "other", plan={"preferred": "ann", "hold": 300 * STEP})
    assert await current(seed) == (0, {"billing": 8}, 0)
    await seed.advance(3 * STEP + 10)
    async with watched(seed) as step:
        await seed.fire()
    assert step.types == ["CONTACT_PREFERENCE_ENDED"]
    assert await current(seed) == (0, {"billing": 8}, 40)
    await seed.state("ann", "OFFLINE")
    async with watched(seed) as step:
        while (await seed.fire())[1]:
            pass
    assert sorted(step.types) == ["CONTACT_PREFERENCE_ENDED", "CONTACT_RELAXED"]
    assert await current(seed, "other") == (1, {"billing": 5}, 50), "its first step was for nobody who is there"
    assert await current(seed) == (1, {"billing": 5}, 50)


async def test_a_passing_on_to_a_named_agent_keeps_the_time_that_is_left(seed: Seed) -> None:
    await crew(seed)
    await wait(seed)
    await seed.advance(4 * SECOND)
    await seed.state("high", "AVAILABLE")
    await seed.match()
    await seed.accept()
    await seed.transfer(agent="low")
    assert await current(seed) == (0, {"billing": 8}, 0)
    await seed.state("low", "AVAILABLE")
    assert await seed.match() == [("call", 2, "low")]
    await seed.decline(number=2)
    assert await current(seed) == (0, {"billing": 8}, 10), "6 s from now, which is the 4th"


async def test_a_scheduled_contact_begins_with_its_time(seed: Seed) -> None:
    await crew(seed)
    await wait(seed, plan={"time": START + 60 * SECOND, "attempts": 2})
    assert await current(seed) == (0, {"billing": 8}, 0)
    await seed.advance(60 * SECOND)
    await seed.fire()
    assert await current(seed) == (0, {"billing": 8}, 70)
    await seed.state("high", "AVAILABLE")
    await seed.match()
    await seed.advance(4 * SECOND)
    await seed.accept()
    await seed.reschedule(delay=100 * SECOND)
    assert await current(seed) == (0, {"billing": 8}, 0)
    await seed.advance(100 * SECOND + 10)
    await seed.fire()
    assert await current(seed) == (0, {"billing": 8}, 170), "6 s of 10 were left at the 64th"


async def test_bars_and_steps_at_once(seed: Seed) -> None:
    """The end of the bar brings the contact to the step that is due as well, in one event."""
    await crew(seed)
    await wait(seed)
    await seed.state("high", "AVAILABLE")
    await seed.match()
    await seed.decline(retry_after=STEP)
    await seed.advance(STEP + 100)
    async with watched(seed) as step:
        while (await seed.fire(1))[1]:
            pass
    assert step.types == ["CONTACT_RELAXED"]
    assert await current(seed) == (1, {"billing": 5}, 30)
    assert document(step.after, "contact:call")["bars"] == []


async def test_a_priority_given_meanwhile_holds(seed: Seed) -> None:
    await crew(seed)
    await seed.enqueue("first", {"billing": 1})
    await wait(seed)
    await seed.store.contacts.reprioritize_contact(seed.center, "call", priority=5, credit=None, request=None)
    await seed.advance(3 * STEP + 10)
    await seed.fire()
    await seed.state("low", "AVAILABLE")
    assert await seed.match() == [("call", 1, "low")]


async def test_a_skill_that_is_deleted_vanishes_from_all_steps(seed: Seed) -> None:
    await seed.agent("ann", {"billing": 9, "sales": 9}, "NOT_READY")
    steps: list[RelaxationStep] = [(STEP, {"billing": 5, "sales": 2}), (STEP, {"sales": 1})]
    await seed.enqueue("call", {"billing": 8, "sales": 2}, relaxation=steps)
    await seed.advance(STEP + 10)
    await seed.fire()
    await seed.store.skills.delete_skill(seed.center, "billing", force=True, request=None)
    await seed.advance(10)
    async with watched(seed) as step:
        while (await seed.fire())[1]:
            pass
    assert step.types == ["AGENT_UPDATED", "CONTACT_UPDATED", "SKILL_DELETED"]
    found = await seed.store.contacts.get_contact(seed.center, "call")
    named = [found.required_skills, found.current_skills, *(item.required_skills for item in found.relaxation_steps)]
    assert [[item.skill_id for item in skills] for skills in named] == [["sales"]] * 4
    await seed.advance(STEP)
    await seed.fire()
    assert await current(seed) == (2, {"sales": 1}, 0)


@pytest.mark.parametrize("way", ["signs out", "is deleted", "loses the skill", "loses levels"])
async def test_when_the_last_one_goes_those_who_wait_go_on_at_once(seed: Seed, way: str) -> None:
    await seed.agent("high", {"billing": 8}, "NOT_READY")
    await seed.agent("middle", {"billing": 5}, "NOT_READY")
    for number in range(5):
        await wait(seed, f"call-{number}")
    await seed.enqueue("plain", {"billing": 8})
    agents = seed.store.agents
    if way == "signs out":
        await seed.state("high", "OFFLINE")
    elif way == "is deleted":
        await agents.delete_agent(seed.center, "high", request=None)
    elif way == "loses the skill":
        await agents.remove_agent_skill(seed.center, "high", "billing", request=None)
    else:
        await agents.add_agent_skill(seed.center, "high", "billing", 7, request=None)
    assert (await current(seed, "call-0"))[0] == 0, "by a job"
    await seed.advance(10)
    async with watched(seed) as step:
        assert await seed.fire(3) == (1, True)
    assert step.types == ["CONTACT_RELAXED"] * 3
    async with watched(seed) as step:
        while (await seed.fire(3))[1]:
            pass
    assert step.types == ["CONTACT_RELAXED"] * 2
    assert "jobs" not in step.after
    for number in range(5):
        assert (await current(seed, f"call-{number}"))[1] == {"billing": 5}
    assert document(step.after, "contact:plain")["skills"] == [{"skill": "billing", "level": 8}]


async def test_while_somebody_is_left_nothing_happens(seed: Seed) -> None:
    await seed.agent("high", {"billing": 8}, "NOT_READY")
    await seed.agent("too", {"billing": 9}, "NOT_READY")
    await wait(seed)
    await seed.state("high", "OFFLINE")
    await seed.advance(10)
    async with changes(seed, {"jobs", "deadlines"}):
        await seed.fire()
    assert (await current(seed))[0] == 0


async def test_without_contacts_with_steps_signing_out_begins_no_job(seed: Seed) -> None:
    await seed.agent("high", {"billing": 8}, "NOT_READY")
    await seed.enqueue("plain", {"billing": 8})
    async with watched(seed) as step:
        await seed.state("high", "OFFLINE")
    assert not [member for member in step.after["deadlines"] if member.startswith("job:")]


async def many(seed: Seed, count: int) -> None:
    """Agents signed in with two skills of the three that are required."""
    await asyncio.gather(*(seed.agent(f"a{n:03}", {"billing": 9, "english": 9}, "NOT_READY") for n in range(count)))
    for n in range(count):
        await seed.agent(f"s{n:03}", {"sales": 9}, "NOT_READY")


async def test_what_a_hundred_agents_do_not_tell_a_job_finds_out(seed: Seed) -> None:
    await many(seed, 130)
    steps: list[RelaxationStep] = [(STEP, {"sales": 2})]
    async with watched(seed) as step:
        await seed.enqueue("call", {"billing": 8, "sales": 2}, relaxation=steps)
    assert (await current(seed))[0] == 0, "kept meanwhile"
    await seed.advance(10)
    kinds = []
    for _ in range(10):
        async with watched(seed) as step:
            _, more = await seed.fire(1)
        kinds.append(step.types)
        if not more:
            break
    assert kinds == [[], ["CONTACT_RELAXED"], []], "a hundred agents, the rest, and nothing is left"
    assert (await current(seed))[0] == 1


async def test_a_job_that_is_under_way_does_another_round(seed: Seed) -> None:
    """It has passed a class when the last one who could serve that signs out."""
    skills = sorted(("billing", "sales"), key=lambda skill: class_of(f"VOICE|{skill}=8|"))
    for skill in skills:
        await seed.agent(skill, {skill: 8}, "NOT_READY")
        await seed.enqueue(f"for-{skill}", {skill: 8}, relaxation=[(STEP, {skill: 1})])
    await seed.agent("other", presence="NOT_READY")
    await seed.state("other", "OFFLINE")
    await seed.advance(10)
    async with watched(seed) as step:
        assert await seed.fire(1) == (1, True)
    assert step.types == []
    await seed.state(skills[0], "OFFLINE")
    await seed.advance(10)
    async with watched(seed) as step:
        while (await seed.fire(1))[1]:
            pass
    assert step.types == ["CONTACT_RELAXED"]
    assert "jobs" not in step.after
    assert [(await current(seed, f"for-{skill}"))[0] for skill in skills] == [1, 0]


async def test_why_it_waits(seed: Seed) -> None:
    await crew(seed)
    await wait(seed)
    found = await seed.store.explanations.explain_contact(seed.center, "call")
    assert (found.relaxation_step, found.relaxation_step_count) == (0, 3)
    assert found.next_deadline_time.ToMicroseconds() == pytest.approx(START + STEP, abs=1000)
    await seed.advance(STEP + 10)
    await seed.fire()
    found = await seed.store.explanations.explain_contact(seed.center, "call")
    assert (found.relaxation_step, found.required_skills[0].min_level) == (1, 5)
