"""The policies that centers of the test have."""

from typing import Any

from hypothesis import strategies as st

SKILLS = ("billing", "english", "sales")

STEP = 1_000
"""The least time that passes, in microseconds."""

HEAD_START, CREDIT = 7_300, 3_150
"""Such that no two ranks meet but for the microseconds of stamps."""

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
}


def _delays(pair: tuple[int, int]) -> Policy:
    return {"retry_delay": pair[0] * STEP, "missed_retry_delay": pair[1] * STEP}


def _limits(pair: tuple[int, int]) -> Policy:
    return {"max_missed_offers": pair[0], "max_offers": pair[1]}


PARTS: list[st.SearchStrategy[Policy]] = [
    st.just(_FIXED),
    st.fixed_dictionaries(
        {
            "auto_accept": st.booleans(),
            "priority_rule": st.sampled_from(["STRICT", "HEAD_START"]),
            "wrap_up_mode": st.sampled_from(["NONE", "FIXED", "UNTIL_FINISHED"]),
        }
    ),
    st.sampled_from([(0, 0), (10, 10), (10, 4), (0, 30)]).map(_delays),
    st.sampled_from([(0, 0), (1, 0), (2, 3)]).map(_limits),
]
"""Each draws some rules; a later one overrules an earlier one."""


def policies() -> st.SearchStrategy[Policy]:
    return st.tuples(*PARTS).map(lambda parts: {key: value for part in parts for key, value in part.items()})
