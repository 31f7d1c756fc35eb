from acd.v1 import contact_pb2
from tests.store.seeds import RETENTION, Seed
from tests.store.steps import QUEUE, agent_free, changes, refuses, repeats, replays


async def test_a_waiting_contact_leaves(seed: Seed) -> None:
    await seed.enqueue("call", {"billing": 1}, attributes={"a": "b"}, owner="pbx-1")
    keys = QUEUE | {
        "contact:call",
        "contacts:QUEUED",
        "contacts:ABANDONED",
        "class:VOICE|billing=1|",
        "waiting_classes:billing",
        "skill_contacts:billing",
        "owner:pbx-1",
    }
    async with changes(seed, keys, "CONTACT_ABANDONED") as step:
        contact = await seed.abandon()
    assert contact.state == contact_pb2.CONTACT_STATE_ABANDONED
    assert contact.end_reason == contact_pb2.END_REASON_CUSTOMER_LEFT
    assert contact.end_time == contact.update_time
    assert dict(contact.attributes) == {"a": "b"}
    assert step.after["deadlines"] == {"retain:call": int(step.events[0]["time"]) + RETENTION}
    assert not {"queue", "classes", "heads"} & step.after.keys()


async def test_the_head_of_a_class_leaves_and_the_next_takes_its_rank(seed: Seed) -> None:
    await seed.enqueue("call")
    await seed.enqueue("next")
    keys = {"contact:call", "contacts:QUEUED", "contacts:ABANDONED", "class:VOICE||", "queue"}
    async with changes(seed, keys | {"heads", "deadlines", "clock", "events"}, "CONTACT_ABANDONED"):
        await seed.abandon()
    async with changes(
        seed,
        QUEUE | {"contact:next", "contacts:QUEUED", "contacts:ABANDONED", "class:VOICE||", "waiting_classes"},
        "CONTACT_ABANDONED",
    ):
        await seed.abandon("next")


async def test_an_offered_contact_leaves_and_the_agents_idle_time_stays(seed: Seed) -> None:
    await seed.agent("ann")
    idle = float(await seed.command("ZSCORE", "@available:VOICE", "ann"))
    await seed.enqueue("call")
    await seed.match()
    keys = {
        "contact:call",
        "agent:ann",
        "contacts:OFFERED",
        "contacts:ABANDONED",
        "counts",
        "deadlines",
        "clock",
        "events",
    }
    async with changes(seed, keys | agent_free(), "CONTACT_ABANDONED") as step:
        contact = await seed.abandon()
    assert contact.assignment.state == contact_pb2.ASSIGNMENT_STATE_REVOKED
    assert contact.assignment.revoke_reason == contact_pb2.REVOKE_REASON_CONTACT_LEFT
    assert step.events[0]["assignment"] == "1"
    assert step.after["available:VOICE"] == {"ann": idle}


async def test_documents_of_an_ended_contact_expire_by_themselves_at_last(seed: Seed) -> None:
    await seed.enqueue("call", attributes={"a": "b"})
    await seed.abandon()
    for key in ("@contact:call", "@attributes:call"):
        assert await seed.command("PTTL", key) > 30 * 86_400_000


async def test_it_may_be_repeated_and_replayed(seed: Seed) -> None:
    await seed.enqueue("call", attributes={"a": "b"})
    await replays(seed, lambda request: seed.abandon(request=request))
    await repeats(seed, lambda request: seed.abandon(request=request))


async def test_refusals(seed: Seed) -> None:
    await seed.active()
    name = f"centers/{seed.center}/contacts/call"
    await refuses(seed, lambda r: seed.abandon("nobody", r), "RESOURCE_NOT_FOUND")
    await refuses(seed, lambda r: seed.abandon("call", r), "WRONG_STATE", name=name, state="ACTIVE")
    await seed.complete()
    await refuses(seed, lambda r: seed.abandon("call", r), "WRONG_STATE", state="WRAP_UP")
    await seed.finish()
    await refuses(seed, lambda r: seed.abandon("call", r), "WRONG_STATE", state="COMPLETED")
    await seed.enqueue("chat")
    await seed.match()
    await seed.cancel("chat")
    await refuses(seed, lambda r: seed.abandon("chat", r), "WRONG_STATE")
