"""Which malloc the stores of benchmarks use: that of the stores of operators, where this machine has it.

Debian's redis-server, the images of Redis, and Valkey's own builds have jemalloc; Valkey as its wheel brings it uses
libc's, with which the same scripts take a quarter to a half longer.
"""

import ctypes.util
import os
import sys
from functools import cache
from pathlib import Path

from tests.support.redis_process import StoreProcess

NAME = "jemalloc"


@cache
def library() -> str | None:
    """The name by which the loader finds jemalloc; None where there is none."""
    return ctypes.util.find_library(NAME)


def environment() -> dict[str, str]:
    """What a store is started with in addition, so that it has jemalloc; nothing where there is none."""
    name = library()
    if name is None:
        return {}
    # What this process was told to preload stays, after it.
    return {"LD_PRELOAD": " ".join(filter(None, (name, os.environ.get("LD_PRELOAD"))))}


def loaded(process: StoreProcess) -> str:
    """What the process really has: the file that is mapped into it, else what it says that it was built with.

    The loader leaves out what it cannot preload, and the process that has it does not know.
    """
    maps = Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8")
    files = {Path(words[5]).name for line in maps.splitlines() if len(words := line.split(maxsplit=5)) > 5}  # noqa: PLR2004 - the place of the name
    mapped = sorted(name for name in files if name.startswith(f"lib{NAME}."))
    if mapped:
        return mapped[0]
    info = process.command("INFO", "memory")
    assert isinstance(info, dict)
    return str(info["mem_allocator"])


@cache
def complain(found: str) -> None:
    """Says once that figures are of another allocator than operators have."""
    print(
        f"the stores' allocator is {found}, not {NAME}: their scripts take longer than an operator's; "
        "`make setup-system` installs it",
        file=sys.stderr,
        flush=True,
    )
