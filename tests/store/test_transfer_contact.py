from acd.v1 import agent_pb2, contact_pb2
from tests.store.seeds import RETRY, SECOND, TARGET_WAIT, WRAP_UP, Seed
from tests.store.steps import QUEUE, agent_free, changes, refuses, repeats, replays, watched

KEYS = QUEUE | {"contact:call", "agent:ann", "contacts:ACTIVE", "contacts:QUEUED", "counts"}


async def contact(seed: Seed, name: str = "call") -> contact_pb2.Contact:
    return await seed.store.contacts.get_contact(seed.center, name)


async def test_to_other_skills_in_the_old_place(seed: Seed) -> None:
    await seed.active(skills={"billing": 1})
    await seed.enqueue("younger", {"sales": 1})
    keys = KEYS | {"class:VOICE|sales=2|", "skill_contacts:sales", "waiting_classes:sales"}
    async with changes(seed, keys, "CONTACT_TRANSFERRED") as step:
        found, assignment = await seed.transfer(skills={"sales": 2})
    assert [(skill.skill_id, skill.min_level) for skill in found.required_skills] == [("sales", 2)]
    assert (assignment.state, assignment.outcome) == (
        contact_pb2.ASSIGNMENT_STATE_WRAP_UP,
        contact_pb2.OUTCOME_TRANSFERRED,
    )
    assert step.after["deadlines"]["wrap:call:1"] == int(step.events[0]["time"]) + WRAP_UP
    await seed.agent("ben", {"sales": 5})
    assert await seed.match() == [("call", 2, "ben")], "before the younger one"


async def test_to_a_named_agent_whatever_the_skills(seed: Seed) -> None:
    await seed.active(skills={"billing": 1})
    await seed.agent("free", {"billing": 9})
    await seed.agent("ben", presence="NOT_READY")
    keys = KEYS | {"class:VOICE|||ben", "skill_contacts:billing", "waiting_classes:@ben"}
    async with changes(seed, keys, "CONTACT_TRANSFERRED") as step:
        found, _ = await seed.transfer(agent="ben")
    assert found.target_agent == f"centers/{seed.center}/agents/ben"
    assert step.after["deadlines"]["target:call"] == int(step.events[0]["time"]) + TARGET_WAIT
    assert await seed.match() == []
    await seed.state("ben", "AVAILABLE")
    assert await seed.match() == [("call", 2, "ben")]
    await seed.accept(number=2)
    assert not (await contact(seed)).target_agent


async def test_a_named_agent_who_is_free_gets_it_at_once(seed: Seed) -> None:
    await seed.active()
    await seed.agent("other")
    await seed.agent("ben")
    await seed.transfer(agent="ben")
    assert await seed.match() == [("call", 2, "ben")]


async def test_after_a_while_the_agent_is_given_up(seed: Seed) -> None:
    await seed.active(skills={"billing": 1})
    await seed.agent("ben", presence="NOT_READY")
    await seed.agent("eve", {"billing": 1})
    await seed.transfer(agent="ben")
    await seed.advance(TARGET_WAIT + SECOND // 2)
    keys = {"contact:call", "class:VOICE|||ben", "class:VOICE|billing=1|", "classes", "heads", "marked", "walks"}
    keys |= {"waiting_classes:@ben", "waiting_classes:billing", "deadlines", "clock", "events"}
    # Ann's wrap-up has ended meanwhile.
    await seed.fire(1)
    async with changes(seed, keys, "CONTACT_UPDATED"):
        await seed.fire()
    assert await seed.match() == [("call", 2, "eve")]


async def test_who_declines_is_given_up(seed: Seed) -> None:
    await seed.active(skills={"billing": 1})
    await seed.agent("ben", {"billing": 1})
    await seed.transfer(agent="ben")
    await seed.match()
    await seed.decline(number=2)
    await seed.agent("eve", {"billing": 1})
    assert await seed.match() == [("call", 3, "eve")]


async def test_who_leaves_is_waited_for_as_long_as_was_said(seed: Seed) -> None:
    await seed.active()
    await seed.agent("ben")
    await seed.transfer(agent="ben")
    assert await seed.match() == [("call", 2, "ben")]
    async with watched(seed) as step:
        await seed.state("ben", "NOT_READY", "coffee")
    assert step.types == ["AGENT_STATE_CHANGED", "CONTACT_REVOKED"]
    assert "target:call" in step.after["deadlines"]
    await seed.abandon()
    async with watched(seed) as step:
        pass
    assert "target:call" not in step.after["deadlines"]


async def test_a_bar_holds_for_a_named_agent_too(seed: Seed) -> None:
    await seed.offered("call", "ben")
    await seed.decline()
    await seed.agent("ann")
    assert await seed.match() == [("call", 2, "ann")]
    await seed.accept(number=2)
    await seed.transfer(number=2, agent="ben")
    assert await seed.match() == []
    await seed.advance(RETRY + SECOND)
    assert await seed.match() == [("call", 3, "ben")]


async def test_it_may_be_repeated_and_replayed(seed: Seed) -> None:
    await seed.active()
    await replays(seed, lambda request: seed.transfer(skills={"sales": 1}, request=request))
    await repeats(seed, lambda request: seed.transfer(skills={"sales": 1}, request=request))


async def test_without_wrap_up_work_ends_with_it(seed: Seed) -> None:
    await seed.policy(wrap_up_time=0)
    await seed.active()
    await seed.state("ann", "OFFLINE", after_work=True)
    async with watched(seed) as step:
        await seed.transfer(skills={"sales": 1})
    assert step.types == ["CONTACT_TRANSFERRED", "AGENT_STATE_CHANGED"]
    assert (await seed.store.agents.get_agent(seed.center, "ann")).presence == agent_pb2.PRESENCE_OFFLINE


async def test_back_to_oneself(seed: Seed) -> None:
    await seed.policy(wrap_up_time=0)
    await seed.active()
    async with changes(
        seed,
        KEYS
        | agent_free()
        | {"class:VOICE|||ann", "waiting_classes:@ann", "marked", "handled"}
        | {"candidates:VOICE|||ann"},
        "CONTACT_TRANSFERRED",
    ):
        await seed.transfer(agent="ann")
    assert await seed.match() == [("call", 2, "ann")]


async def test_refusals(seed: Seed) -> None:
    await seed.offered()
    await refuses(seed, lambda r: seed.transfer("call", 1, r, skills={}), "WRONG_STATE", state="OFFERED")
    await refuses(seed, lambda r: seed.transfer("nobody", 1, r, skills={}), "RESOURCE_NOT_FOUND")
    await seed.accept()
    await refuses(seed, lambda r: seed.transfer("call", 1, r, skills={"absent": 1}), "RESOURCE_NOT_FOUND")
    await refuses(seed, lambda r: seed.transfer("call", 1, r, agent="absent"), "RESOURCE_NOT_FOUND")
    await seed.agent("off", presence="OFFLINE")
    name = f"centers/{seed.center}/agents/off"
    await refuses(seed, lambda r: seed.transfer("call", 1, r, agent="off"), "WRONG_STATE", name=name, state="OFFLINE")
    await seed.agent("seller", {"sales": 1}, "OFFLINE")
    await seed.store.skills.delete_skill(seed.center, "sales", force=True, request=None)
    await refuses(seed, lambda r: seed.transfer("call", 1, r, skills={"sales": 1}), "SKILL_DELETING")
    await seed.complete()
    await refuses(seed, lambda r: seed.transfer("call", 1, r, skills={}), "WRONG_STATE", state="WRAP_UP")
