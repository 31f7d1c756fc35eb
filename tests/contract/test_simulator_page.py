"""docs/simulator.md says what there is: options, figures and plots."""

import re

from simulator.definitions import DEFINITIONS
from simulator.page.plots import CHARTS
from tools import gen_plan_picture, gen_simulator_page
from tools.gen_simulator_page import PAGE, PICTURES

LARGEST = 150_000
"""Bytes of a committed picture."""


def test_the_page_is_current() -> None:
    hint = "run: python -m tools.gen_simulator_page"
    assert PAGE.read_text(encoding="utf-8") == gen_simulator_page.page_text(), hint


def test_what_is_generated_is_whole() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name in DEFINITIONS:
        assert f"| `{name}` |" in text
    assert "| `--page` |" in text


def test_an_edit_by_hand_is_noticed() -> None:
    text = PAGE.read_text(encoding="utf-8")
    edited = text.replace("| share of all contacts abandoned |", "| share of some |")
    assert edited != text
    assert gen_simulator_page.BLOCK.sub("", edited) == gen_simulator_page.BLOCK.sub("", text)


def test_pictures_are_small_and_all_shown() -> None:
    shown = re.findall(r"\]\(pictures/([^)]+)\)", PAGE.read_text(encoding="utf-8"))
    files = gen_simulator_page.pictures()
    assert shown == [path.name for path in files]
    assert [path.stem for path in files][: len(CHARTS)] == list(CHARTS)
    assert all(path.stat().st_size < LARGEST for path in PICTURES.iterdir())


def test_the_picture_of_a_plan_is_made_by_a_command_of_its_page() -> None:
    words = gen_plan_picture.command()
    assert words[:2] == ["simulate", "--plan"]
    assert gen_plan_picture.PROFILE in words
    assert gen_plan_picture.PICTURE.exists()
