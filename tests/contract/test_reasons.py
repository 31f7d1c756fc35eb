"""One list of reasons: in the contract, in the table of codes, in the scripts, in the client."""

import re
from pathlib import Path

import pytest

from acd_client.errors import BY_REASON
from acd_server.errors import CODES, RETRY_DELAYS
from tests.support import reasons
from tools.gen_protos import ROOT

PROTO = ROOT / "protos" / "acd" / "v1" / "error_reason.proto"
LUA = ROOT / "acd_server" / "lua"
_ENTRY = re.compile(r"((?:  //.*\n)+)  ERROR_REASON_(\w+) = [1-9]")
_IN_LUA = re.compile(r"""refuse\(\s*['"]([A-Z_]+)['"]|['"]err['"],\s*['"]([A-Z_]+)['"]""")
_IN_PYTHON = re.compile(r"""AcdError\(\s*"([A-Z_]+)\"""")


def documented() -> dict[str, str]:
    """Reason → what the contract says of it."""
    text = PROTO.read_text(encoding="utf-8")
    return {name: " ".join(comment.replace("//", "").split()) for comment, name in _ENTRY.findall(text)}


def test_every_reason_has_a_code_and_every_code_a_reason() -> None:
    assert set(CODES) == reasons.expected()


@pytest.mark.parametrize("reason", sorted(CODES))
def test_the_contract_says_the_code_that_is_sent(reason: str) -> None:
    said = documented()[reason]
    assert said.startswith(f"`{CODES[reason].name}`")
    assert ("google.rpc.RetryInfo" in said) == (reason in RETRY_DELAYS)


def reasons_in(pattern: re.Pattern[str], files: list[Path]) -> dict[str, str]:
    """Reason → a file that uses it."""
    found = {}
    for path in files:
        for match in pattern.finditer(path.read_text(encoding="utf-8")):
            found[next(filter(None, match.groups()))] = str(path.relative_to(ROOT))
    return found


def test_scripts_refuse_with_known_reasons_only() -> None:
    found = reasons_in(_IN_LUA, sorted(LUA.rglob("*.lua")))
    assert {reason: path for reason, path in found.items() if reason not in CODES} == {}
    assert {"WRONG_STATE", "CENTER_CLOSED", "QUEUE_FULL"} <= found.keys(), "the pattern no longer finds reasons"


def test_servers_refuse_with_known_reasons_only() -> None:
    found = reasons_in(_IN_PYTHON, sorted((ROOT / "acd_server").rglob("*.py")))
    assert {reason: path for reason, path in found.items() if reason not in CODES} == {}
    assert found


def test_the_client_knows_no_other_reasons() -> None:
    assert set(BY_REASON) <= set(CODES)
