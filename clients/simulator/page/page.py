"""The page: what a run showed, for people. It is made of the same report that `--json` writes."""

from collections.abc import Iterator
from html import escape
from importlib.resources import files
from typing import Any

from simulator.definitions import DEFINITIONS, FIGURES, NOTATION, SUBJECTS
from simulator.measures.numbers import PERCENTILES
from simulator.page import html
from simulator.page.plots import charts, charts_by_type, clock_time, interval_names, step_name
from simulator.page.svg import style_sheet
from simulator.report import columns

TILES = ("service_level", "speed_of_answer_s", "wait_p95_s", "abandonment", "occupancy", "load_ratio")
CLOCKS = {"virtual": "virtual time", "real": "compressed real time"}
CONTACT_COLUMNS = (
    "offered", "answered", "abandoned", "service_level", "service_level_abandons_ignored",
    "service_level_abandons_met", "speed_of_answer_s", "abandonment", "wait_p50_s", "wait_p95_s", "wait_p99_s",
    "longest_wait_s",
)  # fmt: skip
GROUP_COLUMNS = (
    "agents", "staffed_h", "answered", "occupancy", "handling_time_s", "answer_rate", "declines", "misses",
    "offers_per_hour_least", "offers_per_hour_mean", "offers_per_hour_most", "offers_spread",
    "wait_p50_s", "wait_p95_s", "wait_p99_s",
)  # fmt: skip


def page(report: dict[str, Any], checks: list[dict[str, Any]]) -> str:
    """One HTML document that needs no other file, no network and no script."""
    title = f"Report: {report['day']}"
    style = style_sheet() + files("simulator.page").joinpath("page.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>\n{style}</style></head>\n<body><main>"
        f"{_head(report, checks)}\n{''.join(_sections(report, checks))}</main></body></html>\n"
    )


def _sections(report: dict[str, Any], checks: list[dict[str, Any]]) -> Iterator[str]:
    plots = "".join(html.plot(chart) for chart in charts(report))
    yield html.section("The day", f'<div class="plots">{plots}</div>', _intervals(report), _agents(report))
    yield html.section("Waits by type", _waits_by_type(report))
    yield html.section("Figures", f'<div class="columns">{"".join(_figures(report))}</div>')
    yield html.section("By type, priority and group", f'<div class="stack">{"".join(_breakdowns(report))}</div>')
    yield html.section(
        "Checks and run",
        f'<div class="two">{_checks(checks)}<div class="stack">{_order(report)}{_router(report)}{_estimates(report)}'
        f'<div class="card"><h3>What was played</h3>{html.pairs(_played(report))}</div></div></div>',
    )
    yield html.section("Definitions", html.folded("Unit, formula and source of every figure", _definitions()))


def _head(report: dict[str, Any], checks: list[dict[str, Any]]) -> str:
    failed = sum(not line["pass"] for line in checks)
    if failed:
        verdict = f'<p class="verdict bad">{failed} of {len(checks)} checks failed</p>'
    else:
        verdict = f'<p class="verdict good">All {len(checks)} checks passed</p>'
    what = f"{report['contacts']:,} contacts, {report['agents']:,} agents"
    span = f"{clock_time(report['from_s'])} to {clock_time(report['to_s'])}"
    clocks = " and in ".join(CLOCKS[run["clock"]] for run in (report, report["beside"]) if run)
    tiles = "".join(_tile(name, report) for name in TILES)
    return (
        f"<header><h1>{escape(report['day'])}</h1>"
        f'<p class="note">{what}, {span}, seed {report["seed"]}. Played through the router in {clocks}.</p>'
        f'{verdict}<ul class="tiles">{tiles}</ul></header>'
    )


def _tile(name: str, report: dict[str, Any]) -> str:
    (_, first), *others = columns(report)
    value = f'<span class="value">{html.number(name, first[name])}</span>'
    beside = "".join(
        f"<small>{escape(title.partition(',')[0])} {html.number(name, values[name])}</small>"
        for title, values in others
        if name in values
    )
    return f'<li class="card"><span class="note">{escape(FIGURES[name].title)}</span>{value}{beside}</li>'


def _waits_by_type(report: dict[str, Any]) -> str:
    by_type = charts_by_type(report)
    if not by_type:
        return ""
    small = "".join(html.small_plot(chart) for chart in by_type)
    note = f'<p class="note">Per {step_name(report)} of arrival, each type on its own scale; a gap: nobody came.</p>'
    return f'{note}{html.shared_legend(by_type[0])}<div class="small-plots">{small}</div>'


def _figures(report: dict[str, Any]) -> Iterator[str]:
    """A table for each subject."""
    shown = columns(report)
    rows: dict[str, list[str]] = {}
    subject = ""
    for name, definition in FIGURES.items():
        subject = SUBJECTS.get(name, subject)
        cells = [html.cell(name, values, "record" if title == "on record" else "") for title, values in shown]
        line = html.row(definition.title, cells, anchor=f"figure-{name}", more=definition.meaning)
        rows.setdefault(subject, []).append(line)
    for title, lines in rows.items():
        yield html.table(title, ["figure", *(column for column, _ in shown)], lines, "figures")


def _breakdowns(report: dict[str, Any]) -> Iterator[str]:
    """A table for each way to divide the whole; none where one part is the whole."""
    kinds = {kind or "no type": values for kind, values in report["by_type"].items()}
    groups = {group or "all agents": values for group, values in report["by_group"].items()}
    if len(kinds) > 1:
        yield html.breakdown("Contacts by type", "type", CONTACT_COLUMNS, kinds)
    if len(report["by_priority"]) > 1:
        caption = "Contacts by priority, the highest first"
        yield html.breakdown(caption, "priority", CONTACT_COLUMNS, report["by_priority"])
    yield html.breakdown("Agents by group, and the waits of those they answered", "group", GROUP_COLUMNS, groups)


def _intervals(report: dict[str, Any]) -> str:
    """The plots in numbers."""
    day = report["over_the_day"]
    parts = round(day["step_s"] / day["queue"]["step_s"])
    names = ("service_level", "wait_p50_s", "wait_p95_s", "occupancy", "queue_length_max")
    rows = []
    for place, name in enumerate(interval_names(day["start_s"], day["step_s"], len(day["offered"]))):
        counts = (f"<td>{day[what][place]:,}</td>" for what in ("offered", "answered", "abandoned"))
        values = {
            "service_level": day["service_level"][place],
            "wait_p50_s": day["waits"]["p50_s"][place],
            "wait_p95_s": day["waits"]["p95_s"][place],
            "occupancy": day["occupancy_all"][place],
            "queue_length_max": max(day["queue"]["most"][place * parts : (place + 1) * parts]),
        }
        known = {figure: value for figure, value in values.items() if value is not None}
        rows.append(html.row(name, [*counts, *(html.cell(figure, known) for figure in names)]))
    titles = ["time", "offered", "answered", "abandoned", *(FIGURES[name].title for name in names)]
    return html.folded("The day in numbers", html.table(f"Per {step_name(report)}", titles, rows, "sides"))


def _agents(report: dict[str, Any]) -> str:
    """The bars of the plot of offers, with the names of the agents."""
    rows = []
    for agent in report["offers_by_agent"]:
        hours, busy = (f"{agent[name]:.1f} h" for name in ("staffed_h", "busy_h"))
        cells = [f'<td class="text">{escape(agent["group"] or "no group")}</td>', f"<td>{hours}</td><td>{busy}</td>"]
        cells.append(
            f"<td>{agent['offers']:,}</td><td>{agent['answered']:,}</td><td>{agent['offers_per_hour']:.1f}</td>"
        )
        rows.append(html.row(agent["agent"], cells))
    heads = ["agent", "group", "staffed", "busy", "offers", "answered", "offers per hour"]
    return html.folded("Offers of each agent", html.table("Agents", heads, rows, "sides agents"))


def _checks(checks: list[dict[str, Any]]) -> str:
    rows = []
    for line in checks:
        sign = '<td class="good">pass</td>' if line["pass"] else '<td class="bad"><strong>FAIL</strong></td>'
        cells = [f"<td>{escape(_plain(line['value']))}</td>", f'<td class="text">{escape(line["goal"])}</td>', sign]
        rows.append(html.row(line["name"], cells))
    return html.table("Checks", ["check", "value", "goal", "verdict"], rows, "checks")


def _plain(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _order(report: dict[str, Any]) -> str:
    rows = (_run_row(name, [html.cell(name, {name: value})]) for name, value in report["order"].items())
    return html.table("Order", ["figure", "this run"], rows, "figures")


def _estimates(report: dict[str, Any]) -> str:
    """How good the estimates of the wait were, where somebody asked."""
    if report["estimates"] is None:
        return ""
    rows = (_run_row(name, [html.cell(name, {name: value})]) for name, value in report["estimates"].items())
    return html.table("Estimated wait", ["figure", "this run"], rows, "figures")


def _router(report: dict[str, Any]) -> str:
    """The router's times, where the clock was real."""
    if report["router"] is None:
        return ""
    rows = []
    for name, found in report["router"].items():
        times = (found[f"p{percent}_ms"] for percent in PERCENTILES)
        cells = [f"<td>{found['count']:,}</td>", *(f'<td><data value="{ms}">{ms:.1f} ms</data></td>' for ms in times)]
        rows.append(_run_row(name, cells))
    heads = ["router", "count", *(f"p{percent}" for percent in PERCENTILES)]
    return html.table("The router's time", heads, rows, "router")


def _run_row(name: str, cells: list[str]) -> str:
    definition = DEFINITIONS[name]
    return html.row(definition.title, cells, anchor=f"figure-{name}", more=definition.meaning)


def _played(report: dict[str, Any]) -> dict[str, str]:
    policy = report["policy"]
    runs = [run for run in (report, report["beside"]) if run]
    groups = ", ".join(f"{group or 'one group'} {count}" for group, count in report["groups"].items())
    return {
        "day": report["day"],
        "seed": str(report["seed"]),
        "clock": "; ".join(f"{run['clock']}, {run['speed']:,.0f} times as fast" for run in runs),
        "took": "; ".join(f"{run['duration_s']:.1f} s" for run in runs),
        "contacts": f"{report['contacts']:,}",
        "agents": f"{report['agents']:,} ({groups})",
        "skills": ", ".join(report["skills"]),
        "service level threshold": f"{policy['service_level_threshold_s']:g} s",
        "short abandons": f"under {policy['short_abandon_s']:g} s",
        "time to answer an offer": f"{policy['offer_timeout_s']:g} s",
        "wrap-up, at most": f"{policy['wrap_up_time_s']:g} s",
        "pause after a decline or a miss": f"{policy['retry_delay_s']:g} s",
        "offers": "accepted at once" if policy["auto_accept"] else "accepted by the agent",
        **({"digest of all events": report["digest"]} if report["digest"] else {}),
    }


def _definitions() -> str:
    rows = [
        html.row(
            definition.title,
            [
                f'<td class="text">{escape(definition.unit)}</td>',
                f'<td class="text"><code>{escape(definition.formula)}</code></td>',
                f'<td class="text">{escape(definition.source)}</td>',
            ],
            more=definition.meaning,
        )
        for definition in DEFINITIONS.values()
    ]
    notation = f'<p class="note">{escape(NOTATION)}</p>'
    return notation + html.table("Definitions", ["figure", "unit", "formula", "source"], rows, "definitions")
