"""An earlier release of the servers beside the present one."""

import asyncio
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

from tests.stack.engine import ROOT

CODE = ("acd_server", "dispatcher", "clients", "pyproject.toml", "README.md", "requirements")
IMAGE = ("Dockerfile", ".dockerignore")
"""How the image is made is the present way; what is in it is the earlier release, with the packages of its time."""


def _git(*words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True).stdout


def previous() -> str:
    """The commit of the last tag before this one; where there are no tags, the one before the scripts changed last.

    Empty where there is no history. Both know the same layout of the data, or else the test fails as it must.
    """
    try:
        tag = _git("describe", "--tags", "--abbrev=0", "HEAD~1").decode().strip()
        return _git("rev-parse", f"{tag}^{{commit}}").decode().strip()
    except subprocess.CalledProcessError:
        changes = _git("rev-list", "--max-count=2", "HEAD", "--", "acd_server/lua").decode().split()
        return changes[1] if len(changes) > 1 else ""


def unpack(commit: str, folder: Path) -> None:
    """Lays a context for building that release's image in a folder."""
    with tarfile.open(fileobj=BytesIO(_git("archive", commit, *CODE))) as archive:
        archive.extractall(folder, filter="data")
    subprocess.run(["cp", "-R", *IMAGE, folder], cwd=ROOT, check=True)


BESIDE_S = 12.0
"""For so long each mixture serves."""


async def pause() -> None:
    await asyncio.sleep(BESIDE_S)
