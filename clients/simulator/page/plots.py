"""Charts of a report, as `report.details` writes it, the record beside the run where there is one."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

from simulator.page.chart import Axis, Chart, Series, Tick
from simulator.page.picture import SERIES, Pattern

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
    # Two kinds of time would be too much for so small a picture.
    records = [other for other in _others(report) if other.drawn is report["record"]]
    axis = _clock(report)
    return [
        Chart(
            "_".join(["waits", str(number), *re.findall(r"[a-z0-9]+", kind.lower())]),
            f"Waits: {kind or 'no type'}",
            f"Waits of the type {kind or 'without a name'} by the time of arrival.",
            "s",
            axis,
            lines=_wait_lines(waits, [(other, other.day["waits_by_type"].get(kind)) for other in records]),
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


class Other(NamedTuple):
    """A day that is drawn beside the run: the same one in another kind of time, or as it was on record."""

    name: str
    pattern: Pattern
    style: str
    """Of its line where lines are; among bars it is drawn in ink."""
    drawn: dict[str, Any]

    @property
    def day(self) -> dict[str, Any]:
        return self.drawn["over_the_day"]  # type: ignore[no-any-return]


def _others(report: dict[str, Any]) -> list[Other]:
    found = []
    if report["beside"]:
        found.append(Other(f"in {report['beside']['clock']} time", "dotted", "ink", report["beside"]))
    if report["record"]:
        found.append(Other("on record", "dashed", "record", report["record"]))
    return found


def _arrivals(report: dict[str, Any]) -> Chart:
    day = report["over_the_day"]
    bars = [Series("answered", "answered", day["answered"]), Series("abandoned", "abandoned", day["abandoned"])]
    if any(day["other"]):
        bars.append(Series("ended otherwise", "other", day["other"]))
    lines = [Series(f"answered {other.name}", "ink", other.day["answered"], other.pattern) for other in _others(report)]
    note = f"Contacts per {step_name(report)} in which they came, and what became of them."
    axis = _clock(report)
    return Chart(
        "arrivals", "Arrivals, answered and abandoned", note, "contacts", axis, tuple(bars), lines=tuple(lines)
    )


def _service_level(report: dict[str, Any]) -> Chart:
    lines = [Series("this run", "s1", report["over_the_day"]["service_level"])]
    lines += [Series(other.name, other.style, other.day["service_level"], other.pattern) for other in _others(report)]
    threshold = report["policy"]["service_level_threshold_s"]
    note = f"Share answered within {threshold:g} s, per {step_name(report)} of arrival; abandons count against it."
    return Chart("service_level", "Service level", note, "share", _clock(report), lines=tuple(lines), top=1.0)


def _wait_lines(waits: dict[str, Any], others: list[tuple[Other, dict[str, Any] | None]]) -> tuple[Series, ...]:
    lines = [Series("half waited less", "s1", waits["p50_s"]), Series("95 % waited less", "s2", waits["p95_s"])]
    for other, beside in others:
        if beside is not None:
            lines.append(Series(f"95 % {other.name}", other.style, beside["p95_s"], other.pattern))
    return tuple(lines)


def _waits(report: dict[str, Any]) -> Chart:
    note = f"Waits to the answer or the end, per {step_name(report)} of arrival."
    others = [(other, other.day["waits"]) for other in _others(report)]
    lines = _wait_lines(report["over_the_day"]["waits"], others)
    return Chart("waits", "Waits over the day", note, "s", _clock(report), lines=lines)


def _queue(report: dict[str, Any]) -> Chart:
    day = report["over_the_day"]
    queue = day["queue"]
    parts = round(day["step_s"] / queue["step_s"])
    areas = [
        Series(kind or "waiting", style, values)
        for style, (kind, values) in zip(SERIES, _largest(queue["mean_by_type"]), strict=False)
    ]
    lines = [Series("most at once", "ink", queue["most"])]
    lines += [
        Series(f"mean {other.name}", other.style, other.day["queue"]["mean"], other.pattern)
        for other in _others(report)
    ]
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
    day = report["over_the_day"]
    lines = [Series("on duty", "ink", day["staffed"])]
    lines += [
        Series(f"at work {other.name}", other.style, other.day["busy"], other.pattern) for other in _others(report)
    ]
    note = f"Agents on duty, and in service or wrap-up, averaged over each {step_name(report)}."
    bars = (Series("at work", "s1", day["busy"]),)
    return Chart("agents", "Agents", note, "agents", _clock(report), bars, lines=tuple(lines))


def _occupancy(report: dict[str, Any]) -> Chart:
    day = report["over_the_day"]
    groups = day["occupancy"]
    if len(groups) > MOST:
        groups = {"all agents": day["occupancy_all"]}
    lines = [
        Series(group or "all agents", style, values)
        for style, (group, values) in zip(SERIES, groups.items(), strict=False)
    ]
    lines += [
        Series(f"all {other.name}", other.style, other.day["occupancy_all"], other.pattern) for other in _others(report)
    ]
    note = "Share of the staffed time in service or wrap-up, by group of agents."
    return Chart("occupancy", "Occupancy", note, "share", _clock(report), lines=tuple(lines), top=1.0)


def _distribution(report: dict[str, Any]) -> Chart:
    waits = report["waits"]
    step, count = waits["step_s"], len(waits["answered"])
    edges = [f"{step * number:,g}" for number in range(count)]
    names = [f"{low} to {high} s" for low, high in pairwise(edges)] + [f"over {edges[-1]} s"]
    ticks = [Tick(float(number), edge, number) for number, edge in enumerate(edges)]
    bars = [Series("answered", "answered", waits["answered"]), Series("abandoned", "abandoned", waits["abandoned"])]
    if any(waits["other"]):
        bars.append(Series("ended otherwise", "other", waits["other"]))
    lines = []
    for other in _others(report):
        ends = zip(*(other.drawn["waits"][end] for end in ("answered", "abandoned", "other")), strict=True)
        lines.append(Series(f"all {other.name}", "ink", [sum(bar) for bar in ends], other.pattern))
    threshold = report["policy"]["service_level_threshold_s"]
    rule = (threshold / step, f"{threshold:g} s") if threshold < step * (count - 1) else None
    note = f"Contacts by their wait in steps of {step:g} s; the last bar holds all that waited longer."
    axis = Axis(names, ticks, "seconds waited")
    return Chart(
        "distribution", "How long they waited", note, "contacts", axis, tuple(bars), lines=tuple(lines), rule=rule
    )


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
