from acd.v1.contact_pb2 import (
    CHANNEL_VOICE,
    CONTACT_STATE_ABANDONED,
    CONTACT_STATE_ACTIVE,
    CONTACT_STATE_QUEUED,
    END_REASON_OWNER_LOST,
    Contact,
)
from acd.v1.contact_service_pb2 import AcceptAssignmentRequest, EnqueueContactRequest, RenewOwnerRequest
from tests.api.harness import Api, Bank
from tests.api.violations import span
from tests.support.wait import wait_until


def renew(bank: Bank, lease: float, owner: str = "edge-1") -> RenewOwnerRequest:
    return RenewOwnerRequest(parent=bank.name, owner=owner, owner_lease=span(lease))


async def test_one_call_renews_all_contacts_of_an_owner(api: Api, bank: Bank) -> None:
    for contact in ("c1", "c2", "c3"):
        await bank.contact(contact, owner="edge-1" if contact != "c3" else "edge-2")
    reply = await api.contacts.RenewOwner(renew(bank, 60))
    assert reply.waiting_count == 2
    now = (await bank.get_contact("c3")).enqueue_time
    assert 59 <= reply.expire_time.seconds - now.seconds <= 62


async def test_an_owner_without_contacts(api: Api, bank: Bank) -> None:
    assert (await api.contacts.RenewOwner(renew(bank, 60, "nobody"))).waiting_count == 0


async def test_when_the_lease_is_over_those_who_wait_end(api: Api, bank: Bank) -> None:
    await bank.agent()
    await bank.contact("served", owner="edge-1")
    (assignment,) = await bank.match()
    await api.contacts.AcceptAssignment(AcceptAssignmentRequest(name=assignment.name))
    await bank.contact("mine", owner="edge-1")
    await bank.contact("other", owner="edge-2")
    await api.contacts.RenewOwner(renew(bank, 0.01))

    async def is_over() -> bool:
        await bank.fire()
        return (await bank.get_contact("mine")).state == CONTACT_STATE_ABANDONED

    await wait_until(is_over, "the lease runs out")
    assert (await bank.get_contact("mine")).end_reason == END_REASON_OWNER_LOST
    assert (await bank.get_contact("served")).state == CONTACT_STATE_ACTIVE
    assert (await bank.get_contact("other")).state == CONTACT_STATE_QUEUED


async def test_the_lease_can_come_with_the_contact(api: Api, bank: Bank) -> None:
    contact = Contact(channel=CHANNEL_VOICE, owner="edge-1")
    request = EnqueueContactRequest(parent=bank.name, contact_id="c1", contact=contact, owner_lease=span(0.01))
    await api.contacts.EnqueueContact(request)

    async def is_over() -> bool:
        await bank.fire()
        return (await bank.get_contact()).state == CONTACT_STATE_ABANDONED

    await wait_until(is_over, "the lease runs out")


async def test_renewing_again_moves_the_end(api: Api, bank: Bank) -> None:
    first = await api.contacts.RenewOwner(renew(bank, 60))
    again = await api.contacts.RenewOwner(renew(bank, 60))
    assert again.expire_time.ToNanoseconds() > first.expire_time.ToNanoseconds()


async def test_a_center_that_does_not_exist(api: Api) -> None:
    request = RenewOwnerRequest(parent="centers/nowhere", owner="x", owner_lease=span(1))
    await api.refused("RESOURCE_NOT_FOUND", api.contacts.RenewOwner, request)


async def test_bad_input(api: Api, bank: Bank) -> None:
    request = RenewOwnerRequest(parent=bank.name, owner="{x}")
    refused = await api.refused("INVALID_FIELD", api.contacts.RenewOwner, request)
    assert refused.fields == ["owner", "owner_lease"]
