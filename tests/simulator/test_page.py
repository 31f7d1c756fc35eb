"""The page of a run: whole, alone, and with the same numbers as the JSON."""

import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from simulator.checks import check
from simulator.definitions import FIGURES, RUN_FIGURES
from simulator.page.files import ALONE, write_page, write_plots
from simulator.page.page import page
from simulator.page.plots import charts, charts_by_type
from simulator.page.png import DOTS, INCH, missing
from simulator.report import details, write
from tests.simulator.hand_made import Made, agent

VOID = {"meta", "rect", "path", "br"}
PASSED = [check("lost", 0, "== 0", passed=True)]
DAY = ["arrivals", "service_level", "waits", "queue", "distribution", "agents", "occupancy", "offers"]


class Reader(HTMLParser):
    """Reads a page and finds fault with it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.tags: Counter[str] = Counter()
        self.values: dict[str, list[float]] = {}
        """Numbers in each element that has an id."""
        self.references: list[str] = []
        self.words: list[str] = []
        self._place = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags[tag] += 1
        self.references += [value or "" for name, value in attrs if name in ("href", "src", "data", "srcset")]
        if found.get("id"):
            self._place = str(found["id"])
            self.ids[self._place] += 1
        if tag == "data":
            self.values.setdefault(self._place, []).append(float(str(found["value"])))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr":
            self._place = ""
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def busy_day() -> Made:
    made = Made(agent("ann", (0, 3600), group="east"), agent("bob", (0, 1800), (2000, 3600), group="west"), short=5.0)
    made.answered(0, 10, wrap_up=20, by="ann", type="sales", priority=5)
    made.answered(700, 30, talk=300, by="bob", type="support")
    made.left(1300, 50, type="support")
    made.left(1900, 3, type="sales")
    made.answered(3000, 0, talk=50, by="ann", type="sales")
    return made


@pytest.fixture
def report() -> dict[str, Any]:
    return details(busy_day().result())


def test_the_page_needs_nothing_but_itself(report: dict[str, Any]) -> None:
    text = page(report, PASSED)
    reader = Reader(text)
    assert reader.references == []
    assert not re.search(r"https?:|//[a-z]|@import|url\(|<script|<link|<img|<iframe|\bon[a-z]+=", text)
    assert max(reader.ids.values()) == 1
    assert reader.tags["h1"] == 1


def test_every_figure_is_there_and_is_that_of_the_json(report: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write(path, PASSED, report)
    read = json.loads(path.read_text(encoding="utf-8"))
    estimates = {name: number / 2 for number, name in enumerate(RUN_FIGURES) if name.startswith("estimate")}
    reader = Reader(page(report | {"estimates": estimates}, PASSED))
    assert read["figures"].keys() == FIGURES.keys()
    for name, value in read["figures"].items():
        assert reader.values[f"figure-{name}"] == [value], name
    for name in RUN_FIGURES:
        assert reader.ids[f"figure-{name}"] == 1
    assert reader.values["figure-order_violations"] == [read["order"]["order_violations"]]
    assert all(reader.values[f"figure-{name}"] == [value] for name, value in estimates.items())
    found = read["router"]["enqueue_to_offer"]
    assert reader.values["figure-enqueue_to_offer"] == [found["p50_ms"], found["p95_ms"], found["p99_ms"]]
    everywhere = {value for values in reader.values.values() for value in values}
    for part in ("by_type", "by_priority", "by_group"):
        for values in read[part].values():
            assert values["wait_p95_s"] in everywhere


def test_every_plot_is_there_for_both_widths(report: dict[str, Any]) -> None:
    text = page(report, PASSED)
    reader = Reader(text)
    assert [chart.key for chart in charts(report)] == DAY
    small = [chart.key for chart in charts_by_type(report)]
    assert small == ["waits_1_sales", "waits_2_support"]
    assert {f"plot-{key}" for key in DAY + small} <= reader.ids.keys()
    assert text.count('class="picture wide"') == text.count('class="picture narrow"') == len(DAY)
    pictures = reader.tags["svg"]
    assert text.count('role="img"') == pictures == 2 * len(DAY) + len(small) + 2
    assert reader.tags["desc"] == pictures


def test_the_agents_behind_the_bars_are_named(report: dict[str, Any]) -> None:
    words = Reader(page(report, PASSED)).words
    place = words.index("Offers of each agent")
    assert [word for word in words[place:] if word in ("ann", "bob")] == ["ann", "bob"]


def test_tables_have_heads(report: dict[str, Any]) -> None:
    text = page(report, PASSED)
    tables = re.findall(r"<table.*?</table>", text, re.DOTALL)
    assert len(tables) > 10
    for table in tables:
        assert 'aria-label="' in table
        assert '<th scope="col">' in table
        assert '<th scope="row">' in table
        columns = table.count('scope="col"')
        for row in re.findall(r"<tbody>.*</tbody>", table, re.DOTALL)[0].split("</tr>")[:-1]:
            wide = re.search(r'colspan="(\d+)"', row)
            assert (int(wide[1]) if wide else row.count("<td") + row.count("<th")) == columns, row


def test_the_record_stands_beside_the_run() -> None:
    made, record = busy_day(), busy_day()
    record.answered(600, 100, type="sales")
    report = details(made.result(), record.history) | {"recorded": {"service_level": 0.1812, "offered": 6}}
    reader = Reader(page(report, PASSED))
    assert reader.values["figure-service_level"] == [report["figures"]["service_level"], 0.1812]
    assert reader.values["figure-declines"] == [0]
    for chart in charts(report):
        beside = [series for series in chart.series if "on record" in series.name]
        assert (not beside) == (chart.key == "offers"), chart.key
        assert all(len(series.values) == len(chart.axis.names) for series in chart.series)
    arrivals = charts(report)[0]
    assert [sum(value or 0 for value in series.values) for series in arrivals.series] == [3, 2, 4]


def test_a_day_in_both_kinds_of_time_is_drawn_side_by_side() -> None:
    made, real = busy_day(), busy_day()
    real.answered(600, 40, type="sales")
    virtual = replace(made.result(), virtual=True)
    report = details(virtual, busy_day().history, real.result())
    assert report["beside"]["over_the_day"]["offered"] == [1, 2, 1, 1, 0, 1]
    text = page(report, PASSED)
    assert "in virtual time and in compressed real time" in text
    for chart in charts(report):
        beside = [(series.name, series.pattern) for series in chart.series if series.pattern != "solid"]
        assert [pattern for _, pattern in beside] == ([] if chart.key == "offers" else ["dotted", "dashed"]), chart.key
        assert all(name.endswith(("in real time", "on record")) for name, _ in beside)
    assert 'class="line dotted ink"' in text
    values = Reader(text).values["figure-offered"]
    assert values == [5, 6]


def test_checks_that_failed_are_told_first(report: dict[str, Any]) -> None:
    passed, failed = (
        check("lost", 0, "== 0", passed=True),
        check("books agree", False, "contact by contact", passed=False),
    )
    words = Reader(page(report, [passed, failed])).words
    assert "1 of 2 checks failed" in words
    assert words.index("1 of 2 checks failed") < words.index("The day")
    assert "FAIL" in words
    assert "no" in words
    assert "All 1 checks passed" in Reader(page(report, [passed])).words


def test_virtual_time_says_nothing_of_the_router(report: dict[str, Any]) -> None:
    text = page(report | {"router": None, "clock": "virtual", "digest": "abc123"}, PASSED)
    assert "figure-enqueue_to_offer" not in text
    assert "in virtual time" in text
    assert "abc123" in text


def test_names_are_no_markup(tmp_path: Path) -> None:
    evil = '<script>alert("1")</script>'
    made = Made(agent(evil, (0, 3600), group=evil))
    made.answered(0, 10, by=evil, type=evil)
    made.left(0, 10, type='"><img src=x>')
    report = details(made.result()) | {"day": evil}
    text = page(report, [check(evil, evil, evil, passed=True)])
    reader = Reader(text)
    assert reader.tags["script"] == reader.tags["img"] == 0
    assert reader.references == []
    assert all(path.parent == tmp_path for path in write_plots(tmp_path, "svg", report))


@pytest.mark.parametrize("made", [Made(), Made(agent("ann", (0, 3600)))])
def test_a_day_on_which_nobody_came(made: Made) -> None:
    text = page(details(made.result()), PASSED)
    assert Reader(text).values["figure-offered"] == [0]
    assert not re.search(r"\bnan\b|\binf\b", text)


def test_many_groups_and_types_are_put_together() -> None:
    made = Made(*(agent(f"agent-{n}", (0, 3600), group=f"group-{n}") for n in range(12)))
    for number in range(12):
        made.left(number, 10.0 + number, type=f"type-{number:02d}")
    report = details(made.result())
    found = {chart.key: chart for chart in charts(report)}
    assert [series.name for series in found["occupancy"].lines] == ["all agents"]
    assert [series.name for series in found["offers"].bars] == ["all agents"]
    areas = found["queue"].areas
    assert [series.name for series in areas] == [*(f"type-{n:02d}" for n in range(11, 4, -1)), "others"]
    whole = sum(sum(value or 0 for value in series.values) for series in areas)
    assert whole == pytest.approx(sum(report["over_the_day"]["queue"]["mean"]), abs=0.01)


def test_plots_as_files(report: dict[str, Any], tmp_path: Path) -> None:
    paths = write_plots(tmp_path, "svg", report)
    assert [path.stem for path in paths] == [*DAY, "waits_1_sales", "waits_2_support"]
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert text.startswith('<svg class="picture" role="img"')
        assert f'width="{ALONE[0]}"' in text
        assert "prefers-color-scheme: dark" in text
        assert not re.search(r"https?:(?!//www\.w3\.org/2000/svg)", text)


def test_plots_as_png(report: dict[str, Any], tmp_path: Path) -> None:
    assert missing() == ""
    (first, *others) = write_plots(tmp_path, "png", report)
    assert len(others) == 9
    content = first.read_bytes()
    assert content.startswith(b"\x89PNG")
    size = int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    assert size == (ALONE[0] * DOTS / INCH, ALONE[1] * DOTS / INCH)


def test_the_page_does_without_matplotlib(report: dict[str, Any], tmp_path: Path) -> None:
    """In a Python that does not find it: the page is the same, and PNG files are refused before a day is played."""
    path = tmp_path / "report.json"
    write(path, PASSED, report)
    program = (
        "import json, sys\nfrom pathlib import Path\n"
        "sys.meta_path.insert(0, type('No', (), {'find_spec': staticmethod(lambda name, *_: None)}))\n"
        "import importlib.util\nfind = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *a: None if name == 'matplotlib' else find(name, *a)\n"
        "sys.modules['matplotlib'] = None\n"
        "from simulator.page.files import write_page\n"
        "report = json.loads(Path(sys.argv[1]).read_text())\n"
        "write_page(Path(sys.argv[2]), report, report.pop('checks'))\n"
        "from acd_server.cli import main\n"
        "sys.argv[1:] = ['simulate', '--generated', '--png', sys.argv[2] + '.d']\nmain()\n"
    )
    out = tmp_path / "page.html"
    done = subprocess.run([sys.executable, "-c", program, path, out], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "pip install 'acd[report]'" in " ".join(done.stderr.replace("│", " ").split())
    write_page(tmp_path / "here.html", report, PASSED)
    assert out.read_text(encoding="utf-8") == (tmp_path / "here.html").read_text(encoding="utf-8")
