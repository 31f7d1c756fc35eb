"""Feeds that wait for something that concerns them, found by its topics.

An event wakes the feeds that wait for one of its topics and costs the others nothing: with a feed for each
agent, looking at all of them would make work by the square of a center's size.
"""

import asyncio
from collections.abc import Iterable

from acd_server.alarm import Alarm
from acd_server.feed_events import FeedEvent, Point, Topic


class Subscriber:
    """A feed at its center. It waits when it has seen everything, which costs one timer at most, however often."""

    __slots__ = ("_alarm", "_woken", "before", "topics")

    def __init__(self, topics: frozenset[Topic]) -> None:
        self.topics = topics
        self.before: Point | None = None
        """The point before the first event that concerned it since it began to wait."""
        self._woken: asyncio.Future[None] | None = None
        self._alarm = Alarm(self.wake)

    def wants(self, event: FeedEvent) -> bool:
        return not self.topics.isdisjoint(event.topics)

    def wake(self) -> None:
        if self._woken and not self._woken.done():
            self._woken.set_result(None)

    async def sleep(self, until: float) -> None:
        """Returns when somebody wakes it, at the latest at this time of the loop."""
        self._woken = asyncio.get_running_loop().create_future()
        self._alarm.set(until)
        try:
            await self._woken
        finally:
            self._alarm.stop()
            self._woken = None

    def close(self) -> None:
        self._alarm.close()


class Waiting:
    """The subscribers of a center that have seen everything so far.

    Who is woken stays here until it runs: what happens in between must not pass it by.
    """

    def __init__(self) -> None:
        # In the order in which they came: dicts keep it, sets do not.
        self._by_topic: dict[Topic, dict[Subscriber, None]] = {}

    async def wait(self, subscriber: Subscriber, until: float) -> Point | None:
        """Returns the point before the first event that concerns the subscriber.

        None when nothing did, until that time of the loop or until all were woken.
        """
        subscriber.before = None
        for topic in subscriber.topics:
            self._by_topic.setdefault(topic, {})[subscriber] = None
        try:
            await subscriber.sleep(until)
        finally:
            for topic in subscriber.topics:
                others = self._by_topic[topic]
                del others[subscriber]
                if not others:
                    del self._by_topic[topic]
        return subscriber.before

    def tell(self, events: Iterable[FeedEvent], before: Point) -> None:
        """Wakes those whom one of the new events concerns; `before` is the point before them."""
        for event in events:
            for topic in event.topics:
                for subscriber in self._by_topic.get(topic, ()):
                    if subscriber.before is None:
                        subscriber.before = before
                        subscriber.wake()
            before = event.point

    def wake_all(self) -> None:
        for subscribers in self._by_topic.values():
            for subscriber in subscribers:
                subscriber.wake()
