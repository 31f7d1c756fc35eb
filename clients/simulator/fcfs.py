"""One queue served in order of arrival by equal agents, call by call: what the router must do, in ten lines.

It knows nothing of the router. Contact i is answered when an agent is free, but not before
everybody who came earlier has been answered or has hung up. Since nobody is overtaken, that is
max(its arrival, the earliest moment at which one of the agents is free), unless its patience
ends sooner; so a heap of those moments is all that is needed (J. Kiefer and J. Wolfowitz, 1955,
with hang-ups). Any distribution of arrivals, service and patience.
"""

import math
from collections.abc import Iterable
from heapq import heapreplace
from typing import NamedTuple

NEVER = math.inf
"""The moment of answer of a contact that hung up."""


class Contact(NamedTuple):
    """A contact before it happens; seconds."""

    arrival: float
    service: float
    patience: float = math.inf


def serve(contacts: Iterable[Contact], agents: int, start: float = -math.inf) -> list[float]:
    """When each of the contacts, given in order of arrival, is answered; `NEVER` where it hangs up.

    All agents are free from `start` on. A contact whose patience ends in the moment in which an agent
    becomes free is answered.
    """
    free = [start] * agents
    answered = []
    for arrival, service, patience in contacts:
        moment = free[0]
        if moment <= arrival:
            answered.append(arrival)
            heapreplace(free, arrival + service)
        elif moment - arrival <= patience:
            answered.append(moment)
            heapreplace(free, moment + service)
        else:
            answered.append(NEVER)
    return answered
