import asyncio

import pytest

from acd.v1 import agent_pb2, contact_pb2, explanation_pb2
from tests.store.seeds import MAX_WAIT, RETRY, SECOND, Seed
from tests.store.steps import changes, refuses

Wait = explanation_pb2.WaitReason
Idle = explanation_pb2.IdleReason


async def contact(seed: Seed, name: str = "call") -> explanation_pb2.ContactExplanation:
    async with changes(seed, set()):
        return await seed.store.explanations.explain_contact(seed.center, name)


async def agent(seed: Seed, name: str = "ann") -> explanation_pb2.AgentExplanation:
    async with changes(seed, set()):
        return await seed.store.explanations.explain_agent(seed.center, name)


async def test_why_a_contact_waits(seed: Seed) -> None:
    await seed.enqueue("call", {"billing": 3})
    assert (await contact(seed)).reason == explanation_pb2.WAIT_REASON_NOBODY_SKILLED
    await seed.agent("ann", {"billing": 3}, "OFFLINE")
    await seed.agent("low", {"billing": 2})
    found = await contact(seed)
    assert found.reason == explanation_pb2.WAIT_REASON_NOBODY_SIGNED_IN
    assert (found.agents.examined, found.agents.skilled, found.agents.signed_in) == (2, 1, 0)
    await seed.state("ann", "NOT_READY", "lunch")
    found = await contact(seed)
    assert found.reason == explanation_pb2.WAIT_REASON_ALL_BLOCKED
    assert (found.agents.signed_in, found.agents.not_ready) == (1, 1)
    await seed.state("ann", "AVAILABLE")
    assert (await contact(seed)).reason == explanation_pb2.WAIT_REASON_MATCHING
    await seed.store.centers.close_center(seed.center, expire_waiting=False, request=None)
    assert (await contact(seed)).reason == explanation_pb2.WAIT_REASON_CENTER_CLOSED


async def test_what_a_contact_is_and_what_comes_next(seed: Seed) -> None:
    await seed.enqueue("first", {"billing": 1})
    await seed.offered("call", "ann", skills={"sales": 2})
    await seed.decline()
    found = await contact(seed)
    assert found.channel == contact_pb2.CHANNEL_VOICE
    assert [(skill.skill_id, skill.min_level) for skill in found.required_skills] == [("sales", 2)]
    assert list(found.barred_agents) == [f"centers/{seed.center}/agents/ann"]
    assert (found.position, found.class_position) == (2, 1)
    assert found.rank == (await seed.store.contacts.get_contact(seed.center, "call")).enqueue_time.ToMicroseconds()
    assert (found.agents.barred, found.agents.available) == (1, 0)
    assert found.next_deadline == explanation_pb2.CONTACT_DEADLINE_BAR
    assert found.next_deadline_time.ToMicroseconds() == pytest.approx(seed.now + RETRY, abs=100)
    found = await contact(seed, "first")
    assert found.next_deadline == explanation_pb2.CONTACT_DEADLINE_MAX_WAIT
    assert found.next_deadline_time.ToMicroseconds() == pytest.approx(seed.now + MAX_WAIT, abs=100)


async def test_by_what_agents_are_blocked(seed: Seed) -> None:
    await seed.wrapping("c1", "wraps")
    await seed.active("c2", "serves")
    await seed.active("c3", "drains")
    await seed.state("drains", "OFFLINE", after_work=True)
    await seed.offered("c4", "rings")
    await seed.enqueue("call")
    agents = (await contact(seed)).agents
    counts = (agents.wrap_up, agents.busy, agents.draining, agents.reserved)
    assert (counts, agents.signed_in, agents.complete) == ((1, 1, 1, 1), 4, True)


async def test_agents_are_counted_in_slices_and_each_once(seed: Seed) -> None:
    await asyncio.gather(*(seed.agent(f"agent{number}", presence="OFFLINE") for number in range(511)))
    await seed.enqueue("call")
    agents = (await contact(seed)).agents
    assert (agents.examined, agents.skilled, agents.complete) == (511, 511, True)


async def test_why_an_agent_idles(seed: Seed) -> None:
    await seed.agent("ann", {"billing": 1}, "OFFLINE")
    found = await agent(seed)
    assert found.reason == explanation_pb2.IDLE_REASON_NOT_AVAILABLE
    assert (found.presence, found.activity) == (agent_pb2.PRESENCE_OFFLINE, agent_pb2.ACTIVITY_IDLE)
    await seed.state("ann", "AVAILABLE")
    assert (await agent(seed)).reason == explanation_pb2.IDLE_REASON_NOTHING_WAITS
    await seed.enqueue("other", {"sales": 1})
    assert (await agent(seed)).reason == explanation_pb2.IDLE_REASON_NOT_SKILLED
    await seed.enqueue("call", {"billing": 1})
    await seed.enqueue("too", {"billing": 1})
    found = await agent(seed)
    assert found.reason == explanation_pb2.IDLE_REASON_MATCHING
    ((skill,), waiting, barred) = (found.classes[0].required_skills, found.classes[0].waiting, found.classes[0].barred)
    assert (skill.skill_id, waiting, barred, found.complete) == ("billing", 2, False, True)
    await seed.store.centers.close_center(seed.center, expire_waiting=False, request=None)
    assert (await agent(seed)).reason == explanation_pb2.IDLE_REASON_CENTER_CLOSED
    await seed.store.centers.open_center(seed.center, make_available=False, request=None)
    assert await seed.match() == [("call", 1, "ann")]
    assert (await agent(seed)).reason == explanation_pb2.IDLE_REASON_FULL
    await seed.abandon("too")
    await seed.decline()
    found = await agent(seed)
    assert (found.reason, found.classes[0].barred) == (explanation_pb2.IDLE_REASON_BARRED, True)
    await seed.advance(RETRY + SECOND)
    assert await seed.match() == [("call", 2, "ann")]
    await seed.accept("call", 2)
    await seed.state("ann", "OFFLINE", after_work=True)
    assert (await agent(seed)).reason == explanation_pb2.IDLE_REASON_DRAINING


ROOM = {"VOICE": {"cost": 60, "most": 1}, "CHAT": {"cost": 40, "most": 1}, "EMAIL": {"cost": 200}}


async def test_every_channel_is_looked_at(seed: Seed) -> None:
    """Full for calls, and barred from the one that waits: still he is asked for a chat, until that is full, too."""
    create = seed.store.agents.create_agent
    await create(seed.center, "ann", display_name="", skills={"billing": 1}, capacity=100, costs=ROOM, request=None)
    await seed.state("ann", "AVAILABLE")
    await seed.enqueue("call", {"billing": 1})
    assert await seed.match() == [("call", 1, "ann")]
    await seed.decline()
    await seed.enqueue("next")
    assert await seed.match() == [("next", 1, "ann")]
    await seed.accept("next")
    found = await agent(seed)
    assert (found.reason, found.classes[0].barred) == (explanation_pb2.IDLE_REASON_FULL, True)
    await seed.enqueue("chat", {"billing": 1}, channel="CHAT")
    found = await agent(seed)
    assert found.reason == explanation_pb2.IDLE_REASON_MATCHING
    assert [(c.channel, c.barred) for c in found.classes] == [
        (contact_pb2.CHANNEL_VOICE, True),
        (contact_pb2.CHANNEL_CHAT, False),
    ]
    assert await seed.match() == [("chat", 1, "ann")]
    await seed.decline("chat")
    assert (await agent(seed)).reason == explanation_pb2.IDLE_REASON_BARRED, "room for chats, but barred from it"
    await seed.enqueue("other", channel="CHAT")
    assert await seed.match() == [("other", 1, "ann")]
    assert (await agent(seed)).reason == explanation_pb2.IDLE_REASON_FULL
    await seed.enqueue("mail", channel="EMAIL")
    assert (await agent(seed)).reason == explanation_pb2.IDLE_REASON_FULL, "no mail is ever given to him"


async def test_for_whom_a_contact_holds_out(seed: Seed) -> None:
    await seed.agent("ann", {"billing": 1})
    await seed.agent("eve", {"billing": 1})
    await seed.agent("ben", {"billing": 1}, "NOT_READY")
    await seed.agent("dan", {"billing": 1}, "OFFLINE")
    plan: dict[str, int | str] = {"preferred": "ann,ben,dan", "hold": 20 * SECOND}
    until = (await seed.enqueue("call", {"billing": 1}, plan=plan)).preferred_until
    assert await seed.match() == [("call", 1, "ann")]
    await seed.decline()
    found = await contact(seed)
    assert found.reason == explanation_pb2.WAIT_REASON_HOLDING_OUT
    assert [name.rsplit("/", 1)[1] for name in found.preferred_agents] == ["ben", "dan"]
    assert found.preferred_until == until
    counts = found.agents
    assert (counts.examined, counts.skilled, counts.signed_in, counts.not_ready, counts.available) == (2, 2, 1, 1, 0)
    assert found.next_deadline == explanation_pb2.CONTACT_DEADLINE_BAR
    await seed.advance(RETRY + SECOND)
    await seed.fire()
    found = await contact(seed)
    assert (found.next_deadline, found.next_deadline_time) == (explanation_pb2.CONTACT_DEADLINE_PREFERENCE, until)
    others = await agent(seed, "eve")
    assert (others.reason, list(others.classes)) == (explanation_pb2.IDLE_REASON_HELD_FOR_OTHERS, [])
    await seed.state("ben", "AVAILABLE")
    assert (await contact(seed)).reason == explanation_pb2.WAIT_REASON_MATCHING
    wanted = await agent(seed, "ben")
    assert (wanted.reason, wanted.classes[0].waiting) == (explanation_pb2.IDLE_REASON_MATCHING, 1)
    waiting = (await seed.store.centers.get_center_snapshot(seed.center)).waiting
    assert [list(found.preferred_agents) for found in waiting] == [
        [f"centers/{seed.center}/agents/{name}" for name in ("ben", "dan")]
    ]


async def test_no_more_than_a_hundred_classes(seed: Seed) -> None:
    await seed.agent("ann", {"billing": 10}, "OFFLINE")
    for channel in ("VOICE", "CHAT", "EMAIL"):
        for level in range(1, 11):
            await seed.enqueue(f"{channel}{level}", {"billing": level}, channel=channel)
    found = await agent(seed)
    assert (len(found.classes), found.complete) == (30, True)
    for number in range(80):
        await seed.store.skills.create_skill(seed.center, f"s{number}", display_name="", request=None)
        if number < 60:
            await seed.store.agents.add_agent_skill(seed.center, "ann", f"s{number}", 1, request=None)
        await seed.enqueue(f"s{number}", {f"s{number}": 1})
    found = await agent(seed)
    assert (len(found.classes), found.complete) == (90, True)
    for number in range(60):
        await seed.enqueue(f"chat{number}", {f"s{number}": 1}, channel="CHAT")
    found = await agent(seed)
    assert (len(found.classes), found.complete) == (100, False)


async def test_refusals(seed: Seed) -> None:
    explain = seed.store.explanations
    await refuses(seed, lambda _: explain.explain_contact(seed.center, "gone"), "RESOURCE_NOT_FOUND")
    await refuses(
        seed,
        lambda _: explain.explain_agent(seed.center, "gone"),
        "RESOURCE_NOT_FOUND",
        name=f"centers/{seed.center}/agents/gone",
    )
    await refuses(seed, lambda _: explain.explain_agent("ghost", "gone"), "RESOURCE_NOT_FOUND", name="centers/ghost")
    await seed.offered()
    await refuses(seed, lambda _: explain.explain_contact(seed.center, "call"), "WRONG_STATE", state="OFFERED")
