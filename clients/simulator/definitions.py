"""What each figure means: its unit, its formula, and where the definition comes from."""

# ruff: noqa: RUF001 - minus and times are how formulas are written

from typing import NamedTuple

CISCO = "Cisco, How to perform service level calculation (document 216240)"
CUIC = "Cisco Unified Intelligence Center 9.0(1) user guide, p. 226: when a service level counts"
CONNECT = "Amazon Connect administrator guide, metrics definitions"
LITTLE = "J. D. C. Little, A proof for the queuing formula L = λW, Operations Research 9 (1961)"
ERLANG = "offered load over servers, as in the Erlang formulas"
OURS = "this project"
STATES = "the router's contact and assignment states"


NOTATION = (
    "n contacts offered, a answered, b abandoned, b₀ of them short, c completed, m offers, h an agent's staffed hours. "
    "A_T answered within the threshold T or exactly at its end, B_T abandoned within it and not short, O_T all that "
    "were answered, left or waited as long as T, without short abandons."
)
"""The signs in the formulas."""


class Definition(NamedTuple):
    """One figure's. `unit` decides how it is written: share, s, h, ratio, or what is counted."""

    title: str
    meaning: str
    unit: str
    formula: str
    source: str


FIGURES: dict[str, Definition] = {
    "offered": Definition("offered", "contacts that came", "contacts", "n", STATES),
    "answered": Definition("answered", "contacts whose service an agent began", "contacts", "a", STATES),
    "handled": Definition("handled", "contacts completed", "contacts", "c", STATES),
    "abandoned": Definition("abandoned", "callers who hung up before an answer", "contacts", "b", STATES),
    "short_abandons": Definition(
        "short abandons",
        "of these, those who hung up before the short-abandon threshold",
        "contacts",
        "b₀: wait < short threshold",
        CUIC,
    ),
    "service_level": Definition(
        "service level",
        "share answered within the threshold T; abandons count against it, short ones not at all",
        "share",
        "A_T / O_T",
        CISCO,
    ),
    "service_level_abandons_ignored": Definition(
        "service level, abandons ignored",
        "the same, as if those who hung up within T had not come",
        "share",
        "A_T / (O_T − B_T)",
        CISCO,
    ),
    "service_level_abandons_met": Definition(
        "service level, abandons met",
        "the same, as if those who hung up within T had been answered",
        "share",
        "(A_T + B_T) / O_T",
        CISCO,
    ),
    "speed_of_answer_s": Definition(
        "speed of answer",
        "mean wait of those answered, to the answer, ringing included",
        "s",
        "Σ waits of answered / a",
        CONNECT,
    ),
    "mean_wait_s": Definition("mean wait", "mean wait of all, to the answer or the end", "s", "Σ waits / n", CONNECT),
    "wait_p50_s": Definition("wait, median", "half of all waited no longer", "s", "50th percentile of waits", OURS),
    "wait_p95_s": Definition("wait, p95", "95 % of all waited no longer", "s", "95th percentile of waits", OURS),
    "wait_p99_s": Definition("wait, p99", "99 % of all waited no longer", "s", "99th percentile of waits", OURS),
    "longest_wait_s": Definition(
        "longest wait", "of all, those who still wait at the end among them", "s", "max(left − came)", CONNECT
    ),
    "abandonment": Definition("abandonment", "share of all contacts abandoned", "share", "b / n", CONNECT),
    "abandonment_without_short": Definition(
        "abandonment without short ones",
        "the same, short abandons taken out of both",
        "share",
        "(b − b₀) / (n − b₀)",
        CUIC,
    ),
    "time_to_abandon_s": Definition(
        "time to abandon", "mean wait of those who hung up", "s", "Σ waits of abandoned / b", CONNECT
    ),
    "queue_length_mean": Definition(
        "queue length, mean",
        "contacts waiting, averaged over the time from the first to the last event",
        "contacts",
        "∫ waiting dt / time = Σ waits / time",
        LITTLE,
    ),
    "queue_length_max": Definition(
        "queue length, most",
        "most contacts that waited at one moment",
        "contacts",
        "max waiting",
        CONNECT,
    ),
    "handling_time_s": Definition(
        "handling time",
        "mean time from the answer to the end of wrap-up",
        "s",
        "Σ (talk + wrap-up) / c",
        CONNECT,
    ),
    "talk_time_s": Definition(
        "talk time", "mean time from the answer to the end of the service", "s", "Σ talk / c", CONNECT
    ),
    "wrap_up_s": Definition("wrap-up", "mean time of wrap-up", "s", "Σ wrap-up / c", CONNECT),
    "contact_h": Definition(
        "contact hours",
        "work that came: what all contacts would take if all were served",
        "h",
        "n × handling time",
        ERLANG,
    ),
    "staffed_h": Definition(
        "staffed hours",
        "agents' time available or with a contact; breaks do not count",
        "h",
        "Σ time available or busy",
        CONNECT,
    ),
    "load_ratio": Definition(
        "load ratio",
        "contact hours over staffed hours: above 1, more came than could be served",
        "ratio",
        "contact hours / staffed hours",
        ERLANG,
    ),
    "occupancy": Definition(
        "occupancy",
        "share of the staffed time spent in service or wrap-up",
        "share",
        "time busy / (time busy + time idle)",
        CONNECT,
    ),
    "offers": Definition("offers", "assignments offered to agents", "offers", "m", STATES),
    "offers_per_contact": Definition(
        "offers per contact",
        "offers made, over contacts that were offered at all",
        "ratio",
        "m / contacts offered",
        OURS,
    ),
    "answer_rate": Definition(
        "answer rate",
        "share of offers that were accepted; a contact may be offered several times",
        "share",
        "accepted / m",
        CONNECT,
    ),
    "declines": Definition("declines", "offers declined", "offers", "count", STATES),
    "misses": Definition("misses", "offers not answered in time", "offers", "count", STATES),
    "revoked": Definition(
        "revoked", "offers that the router took back, with or without the contact's end", "offers", "count", STATES
    ),
    "offers_spread": Definition(
        "spread of offers",
        "how far agents of one group differ in offers per staffed hour; 0: all alike",
        "ratio",
        "√(Σ h (r / group's r − 1)² / Σ h), r = offers / h",
        OURS,
    ),
}
"""Of a history, whoever played it."""

SUBJECTS = {
    "offered": "Contacts",
    "service_level": "Service level",
    "speed_of_answer_s": "Waits and abandonment",
    "queue_length_mean": "Queue",
    "handling_time_s": "Work",
    "offers": "Offers",
}
"""The figure that each subject begins with."""

GROUP_FIGURES: dict[str, Definition] = {
    "agents": Definition("agents", "agents of the group", "agents", "count", STATES),
    "offers_per_hour_least": Definition(
        "offers per hour, least", "offers per staffed hour of the agent with the fewest", "ratio", "min r", OURS
    ),
    "offers_per_hour_mean": Definition(
        "offers per hour", "offers per staffed hour of the group", "ratio", "m / staffed hours", OURS
    ),
    "offers_per_hour_most": Definition(
        "offers per hour, most", "offers per staffed hour of the agent with the most", "ratio", "max r", OURS
    ),
}
"""Of a group of agents, beside those of `FIGURES`; its waits are those of the contacts that it answered."""

RUN_FIGURES: dict[str, Definition] = {
    "order_violations": Definition(
        "order violations",
        "offers against the order: somebody before was passed over, or somebody available longer; must be 0",
        "offers",
        "count by the judge of the feed",
        OURS,
    ),
    "ambiguous": Definition(
        "ambiguous offers",
        "offers in the second after a bar ended, in which both orders are right",
        "offers",
        "count by the judge of the feed",
        OURS,
    ),
    "enqueue_to_offer": Definition(
        "enqueue to offer",
        "wall time from sending a contact to its offer on the feed, an agent being free",
        "ms",
        "percentiles",
        OURS,
    ),
    "estimates": Definition(
        "estimates of the wait",
        "waiting contacts that the router was asked about, when they came and nobody was free",
        "contacts",
        "count",
        OURS,
    ),
    "estimates_unknown": Definition(
        "estimates unknown", "of these, those of which it said that it does not know", "contacts", "count", OURS
    ),
    "estimates_compared": Definition(
        "estimates compared", "of these, those that were known, and answered in the end", "contacts", "count", OURS
    ),
    "estimate_error_p50_s": Definition(
        "estimate, error, median",
        "how far the estimate was from the wait that came, up or down",
        "s",
        "50th percentile of |estimate − (answered − asked)|",
        OURS,
    ),
    "estimate_error_p90_s": Definition(
        "estimate, error, p90", "nine of ten estimates were off by no more", "s", "90th percentile of the same", OURS
    ),
    "estimate_bias_s": Definition(
        "estimate, bias",
        "how far estimates were too long on average; below 0: too short",
        "s",
        "mean of estimate − (answered − asked)",
        OURS,
    ),
    "possible_to_offer": Definition(
        "possible to offer",
        "time by the center's clock from the moment a pair was possible to its offer",
        "ms",
        "percentiles",
        OURS,
    ),
}
"""Of a run of the router; its times only where the clock is real, estimates only where it is virtual."""

DEFINITIONS = FIGURES | GROUP_FIGURES | RUN_FIGURES


def written(name: str, value: float) -> str:
    """The figure as people read it, with its unit."""
    return in_words(value, DEFINITIONS[name].unit)


def in_words(value: float, unit: str) -> str:
    """A value as people read it."""
    if unit == "share":
        return f"{value:.1%}"
    if unit in ("s", "h"):
        return f"{value:,.1f} {unit}"
    return f"{value:,.2f}" if value != int(value) else f"{value:,.0f}"
