"""Writes the page and the plots to where they were asked for."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from simulator.page.chart import Chart, draw
from simulator.page.page import page
from simulator.page.picture import Picture
from simulator.page.plots import charts, charts_by_type
from simulator.page.png import write_png
from simulator.page.svg import svg

ALONE = (720, 380)
"""Pixels of a plot in a file of its own."""


def write_page(path: Path, report: dict[str, Any], checks: list[dict[str, Any]]) -> None:
    path.write_text(page(report, checks), encoding="utf-8")


def write_svg(picture: Picture, path: Path) -> None:
    path.write_text(svg(picture, alone=True) + "\n", encoding="utf-8")


WRITERS: dict[str, Callable[[Picture, Path], None]] = {"svg": write_svg, "png": write_png}


def write_plots(folder: Path, kind: str, report: dict[str, Any]) -> list[Path]:
    """Every plot of a day in a file of its own; returns their paths."""
    return write_charts(folder, kind, [*charts(report), *charts_by_type(report)])


def write_charts(folder: Path, kind: str, drawn: Iterable[Chart]) -> list[Path]:
    written = []
    for chart in drawn:
        path = folder / f"{chart.key}.{kind}"
        WRITERS[kind](draw(chart, *ALONE, titled=True), path)
        written.append(path)
    return written
