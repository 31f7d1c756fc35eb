"""Relaxation steps of new contacts."""

from hypothesis import strategies as st

from acd_server.store.contacts import RelaxationStep
from tests.invariants.rules.policies import STEP

QUARTER = STEP // 4
"""Up to three steps end between whole ones, so that the microseconds of stamps decide nothing."""


def draw_steps(data: st.DataObject, required: dict[str, int]) -> list[RelaxationStep]:
    """Up to three, each weaker than the one before."""
    steps: list[RelaxationStep] = []
    now = dict(required)
    while now and len(steps) < 3 and data.draw(st.sampled_from([True, True, False])):
        skill = data.draw(st.sampled_from(sorted(now)))
        level = data.draw(st.integers(0, now[skill] - 1))
        now = {name: had for name, had in now.items() if name != skill} | ({skill: level} if level else {})
        steps.append((data.draw(st.sampled_from([2, 9, 30])) * STEP + QUARTER, now))
    return steps
