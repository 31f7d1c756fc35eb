"""The figures of a history; `definitions.py` says what each means."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from simulator.definitions import FIGURES
from simulator.history import History, Stay
from simulator.measures.contacts import contact_figures
from simulator.measures.queue import queue_figures
from simulator.measures.staff import by_group, group_figures, staff_figures, works


def figures(history: History) -> dict[str, float]:
    """Figures of the whole day, under the names and in the order of `FIGURES`; 0 where there is nothing."""
    found = (
        contact_figures(list(history.stays.values()), history)
        | queue_figures(history)
        | staff_figures(history, works(history))
    )
    return {name: found[name] for name in FIGURES}


def breakdowns(history: History) -> dict[str, dict[str, dict[str, float]]]:
    """Figures of each type and each priority of contacts, the highest first, and of each group of agents."""
    priorities = _contacts(history, lambda stay: stay.caller.priority)
    return {
        "by_type": _contacts(history, lambda stay: stay.caller.type),
        "by_priority": {str(priority): values for priority, values in reversed(priorities.items())},
        "by_group": {name: group_figures(staff) for name, staff in by_group(works(history)).items()},
    }


def _contacts(history: History, key: Callable[[Stay], Any]) -> dict[Any, dict[str, float]]:
    sorts: dict[Any, list[Stay]] = defaultdict(list)
    for stay in history.stays.values():
        sorts[key(stay)].append(stay)
    return {value: contact_figures(sorts[value], history) for value in sorted(sorts)}
