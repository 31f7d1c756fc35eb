"""Requests of DispatchService."""

from acd.v1 import dispatch_service_pb2
from acd_server.validation._check import Check


def validate_match(request: dispatch_service_pb2.MatchContactsRequest) -> tuple[str, int]:
    """Returns the center's id and the most pairs to make."""
    with Check() as check:
        center = check.center(request.parent)
        max_pairs = check.count(request.max_pairs, "max_pairs", 16, 32)
    return center, max_pairs


def validate_fire(request: dispatch_service_pb2.FireDeadlinesRequest) -> tuple[str, int]:
    """Returns the center's id and the most records to change."""
    with Check() as check:
        center = check.center(request.parent)
        max_count = check.count(request.max_count, "max_count", 16, 32)
    return center, max_count


def validate_watch_work(request: dispatch_service_pb2.WatchWorkRequest) -> str:
    """Returns the center's id; "" for every center."""
    with Check() as check:
        return check.center(request.center, "center") if request.center else ""
