"""Tables and other elements of a page. Every text is escaped here, whoever it comes from."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from simulator.definitions import DEFINITIONS, written
from simulator.page.chart import Chart, draw, legend
from simulator.page.svg import svg

WIDE, NARROW, SMALL = (560, 290), (340, 270), (340, 190)
"""Pixels of a plot beside another one, on a phone, and of one of many of a kind."""


def number(name: str, value: float) -> str:
    """A figure as it is read, with the value itself for programs."""
    return f'<data value="{value}">{escape(written(name, value))}</data>'


def cell(name: str, values: dict[str, float], kind: str = "") -> str:
    """A figure of these in a table; empty where they have none."""
    text = number(name, values[name]) if name in values else ""
    return f'<td class="{kind}">{text}</td>' if kind else f"<td>{text}</td>"


def table(caption: str, columns: Sequence[str], rows: Iterable[str], kind: str = "") -> str:
    """A table that scrolls sideways where it is wider than the screen."""
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    return (
        f'<div class="card table"><h3>{escape(caption)}</h3>'
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}">'
        f'<table class="{kind}" aria-label="{escape(caption)}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></div>"
    )


def row(head: str, cells: Iterable[str], *, anchor: str = "", more: str = "") -> str:
    """A row of a table; `more` stands below it, over its whole width, in small letters."""
    place = f' id="{escape(anchor)}"' if anchor else ""
    shown = list(cells)
    below = f'<tr class="more"><td colspan="{len(shown) + 1}">{escape(more)}</td></tr>' if more else ""
    return f'<tr{place}><th scope="row">{escape(head)}</th>{"".join(shown)}</tr>{below}'


def breakdown(caption: str, first: str, names: Sequence[str], parts: dict[str, dict[str, float]]) -> str:
    """A row of figures for each part of the whole."""
    titles = [first, *(DEFINITIONS[name].title for name in names)]
    rows = (row(part, (cell(name, values) for name in names)) for part, values in parts.items())
    return table(caption, titles, rows, "sides")


def plot(chart: Chart) -> str:
    """A chart in two widths, of which the page shows one."""
    pictures = svg(draw(chart, *WIDE), "wide") + svg(draw(chart, *NARROW), "narrow")
    return _figure(chart, pictures)


def small_plot(chart: Chart) -> str:
    """One of several that share a legend."""
    return _figure(chart, svg(draw(chart, *SMALL, named=False)), noted=False)


def shared_legend(chart: Chart) -> str:
    return svg(legend(chart, WIDE[0]), "wide key") + svg(legend(chart, NARROW[0]), "narrow key")


def _figure(chart: Chart, pictures: str, *, noted: bool = True) -> str:
    note = f'<span class="note">{escape(chart.note)}</span>' if noted else ""
    caption = f"<figcaption><h3>{escape(chart.title)}</h3>{note}</figcaption>"
    return f'<figure class="card" id="plot-{chart.key}">{caption}{pictures}</figure>'


def pairs(found: dict[str, Any]) -> str:
    """Names and values."""
    return (
        f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>' for name, value in found.items())}</dl>"
    )


def section(title: str, *parts: str) -> str:
    shown = "".join(part for part in parts if part)
    return f"<section><h2>{escape(title)}</h2>{shown}</section>" if shown else ""


def folded(title: str, part: str) -> str:
    """Shown when asked for, without a script."""
    return f"<details><summary>{escape(title)}</summary>{part}</details>"
