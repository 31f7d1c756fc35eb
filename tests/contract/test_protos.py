"""The contract: linted, formatted, unbroken against its baseline, and the generated code is of it."""

import filecmp
import subprocess
import sys
from pathlib import Path

import pytest

from tools import gen_protos

ROOT = Path(__file__).parent.parent.parent
BUF = Path(sys.executable).parent / "buf"

RULES = '{"version": "v2", "breaking": {"use": ["FILE"]}}'


@pytest.fixture(scope="module", autouse=True)
def third_party() -> None:
    gen_protos.lay_third_party()


def buf(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(BUF), *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_protos_are_clean() -> None:
    """STANDARD and COMMENTS, with the exceptions written in buf.yaml."""
    done = buf("lint")
    assert done.returncode == 0, done.stdout


def test_the_protos_are_formatted() -> None:
    done = buf("format", "protos", "--diff", "--exit-code")
    assert done.returncode == 0, done.stdout


def breaks(folder: Path, image: Path) -> str:
    """What buf says breaks in the protos of a folder against the baseline: files are the unit, since
    in Python a message cannot move to another one."""
    made = subprocess.run(
        [str(BUF), "build", "--output", str(image)], cwd=folder, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    done = subprocess.run(
        [
            str(BUF),
            "breaking",
            str(image),
            "--against",
            str(ROOT / "protos" / "baseline.binpb"),
            "--config",
            RULES,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_nothing_breaks_against_the_baseline(tmp_path: Path) -> None:
    assert breaks(ROOT, tmp_path / "now.binpb") == ""


def test_a_break_is_noticed(tmp_path: Path) -> None:
    """The check itself: a field that is numbered anew must be reported."""
    for name in ("protos", "build/third_party"):
        subprocess.run(["cp", "-r", "--parents", name, str(tmp_path)], cwd=ROOT, check=True)
    (tmp_path / "buf.yaml").write_text((ROOT / "buf.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    proto = tmp_path / "protos" / "acd" / "v1" / "contact.proto"
    text = proto.read_text(encoding="utf-8")
    assert "int32 priority = 4" in text
    proto.write_text(text.replace("int32 priority = 4", "int32 priority = 40"), encoding="utf-8")
    assert "priority" in breaks(tmp_path, tmp_path / "now.binpb")


def test_the_generated_code_is_current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gen_protos, "OUT", tmp_path)
    assert gen_protos.generate() == 0
    committed = ROOT / "clients" / "python" / "acd" / "v1"
    made = {path.name for path in (tmp_path / "acd" / "v1").glob("*_pb2*")}
    assert made == {path.name for path in committed.glob("*_pb2*")}
    _, differ, missing = filecmp.cmpfiles(tmp_path / "acd" / "v1", committed, sorted(made), shallow=False)
    assert not differ
    assert not missing, "run `make proto`"
