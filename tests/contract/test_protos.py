"""The contract itself: its style, its promise not to break, and the code made of it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import gen_protos

ROOT = gen_protos.ROOT
BASELINE = ROOT / "protos" / "baseline.binpb"
BUF = str(Path(sys.executable).parent / "buf")


@pytest.fixture(scope="module", autouse=True)
def third_party() -> None:
    gen_protos.lay_third_party()


def buf(*arguments: str | Path, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BUF, *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False)


def test_lint() -> None:
    done = buf("lint")
    assert done.returncode == 0, done.stdout + done.stderr


def test_format() -> None:
    done = buf("format", "--diff", "--exit-code")
    assert done.returncode == 0, done.stdout


def breaks(folder: Path, image: Path) -> str:
    """What the protos in `folder` break of the baseline; "" for nothing."""
    built = buf("build", "--output", image, folder=folder)
    assert built.returncode == 0, built.stderr
    return buf("breaking", image, "--against", BASELINE, folder=folder).stdout


def test_nothing_breaks_the_baseline(tmp_path: Path) -> None:
    assert breaks(ROOT, tmp_path / "now.binpb") == ""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The protos in a folder where they may be spoilt."""
    for name in ("protos", "build/third_party"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "buf.yaml", tmp_path)
    return tmp_path


def spoil(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / "protos" / "acd" / "v1" / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_field_that_is_renumbered_is_found(copy: Path) -> None:
    spoil(copy, "assignment_feed.proto", "string resume_token = 5 ", "string resume_token = 55 ")
    assert "resume_token" in breaks(copy, copy / "spoilt.binpb")


def test_a_message_without_a_comment_is_found(copy: Path) -> None:
    spoil(copy, "assignment_feed.proto", "// Says that nothing was missed.\n", "")
    assert "Checkpoint" in buf("lint", folder=copy).stdout


def test_generated_code_is_current(tmp_path: Path) -> None:
    assert gen_protos.generate(tmp_path) == 0
    committed = gen_protos.OUT / "acd" / "v1"
    fresh = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "acd" / "v1").glob("*_pb2*")}
    assert fresh == {path.name: path.read_text(encoding="utf-8") for path in committed.glob("*_pb2*")}
