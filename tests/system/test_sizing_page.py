"""What docs/sizing.md tells its reader to type works, and says what stands there."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.system.processes import ACD
from tools.gen_protos import ROOT

pytestmark = pytest.mark.long

PAGE = (ROOT / "docs" / "sizing.md").read_text(encoding="utf-8")
WIDTH = "100"
"""Columns of the terminal from which the page has its tables."""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def squeezed(text: str) -> list[str]:
    """The lines without the blanks at their ends."""
    return [line.rstrip() for line in text.splitlines()]


@pytest.mark.timeout(600)
def test_the_commands_of_the_page_say_what_the_page_says(tmp_path: Path) -> None:
    (profile,) = blocks("yaml")
    (tmp_path / "desk.yaml").write_text(profile, encoding="utf-8")
    environment = {**os.environ, "COLUMNS": WIDTH, "TERM": "dumb"}
    said: list[str] = []
    for block in blocks("sh"):
        for line in block.splitlines():
            program, *words = shlex.split(line)
            assert program == "acd"
            done = subprocess.run(
                [ACD, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, (line, done.stdout, done.stderr)
            said += squeezed(done.stdout)
    shown = blocks("text")
    assert len(shown) == 4
    for block in shown:
        lines = squeezed(block)
        starts = [number for number, line in enumerate(said) if line == lines[0]]
        assert any(said[start : start + len(lines)] == lines for start in starts), block
    assert (tmp_path / "out" / "day.json").exists()
    picture = tmp_path / "out" / "pictures" / "staffing.svg"
    kept = ROOT / "docs" / "pictures" / "sizing" / "staffing.svg"
    assert picture.read_bytes() == kept.read_bytes(), "run the page's command with --svg docs/pictures/sizing"
