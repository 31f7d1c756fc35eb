"""What an agent can hold: of which channels he could take one more, and what becomes of his place in line."""

import pytest

from tests.store.seeds import MS, SECOND, Seed
from tests.store.steps import changes, document, watched

BLENDED = {"VOICE": {"cost": 60}, "CHAT": {"cost": 10, "most": 2}, "EMAIL": {"cost": 10, "most": 2}}


@pytest.fixture
async def ann(seed: Seed) -> None:
    await seed.agent("ann", costs=BLENDED)


@pytest.mark.usefixtures("ann")
async def test_there_is_always_room_for_a_call(seed: Seed) -> None:
    """60 + 2 x 10 + 2 x 10 of 100: chats and e-mails cannot fill an agent up."""
    for number in range(3):
        await seed.enqueue(f"chat{number}", channel="CHAT")
        await seed.enqueue(f"mail{number}", channel="EMAIL")
    pairs = await seed.match()
    assert [contact for contact, _, _ in pairs] == ["chat0", "mail0", "chat1", "mail1"]
    await seed.enqueue("call")
    async with watched(seed) as step:
        assert await seed.match() == [("call", 1, "ann")]
    assert not any(key.startswith("available:") for key in step.after), "ann is full"
    held = document(step.after, "agent:ann")["held"]
    assert [(item["channel"], item["cost"]) for item in held] == [
        ("CHAT", 10),
        ("EMAIL", 10),
        ("CHAT", 10),
        ("EMAIL", 10),
        ("VOICE", 60),
    ]


@pytest.mark.usefixtures("ann")
async def test_who_could_take_more_goes_to_the_end_of_the_line(seed: Seed) -> None:
    """In the channels that he is still open for his idle time starts again with the offer; a call fills bob up."""
    await seed.agent("bob")
    await seed.enqueue("chat1", channel="CHAT")
    await seed.enqueue("chat2", channel="CHAT")
    async with watched(seed) as step:
        assert await seed.match() == [("chat1", 1, "ann"), ("chat2", 1, "bob")]
    offered = float(step.events[0]["time"])
    assert step.after["available:VOICE"] == {"ann": offered}
    assert step.after["available:CHAT"] == {"ann": offered}
    assert document(step.after, "contact:chat1")["assignments"][0]["idle"] != str(int(offered))
    assert "CALLBACK" not in {key.partition(":")[2] for key in step.after if key.startswith("available:")}


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize("end", ["decline", "abandon", "complete"])
async def test_the_room_comes_back_in_the_same_step(seed: Seed, end: str) -> None:
    await seed.policy(wrap_up_time=0)
    for name in ("one", "two", "three"):
        await seed.enqueue(name, channel="CHAT")
    assert [pair[0] for pair in await seed.match()] == ["one", "two"]
    if end == "complete":
        await seed.accept("one")
    await getattr(seed, end)("one")
    assert (await seed.match())[0][0] == "three"


async def test_wrap_up_holds_capacity(seed: Seed) -> None:
    await seed.agent("ann", capacity=20, costs={"CHAT": {"cost": 10}})
    for name in ("one", "two", "three"):
        await seed.enqueue(name, channel="CHAT")
    assert len(await seed.match()) == 2
    await seed.accept("one")
    await seed.complete("one")
    assert await seed.match() == []
    await seed.finish("one")
    assert await seed.match() == [("three", 1, "ann")]


@pytest.mark.usefixtures("ann")
async def test_a_smaller_capacity_leaves_what_is_held(seed: Seed) -> None:
    """And holds at once: nothing more is offered. Cost already charged stays."""
    await seed.enqueue("chat", channel="CHAT")
    await seed.match()
    async with watched(seed) as step:
        await seed.store.agents.update_agent(
            seed.center, "ann", display_name=None, skills=None, capacity=5, costs={}, request=None
        )
    assert step.types == ["AGENT_UPDATED"]
    assert document(step.after, "agent:ann")["held"][0]["cost"] == 10
    await seed.enqueue("call")
    assert await seed.match() == []


async def test_the_policy_reaches_agents_in_steps(seed: Seed) -> None:
    """One event for each agent whose room is another one, and one at the end. An agent's own rules win."""
    for number in range(3):
        await seed.agent(f"agent{number}")
    await seed.agent("own", capacity=70)
    async with changes(seed, {"center", "jobs", "deadlines", "clock", "events"}, "CENTER_UPDATED"):
        await seed.policy(agent_capacity=200)
    async with watched(seed) as step:
        assert await seed.fire(3) == (1, True)
        assert await seed.fire(3) == (1, False)
    assert step.types == ["AGENT_UPDATED"] * 3 + ["CENTER_SETTLED"]
    assert document(step.after, "agent:agent0")["room"]["total"] == 200
    assert document(step.after, "agent:own")["room"]["total"] == 70
    for name in ("one", "two"):
        await seed.enqueue(name)
    assert [agent for _, _, agent in await seed.match()] == ["agent0", "agent1"]
    async with changes(seed, {"center", "clock", "events"}, "CENTER_UPDATED"):
        await seed.policy(agent_capacity=200)


async def test_a_miss_takes_back_what_else_is_offered(seed: Seed) -> None:
    """NOT_READY after a miss: the other open offer is revoked, the chat in service stays."""
    await seed.policy(max_missed_offers=1)
    await seed.agent("ann", capacity=30, costs={"CHAT": {"cost": 10}})
    await seed.enqueue("served", channel="CHAT")
    await seed.match()
    await seed.accept("served")
    await seed.enqueue("missed", channel="CHAT")
    await seed.match()
    await seed.advance(SECOND)
    await seed.enqueue("open", channel="CHAT")
    await seed.match()
    await seed.advance(19 * SECOND + MS)
    async with watched(seed) as step:
        await seed.fire()
    assert step.types == ["CONTACT_MISSED", "AGENT_STATE_CHANGED", "CONTACT_REVOKED"]
    assert [item["contact"] for item in document(step.after, "agent:ann")["held"]] == ["served"]
