"""The policy's fields are the same in the contract, the table, the scripts and the page."""

import re
from pathlib import Path

from acd.v1.center_pb2 import CenterPolicy
from acd_server.policy import FIELDS, default_of

ROOT = Path(__file__).parent.parent.parent
SCRIPT = ROOT / "acd_server" / "lua" / "lib" / "policy.lua"
PAGE = ROOT / "docs" / "policy.md"


def test_every_field_of_the_contract_is_in_the_table() -> None:
    assert {field.name for field in CenterPolicy.DESCRIPTOR.fields} == FIELDS.keys()


def test_scripts_know_the_same_defaults() -> None:
    found = re.findall(r"(\w+) = ([-\w']+),", SCRIPT.read_text(encoding="utf-8"))
    assert found
    for field, default in found:
        assert str(int(default_of(field))) == default


def test_every_field_is_on_the_page() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted({field.name for field in CenterPolicy.DESCRIPTOR.fields})
