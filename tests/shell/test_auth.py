"""The table of rights, and the tokens file."""

import json
import os
import re
from pathlib import Path

import pytest
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from acd_server import auth
from acd_server.auth import RIGHTS, ROLES, Principal, Tokens, TokensFileError, digest_of, new_token, parse_tokens
from acd_server.late import services_of

DESCRIBED = {f"{name}/{method.name}" for name, service in services_of("virtual").items() for method in service.methods}


def methods_of(module: object) -> set[str]:
    services = module.DESCRIPTOR.services_by_name.values()  # type: ignore[attr-defined]  # a generated module
    return {f"{service.full_name}/{method.name}" for service in services for method in service.methods}


def entry(token: str, role: str, center: str, agent: str = "") -> str:
    lines = ["[[tokens]]", f'sha256 = "{digest_of(token)}"', f'role = "{role}"', f'center = "{center}"']
    return "\n".join([*lines, f'agent = "{agent}"' if agent else "", ""])


def bearer(token: str) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {token}")]


def test_every_method_is_in_the_table_and_no_other() -> None:
    assert set(RIGHTS) == DESCRIBED | methods_of(reflection_pb2)
    assert methods_of(health_pb2) == auth.OPEN_METHODS


@pytest.mark.parametrize("method", sorted(RIGHTS))
def test_rights_are_of_known_roles_and_operators_have_all(method: str) -> None:
    right = RIGHTS[method]
    assert right.roles <= set(ROLES)
    assert "operator" in right.roles
    # What an agent may call is held to what is its own.
    assert ("agent" in right.roles) == bool(right.own)


def test_who_may_do_what() -> None:
    def may(role: str) -> set[str]:
        return {method.partition("/")[2] for method, right in RIGHTS.items() if role in right.roles}

    assert may("dispatcher") == {"WatchWork", "MatchContacts", "FireDeadlines", "ListCenters"}
    assert may("agent") == {
        "GetAgent",
        "SetAgentState",
        "RenewAgentLease",
        "PullContact",
        "GetContact",
        "AcceptAssignment",
        "DeclineAssignment",
        "CompleteContact",
        "TransferContact",
        "RescheduleContact",
        "ExtendWrapUp",
        "FinishWrapUp",
        "RequeueContact",
        "Watch",
    }
    everything_else = {"CreateCenter", "WatchWork", "MatchContacts", "FireDeadlines", "ServerReflectionInfo"}
    everything_else.add("AdvanceClock")
    assert {method.partition("/")[2] for method in RIGHTS} - may("supervisor") == everything_else
    changes = {"EnqueueContact", "RenewOwner", "CompleteContact", "AbandonContact", "CancelContact", "RequeueContact"}
    reads = {"GetCenter", "ListCenters", "GetCenterSnapshot", "ListSkills", "GetAgent", "ListAgents", "GetContact"}
    changes |= {"TransferContact", "RescheduleContact", "ReprioritizeContact"}
    reads |= {"ListContacts", "GetQueuePosition", "ExplainRouting", "Watch"}
    assert may("platform") == changes | reads


def test_toml_and_json_say_the_same() -> None:
    tokens = [{"sha256": digest_of("t"), "role": "agent", "center": "acme", "agent": "ann", "note": "desk 4"}]
    expected = {digest_of("t"): Principal("agent", "acme", "ann")}
    assert parse_tokens(json.dumps({"tokens": tokens}), is_json=True) == expected
    assert parse_tokens(entry("t", "agent", "acme", "ann"), is_json=False) == expected


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (entry("t", "king", "acme"), "role must be one of"),
        (entry("t", "platform", "Acme!"), "center must be the id"),
        (entry("t", "operator", "acme"), "an operator is one of all centers"),
        (entry("t", "agent", "acme"), "agent must be set"),
        (entry("t", "platform", "acme", "ann"), "agent must be set for the role agent, and only for it"),
        (entry("t", "agent", "*", "ann"), "needs the id of an agent, and of its center"),
        (entry("t", "platform", "*") * 2, "token 2: the same one is above"),
        ('[[tokens]]\nsha256 = "abc"\n', "sha256 must be 64"),
        ('[[tokens]]\nsecret = "abc"\n', "secret: no such key"),
        ("[[tokens]]\nsha256 = 5\n", "every value must be text"),
        ("tokens = 5", "tokens must be a list"),
        ("tokens = [", "cannot be read"),
    ],
)
def test_a_faulty_file_is_refused_with_what_is_wrong(text: str, fault: str) -> None:
    with pytest.raises(TokensFileError, match=re.escape(fault)):
        parse_tokens(text, is_json=False)


def test_every_faulty_entry_is_told() -> None:
    with pytest.raises(TokensFileError) as caught:
        parse_tokens(entry("t", "king", "acme") + entry("u", "agent", "acme"), is_json=False)
    assert "token 1" in str(caught.value)
    assert "token 2" in str(caught.value)


def test_only_a_bearer_token_that_is_known_counts(tmp_path: Path) -> None:
    path = tmp_path / "tokens.toml"
    token = new_token()
    path.write_text(entry(token, "platform", "acme"))
    tokens = Tokens(str(path))
    assert tokens.find(bearer(token)) == Principal("platform", "acme")
    assert tokens.find([("authorization", f"bearer {token}")]) == Principal("platform", "acme")
    refused = [
        [],
        bearer(new_token()),
        bearer(digest_of(token)),
        bearer(""),
        [("authorization", token)],
        [("authorization", f"Basic {token}")],
        bearer(token) * 2,
        [("x-token", token)],
    ]
    assert [metadata for metadata in refused if tokens.find(metadata)] == []


def test_a_changed_file_counts_and_a_broken_one_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tokens, "CHECK_EVERY", 0.0)
    path = tmp_path / "tokens.toml"
    path.write_text(entry("first", "platform", "acme"))
    tokens = Tokens(str(path))

    def write(text: str, second: int) -> None:
        path.write_text(text)
        os.utime(path, (second, second))

    write(entry("second", "supervisor", "acme"), 1_000)
    assert tokens.find(bearer("first")) is None
    assert tokens.find(bearer("second")) == Principal("supervisor", "acme")
    write("tokens = [", 2_000)
    assert tokens.find(bearer("second")) == Principal("supervisor", "acme")
    path.unlink()
    assert tokens.find(bearer("second")) == Principal("supervisor", "acme")
    write(entry("third", "dispatcher", "*"), 3_000)
    assert tokens.find(bearer("third")) == Principal("dispatcher", "*")


def test_a_missing_file_is_told_at_start(tmp_path: Path) -> None:
    with pytest.raises(TokensFileError, match="No such file"):
        Tokens(str(tmp_path / "absent.toml"))
