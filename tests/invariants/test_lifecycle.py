"""Any sequence of verbs and deadlines does what the model says, and leaves every index right."""

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.invariants.rules import LifeCycle
from tests.support.cells import Cell


def test_any_sequence_does_what_the_model_says(store_url: str, cell: Cell) -> None:
    """Short by default; ACD_MODEL_EXAMPLES sets the number of sequences for a long run."""
    machine = type("Machine", (LifeCycle,), {"url": store_url, "documents": cell.documents})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(os.environ.get("ACD_MODEL_EXAMPLES", "6")),
            stateful_step_count=40,
            deadline=None,
            # The machine talks to a store; how long that takes is not its business.
            suppress_health_check=list(HealthCheck),
        ),
    )
