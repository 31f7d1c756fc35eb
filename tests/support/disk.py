"""A disk in memory that can be full. Needs root."""

import itertools
import os
import subprocess
from contextlib import suppress
from pathlib import Path

SPARE = 64 << 10
"""Bytes left when it is full: room for a part of what is written next."""


class Disk:
    """In a folder that is made for it; pages that nobody wrote take no memory."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder = folder
        self._size = size

    def mount(self) -> None:
        """Raises PermissionError: only root may."""
        if os.geteuid():
            raise PermissionError("only root may mount")
        self.folder.mkdir()
        _run("mount", "-t", "tmpfs", "-o", f"size={self._size}", "store", self.folder)

    def fill(self) -> None:
        """From now on there is no room on it."""
        for spare in itertools.count(1):
            found = os.statvfs(self.folder)
            # Refused when more was written meanwhile: then there must be a bit more room.
            with suppress(subprocess.CalledProcessError):
                self._resize((found.f_blocks - found.f_bfree) * found.f_frsize + spare * SPARE)
                return

    def empty(self) -> None:
        """There is as much room on it as at first."""
        self._resize(self._size)

    def remove(self) -> None:
        with suppress(subprocess.CalledProcessError):
            _run("umount", "--lazy", self.folder)

    def _resize(self, size: int) -> None:
        _run("mount", "-o", f"remount,size={size}", self.folder)


def _run(*words: str | Path) -> None:
    subprocess.run(words, check=True, capture_output=True)
