"""Requests of CenterService."""

from typing import NamedTuple

from acd.v1 import center_pb2, center_service_pb2
from acd_server.names import SLUG
from acd_server.policy import Value
from acd_server.validation._calendar import read_calendar
from acd_server.validation._check import Check
from acd_server.validation._page import Page, read_page
from acd_server.validation._policy import PATHS, fields_to_change, read_policy

_PATHS = PATHS | {"display_name", "calendar"}


class CreateCenter(NamedTuple):
    center: str
    display_name: str
    policy: dict[str, Value]
    calendar: str
    """JSON, as it is kept; "": none."""


class UpdateCenter(NamedTuple):
    """`changes` has `display_name` and fields of the policy, only those to change."""

    center: str
    changes: dict[str, Value]


class OpenCenter(NamedTuple):
    center: str
    make_available: bool


class CloseCenter(NamedTuple):
    center: str
    expire_waiting: bool


def validate_create_center(request: center_service_pb2.CreateCenterRequest) -> CreateCenter:
    with Check() as check:
        center = check.slug(request.center_id, "center_id")
        display_name = check.display_name(request.center.display_name, "center.display_name")
        policy = read_policy(check, request.center.policy)
        for i, rule in enumerate(request.center.policy.overflow_rules):
            if rule.required_skills:
                field = f"center.policy.overflow_rules[{i}].required_skills"
                check.add(field, "must be empty in a new center, which has no skills yet")
        calendar = read_calendar(check, request.center.calendar) if request.center.HasField("calendar") else ""
        check.request_id(request.request_id)
    return CreateCenter(center, display_name, policy, calendar)


def validate_get_center(request: center_service_pb2.GetCenterRequest) -> str:
    """Returns the center's id."""
    with Check() as check:
        return check.center(request.name, "name")


def validate_list_centers(request: center_service_pb2.ListCentersRequest) -> Page:
    with Check() as check:
        limit = check.page_size(request.page_size)
    return read_page(request.page_token, limit, SLUG, "ListCenters")


def validate_update_center(request: center_service_pb2.UpdateCenterRequest) -> UpdateCenter:
    with Check() as check:
        center = check.center(request.center.name, "center.name")
        paths = check.mask(request.update_mask.paths, _PATHS)
        changes: dict[str, Value] = {}
        if "display_name" in paths or (not paths and request.center.display_name):
            changes["display_name"] = check.display_name(request.center.display_name, "center.display_name")
        if "calendar" in paths or (not paths and request.center.HasField("calendar")):
            given = request.center.HasField("calendar")
            changes["calendar"] = read_calendar(check, request.center.calendar) if given else ""
            changes["calendar_expires"] = request.center.calendar.expire_waiting
        policy = request.center.policy
        changes.update(read_policy(check, policy, fields_to_change(paths, policy)))
        check.request_id(request.request_id)
    return UpdateCenter(center, changes)


def validate_open_center(request: center_service_pb2.OpenCenterRequest) -> OpenCenter:
    with Check() as check:
        center = check.center(request.name, "name")
        check.request_id(request.request_id)
    return OpenCenter(center, request.make_available)


def validate_close_center(request: center_service_pb2.CloseCenterRequest) -> CloseCenter:
    with Check() as check:
        center = check.center(request.name, "name")
        waiting = check.enum(center_pb2.WaitingAction, request.waiting, "waiting")
        check.request_id(request.request_id)
    return CloseCenter(center, waiting == "EXPIRE")


class ExplainRouting(NamedTuple):
    """Either the id of a contact or that of an agent is not empty."""

    center: str
    contact: str
    agent: str


def validate_explain_routing(request: center_service_pb2.ExplainRoutingRequest) -> ExplainRouting:
    with Check() as check:
        center = check.center(request.name, "name")
        contact = agent = ""
        match request.WhichOneof("subject"):
            case "contact":
                named = check.contact(request.contact, "contact")
                contact = named.contact
                if center and named.center and named.center != center:
                    check.add("contact", "must be a contact of the center")
            case "agent":
                named_agent = check.agent(request.agent, "agent")
                agent = named_agent.agent
                if center and named_agent.center and named_agent.center != center:
                    check.add("agent", "must be an agent of the center")
            case _:
                check.add("contact", "or agent is required")
    return ExplainRouting(center, contact, agent)


def validate_get_center_snapshot(request: center_service_pb2.GetCenterSnapshotRequest) -> str:
    """Returns the center's id."""
    with Check() as check:
        return check.center(request.name, "name")
