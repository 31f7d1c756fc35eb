"""Pairs waiting contacts with agents wherever the servers say that there may be a pair."""

from acd_client import AcdClient
from dispatcher.metrics import Metrics
from dispatcher.workers import Workers


class MatchLoop:
    """One pass asks one server for one batch of offers in one center."""

    def __init__(self, client: AcdClient, metrics: Metrics, *, concurrency: int = 32) -> None:
        self._client = client
        self._metrics = metrics
        self.workers = Workers("match", self.match_center, metrics, concurrency=concurrency)

    async def match_center(self, center: str) -> bool:
        """One batch of offers; True when another may make more. Raises AcdApiError."""
        reply = await self._client.dispatch.match_contacts(parent=center)
        self._metrics.offers.inc(len(reply.assignments))
        return reply.more
