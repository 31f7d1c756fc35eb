"""The files of the project: sizes, nothing of one machine, and commands that exist."""

import re
import subprocess
from pathlib import Path

import pytest
import typer

from acd_server import cli
from tools import check_sizes
from tools.gen_protos import ROOT

MACHINE_PATHS = re.compile(r"(?<![\w.~$}-])/(?:work|root|home|opt)/[\w.]+")
# In two parts, so that this file is none of those that name them.
REGISTRIES = [
    f"{name}.{top}"
    for name, top in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("proxy.golang", "org"),
        ("registry.npmjs", "org"),
        ("repo1.maven", "org"),
        ("repo.maven.apache", "org"),
        ("deb.debian", "org"),
        ("static.crates", "io"),
    )
]
MAY_NAME_PATHS = {
    "tools/clean_room.sh",  # paths inside the room
    "tests/contract/test_tree.py",  # what is to be found
}


def files() -> list[Path]:
    """Every text file that is committed, or about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file() and not name.endswith((".binpb", ".png"))]


def test_sizes() -> None:
    assert list(check_sizes.faults()) == []


def test_nothing_belongs_to_one_machine() -> None:
    found = {}
    for path in files():
        name = str(path.relative_to(ROOT))
        text = path.read_text(encoding="utf-8")
        hits = set() if name in MAY_NAME_PATHS else set(MACHINE_PATHS.findall(text))
        hits |= {registry for registry in REGISTRIES if registry in text}
        if hits:
            found[name] = hits
    assert found == {}


@pytest.mark.parametrize("wrong", ["see /work/main", "cd /root/acd", 'path = "/opt/wheels"'])
def test_a_path_of_one_machine_is_found(wrong: str) -> None:
    assert MACHINE_PATHS.search(wrong)


def commands(document: str, program: str) -> list[list[str]]:
    """The words after `program` in each line of a document's shell blocks."""
    text = (ROOT / document).read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    found = [re.split(r"\s+#\s", line.strip())[0].split() for line in lines]
    return [words[1:] for words in found if words and words[0].removeprefix(".venv/bin/") == program]


DOCUMENTS = ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_make_targets_exist(document: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    mentioned = {words[0] for words in commands(document, "make") if words}
    mentioned |= set(re.findall(r"`make ([a-z-]+)", (ROOT / document).read_text(encoding="utf-8")))
    assert mentioned <= targets


@pytest.mark.parametrize("document", DOCUMENTS)
def test_acd_commands_exist(document: str) -> None:
    for words in commands(document, "acd"):
        node = typer.main.get_command(cli.build())
        for word in words:
            children = getattr(node, "commands", None)
            if children is None:
                break
            assert word in children, f"acd {' '.join(words)}: there is no {word}"
            node = children[word]
        known = {option for parameter in node.params for option in (*parameter.opts, *parameter.secondary_opts)}
        options = {word.split("=", 1)[0] for word in words if word.startswith("--")}
        assert options <= known | {"--help"}, f"acd {' '.join(words)}"


def test_the_readme_has_commands() -> None:
    assert commands("README.md", "make")
    assert commands("README.md", "acd")
