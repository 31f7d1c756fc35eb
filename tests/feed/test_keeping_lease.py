"""How often a feed looks after its agent's lease: by its length, and less often where there is none to keep."""

import asyncio
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from acd.v1.agent_service_pb2 import RenewAgentLeaseResponse
from acd_server.errors import AcdError
from acd_server.services import _lease
from acd_server.validation import Watch

WATCH = Watch("bank", "ada", frozenset(), "", "", 10.0, keep_lease=True)
SIGNED_OUT, AWAY = "WRONG_STATE", "STORE_UNAVAILABLE"


class Agents:
    """Answers with a lease of so many seconds, or refuses with that reason; then the last once more, at the end."""

    def __init__(self, *answers: float | str) -> None:
        self.answers = list(answers)

    async def renew_agent_lease(self, _center: str, _agent: str) -> RenewAgentLeaseResponse:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, str):
            raise AcdError(answer, name="centers/bank/agents/ada", state="OFFLINE", cause="no answer", detail="")
        lease = Duration()
        lease.FromMicroseconds(round(1e6 * answer))
        return RenewAgentLeaseResponse(agent_lease=lease)


async def pauses(monkeypatch: pytest.MonkeyPatch, *answers: float | str) -> list[Any]:
    """What lies between the renewals of a feed that gets these answers, one for each; a hundredth less at most."""
    found: list[float] = []
    seen = asyncio.Event()

    class Loop:
        Event, CancelledError = asyncio.Event, asyncio.CancelledError
        create_task, get_running_loop = asyncio.create_task, asyncio.get_running_loop

        @staticmethod
        async def sleep(seconds: float) -> None:
            found.append(seconds)
            if len(found) == len(answers):
                seen.set()
                await asyncio.Event().wait()

    monkeypatch.setattr(_lease, "asyncio", Loop)
    agents: Any = Agents(*answers)
    opened = asyncio.Event()
    async with _lease.keeping_lease(agents, WATCH, opened):
        opened.set()
        await seen.wait()
    return [pytest.approx(seconds * 1.005, rel=0.006) for seconds in found]


async def test_three_renewals_a_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await pauses(monkeypatch, 30.0, 30.0, 3.0) == [10.0, 10.0, 1.0]


async def test_who_stays_signed_out_is_looked_at_less_and_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    found = await pauses(monkeypatch, *[SIGNED_OUT] * 6, 30.0, SIGNED_OUT)
    assert found == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0, 1.0]


async def test_a_store_that_is_away_is_asked_each_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases that run are at stake."""
    assert await pauses(monkeypatch, SIGNED_OUT, SIGNED_OUT, *[AWAY] * 3) == [1.0, 2.0, 1.0, 1.0, 1.0]
