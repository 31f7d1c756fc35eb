"""Which refusals clients saw over the wire; `python -m tests.support.reasons`, after all tests: which nobody saw.

Noted wherever a grpc.aio client in this process gets an error from a real router: that
is known by the request id in the trailing metadata, which the tests' fakes do not send.
System tests, whose clients are other processes, note theirs with `saw`.
"""

import functools
import os
import sys
from pathlib import Path
from typing import Any

import grpc.aio
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]  # it has no types

from acd.v1.error_reason_pb2 import ErrorReason

FOLDER = Path("build") / "reasons"
PREFIX = "ERROR_REASON_"
SEEN: set[str] = set()

_DETAILS, _REQUEST_ID = "grpc-status-details-bin", "x-request-id"


def saw(reason: str) -> None:
    """A client saw this reason."""
    SEEN.add(reason)


def expected() -> set[str]:
    """Every reason of the contract that is still sent."""
    values = ErrorReason.DESCRIPTOR.values
    return {value.name.removeprefix(PREFIX) for value in values if value.number and not value.GetOptions().deprecated}


def record() -> None:
    """From now on every error that a client in this process gets is looked at."""
    original = grpc.aio.AioRpcError.__init__

    @functools.wraps(original)
    def init(self: grpc.aio.AioRpcError, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        _note(self.trailing_metadata() or ())

    grpc.aio.AioRpcError.__init__ = init  # type: ignore[method-assign]  # the one place that every error passes


def _note(metadata: Any) -> None:
    found = dict(metadata)
    details = found.get(_DETAILS)
    if _REQUEST_ID not in found or not isinstance(details, bytes):
        return
    info = error_details_pb2.ErrorInfo()
    try:
        for detail in status_pb2.Status.FromString(details).details:
            if detail.Unpack(info):
                saw(info.reason)
    except DecodeError:
        return


def write() -> None:
    """One file per process, so that test runs side by side, and second tries, add up."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{os.getpid()}.txt").write_text("\n".join(sorted(SEEN)))


def missing() -> list[str]:
    """What no client of all processes of the run saw."""
    seen = {line for file in FOLDER.glob("*.txt") for line in file.read_text().splitlines()}
    return sorted(expected() - seen)


if __name__ == "__main__":
    found = missing()
    sys.exit(f"INCOMPLETE: no client saw these reasons over the wire: {', '.join(found)}" if found else 0)
