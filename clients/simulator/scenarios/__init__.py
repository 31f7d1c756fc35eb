"""The scenarios of `acd simulate --scenario`, each in a file of its own."""

from simulator.scenarios.base import Scenario
from simulator.scenarios.blended import Blended
from simulator.scenarios.calendar import Calendar
from simulator.scenarios.callback import Callback
from simulator.scenarios.overflow import Overflow
from simulator.scenarios.relax import Relax
from simulator.scenarios.rona import Rona
from simulator.scenarios.sticky import Sticky
from simulator.scenarios.transfer import Transfer
from simulator.scenarios.vip import Vip

SCENARIOS: dict[str, type[Scenario]] = {
    kind.name: kind for kind in (Blended, Rona, Vip, Sticky, Relax, Overflow, Callback, Transfer, Calendar)
}
"""By name, in the order in which `all` plays them."""
EVERY = "all"


class ScenarioError(Exception):
    """There is no scenario of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no scenario {name!r}; there are {', '.join(SCENARIOS)}, and {EVERY}")


def chosen(name: str) -> list[type[Scenario]]:
    """The scenario of this name, or all of them. Raises ScenarioError."""
    if name == EVERY:
        return list(SCENARIOS.values())
    if name not in SCENARIOS:
        raise ScenarioError(name)
    return [SCENARIOS[name]]
