import importlib
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from acd_server import failpoints
from acd_server.cli import build
from acd_server.errors import AcdError
from acd_server.failpoints import Action, FailpointsError


@pytest.fixture(autouse=True)
def no_hits() -> Iterator[None]:
    failpoints.hits.clear()
    yield
    failpoints.hits.clear()


def function_of(part: str) -> object:
    module, _, path = failpoints.FUNCTIONS[part].partition(":")
    owner, _, name = path.partition(".")
    return getattr(importlib.import_module(module), owner).__dict__[name]


def test_there_are_as_many_points_as_the_campaign_needs() -> None:
    assert len(failpoints.POINTS) >= 24
    assert len(set(failpoints.FUNCTIONS.values())) == len(failpoints.FUNCTIONS)


@pytest.mark.parametrize("part", failpoints.FUNCTIONS)
def test_a_function_is_wrapped_only_while_it_is_armed(part: str) -> None:
    plain = function_of(part)
    assert not hasattr(plain, "__wrapped__")
    points = [point for point in failpoints.POINTS if point.rpartition(".")[0] == part]
    disarm = failpoints.arm("; ".join(f"{point}=raise@0.1" for point in points))
    assert function_of(part) is not plain
    disarm()
    assert function_of(part) is plain


def test_what_a_setting_means() -> None:
    assert failpoints.parse(
        "store.send.after=exit@0.01; feed.read.before=sleep(0.3);server.enqueue.after=raise#3;"
    ) == [
        Action("store.send.after", ends=True, chance=0.01),
        Action("feed.read.before", seconds=0.3),
        Action("server.enqueue.after", turn=3),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("store.send.after", "has not the form"),
        ("store.send.after=die", "has not the form"),
        ("store.send.after=sleep", "has not the form"),
        ("store.send.after=exit@2", "has not the form"),
        ("store.send.after=exit#0", "has not the form"),
        ("store.send=exit", "there is no failpoint 'store.send'"),
        ("store.nothing.after=exit", "there is no failpoint"),
    ],
)
def test_what_is_no_setting_is_said(text: str, said: str) -> None:
    with pytest.raises(FailpointsError, match=said):
        failpoints.parse(text)


def test_a_process_with_a_setting_that_is_none_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACD_FAILPOINTS", "store.nothing.after=exit")
    # It would send the logs of this process to where the runner collects output.
    monkeypatch.setattr("acd_server.cli._process.configure_logging", lambda *_: None)
    result = CliRunner().invoke(build(), ["serve"])
    assert result.exit_code == 2
    assert "ACD_FAILPOINTS: there is no failpoint" in result.output


class _Part:
    passed = 0

    async def pass_by(self) -> str:
        type(self).passed += 1
        return "done"


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch) -> _Part:
    """A function of the test's own as a part that has points."""
    monkeypatch.setitem(failpoints.FUNCTIONS, "server.part", f"{__name__}:_Part.pass_by")
    monkeypatch.setitem(sys.modules, __name__, sys.modules[_Part.__module__])
    monkeypatch.setattr(failpoints, "POINTS", ("server.part.before", "server.part.after"))
    monkeypatch.setattr(_Part, "passed", 0)
    return _Part()


async def test_before_fails_without_the_function_and_after_behind_it(part: _Part) -> None:
    for when, passed in (("before", 0), ("after", 1)):
        disarm = failpoints.arm(f"server.part.{when}=raise")
        with pytest.raises(AcdError, match="did not answer"):
            await part.pass_by()
        disarm()
        assert part.passed == passed
    assert failpoints.hits == {"server.part.before": 1, "server.part.after": 1}


async def test_a_turn_comes_once_and_a_chance_as_often_as_it_says(part: _Part) -> None:
    disarm = failpoints.arm("server.part.before=sleep(0)#3; server.part.after=sleep(0)@0.5")
    for _ in range(400):
        assert await part.pass_by() == "done"
    disarm()
    assert failpoints.hits["server.part.before"] == 1
    assert 120 < failpoints.hits["server.part.after"] < 280  # eight standard deviations


def test_an_exit_ends_the_process_at_once() -> None:
    code = (
        "import asyncio\n"
        "from acd_server import failpoints\n"
        "from acd_server.failpoints import Action\n"
        "try:\n"
        "    asyncio.run(Action('store.send.after', ends=True).act())\n"
        "finally:\n"
        "    print('still here')\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, env=dict(os.environ))
    assert (ended.returncode, ended.stdout) == (failpoints.EXIT_STATUS, b"")
