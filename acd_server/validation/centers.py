"""Requests of CenterService."""

from collections.abc import Iterable
from dataclasses import dataclass

from acd.v1 import center_pb2, center_service_pb2
from acd_server.names import SLUG
from acd_server.validation._check import DAY, HOUR, MILLISECOND, SECOND, Check
from acd_server.validation._page import Page, read_page

_DURATIONS: dict[str, tuple[int, int]] = {
    # field of CenterPolicy: (least, default), in us
    "offer_timeout": (10 * MILLISECOND, 15 * SECOND),
    "wrap_up_time": (0, 0),
    "max_wait": (10 * MILLISECOND, 24 * HOUR),
    "max_active": (10 * MILLISECOND, 12 * HOUR),
    "retention": (10 * MILLISECOND, HOUR),
    "service_level_threshold": (10 * MILLISECOND, 20 * SECOND),
    "retry_delay": (0, 5 * SECOND),
}
_LONGEST = 30 * DAY
_AUTO_ACCEPT = "auto_accept"
# Accepted in masks, where they may only name the default.
_RULES = ("priority_rule", "strategy")
_POLICY = (*_DURATIONS, _AUTO_ACCEPT)
_PATHS = frozenset({"display_name", "policy", *(f"policy.{field}" for field in (*_POLICY, *_RULES))})


@dataclass(frozen=True)
class CreateCenter:
    center: str
    display_name: str
    policy: dict[str, int | bool]


@dataclass(frozen=True)
class UpdateCenter:
    """`changes` has `display_name` and fields of the policy, only those to change."""

    center: str
    changes: dict[str, int | bool | str]


@dataclass(frozen=True)
class OpenCenter:
    center: str
    make_available: bool


@dataclass(frozen=True)
class CloseCenter:
    center: str
    expire_waiting: bool


def validate_create_center(request: center_service_pb2.CreateCenterRequest) -> CreateCenter:
    with Check() as check:
        center = check.slug(request.center_id, "center_id")
        display_name = check.display_name(request.center.display_name, "center.display_name")
        policy = _policy(check, request.center.policy, _POLICY)
        check.request_id(request.request_id)
    return CreateCenter(center, display_name, policy)


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
        changes: dict[str, int | bool | str] = {}
        if "display_name" in paths or (not paths and request.center.display_name):
            changes["display_name"] = check.display_name(request.center.display_name, "center.display_name")
        changes.update(_policy(check, request.center.policy, _policy_fields(paths, request.center.policy)))
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


def validate_get_center_snapshot(request: center_service_pb2.GetCenterSnapshotRequest) -> str:
    """Returns the center's id."""
    with Check() as check:
        return check.center(request.name, "name")


def _policy_fields(paths: frozenset[str], policy: center_pb2.CenterPolicy) -> Iterable[str]:
    """The fields of the policy that an update changes."""
    if "policy" in paths:
        return _POLICY
    if paths:
        return [field for field in _POLICY if f"policy.{field}" in paths]
    # auto_accept has no presence: without a mask only true can be told from unset.
    return [descriptor.name for descriptor, _ in policy.ListFields() if descriptor.name in _POLICY]


def _policy(check: Check, policy: center_pb2.CenterPolicy, fields: Iterable[str]) -> dict[str, int | bool]:
    """The named fields, with defaults for those unset. Rules are checked whatever is named."""
    set_fields = {descriptor.name: value for descriptor, value in policy.ListFields()}
    values: dict[str, int | bool] = {}
    for field in fields:
        if field == _AUTO_ACCEPT:
            values[field] = policy.auto_accept
            continue
        low, default = _DURATIONS[field]
        given = field in set_fields
        path = f"center.policy.{field}"
        values[field] = check.duration(set_fields[field], path, low, _LONGEST) if given else default
    rule = check.enum(center_pb2.PriorityRule, policy.priority_rule, "center.policy.priority_rule")
    check.unimplemented("center.policy.priority_rule", when=rule not in ("", "STRICT"))
    strategy = check.enum(center_pb2.Strategy, policy.strategy, "center.policy.strategy")
    check.unimplemented("center.policy.strategy", when=strategy not in ("", "LONGEST_AVAILABLE"))
    return values
