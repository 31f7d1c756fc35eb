from acd.v1 import skill_pb2
from acd_server.store import RequestKey
from tests.store.seeds import Seed
from tests.store.steps import changes, refuses, repeats, replays, watched


async def delete(
    seed: Seed, request: RequestKey | None = None, skill: str = "billing", *, force: bool = False
) -> skill_pb2.Skill:
    return await seed.store.skills.delete_skill(seed.center, skill, force=force, request=request)


async def test_the_marker_holds_at_once_and_a_job_begins(seed: Seed) -> None:
    await seed.agent("ann", {"billing": 1})
    async with changes(
        seed, {"skill:billing", "live_skills", "deadlines", "clock", "events"}, "SKILL_DELETING"
    ) as step:
        found = await delete(seed)
    assert found.deleting
    assert step.after["deadlines"] == {"job:skill:billing": int(step.events[0]["time"])}


async def test_the_job_takes_it_from_everybody_in_steps(seed: Seed) -> None:
    await seed.agent("busy", {"billing": 1, "sales": 2})
    await seed.agent("off", {"billing": 1}, presence="OFFLINE")
    await seed.enqueue("first", {"billing": 1})
    assert await seed.match() == [("first", 1, "busy")]
    await seed.enqueue("second", {"billing": 1, "english": 2})
    await seed.agent("free")
    await seed.enqueue("third", {"billing": 9})
    await delete(seed, force=True)
    kinds = []
    for _ in range(10):
        await seed.advance(10)
        async with watched(seed) as step:
            _, more = await seed.fire(2)
        kinds += [step.types]
        if not more:
            break
    assert kinds == [
        ["AGENT_UPDATED", "AGENT_UPDATED"],
        ["CONTACT_UPDATED", "CONTACT_UPDATED"],
        ["CONTACT_UPDATED", "SKILL_DELETED"],
    ]
    assert "billing" not in step.after["skills"]
    assert not {key for key in step.after if key.endswith(":billing")}
    assert set(step.after["classes"].values()) == {"VOICE|english=2|", "VOICE||"}
    assert await seed.match() == [("third", 1, "free")]
    await seed.store.skills.create_skill(seed.center, "billing", display_name="again", request=None)


async def test_while_it_goes_on_nobody_can_be_given_the_skill_and_nothing_can_require_it(seed: Seed) -> None:
    await seed.agent("ann", {"billing": 1})
    await delete(seed)
    agents = seed.store.agents
    await refuses(seed, lambda r: seed.enqueue("call", {"billing": 1}, request=r), "SKILL_DELETING")
    await refuses(seed, lambda r: agents.add_agent_skill(seed.center, "ann", "billing", 2, request=r), "SKILL_DELETING")


async def test_a_skill_that_nobody_has_goes_in_one_step(seed: Seed) -> None:
    await delete(seed)
    await seed.advance(10)
    keys = {"skill:billing", "skills", "deadlines", "clock", "events"}
    async with changes(seed, keys, "SKILL_DELETED"):
        await seed.fire()


async def test_it_may_be_repeated_and_replayed(seed: Seed) -> None:
    await replays(seed, lambda request: delete(seed, request))
    await repeats(seed, lambda request: delete(seed, request))


async def test_refusals(seed: Seed) -> None:
    await seed.enqueue("call", {"billing": 1})
    name = f"centers/{seed.center}/skills/billing"
    await refuses(seed, lambda r: delete(seed, r), "SKILL_IN_USE", name=name, waiting="1")
    await refuses(seed, lambda r: delete(seed, r, "golf"), "RESOURCE_NOT_FOUND")
    await seed.agent("ann", {"billing": 1})
    await seed.match()
    await refuses(seed, lambda r: delete(seed, r), "SKILL_IN_USE")
    await seed.accept()
    await delete(seed)
