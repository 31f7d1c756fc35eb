from acd.v1 import contact_pb2
from tests.store.seeds import MAX_WAIT, SECOND, WRAP_UP, Seed
from tests.store.steps import QUEUE, agent_free, changes, refuses, repeats, replays

KEYS = QUEUE | {"contact:call", "agent:ann", "contacts:QUEUED", "counts", "class:VOICE||", "waiting_classes"}


async def test_an_offer_is_taken_back_and_idle_time_stays(seed: Seed) -> None:
    await seed.agent("ann")
    idle = await seed.command("ZSCORE", "@available:VOICE", "ann")
    await seed.enqueue("call", attributes={"a": "b"})
    await seed.match()
    keys = KEYS | agent_free() | {"contacts:OFFERED", "marked", "walks"}
    async with changes(seed, keys, "CONTACT_REVOKED") as step:
        contact, assignment = await seed.requeue()
    assert contact.state == contact_pb2.CONTACT_STATE_QUEUED
    assert dict(contact.attributes) == {"a": "b"}
    assert assignment.revoke_reason == contact_pb2.REVOKE_REASON_REQUEUED
    assert step.after["available:VOICE"] == {"ann": float(idle)}
    assert await seed.match() == [("call", 2, "ann")], "who was revoked is not barred"


async def test_a_served_contact_is_transferred_with_its_rank(seed: Seed) -> None:
    await seed.active()
    before = await seed.store.contacts.get_contact(seed.center, "call")
    await seed.enqueue("younger")
    await seed.advance(100 * SECOND)
    async with changes(
        seed, (KEYS | {"contacts:ACTIVE"}) - {"classes", "waiting_classes"}, "CONTACT_TRANSFERRED"
    ) as step:
        contact, assignment = await seed.requeue()
    at = int(step.events[0]["time"])
    assert contact.enqueue_time == before.enqueue_time
    assert assignment.outcome == contact_pb2.OUTCOME_TRANSFERRED
    assert step.after["deadlines"]["wrap:call:1"] == at + WRAP_UP
    assert step.after["deadlines"]["maxwait:call"] == at + MAX_WAIT, "the maximum wait starts again"
    await seed.agent("ben")
    assert await seed.match() == [("call", 2, "ben")], "ahead of who came later"


async def test_without_wrap_up_the_agent_is_free_at_once(seed: Seed) -> None:
    await seed.policy(wrap_up_time=0)
    await seed.active()
    keys = KEYS | agent_free() | {"contacts:ACTIVE", "marked", "walks", "handled"}
    async with changes(seed, keys, "CONTACT_TRANSFERRED") as step:
        _, assignment = await seed.requeue()
    assert assignment.state == contact_pb2.ASSIGNMENT_STATE_TRANSFERRED
    assert step.after["available:VOICE"] == {"ann": int(step.events[0]["time"])}


async def test_requirements_of_deleted_skills_are_dropped(seed: Seed) -> None:
    await seed.active(skills={"billing": 1, "sales": 1})
    await seed.store.skills.delete_skill(seed.center, "sales", force=True, request=None)
    contact, _ = await seed.requeue()
    assert [item.skill_id for item in contact.required_skills] == ["billing"]


async def test_it_may_be_repeated_and_replayed(seed: Seed) -> None:
    await seed.active()
    await replays(seed, lambda request: seed.requeue(request=request))
    await repeats(seed, lambda request: seed.requeue(request=request))
    await seed.finish()
    await repeats(seed, lambda request: seed.requeue(request=request))
    assert await seed.match() == [("call", 2, "ann")]
    await seed.requeue(number=2)
    await repeats(seed, lambda request: seed.requeue(number=2, request=request))


async def test_refusals(seed: Seed) -> None:
    await seed.policy(retry_delay=0)
    await seed.offered()
    await refuses(seed, lambda r: seed.requeue("nobody", 1, r), "RESOURCE_NOT_FOUND")
    await refuses(seed, lambda r: seed.requeue("call", 2, r), "RESOURCE_NOT_FOUND")
    await seed.decline()
    await refuses(seed, lambda r: seed.requeue("call", 1, r), "STALE_ASSIGNMENT", state="DECLINED")
    await seed.match()
    await seed.accept(number=2)
    await seed.complete(number=2)
    await refuses(seed, lambda r: seed.requeue("call", 2, r), "WRONG_STATE", state="WRAP_UP")
    await seed.finish(number=2)
    await refuses(seed, lambda r: seed.requeue("call", 2, r), "WRONG_STATE", state="COMPLETED")
