"""Fails where a file or a function is too long to be read in one go."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = (
    "acd_server",
    "dispatcher",
    "clients/python/acd_client",
    "clients/simulator",
    "redis",
    "tests",
    "tools",
    "benchmarks",
)
PYTHON_FILE, PYTHON_FUNCTION, LUA_FILE = 500, 60, 150
README = 150


def faults() -> Iterator[str]:
    """A sentence for each thing that is too long."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from _python(path)
    for path in sorted((ROOT / "acd_server" / "lua").rglob("*.lua")):
        yield from _lines(path, LUA_FILE)
    yield from _lines(ROOT / "README.md", README)


def _python(path: Path) -> Iterator[str]:
    yield from _lines(path, PYTHON_FILE)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > PYTHON_FUNCTION:
                where = f"{path.relative_to(ROOT)}:{node.lineno}"
                yield f"{where}: {node.name} has {length} lines, at most {PYTHON_FUNCTION}"


def _lines(path: Path, most: int) -> Iterator[str]:
    length = len(path.read_text(encoding="utf-8").splitlines())
    if length > most:
        yield f"{path.relative_to(ROOT)}: {length} lines, at most {most}"


if __name__ == "__main__":
    found = list(faults())
    print("\n".join(found) if found else "sizes: all within the limits")
    sys.exit(bool(found))
