"""The rights of the servers' user in the store are those that the scripts and the client need."""

import pytest

from acd_server.store import rights
from acd_server.store.library import FOLDER
from tools import gen_acl


def test_the_file_is_what_the_scripts_and_the_client_need() -> None:
    assert gen_acl.TARGET.read_text() == gen_acl.text(), "run: .venv/bin/python -m tools.gen_acl"


def test_scripts_name_their_commands_in_quotes() -> None:
    """Or else they could not be read out of the text."""
    for path in FOLDER.rglob("*.lua"):
        text = path.read_text()
        found = rights.called(text)
        assert len(found) == text.count("redis.call") + text.count("redis.pcall"), path.name
        assert all(found), path.name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("redis.call('GET', key('x'))", [["GET"]]),
        ("redis.call(out and 'SADD' or 'SREM', key('x'))", [["SADD", "SREM"]]),
        ("redis.call(verb, key('x'))", [[]]),
        ("redis.pcall('JSON.GET', 'X')", [["JSON.GET"]]),
    ],
)
def test_commands_are_read_out_of_a_text(text: str, found: list[list[str]]) -> None:
    assert rights.called(text) == found
