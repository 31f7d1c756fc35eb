"""Scripts with one piece of one of them changed: for proofs that wrong ones are noticed (`ACD_LUA_DIR`)."""

import shutil
from pathlib import Path

import acd_server

LUA = Path(acd_server.__file__).parent / "lua"


def write_swapped(folder: Path, file: str, right: str, wrong: str) -> Path:
    """Writes the router's scripts to a new folder, with `wrong` for `right` in one file. Returns the folder."""
    shutil.copytree(LUA, folder)
    swap(folder, file, right, wrong)
    return folder


def swap(folder: Path, file: str, right: str, wrong: str) -> None:
    """Writes `wrong` for `right` in one file of a folder of scripts."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert right in text, f"{file} no longer has: {right}"
    path.write_text(text.replace(right, wrong), encoding="utf-8")
