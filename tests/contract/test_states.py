"""The picture of a contact's states says what the judge, the contract and the documents say."""

import re

from acd.v1 import contact_pb2, event_pb2
from simulator.oracle import TRANSITIONS
from tools.gen_protos import ROOT

PAGE = (ROOT / "docs" / "contacts.md").read_text(encoding="utf-8")
START = "[*]"
CAME = {
    (START, "CONTACT_STATE_QUEUED", "EVENT_TYPE_CONTACT_ENQUEUED"),
    (START, "CONTACT_STATE_SCHEDULED", "EVENT_TYPE_CONTACT_SCHEDULED"),
}
ENDS = {"COMPLETED", "ABANDONED", "CANCELED", "EXPIRED"}


def drawn() -> list[tuple[str, str, str]]:
    """Arrows of the picture that is marked as compared: from, to, and what is written on them."""
    block = re.search(r"<!-- states: .*? -->\n```mermaid\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    return re.findall(r"^ +(\S+) --> ([^\s:]+):? ?(.*)$", block[1], re.MULTILINE)


def test_the_arrows_are_the_transitions() -> None:
    names = contact_pb2.ContactState.DESCRIPTOR.values_by_number
    kinds = event_pb2.EventType.DESCRIPTOR.values_by_number
    known = {
        (names[state].name, names[after].name, kinds[kind].name)
        for kind, (before, after) in TRANSITIONS.items()
        for state in before
    }
    arrows = {
        (start if start == START else f"CONTACT_STATE_{start}", f"CONTACT_STATE_{end}", f"EVENT_TYPE_{event}")
        for start, end, event in drawn()
        if end != START
    }
    assert arrows == known | CAME


def test_every_state_is_drawn_and_the_ends_are_ends() -> None:
    arrows = drawn()
    states = {state.removeprefix("CONTACT_STATE_") for state in contact_pb2.ContactState.DESCRIPTOR.values_by_name}
    assert {end for _, end, _ in arrows} - {START} == states - {"UNSPECIFIED"}
    assert {start for start, end, _ in arrows if end == START} == ENDS


def test_every_reason_of_an_end_is_told() -> None:
    told = set(re.findall(r"\b[A-Z_]{6,}\b", PAGE))
    for reason in contact_pb2.EndReason.DESCRIPTOR.values_by_name:
        assert reason.removeprefix("END_REASON_") in told | {"UNSPECIFIED"}


def test_every_event_is_told() -> None:
    told = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "events.md").read_text(encoding="utf-8")))
    kinds = {kind.removeprefix("EVENT_TYPE_") for kind in event_pb2.EventType.DESCRIPTOR.values_by_name}
    assert told & kinds == kinds - {"UNSPECIFIED"}
