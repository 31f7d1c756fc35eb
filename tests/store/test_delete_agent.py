from acd.v1 import contact_pb2
from acd_server.store import RequestKey
from tests.store.seeds import Seed
from tests.store.steps import QUEUE, agent_free, changes, refuses, replays, watched

GONE = {"agent:ann", "agents", "agent_skills", "clock", "events"}


async def delete(seed: Seed, request: RequestKey | None = None, name: str = "ann") -> None:
    await seed.store.agents.delete_agent(seed.center, name, request=request)


async def test_no_trace_is_left(seed: Seed) -> None:
    await seed.agent("ann", {"billing": 1})
    keys = GONE | agent_free("billing") | {"skill_agents:billing", "signed_in:billing", "agents:AVAILABLE", "counts"}
    async with changes(seed, keys, "AGENT_STATE_CHANGED", "AGENT_DELETED") as step:
        await delete(seed)
    traces = {key for key, value in step.after.items() if key not in ("events", "clock") and "ann" in str(value)}
    assert not traces
    assert '"skills":[{' in step.events[-1]["agent"], "the event shows the agent as he was"


async def test_no_trace_of_what_strategies_compare_is_left(seed: Seed) -> None:
    await seed.agent("ann", costs={"CHAT": {"cost": 10}})
    await seed.enqueue("chat", channel="CHAT")
    assert await seed.match() == [("chat", 1, "ann")]
    await seed.abandon("chat")
    async with watched(seed) as step:
        await delete(seed)
    assert {"loads", "last_offers"} <= step.keys
    assert not {"loads", "last_offers"} & step.after.keys()


async def test_an_agent_who_is_offline(seed: Seed) -> None:
    await seed.agent("ann", presence="OFFLINE")
    async with changes(seed, GONE | {"agents:OFFLINE"}, "AGENT_DELETED"):
        await delete(seed)


async def test_his_open_offer_goes_back_to_the_queue(seed: Seed) -> None:
    await seed.offered()
    keys = GONE | QUEUE | {"agents:AVAILABLE", "counts", "contact:call", "contacts:OFFERED", "contacts:QUEUED"}
    async with changes(
        seed,
        keys | {"class:VOICE||", "waiting_classes", "last_offers"},
        "AGENT_STATE_CHANGED",
        "CONTACT_REVOKED",
        "AGENT_DELETED",
    ):
        await delete(seed)
    contact = await seed.store.contacts.get_contact(seed.center, "call")
    assert contact.assignment.revoke_reason == contact_pb2.REVOKE_REASON_AGENT_LEFT


async def test_a_deleted_candidate_gets_nothing_and_a_new_agent_of_his_name_does(seed: Seed) -> None:
    await seed.enqueue("call")
    await seed.agent("ann")
    await delete(seed)
    assert await seed.match() == []
    await seed.agent("ann")
    assert await seed.match() == [("call", 1, "ann")]


async def test_it_may_be_replayed(seed: Seed) -> None:
    await seed.agent("ann")
    await replays(seed, lambda request: delete(seed, request))


async def test_refusals(seed: Seed) -> None:
    name = f"centers/{seed.center}/agents/ann"
    await refuses(seed, lambda r: delete(seed, r), "RESOURCE_NOT_FOUND", name=name)
    await seed.active()
    await refuses(seed, lambda r: delete(seed, r), "AGENT_HAS_WORK", name=name)
    await seed.complete()
    await refuses(seed, lambda r: delete(seed, r), "AGENT_HAS_WORK", name=name)
    await seed.finish()
    await delete(seed)
