"""Deletes one statement after the other of Lua files, and runs tests that must notice.

    .venv/bin/python -m tools.mutate_lua acd_server/lua/lib/next_presence.lua -- tests/store/test_after_work.py

Works on a copy of the project. A statement is a line that is complete in itself and no
declaration, or a whole `if` of one line; what does not compile without it is left. Prints
each statement whose loss no test noticed, and ends with 1 if there is one.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

LUAC = shutil.which("luac") or sys.exit("there is no luac; `make setup-system` installs it")
ROOT = Path(__file__).parent.parent
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "out", "build", "__pycache__", ".*_cache", ".hypothesis")
BEGINS = ("--", "local ", "return", "end", "else", "for ", "while ", "repeat", "until", "function", "#!", "break")


def mutants(text: str) -> Iterator[tuple[int, str]]:
    """Number (from 1) of each line that can be left out, and the text without it."""
    lines = text.splitlines(keepends=True)
    first = text[: text.find("]]")].count("\n") + 1 if "--[[" in text else 0
    for number, line in list(enumerate(lines))[first:]:
        code = line.strip()
        if not code or code.startswith(BEGINS) or (code.startswith("if ") and not code.endswith("end")):
            continue
        without = "".join([*lines[:number], "\n", *lines[number + 1 :]])
        if _compiles(without):
            yield number + 1, without


def _compiles(text: str) -> bool:
    done = subprocess.run([LUAC, "-p", "-"], input=text, text=True, capture_output=True, check=False)  # noqa: S603 - ours
    return done.returncode == 0


def _noticed(copy: Path, tests: list[str]) -> bool:
    paths = [copy, copy / "clients" / "python", copy / "clients", copy / "redis"]
    done = subprocess.run(  # noqa: S603 - tests of ours
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        capture_output=True,
        check=False,
    )
    return done.returncode == 1


def main() -> int:
    parser = argparse.ArgumentParser(description="Which statements of Lua files no test would miss.")
    parser.add_argument("files", nargs="+", help="before --: Lua files; behind it: what pytest is given")
    words = sys.argv[1:]
    split = words.index("--") if "--" in words else len(words)
    files, tests = parser.parse_args(words[:split]).files, words[split + 1 :]
    survived = tried = 0
    with tempfile.TemporaryDirectory(prefix="acd-mutants-") as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        for name in files:
            whole = (copy / name).read_text(encoding="utf-8")
            for number, without in mutants(whole):
                (copy / name).write_text(without, encoding="utf-8")
                tried += 1
                if not _noticed(copy, tests):
                    survived += 1
                    print(f"{name}:{number}: {whole.splitlines()[number - 1].strip()}", flush=True)
            (copy / name).write_text(whole, encoding="utf-8")
    print(f"{tried} statements, {survived} that no test missed")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
