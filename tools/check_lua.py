"""Runs luacheck on every script as the store sends it: expanded, in every variant."""

import itertools
import shutil
import subprocess
import sys
from pathlib import Path

from acd_server.store import library, scripts

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "build" / "lua"
VARIANTS = [
    library.Variant(documents, clock)
    for documents, clock in itertools.product(("string", "json"), ("redis", "virtual"))
]
CONFIGURATION = """
std = "lua51"
max_line_length = false
read_globals = {"redis", "cjson", "cmsgpack", "bit", "struct", "KEYS", "ARGV"}
ignore = {"431", "211/load_.*", "211/.*_document", "211/read_text", "211/.*_before", "211/.*s_left",
  "241/written", "241/.*_before", "221/counted"}
"""
"""No faults here: an include's parameters with the names that a script binds its arguments
to (it stands below them only by expansion), and the half not used of an include with several names."""


def lay() -> list[Path]:
    """Writes the expanded scripts; returns their paths."""
    shutil.rmtree(TARGET, ignore_errors=True)
    paths = []
    for variant in VARIANTS:
        folder = TARGET / f"{variant.documents}-{variant.clock}"
        folder.mkdir(parents=True)
        for name in scripts.NAMES:
            path = folder / f"{name}.lua"
            path.write_text(library.expand(name, variant), encoding="utf-8")
            paths.append(path)
    return paths


def check() -> int:
    program = shutil.which("luacheck")
    if program is None:
        print("SKIPPED: luacheck is not installed, the Lua scripts were not checked (make setup-system installs it)")
        return 0
    paths = lay()
    configuration = TARGET / "luacheckrc"
    configuration.write_text(CONFIGURATION, encoding="utf-8")
    command = [program, "--quiet", "--codes", "--no-color", "--config", str(configuration)]
    return subprocess.run([*command, *map(str, paths)], check=False, cwd=ROOT).returncode  # noqa: S603 - our own words


if __name__ == "__main__":
    sys.exit(check())
