"""What must be the same in two places is."""

import re
from collections.abc import Iterator
from pathlib import Path

from acd.v1 import contact_pb2, error_reason_pb2, event_pb2
from acd_server import errors
from acd_server.config import markdown

ROOT = Path(__file__).parent.parent.parent
LUA = ROOT / "acd_server" / "lua"
REASONS = {name.removeprefix("ERROR_REASON_") for name in error_reason_pb2.ErrorReason.keys()} - {"UNSPECIFIED"}


def lua_texts() -> Iterator[tuple[str, str]]:
    for path in LUA.rglob("*.lua"):
        yield path.name, path.read_text(encoding="utf-8")


def test_every_reason_has_its_code_and_no_other() -> None:
    assert set(errors.CODES) == REASONS


def test_the_code_of_a_reason_is_the_one_in_its_comment() -> None:
    """The comment in error_reason.proto begins with the code."""
    text = (ROOT / "protos" / "acd" / "v1" / "error_reason.proto").read_text(encoding="utf-8")
    by_reason = {
        reason: code
        for code, reason in re.findall(r"// `([A-Z_]+)`[^\n]*(?:\n  //[^\n]*)*\n  ERROR_REASON_([A-Z_]+) = ", text)
    }
    assert by_reason == {reason: code.name for reason, code in errors.CODES.items()}


def test_scripts_refuse_with_reasons_of_the_contract() -> None:
    used = {reason for _, text in lua_texts() for reason in re.findall(r"refuse\('([A-Z_]+)'", text)}
    assert used
    assert used <= REASONS


def test_scripts_write_events_of_the_contract() -> None:
    types = {name.removeprefix("EVENT_TYPE_") for name in event_pb2.EventType.keys()}
    used = {name for _, text in lua_texts() for name in re.findall(r"commit(?:_\w+)?\('([A-Z_]+)'", text)}
    assert used
    assert {name for name in used if not name.endswith("_")} <= types
    states = {name.removeprefix("CONTACT_STATE_") for name in contact_pb2.ContactState.keys()}
    assert {"ABANDONED", "CANCELED", "EXPIRED"} <= states
    assert {f"CONTACT_{state}" for state in ("ABANDONED", "CANCELED", "EXPIRED")} <= types


def test_the_page_of_settings_is_current() -> None:
    """`acd settings --markdown > docs/settings.md`."""
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == markdown()
