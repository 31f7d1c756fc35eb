"""Who gets whom: order of contacts, order of agents, skills, bars."""

import asyncio
import random

import pytest

from acd.v1 import contact_pb2
from tests.invariants.model import Model, ModelAgent
from tests.store.seeds import MS, RETRY, SECOND, SKILLS, Seed
from tests.store.steps import QUEUE, agent_free, changes, document, refuses

MATCHED = {"contact:call", "agent:ann", "last_offers", "contacts:QUEUED", "contacts:OFFERED", "counts"}


async def test_a_pair_and_all_that_it_changes(seed: Seed) -> None:
    await seed.enqueue("call", {"billing": 2}, attributes={"a": "b"})
    await seed.agent("ann", {"billing": 2, "sales": 1})
    keys = (
        MATCHED
        | QUEUE
        | agent_free("billing", "sales")
        | {
            "class:VOICE|billing=2|",
            "candidates:VOICE|billing=2|",
            "waiting_classes:billing",
            "marked",
        }
    )
    async with changes(seed, keys, "CONTACT_OFFERED") as step:
        response = await seed.store.dispatch.match_contacts(seed.center, max_pairs=5)
    at = int(step.events[0]["time"])
    (assignment,) = response.assignments
    assert assignment.name == f"centers/{seed.center}/contacts/call/assignments/1"
    assert assignment.agent == f"centers/{seed.center}/agents/ann"
    assert assignment.state == contact_pb2.ASSIGNMENT_STATE_OFFERED
    assert assignment.deadline.ToMicroseconds() == at + 20 * SECOND
    assert assignment.agent_idle_time == (await seed.store.agents.get_agent(seed.center, "ann")).idle_time
    assert step.after["deadlines"] == {"offer:call:1": at + 20 * SECOND}
    async with changes(seed, set()):
        assert await seed.match_once() == ([], False)


async def test_auto_accept_makes_two_transitions(seed: Seed) -> None:
    await seed.policy(auto_accept=True)
    await seed.agent("ann")
    await seed.enqueue("call")
    keys = (MATCHED - {"contacts:OFFERED"}) | QUEUE | agent_free()
    keys |= {"class:VOICE||", "contacts:ACTIVE", "waiting_classes", "marked", "walks"}
    async with changes(seed, keys, "CONTACT_OFFERED", "CONTACT_ACCEPTED") as step:
        response = await seed.store.dispatch.match_contacts(seed.center, max_pairs=5)
    assert response.assignments[0].state == contact_pb2.ASSIGNMENT_STATE_ACTIVE
    assert [event.get("assignment") for event in step.events] == ["1", "1"]
    assert [document({"c": event["contact"]}, "c")["state"] for event in step.events] == ["OFFERED", "ACTIVE"]


async def test_nobody_to_serve_takes_the_mark_away_and_is_no_event(seed: Seed) -> None:
    await seed.agent("ann")
    await seed.enqueue("call", {"billing": 1})
    await seed.store.agents.add_agent_skill(seed.center, "ann", "billing", 1, request=None)
    await seed.store.agents.remove_agent_skill(seed.center, "ann", "billing", request=None)
    async with changes(seed, {"marked", "candidates:VOICE|billing=1|"}):
        assert await seed.match_once() == ([], False)


async def test_no_more_pairs_than_asked_for(seed: Seed) -> None:
    for number in range(5):
        await seed.agent(f"agent{number}")
        await seed.enqueue(f"call{number}")
    assert await seed.match_once(2) == ([("call0", 1, "agent0"), ("call1", 1, "agent1")], True)
    assert await seed.match_once(2) == ([("call2", 1, "agent2"), ("call3", 1, "agent3")], True)
    pairs, more = await seed.match_once(2)
    assert pairs == [("call4", 1, "agent4")]
    assert not more


async def test_a_closed_center_matches_nothing(seed: Seed) -> None:
    await seed.agent("ann")
    await seed.enqueue("call")
    await seed.store.centers.close_center(seed.center, expire_waiting=False, request=None)
    async with changes(seed, set()):
        assert await seed.match_once() == ([], False)


async def test_refusals(seed: Seed) -> None:
    ghost = Seed(seed.store, "ghost")
    await refuses(ghost, lambda _: ghost.match_once(), "RESOURCE_NOT_FOUND", name="centers/ghost")


async def test_first_come_first_served_and_priority_before_that(seed: Seed) -> None:
    for name, priority in (("a", 0), ("b", 1), ("c", 9), ("d", 1)):
        await seed.enqueue(name, priority=priority)
    for name in ("w", "x", "y", "z"):
        await seed.agent(name)
    assert [contact for contact, _, _ in await seed.match()] == ["c", "b", "d", "a"]


async def test_priority_outweighs_any_wait(seed: Seed) -> None:
    await seed.policy(max_wait=366 * 86_400 * SECOND)
    await seed.enqueue("patient", priority=0)
    await seed.advance(365 * 86_400 * SECOND)
    await seed.enqueue("urgent", priority=1)
    await seed.agent("ann")
    assert await seed.match() == [("urgent", 1, "ann")]


async def test_the_agent_who_has_been_available_longest(seed: Seed) -> None:
    for name in ("c", "a", "b"):
        await seed.agent(name)
    for number in range(3):
        await seed.enqueue(f"call{number}")
    assert [agent for _, _, agent in await seed.match()] == ["c", "a", "b"]


async def test_idle_time_begins_again_after_service_and_a_decline_but_not_after_a_revocation(seed: Seed) -> None:
    await seed.policy(wrap_up_time=0)
    for number, name in enumerate(("served", "declined", "revoked", "rested")):
        await seed.agent(name)
        await seed.enqueue(f"call{number}")
    await seed.match()
    await seed.requeue("call2")
    await seed.abandon("call2")
    await seed.decline("call1")
    await seed.abandon("call1")
    await seed.accept("call0")
    await seed.complete("call0")
    await seed.abandon("call3")
    for number in range(4, 8):
        await seed.enqueue(f"call{number}")
    assert [agent for _, _, agent in await seed.match()] == ["revoked", "rested", "declined", "served"]


async def test_skill_levels(seed: Seed) -> None:
    await seed.agent("junior", {"billing": 3})
    await seed.agent("senior", {"billing": 10})
    await seed.enqueue("hard", {"billing": 4})
    await seed.enqueue("easy", {"billing": 3})
    assert await seed.match() == [("hard", 1, "senior"), ("easy", 1, "junior")]


async def test_all_skills_are_needed(seed: Seed) -> None:
    await seed.agent("one", {"billing": 9})
    await seed.agent("other", {"english": 9})
    await seed.enqueue("call", {"billing": 1, "english": 1})
    assert await seed.match() == []
    await seed.agent("both", {"english": 1, "billing": 1})
    assert await seed.match() == [("call", 1, "both")]


async def test_a_skill_whose_name_is_the_end_of_anothers_is_another(seed: Seed) -> None:
    for skill in ("ing", "bill", "english-billing"):
        await seed.store.skills.create_skill(seed.center, skill, display_name="", request=None)
    await seed.agent("ann", {"english-billing": 9, "billing": 1})
    await seed.enqueue("a", {"ing": 1})
    await seed.enqueue("b", {"bill": 1})
    await seed.enqueue("c", {"billing": 2})
    assert await seed.match() == []
    await seed.enqueue("d", {"english-billing": 9})
    assert await seed.match() == [("d", 1, "ann")]


async def test_channels_are_classes_of_their_own(seed: Seed) -> None:
    await seed.agent("ann")
    await seed.enqueue("chat", channel="CHAT")
    await seed.enqueue("call")
    assert await seed.match() == [("chat", 1, "ann")], "an agent takes one contact of any channel"


async def test_an_agent_who_declined_is_barred_for_a_while_from_that_contact_only(seed: Seed) -> None:
    await seed.offered()
    await seed.decline()
    assert await seed.match() == []
    await seed.enqueue("other")
    assert await seed.match() == [("other", 1, "ann")]
    await seed.accept("other")
    await seed.agent("ben")
    assert await seed.match() == [("call", 2, "ben")]
    await seed.decline(number=2)
    assert await seed.match() == []
    await seed.advance(RETRY + MS)
    await seed.fire()
    assert await seed.match() == [("call", 3, "ben")]


async def test_a_better_ranked_contact_that_the_agent_can_take_comes_first_however_rare_its_skills(seed: Seed) -> None:
    await seed.enqueue("first", {"billing": 1, "english": 1, "sales": 1})
    await seed.enqueue("second")
    await seed.agent("plain")
    await seed.agent("expert", dict.fromkeys(SKILLS, 5))
    assert await seed.match() == [("first", 1, "expert"), ("second", 1, "plain")]


@pytest.mark.parametrize("stale", [1, 2, 49, 50, 51, 120, 260])
async def test_agents_who_were_taken_for_an_older_contact_hide_nobody_behind_them(seed: Seed, stale: int) -> None:
    taken = [f"both{number:03}" for number in range(stale)]
    for number in range(stale):
        await seed.enqueue(f"older{number}", {"sales": 1})
    await seed.enqueue("younger", {"billing": 1})
    # Candidates of both classes, and taken for the older contacts; the last comes when they have gone.
    for agent in taken:
        await seed.agent(agent, {"sales": 1, "billing": 1})
    await seed.advance(1)
    await seed.agent("last", {"billing": 1})
    assert [agent for _, _, agent in await seed.match()] == [*taken, "last"]
    assert await seed.command("EXISTS", "@marked") == 0


async def test_many_classes_are_matched_in_several_calls(seed: Seed) -> None:
    """No call looks at more than 64 classes."""
    for number in range(70):
        await seed.store.skills.create_skill(seed.center, f"s{number}", display_name="", request=None)
        await seed.enqueue(f"call{number}", {f"s{number}": 1})
    for number in range(70):
        await seed.agent(f"agent{number}", {f"s{number}": 1})
    pairs, more = await seed.match_once()
    assert (len(pairs), more) == (64, True)
    rest, more = await seed.match_once()
    assert (len(rest), more) == (6, False)
    assert [contact for contact, _, _ in pairs + rest] == [f"call{number}" for number in range(70)]


@pytest.mark.parametrize("number", range(4))
async def test_it_pairs_as_the_reference_matcher_does(seed: Seed, number: int) -> None:
    """Random agents and contacts, more agents than one call walks, some busy and some declined."""
    chance = random.Random(number)
    model = Model({"wrap_up_mode": "NONE", "retry_delay": RETRY}, seed.now, skills=dict.fromkeys(SKILLS, False))

    def skills(least: int) -> dict[str, int]:
        return {skill: chance.randint(1, 3) for skill in chance.sample(SKILLS, chance.randint(least, 2))}

    async def enqueue(first: int, count: int) -> None:
        for index in range(first, first + count):
            wanted, priority = skills(0), chance.choice((0, 0, 0, 1))
            await seed.enqueue(f"call{index}", wanted, priority=priority)
            model.enqueue(f"call{index}", wanted, priority, "", "VOICE")

    await seed.policy(wrap_up_time=0)
    names = [f"agent{index}" for index in range(130)]
    for name in names:
        model.agents[name] = ModelAgent(skills(1))
    await asyncio.gather(*(seed.agent(name, model.agents[name].skills, "OFFLINE") for name in names))
    await enqueue(0, 10)
    chance.shuffle(names)
    for name in names:
        await seed.state(name, "AVAILABLE")
        model.set_presence(name, "AVAILABLE")
    await enqueue(10, 60)
    for _ in range(3):
        pairs = await seed.match(7)
        assert sorted(pairs) == sorted(model.match())
        for name, assignment, _ in chance.sample(pairs, len(pairs) // 2):
            verb = chance.choice(("decline", "requeue", "accept"))
            await getattr(seed, verb)(name, assignment)
            getattr(model, verb)(name, assignment)
        await enqueue(len(model.contacts), 10)


async def test_a_bar_that_is_over_is_lifted_before_pairs_are_made(seed: Seed) -> None:
    """No dispatcher has fired it yet: still the older contact gets the agent, not the younger one."""
    await seed.agent("ann", {"billing": 5})
    await seed.enqueue("older", {"billing": 1})
    await seed.match()
    await seed.store.contacts.decline_assignment(seed.center, "older", 1, request=None)
    await seed.enqueue("younger", {"billing": 1})
    await seed.advance(RETRY + SECOND)
    assert await seed.match() == [("older", 2, "ann")]
