"""The verbs of the contract that change something."""

import re

from acd_server.late import services_of

READS = ("Get", "List", "Watch", "Explain")

ELSEWHERE = {"advance_clock": "the machine sets the virtual time itself"}
"""Those without a rule, and why."""


def mutating_verbs() -> set[str]:
    """As the store and the scripts call them."""
    names = {method.name for service in services_of("virtual").values() for method in service.methods}
    return {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in names if not name.startswith(READS)}
