from acd.v1.contact_pb2 import (
    CONTACT_STATE_ABANDONED,
    CONTACT_STATE_ACTIVE,
    CONTACT_STATE_CANCELED,
    CONTACT_STATE_COMPLETED,
    CONTACT_STATE_EXPIRED,
    CONTACT_STATE_OFFERED,
    CONTACT_STATE_QUEUED,
    CONTACT_STATE_SCHEDULED,
    CONTACT_STATE_UNSPECIFIED,
    CONTACT_STATE_WRAP_UP,
    ContactState,
)
from acd.v1.contact_service_pb2 import AbandonContactRequest, CancelContactRequest, ListContactsRequest
from tests.api.harness import Api, Bank
from tests.api.violations import message


async def pages(
    bank: Bank, page_size: int = 0, state: ContactState.ValueType = CONTACT_STATE_UNSPECIFIED
) -> list[list[str]]:
    found, token = [], ""
    while True:
        request = ListContactsRequest(parent=bank.name, page_size=page_size, page_token=token, state=state)
        response = await bank.api.contacts.ListContacts(request)
        found.append([contact.name.removeprefix(f"{bank.name}/contacts/") for contact in response.contacts])
        token = response.next_page_token
        if not token:
            return found


async def test_no_contacts(bank: Bank) -> None:
    assert await pages(bank) == [[]]


async def test_130_contacts_in_pages_the_oldest_first(bank: Bank) -> None:
    made = [f"c-{(37 * i) % 130}" for i in range(130)]
    for i, contact in enumerate(made):
        await bank.contact(contact, priority=i % 10)
    by_default = await pages(bank)
    assert [len(page) for page in by_default] == [50, 50, 30]
    assert [each for page in by_default for each in page] == made
    assert [len(page) for page in await pages(bank, 65)] == [65, 65]
    assert await pages(bank, 1001) == [made]
    assert await pages(bank, 130, state=CONTACT_STATE_QUEUED) == [made]


async def test_by_state(api: Api, bank: Bank) -> None:
    await bank.policy(wrap_up_time=60)
    await bank.completed("wrap", "a")
    await bank.policy(wrap_up_time=0)
    await bank.completed("done", "b")
    await bank.active("active", "c")
    await bank.offered("offered", "d")
    for contact in ("left", "taken", "queued"):
        await bank.contact(contact)
    await api.contacts.AbandonContact(AbandonContactRequest(name=bank.contact_name("left")))
    await api.contacts.CancelContact(CancelContactRequest(name=bank.contact_name("taken")))
    expected = {
        CONTACT_STATE_SCHEDULED: [],
        CONTACT_STATE_QUEUED: ["queued"],
        CONTACT_STATE_OFFERED: ["offered"],
        CONTACT_STATE_ACTIVE: ["active"],
        CONTACT_STATE_WRAP_UP: ["wrap"],
        CONTACT_STATE_COMPLETED: ["done"],
        CONTACT_STATE_ABANDONED: ["left"],
        CONTACT_STATE_CANCELED: ["taken"],
        CONTACT_STATE_EXPIRED: [],
    }
    assert {state: await pages(bank, state=state) for state in expected} == {
        state: [contacts] for state, contacts in expected.items()
    }
    assert await pages(bank) == [["wrap", "done", "active", "offered", "left", "taken", "queued"]]


async def test_a_listed_contact_is_the_whole_contact(api: Api, bank: Bank) -> None:
    await bank.active()
    (contact,) = (await api.contacts.ListContacts(ListContactsRequest(parent=bank.name))).contacts
    assert contact == await bank.get_contact()


async def test_a_token_with_another_filter(api: Api, bank: Bank) -> None:
    await bank.contact("c1")
    await bank.contact("c2")
    token = (await api.contacts.ListContacts(ListContactsRequest(parent=bank.name, page_size=1))).next_page_token
    request = ListContactsRequest(parent=bank.name, page_token=token, state=CONTACT_STATE_QUEUED)
    await api.refused("PAGE_TOKEN_INVALID", api.contacts.ListContacts, request)


async def test_a_center_that_does_not_exist(api: Api) -> None:
    request = ListContactsRequest(parent="centers/nowhere")
    await api.refused("RESOURCE_NOT_FOUND", api.contacts.ListContacts, request)


async def test_bad_input(api: Api, bank: Bank) -> None:
    request = message(ListContactsRequest, parent=bank.name, page_size=-3, state=10)
    refused = await api.refused("INVALID_FIELD", api.contacts.ListContacts, request)
    assert refused.fields == ["state", "page_size"]
