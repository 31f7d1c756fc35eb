"""Who gets whom: the oldest contact, and the agent who has been available longest."""

from acd.v1 import agent_pb2
from tests.stories.conftest import Bank


async def test_the_longest_available_agent(bank: Bank) -> None:
    """Of two who can take the call, the one who has been available longer gets it."""
    await bank.agent("ann", loans=5)
    await bank.agent("bob", loans=5)
    await bank.call("call-1", loans=1)
    assert (await bank.offered("call-1"))[0] == "ann"
    await bank.call("call-2", loans=1)
    assert (await bank.offered("call-2"))[0] == "bob"


async def test_the_oldest_call(bank: Bank) -> None:
    """Calls wait; the agent who comes gets the one that came first."""
    await bank.call("call-1", loans=1)
    await bank.call("call-2", loans=1)
    await bank.agent("ann", loans=5)
    assert (await bank.offered("call-1"))[0] == "ann"
    assert await bank.state("call-2") == "QUEUED"


async def test_an_urgent_call_goes_first(bank: Bank) -> None:
    """A higher priority is served before any wait."""
    await bank.call("call-1", loans=1)
    await bank.call("call-2", loans=1, priority=9)
    await bank.agent("ann", loans=5)
    assert (await bank.offered("call-2"))[0] == "ann"
    assert await bank.state("call-1") == "QUEUED"


async def test_two_skills(bank: Bank) -> None:
    """Who lacks one of the skills is passed over, however long available."""
    await bank.agent("ann", loans=5)
    await bank.agent("bob", loans=5, english=3)
    await bank.call("call-1", loans=1, english=1)
    assert (await bank.offered("call-1"))[0] == "bob"


async def test_a_level_that_is_too_low(bank: Bank) -> None:
    """A skill is held at a level; the call says which one it needs at least."""
    await bank.agent("ann", loans=2)
    await bank.agent("bob", loans=7)
    await bank.call("call-1", loans=5)
    assert (await bank.offered("call-1"))[0] == "bob"


async def test_a_call_that_nobody_can_take_holds_up_nobody(bank: Bank) -> None:
    """It waits for its skill, and younger calls pass."""
    await bank.agent("ann", loans=5)
    await bank.call("call-1", english=9)
    await bank.call("call-2", loans=1)
    assert (await bank.offered("call-2"))[0] == "ann"
    assert await bank.state("call-1") == "QUEUED"


async def test_a_skill_that_is_learnt_counts_at_once(bank: Bank) -> None:
    """The agent who is waiting gets the call that was waiting for the skill."""
    await bank.agent("ann", loans=5)
    await bank.call("call-1", english=2)
    await bank.client.agents.add_agent_skill(
        name=f"{bank.name}/agents/ann", skill=agent_pb2.AgentSkill(skill_id="english", level=3)
    )
    assert (await bank.offered("call-1"))[0] == "ann"
