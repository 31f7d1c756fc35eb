"""A run of fuzzing in pieces, each with a center of its own and a seed of its own."""

import time
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from acd.v1.agent_pb2 import PRESENCE_AVAILABLE
from acd.v1.center_service_pb2 import CreateCenterRequest
from tests.api.harness import Api, Bank
from tests.fuzz import world
from tests.fuzz.requests import Maker
from tests.fuzz.wire import METHODS, Wire

PIECE = 250
"""Requests on one center: after some more, little of it would be left that is not closed, canceled or deleted."""

# What moves contacts on comes more often, or nothing would ever be there to complete.
OFTEN = {"MatchContacts": 6, "AcceptAssignment": 4, "CompleteContact": 3, "EnqueueContact": 3, "SetAgentState": 2}
WEIGHTED = [method for method in METHODS for _ in range(OFTEN.get(method.name, 1))]


async def furnish(api: Api, center: str) -> None:
    """A center with skills, agents who hold them, and half of its contacts waiting."""
    await api.centers.CreateCenter(CreateCenterRequest(center_id=center))
    bank = Bank(api, center)
    await bank.policy(wrap_up_time=60.0)
    await bank.skill(*world.SKILLS)
    for number, agent in enumerate(world.AGENTS):
        await bank.agent(agent, available=False, billing=number + 1, german=5)
        await bank.set_state(PRESENCE_AVAILABLE, agent=agent)
    for contact in world.CONTACTS[::2]:
        await bank.contact(contact, billing=1)


def piece(
    wire: Wire,
    center: str,
    number: int,
    count: int,
    run: Callable[..., object],
) -> None:
    """Sends `count` requests about the center; `run` runs a coroutine. The number is the seed. Raises FaultError."""
    maker = Maker(center, int(time.time()))
    strategies = {method.full_name: maker.request(method) for method in METHODS}

    @seed(number)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=(Phase.generate,),  # a world that moved on cannot be shrunk
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def send(data: st.DataObject) -> None:
        method = data.draw(st.sampled_from(WEIGHTED))
        run(wire.send(method, data.draw(strategies[method.full_name])))

    send()


def center_of(number: int) -> str:
    return f"fuzz-{number}"
