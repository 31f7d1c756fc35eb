"""The table of reasons and the contract say the same."""

import re
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2  # type: ignore[import-untyped]  # it has no types

from acd_server import errors
from acd_server.errors import CODES, RETRY_DELAYS, AcdError, FieldViolation
from acd_server.interceptors.errors import status_of
from tests.support import reasons

PROTO = Path(__file__).parent.parent.parent / "protos" / "acd" / "v1" / "error_reason.proto"
PREFIX = "ERROR_REASON_"


def documented() -> dict[str, str]:
    """Reason → the comment above it in the contract, on one line."""
    found, comment = {}, ""
    for line in PROTO.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.startswith("//"):
            comment += " " + text.removeprefix("//").strip()
        elif match := re.fullmatch(r"ERROR_REASON_(\w+) = [1-9]\d*;", text):
            found[match[1]] = comment
            comment = ""
        else:
            comment = ""
    return found


def test_every_reason_of_the_contract_has_a_code_and_no_other_has() -> None:
    assert reasons.expected() == set(CODES) == set(documented())


@pytest.mark.parametrize("reason", sorted(CODES))
def test_code_and_retry_are_as_documented(reason: str) -> None:
    comment = documented()[reason]
    assert f"`{CODES[reason].name}`" in comment
    assert ("RetryInfo" in comment) == (reason in RETRY_DELAYS)


@pytest.mark.parametrize("reason", sorted(errors._MESSAGES))
def test_a_message_needs_only_documented_metadata(reason: str) -> None:
    comment = documented()[reason].partition("Metadata:")[2]
    for key in re.findall(r"{(\w+)}", errors._MESSAGES[reason]):
        assert f"`{key}`" in comment


def test_a_status_says_all() -> None:
    error = AcdError("QUEUE_FULL", name="centers/acme", limit="5", scope="class")
    status = status_of(error)
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    assert (status.code, status.message) == (grpc.StatusCode.RESOURCE_EXHAUSTED.value[0], error.message)
    assert status.details[0].Unpack(info)
    assert (info.reason, info.domain, dict(info.metadata)) == (
        "QUEUE_FULL",
        "acd.v1",
        {"name": "centers/acme", "limit": "5", "scope": "class"},
    )
    assert status.details[1].Unpack(retry)
    assert retry.retry_delay.ToTimedelta().total_seconds() == RETRY_DELAYS["QUEUE_FULL"]
    assert len(status.details) == 2


def test_a_status_fits_into_what_clients_take_as_metadata() -> None:
    fields = tuple(FieldViolation(f"skills[{n}]", "x" * 2000) for n in range(64))
    error = AcdError("INVALID_FIELD", "y" * 60_000, fields=fields, field="skills[0]")
    assert len(status_of(error).SerializeToString()) < 7000
