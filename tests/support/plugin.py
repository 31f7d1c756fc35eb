"""What a run of the tests says at its end: the table of cells, and reasons nobody saw.

`--complete` (of tools/test_suite.sh) has the run write down which reasons of the contract clients saw, and makes it
fail, in CI, when a cell that was asked for ran no test.
"""

from collections import Counter, defaultdict
from typing import Any

import pytest

from tests.support import reasons
from tests.support.cells import CELLS, DEFAULT, IN_CI

OUTCOMES = ("passed", "failed", "skipped", "error")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("acd")
    group.addoption(
        "--cell",
        action="append",
        choices=sorted(CELLS),
        help=f"cell of the matrix to run in, may be given several times; {DEFAULT} if not given",
    )
    group.addoption("--complete", action="store_true", help="this is a half of the whole suite")


class Run:
    """Counts by cell, and by cell the reasons of skips."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.whys: defaultdict[str, set[str]] = defaultdict(set)
        self.notes: list[str] = []
        self.faults: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        properties = dict(report.user_properties)
        if report.when == "call" and "note" in properties:
            self.notes.append(str(properties["note"]))
        cell = properties.get("cell")
        if cell is None or not (report.when == "call" or report.skipped or report.failed):
            return
        outcome = "error" if report.failed and report.when != "call" else report.outcome
        self.counts[str(cell)][outcome] += 1
        if report.skipped:
            self.whys[str(cell)].add(_why(report.longrepr))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self.config.getoption("--complete"):
            return
        reasons.write()
        if IN_CI and not self.config.getoption("lf"):
            idle = [name for name in self.config.getoption("--cell") if not self.counts[name]["passed"]]
            if idle:
                self.faults.append(f"these cells ran no test: {', '.join(idle)}")
        if self.faults and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.counts:
            terminalreporter.section("cells")
            for name in self.config.getoption("--cell"):
                terminalreporter.write_line(
                    f"{CELLS[name].server:8} {CELLS[name].topology:8} {CELLS[name].documents:7} {self._told(name)}"
                )
        for note in self.notes:
            terminalreporter.write_line(note)
        for fault in self.faults:
            terminalreporter.write_line(f"INCOMPLETE: {fault}", red=True)

    def _told(self, name: str) -> str:
        counts = self.counts[name]
        told = ", ".join(f"{outcome} {counts[outcome]}" for outcome in OUTCOMES if counts[outcome])
        if not counts["passed"] and self.whys[name]:
            told += f" ({'; '.join(sorted(self.whys[name]))})"
        return told or "ran no test"


def _why(longrepr: object) -> str:
    return str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("--cell"):
        config.option.cell = [DEFAULT]
    reasons.record()
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Run(config), "acd-run")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        found = getattr(item, "callspec", None)
        if found is not None and "cell" in found.params:
            item.user_properties.append(("cell", found.params["cell"].name))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput") and session.config.getoption("--complete"):
        reasons.write()
