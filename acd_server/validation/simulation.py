"""Requests of SimulationService."""

from typing import NamedTuple

from acd.v1 import simulation_service_pb2
from acd_server.validation._check import Check


class Advance(NamedTuple):
    """`latest` is the latest time to go to, in microseconds since the epoch."""

    center: str
    latest: int
    seen_sequence: int


def validate_advance_clock(request: simulation_service_pb2.AdvanceClockRequest) -> Advance:
    with Check() as check:
        center = check.center(request.name, "name")
        latest = 0
        if request.HasField("until"):
            latest = check.time(request.until, "until")
        else:
            check.add("until", "is required")
        if request.seen_sequence < 0:
            check.add("seen_sequence", "must not be negative")
    return Advance(center, latest, request.seen_sequence)
