"""How good the router's estimate of the wait is: asked of a sample of those who wait, held against what came."""

from dataclasses import dataclass
from functools import partial

from acd.v1 import contact_pb2 as contacts
from acd.v1 import event_pb2 as events
from acd.v1.contact_service_pb2 import GetQueuePositionRequest
from acd.v1.event_pb2 import Event
from acd_client import AcdApiError, AcdClient
from simulator.line import insist
from simulator.measures.numbers import mean, percentile
from simulator.model import micros
from simulator.timeline import Timeline

ASK_EVERY = 2
"""Of the contacts that come and find nobody free, every so manieth is asked about."""


@dataclass(slots=True)
class Sample:
    """One contact that was asked about while it waited."""

    asked: float
    """Second of the day."""
    estimate: float | None = None
    """Seconds; None: the router said that it is unknown."""
    answered: float | None = None
    """Second of the day of the answer; None while, or if, there was none."""

    @property
    def error(self) -> float | None:
        """Estimate less what came, in seconds; None where one of the two is missing."""
        if self.estimate is None or self.answered is None:
            return None
        return self.estimate - (self.answered - self.asked)


class Estimates:
    """Asks, in a day on the center's own clock, about contacts that wait in the moment after they came."""

    def __init__(self, client: AcdClient, every: int) -> None:
        self._client = client
        self._every = every
        self._came = 0
        self._states: dict[str, int] = {}
        self.samples: dict[str, Sample] = {}
        """By contact."""

    def take(self, event: Event, timeline: Timeline) -> None:
        """Follows an event of the feed; has the contact asked about once the router has done what it can."""
        if not event.HasField("contact"):
            return
        name, now = event.contact.name, timeline.moment(micros(event.event_time))
        self._states[name] = event.contact.state
        if event.type == events.EVENT_TYPE_CONTACT_ENQUEUED:
            timeline.at(now, partial(self._ask, name, timeline))
        elif event.type == events.EVENT_TYPE_CONTACT_ACCEPTED and name in self.samples:
            sample = self.samples[name]
            sample.answered = now if sample.answered is None else sample.answered

    async def _ask(self, name: str, timeline: Timeline) -> int:
        if self._states[name] != contacts.CONTACT_STATE_QUEUED:
            return 0
        self._came += 1
        if self._came % self._every:
            return 0
        try:
            reply = await insist(self._client.contacts.get_queue_position, GetQueuePositionRequest(name=name))
        except AcdApiError:
            return 0  # It waits no more.
        sample = self.samples[name] = Sample(timeline.now())
        if reply.HasField("estimated_wait"):
            sample.estimate = micros(reply.estimated_wait) / 1e6
        return 0

    def figures(self) -> dict[str, float]:
        """Under the names of `RUN_FIGURES`; who hung up has no wait to compare."""
        errors = [sample.error for sample in self.samples.values() if sample.error is not None]
        sizes = [abs(error) for error in errors]
        return {
            "estimates": len(self.samples),
            "estimates_unknown": sum(sample.estimate is None for sample in self.samples.values()),
            "estimates_compared": len(errors),
            "estimate_error_p50_s": percentile(sizes, 50),
            "estimate_error_p90_s": percentile(sizes, 90),
            "estimate_bias_s": mean(errors),
        }
