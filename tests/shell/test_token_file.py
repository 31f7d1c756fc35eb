"""Commands take their token from a file, so that it need not stand in an environment."""

from pathlib import Path

import pytest
import typer

from acd_server.cli._arguments import own_token


@pytest.mark.parametrize(
    ("given", "content", "token"),
    [("", "acd_a\n", "acd_a"), ("acd_b", "acd_a\n", "acd_b"), ("", "\n", None)],
    ids=["from the file", "given", "empty file"],
)
def test_which_token(
    given: str, content: str, token: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text(content)
    monkeypatch.setenv("ACD_TOKEN_FILE", str(file))
    assert own_token(given) == token


def test_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACD_TOKEN_FILE", raising=False)
    assert own_token("") is None


def test_a_file_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACD_TOKEN_FILE", str(tmp_path / "gone"))
    with pytest.raises(typer.BadParameter, match=r"ACD_TOKEN_FILE: .*gone cannot be read"):
        own_token("")
