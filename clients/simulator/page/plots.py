"""Charts of a report, as `report.details` writes it, the record beside the run where there is one."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from simulator.page.chart import Axis, Chart, Series, Tick
from simulator.page.picture import SERIES

HOUR = 3600
MOST = len(SERIES)
"""Types or groups that are told apart; the rarer ones of more are put together."""
OTHERS = "others"


def charts(report: dict[str, Any]) -> list[Chart]:
    """Those of the day as a whole, in the order in which they are read."""
    return [make(report) for make in CHARTS.values()]


def charts_by_type(report: dict[str, Any]) -> list[Chart]:
    """The waits of each type, each on its own scale; none where there is but one type."""
    by_type = report["over_the_day"]["waits_by_type"]
    if len(by_type) < 2:  # noqa: PLR2004 - one is the whole
        return []
    record = report["record"]["over_the_day"]["waits_by_type"] if report["record"] else {}
    axis = _clock(report)
    return [
        Chart(
            "_".join(["waits", str(number), *re.findall(r"[a-z0-9]+", kind.lower())]),
            f"Waits: {kind or 'no type'}",
            f"Waits of the type {kind or 'without a name'} by the time of arrival.",
            "s",
            axis,
            lines=_wait_lines(waits, record.get(kind)),
        )
        for number, (kind, waits) in enumerate(by_type.items(), start=1)
    ]


def clock_time(second: float) -> str:
    """Second of the day as a clock shows it."""
    return f"{int(second) // HOUR}:{int(second) % HOUR // 60:02d}"


def interval_names(start: float, step: float, count: int) -> list[str]:
    times = [clock_time(start + step * number) for number in range(count + 1)]
    return [f"{begin} to {end}" for begin, end in pairwise(times)]


def step_name(report: dict[str, Any]) -> str:
    """The length of the day's intervals in words."""
    return _minutes(report["over_the_day"]["step_s"])


def _minutes(seconds: float) -> str:
    if seconds == HOUR / 2:
        return "half hour"
    return f"{seconds / 60:.0f} minutes" if seconds % 60 == 0 else f"{seconds:.0f} s"


def _clock(report: dict[str, Any], parts: int = 1) -> Axis:
    """The day's intervals, or finer ones."""
    day = report["over_the_day"]
    count, start, step = len(day["offered"]) * parts, day["start_s"], day["step_s"] / parts
    every = HOUR if step * count > 5 * HOUR else HOUR / 2
    first = -(-start // every)
    last = (start + step * count) // every
    ticks = [
        Tick((number * every - start) / step, clock_time(number * every), number)
        for number in range(int(first), int(last) + 1)
    ]
    return Axis(interval_names(start, step, count), ticks)


def _beside(report: dict[str, Any]) -> dict[str, Any] | None:
    return report["record"]["over_the_day"] if report["record"] else None


def _arrivals(report: dict[str, Any]) -> Chart:
    day, record = report["over_the_day"], _beside(report)
    bars = [Series("answered", "answered", day["answered"]), Series("abandoned", "abandoned", day["abandoned"])]
    if any(day["other"]):
        bars.append(Series("ended otherwise", "other", day["other"]))
    lines = (Series("answered on record", "ink", record["answered"], dashed=True),) if record else ()
    note = f"Contacts per {step_name(report)} in which they came, and what became of them."
    return Chart(
        "arrivals", "Arrivals, answered and abandoned", note, "contacts", _clock(report), tuple(bars), lines=lines
    )


def _service_level(report: dict[str, Any]) -> Chart:
    day, record = report["over_the_day"], _beside(report)
    lines = [Series("this run", "s1", day["service_level"])]
    if record:
        lines.append(Series("on record", "record", record["service_level"], dashed=True))
    threshold = report["policy"]["service_level_threshold_s"]
    note = f"Share answered within {threshold:g} s, per {step_name(report)} of arrival; abandons count against it."
    return Chart("service_level", "Service level", note, "share", _clock(report), lines=tuple(lines), top=1.0)


def _wait_lines(waits: dict[str, Any], record: dict[str, Any] | None) -> tuple[Series, ...]:
    lines = [Series("half waited less", "s1", waits["p50_s"]), Series("95 % waited less", "s2", waits["p95_s"])]
    if record:
        lines.append(Series("95 % on record", "record", record["p95_s"], dashed=True))
    return tuple(lines)


def _waits(report: dict[str, Any]) -> Chart:
    record = _beside(report)
    note = f"Waits to the answer or the end, per {step_name(report)} of arrival."
    lines = _wait_lines(report["over_the_day"]["waits"], record["waits"] if record else None)
    return Chart("waits", "Waits over the day", note, "s", _clock(report), lines=lines)


def _queue(report: dict[str, Any]) -> Chart:
    day, record = report["over_the_day"], _beside(report)
    queue = day["queue"]
    parts = round(day["step_s"] / queue["step_s"])
    areas = [
        Series(kind or "waiting", style, values)
        for style, (kind, values) in zip(SERIES, _largest(queue["mean_by_type"]), strict=False)
    ]
    lines = [Series("most at once", "ink", queue["most"])]
    if record:
        lines.append(Series("mean on record", "record", record["queue"]["mean"], dashed=True))
    note = f"Contacts waiting, averaged over {_minutes(queue['step_s'])}, and the most at one moment."
    return Chart(
        "queue", "Queue length", note, "contacts", _clock(report, parts), areas=tuple(areas), lines=tuple(lines)
    )


def _largest(parts: dict[str, list[float]]) -> list[tuple[str, list[float]]]:
    """The largest first, as many as there are styles; of more, the rest put together."""
    ordered = sorted(parts, key=lambda name: -sum(parts[name]))
    if len(parts) <= MOST:
        return [(name, parts[name]) for name in ordered]
    rest = [sum(column) for column in zip(*(parts[name] for name in ordered[MOST - 1 :]), strict=True)]
    return [*((name, parts[name]) for name in ordered[: MOST - 1]), (OTHERS, rest)]


def _agents(report: dict[str, Any]) -> Chart:
    day, record = report["over_the_day"], _beside(report)
    lines = [Series("on duty", "ink", day["staffed"])]
    if record:
        lines.append(Series("at work on record", "record", record["busy"], dashed=True))
    note = f"Agents on duty, and in service or wrap-up, averaged over each {step_name(report)}."
    bars = (Series("at work", "s1", day["busy"]),)
    return Chart("agents", "Agents", note, "agents", _clock(report), bars, lines=tuple(lines))


def _occupancy(report: dict[str, Any]) -> Chart:
    day, record = report["over_the_day"], _beside(report)
    groups = day["occupancy"]
    if len(groups) > MOST:
        groups = {"all agents": day["occupancy_all"]}
    lines = [
        Series(group or "all agents", style, values)
        for style, (group, values) in zip(SERIES, groups.items(), strict=False)
    ]
    if record:
        lines.append(Series("all on record", "record", record["occupancy_all"], dashed=True))
    note = "Share of the staffed time in service or wrap-up, by group of agents."
    return Chart("occupancy", "Occupancy", note, "share", _clock(report), lines=tuple(lines), top=1.0)


def _distribution(report: dict[str, Any]) -> Chart:
    waits, record = report["waits"], report["record"]
    step, count = waits["step_s"], len(waits["answered"])
    edges = [f"{step * number:,g}" for number in range(count)]
    names = [f"{low} to {high} s" for low, high in pairwise(edges)] + [f"over {edges[-1]} s"]
    ticks = [Tick(float(number), edge, number) for number, edge in enumerate(edges)]
    bars = [Series("answered", "answered", waits["answered"]), Series("abandoned", "abandoned", waits["abandoned"])]
    if any(waits["other"]):
        bars.append(Series("ended otherwise", "other", waits["other"]))
    lines: tuple[Series, ...] = ()
    if record:
        both = zip(record["waits"]["answered"], record["waits"]["abandoned"], strict=True)
        lines = (Series("all on record", "ink", [sum(pair) for pair in both], dashed=True),)
    threshold = report["policy"]["service_level_threshold_s"]
    rule = (threshold / step, f"{threshold:g} s") if threshold < step * (count - 1) else None
    note = f"Contacts by their wait in steps of {step:g} s; the last bar holds all that waited longer."
    axis = Axis(names, ticks, "seconds waited")
    return Chart("distribution", "How long they waited", note, "contacts", axis, tuple(bars), lines=lines, rule=rule)


def _offers(report: dict[str, Any]) -> Chart:
    ordered = sorted(report["offers_by_agent"], key=lambda agent: (agent["group"], -agent["offers_per_hour"]))
    groups = sorted({agent["group"] for agent in ordered})
    bars: tuple[Series, ...]
    if len(groups) > MOST:
        bars = (Series("all agents", SERIES[0], [agent["offers_per_hour"] for agent in ordered]),)
    else:
        bars = tuple(
            Series(
                group or "all agents",
                style,
                [agent["offers_per_hour"] if agent["group"] == group else None for agent in ordered],
            )
            for style, group in zip(SERIES, groups, strict=False)
        )
    names = [f"{agent['agent']}: {agent['offers']} offers in {agent['staffed_h']:.1f} h" for agent in ordered]
    note = "Offers per staffed hour; bars of one height are fair shares."
    axis = Axis(names, [], "one bar for each agent")
    return Chart("offers", "Offers per agent and hour", note, "offers", axis, bars)


CHARTS: dict[str, Callable[[dict[str, Any]], Chart]] = {
    "arrivals": _arrivals,
    "service_level": _service_level,
    "waits": _waits,
    "queue": _queue,
    "distribution": _distribution,
    "agents": _agents,
    "occupancy": _occupancy,
    "offers": _offers,
}
"""By their keys, in the order in which they are read."""
