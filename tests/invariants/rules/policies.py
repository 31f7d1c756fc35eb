"""The policies that centers of the test have."""

import json
from typing import Any

from hypothesis import strategies as st

from tests.invariants.rules.overflow import rule_lists

SKILLS = ("billing", "english", "sales")

STEP = 1_000
"""The least time that passes, in microseconds."""

HEAD_START, CREDIT = 7_075, 3_250
"""Such that no two ranks come nearer to each other than 50 us: stamps of one moment differ by less."""

HALF = STEP // 2
"""Added to what could end in the moment in which something else begins."""

STRATEGIES = st.sampled_from(["LONGEST_AVAILABLE", "LEAST_LOADED", "BEST_FIT", "LEAST_SKILLED", "ROUND_ROBIN"])

Policy = dict[str, Any]

_FIXED: Policy = {
    "offer_timeout": 20 * STEP,
    "wrap_up_time": 30 * STEP,
    "wrap_up_limit": 60 * STEP,
    "max_wait": 100 * STEP,
    "max_active": 200 * STEP,
    "retention": 20 * STEP,
    "service_level_threshold": 20 * STEP,
    "agent_lease": 50 * STEP,
    "head_start": HEAD_START,
    "preferred_wait": 12 * STEP + HALF,
}


def _delays(pair: tuple[int, int]) -> Policy:
    declined, missed = (steps * STEP + HALF if steps else 0 for steps in pair)
    return {"retry_delay": declined, "missed_retry_delay": missed}


def _limits(pair: tuple[int, int]) -> Policy:
    return {"max_missed_offers": pair[0], "max_offers": pair[1]}


def _most_waiting(pair: tuple[int, int]) -> Policy:
    return {"max_waiting": pair[0], "max_class_waiting": pair[1]}


CHANNEL_WRAP_UPS = st.sampled_from(
    [
        "{}",
        json.dumps({"CHAT": {"mode": "NONE", "time": 0}}),
        json.dumps(
            {
                "VOICE": {"mode": "UNTIL_FINISHED", "time": 0, "limit": 15 * STEP},
                "EMAIL": {"mode": "FIXED", "time": 5 * STEP},
            }
        ),
    ]
)

CAPACITIES = st.sampled_from(
    [
        ("100", "{}"),
        ("100", json.dumps({"VOICE": {"cost": 60}, "CHAT": {"cost": 10, "most": 2}, "EMAIL": {"cost": 10, "most": 2}})),
        ("200", json.dumps({"CHAT": {"cost": 50}})),
    ]
)


def _capacity(pair: tuple[str, str]) -> Policy:
    return {"agent_capacity": int(pair[0]), "channel_capacity": pair[1]}


PARTS: list[st.SearchStrategy[Policy]] = [
    st.just(_FIXED),
    st.fixed_dictionaries(
        {
            "auto_accept": st.booleans(),
            "priority_rule": st.sampled_from(["STRICT", "HEAD_START"]),
            "strategy": STRATEGIES,
            "wrap_up_mode": st.sampled_from(["NONE", "FIXED", "UNTIL_FINISHED"]),
        }
    ),
    st.sampled_from([(0, 0), (10, 10), (10, 4), (0, 30)]).map(_delays),
    st.sampled_from([(0, 0), (1, 0), (2, 3)]).map(_limits),
    st.sampled_from([(0, 0), (0, 0), (4, 0), (0, 2)]).map(_most_waiting),
    rule_lists(SKILLS, STEP).map(lambda rules: {"overflow_rules": rules}),
    CAPACITIES.map(_capacity),
    st.fixed_dictionaries(
        {
            "channel_wrap_up": CHANNEL_WRAP_UPS,
            "not_ready_reasons": st.sampled_from(["[]", "[]", json.dumps(["lunch"])]),
        }
    ),
]
"""Each draws some rules; a later one overrules an earlier one."""


def policies() -> st.SearchStrategy[Policy]:
    return st.tuples(*PARTS).map(lambda parts: {key: value for part in parts for key, value in part.items()})
