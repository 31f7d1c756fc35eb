from acd.v1 import center_pb2, contact_pb2
from acd_server.tokens import decode_resume_token
from tests.store.seeds import SECOND, Seed
from tests.store.steps import changes, refuses


async def test_numbers_of_one_moment(seed: Seed) -> None:
    await seed.active("served", "ann")
    await seed.wrapping("wrapping", "ben")
    await seed.offered("offered", "cid", skills={"sales": 1})
    await seed.agent("dan", presence="NOT_READY")
    await seed.agent("eva", presence="OFFLINE")
    await seed.enqueue("late", {"english": 1}, channel="CHAT")
    await seed.enqueue("later", {"english": 1}, channel="CHAT")
    await seed.enqueue("urgent", {"billing": 2, "sales": 3}, priority=1)
    await seed.advance(SECOND)
    async with changes(seed, {"confirmed"}) as step:
        found = await seed.store.centers.get_center_snapshot(seed.center)
    assert (found.waiting_count, found.offered_count, found.active_count, found.wrap_up_count) == (3, 1, 1, 1)
    assert found.agents == center_pb2.AgentCounts(
        offline=1, not_ready=1, available=3, idle=1, reserved=1, busy=1, wrap_up=1
    )
    assert [(item.channel, item.waiting) for item in found.waiting] == [
        (contact_pb2.CHANNEL_VOICE, 1),
        (contact_pb2.CHANNEL_CHAT, 2),
    ]
    assert [(item.skill_id, item.min_level) for item in found.waiting[0].required_skills] == [
        ("billing", 2),
        ("sales", 3),
    ]
    late = await seed.store.contacts.get_contact(seed.center, "late")
    assert found.oldest_enqueue_time == found.waiting[1].head_enqueue_time == late.enqueue_time
    assert found.snapshot_time.ToMicroseconds() == seed.now
    token = decode_resume_token(found.resume_token, seed.center)
    assert token.sequence == int(step.after["clock"]["sequence"]) == int(step.after["confirmed"])
    assert str(token.stamp) == step.after["events"][-1][1][3]


async def test_an_empty_center_and_barred_agents(seed: Seed) -> None:
    found = await seed.store.centers.get_center_snapshot(seed.center)
    assert (found.waiting_count, len(found.waiting)) == (0, 0)
    assert not found.HasField("oldest_enqueue_time")
    await seed.offered()
    await seed.decline()
    found = await seed.store.centers.get_center_snapshot(seed.center)
    assert [item.barred_agents for item in found.waiting] == [1]


async def test_refusals(seed: Seed) -> None:
    ghost = Seed(seed.store, "ghost")
    await refuses(ghost, lambda _: seed.store.centers.get_center_snapshot("ghost"), "RESOURCE_NOT_FOUND")
