from collections.abc import Callable
from typing import Any

import pytest

from acd.v1.agent_pb2 import PRESENCE_OFFLINE
from acd.v1.agent_service_pb2 import ListAgentsRequest
from acd.v1.center_service_pb2 import ListCentersRequest
from acd.v1.contact_pb2 import CONTACT_STATE_QUEUED
from acd.v1.contact_service_pb2 import ListContactsRequest
from acd.v1.skill_service_pb2 import ListSkillsRequest
from acd_server.errors import AcdError
from acd_server.tokens import encode_page_token
from acd_server.validation._page import Page
from acd_server.validation.agents import validate_list_agents
from acd_server.validation.centers import validate_list_centers
from acd_server.validation.contacts import validate_list_contacts
from acd_server.validation.skills import validate_list_skills
from tests.api.violations import invalid

PARENT = "centers/bank"


def centers(**fields: Any) -> Page:
    return validate_list_centers(ListCentersRequest(**fields))


def skills(**fields: Any) -> Page:
    return validate_list_skills(ListSkillsRequest(parent=PARENT, **fields)).page


def agents(**fields: Any) -> Page:
    return validate_list_agents(ListAgentsRequest(parent=PARENT, **fields)).page


def contacts(**fields: Any) -> Page:
    return validate_list_contacts(ListContactsRequest(parent=PARENT, **fields)).page


LISTS = pytest.mark.parametrize("read", [centers, skills, agents, contacts])
Read = Callable[..., Page]


@LISTS
@pytest.mark.parametrize(("given", "used"), [(0, 50), (1, 1), (1000, 1000), (1001, 1000), (2**31 - 1, 1000)])
def test_the_page_size_has_a_default_and_a_limit(read: Read, given: int, used: int) -> None:
    assert read(page_size=given).limit == used


def test_a_negative_page_size_is_refused() -> None:
    assert invalid(validate_list_centers, ListCentersRequest(page_size=-1)) == ["page_size"]
    assert invalid(validate_list_skills, ListSkillsRequest(page_size=-1)) == ["parent", "page_size"]
    assert invalid(validate_list_agents, ListAgentsRequest(page_size=-1)) == ["parent", "page_size"]
    assert invalid(validate_list_contacts, ListContactsRequest(page_size=-1)) == ["parent", "page_size"]


@LISTS
def test_a_token_goes_on_where_the_page_ended(read: Read) -> None:
    first = read()
    assert first.after == ""
    assert read(page_token=first.next_token("1700")).after == "1700"
    assert first.next_token("") == ""


@LISTS
@pytest.mark.parametrize("token", ["x", "AAAA", "ü", "\0", "x" * 5000])
def test_a_malformed_token_is_refused(read: Read, token: str) -> None:
    with pytest.raises(AcdError, match="page token") as caught:
        read(page_token=token)
    assert caught.value.reason == "PAGE_TOKEN_INVALID"


@LISTS
@pytest.mark.parametrize("cursor", ["-inf", "+", "(1", "\0", "a b", "1" * 200, "ä"])
def test_a_forged_cursor_does_not_reach_the_store(read: Read, cursor: str) -> None:
    token = encode_page_token(cursor, *read().arguments)
    with pytest.raises(AcdError, match="page token") as caught:
        read(page_token=token)
    assert caught.value.reason == "PAGE_TOKEN_INVALID"


def test_a_token_of_another_list_is_refused() -> None:
    token = agents().next_token("1")
    for other in (
        lambda: agents(page_token=token, presence=PRESENCE_OFFLINE),
        lambda: skills(page_token=token),
        lambda: contacts(page_token=token, state=CONTACT_STATE_QUEUED),
        lambda: validate_list_agents(ListAgentsRequest(parent="centers/shop", page_token=token)),
    ):
        with pytest.raises(AcdError, match="page token"):
            other()
    assert agents(page_token=token, page_size=7).after == "1"


def test_unknown_filters_are_refused() -> None:
    assert invalid(validate_list_agents, ListAgentsRequest(parent=PARENT, presence=9)) == ["presence"]  # type: ignore[arg-type]  # not in the enum
    assert invalid(validate_list_contacts, ListContactsRequest(parent=PARENT, state=-1)) == ["state"]  # type: ignore[arg-type]  # not in the enum
