from acd.v1.center_service_pb2 import GetCenterSnapshotRequest
from acd.v1.contact_pb2 import (
    ASSIGNMENT_STATE_MISSED,
    CONTACT_STATE_COMPLETED,
    CONTACT_STATE_EXPIRED,
    CONTACT_STATE_QUEUED,
    END_REASON_MAX_WAIT,
    OUTCOME_LOST,
)
from acd.v1.dispatch_service_pb2 import FireDeadlinesRequest, FireDeadlinesResponse
from tests.api.harness import Api, Bank
from tests.support.wait import wait_until


async def fire(bank: Bank, max_count: int = 0) -> FireDeadlinesResponse:
    return await bank.api.dispatch.FireDeadlines(FireDeadlinesRequest(parent=bank.name, max_count=max_count))


async def test_nothing_to_fire(bank: Bank) -> None:
    assert await fire(bank) == FireDeadlinesResponse()


async def test_the_next_one_is_told(bank: Bank) -> None:
    await bank.policy(max_wait=60)
    await bank.contact()
    reply = await fire(bank)
    assert (reply.fired_count, reply.more) == (0, False)
    assert 50 < reply.due_in.ToMilliseconds() / 1000 <= 60


async def test_an_offer_that_nobody_answers(bank: Bank) -> None:
    await bank.policy(offer_timeout=0.05)
    await bank.offered()
    idle = (await bank.get_agent()).idle_time
    await wait_until(bank.fire, "the offer runs out")
    contact = await bank.get_contact()
    assert contact.state == CONTACT_STATE_QUEUED
    assert contact.assignment.state == ASSIGNMENT_STATE_MISSED
    assert (await bank.get_agent()).idle_time.ToNanoseconds() > idle.ToNanoseconds()


async def test_a_wait_that_is_too_long(bank: Bank) -> None:
    await bank.policy(max_wait=0.05)
    await bank.contact()
    await wait_until(bank.fire, "the wait ends")
    contact = await bank.get_contact()
    assert (contact.state, contact.end_reason) == (CONTACT_STATE_EXPIRED, END_REASON_MAX_WAIT)


async def test_a_service_that_never_ends(bank: Bank) -> None:
    await bank.policy(max_active=0.05)
    await bank.active()
    await wait_until(bank.fire, "the service ends")
    contact = await bank.get_contact()
    assert contact.state == CONTACT_STATE_COMPLETED
    assert contact.assignment.outcome == OUTCOME_LOST


async def test_no_more_than_asked_for(bank: Bank) -> None:
    await bank.policy(max_wait=0.01)
    for i in range(5):
        await bank.contact(f"c-{i}")
    last = (await bank.get_contact("c-4")).expire_time.ToMicroseconds()

    async def all_due() -> bool:
        request = GetCenterSnapshotRequest(name=bank.name)
        return (await bank.api.centers.GetCenterSnapshot(request)).snapshot_time.ToMicroseconds() > last

    await wait_until(all_due, "all of them are due")
    reply = await fire(bank, 3)
    assert (reply.fired_count, reply.more) == (3, True)
    assert (await fire(bank, 3)).fired_count == 2
    assert (await fire(bank, 3)).fired_count == 0


async def test_a_center_that_does_not_exist(api: Api) -> None:
    request = FireDeadlinesRequest(parent="centers/nowhere")
    await api.refused("RESOURCE_NOT_FOUND", api.dispatch.FireDeadlines, request)


async def test_bad_input(api: Api) -> None:
    request = FireDeadlinesRequest(parent="x", max_count=-1)
    refused = await api.refused("INVALID_FIELD", api.dispatch.FireDeadlines, request)
    assert refused.fields == ["parent", "max_count"]
