"""What must be the same in two places is."""

import re
from collections.abc import Iterator
from pathlib import Path

from acd.v1 import contact_pb2, event_pb2

ROOT = Path(__file__).parent.parent.parent
LUA = ROOT / "acd_server" / "lua"


def lua_texts() -> Iterator[tuple[str, str]]:
    for path in LUA.rglob("*.lua"):
        yield path.name, path.read_text(encoding="utf-8")


def test_scripts_write_events_of_the_contract() -> None:
    types = {name.removeprefix("EVENT_TYPE_") for name in event_pb2.EventType.keys()}
    used = {name for _, text in lua_texts() for name in re.findall(r"commit(?:_\w+)?\('([A-Z_]+)'", text)}
    assert used
    assert {name for name in used if not name.endswith("_")} <= types
    states = {name.removeprefix("CONTACT_STATE_") for name in contact_pb2.ContactState.keys()}
    assert {"ABANDONED", "CANCELED", "EXPIRED"} <= states
    assert {f"CONTACT_{state}" for state in ("ABANDONED", "CANCELED", "EXPIRED")} <= types
