"""The feed of a center as an iterator that goes on by itself.

Streams end: servers are drained or killed, proxies lose connections, readers are
slow. The iterator opens the next stream from the last token and hides the seam.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Self

from grpc import StatusCode

from acd.v1.assignment_feed_pb2 import WatchRequest, WatchResponse
from acd_client.backoff import STEADY, Backoff
from acd_client.calls import Stream
from acd_client.errors import AcdApiError, FeedGap

# What another attempt cannot cure. Everything else is resumed, UNKNOWN included:
# that is what a proxy makes of a killed server.
FINAL = frozenset(
    {
        StatusCode.UNAUTHENTICATED,
        StatusCode.PERMISSION_DENIED,
        StatusCode.INVALID_ARGUMENT,
        StatusCode.UNIMPLEMENTED,
        StatusCode.OUT_OF_RANGE,
        StatusCode.NOT_FOUND,
        StatusCode.FAILED_PRECONDITION,
    }
)


class Feed(AsyncIterator[WatchResponse]):
    """Iterates over what `AssignmentFeed.Watch` sends, across as many streams as it takes.

    - Events come in order, each once, for as long as this object lives. Whoever
      starts a new one from a stored token may see again what came after that token.
    - A snapshot comes whole: its pages are held back until the last one is
      there, and one that breaks off is asked for again.
    - `resume_token` is the place after the last message that was handed out; store it
      once that message has been dealt with.
    - `resumed` counts the streams after the first.

    Iterating raises FeedGap when an unfiltered feed skips a sequence, and
    AcdApiError for what another attempt cannot cure, among it
    ResumeTokenExpired and HistoryDiverged.
    """

    def __init__(
        self,
        connect: Callable[[WatchRequest], Stream[WatchResponse]],
        request: WatchRequest,
        *,
        backoff: Backoff | None = None,
    ) -> None:
        self.resume_token = request.resume_token
        self.resumed = 0
        self._connect = connect
        self._request = request
        self._patience = 2 * request.checkpoint_interval.ToTimedelta().total_seconds()
        self._backoff = backoff or Backoff()
        self._dense = not (request.agent or request.skill_ids or request.owner)
        self._last: int | None = None  # sequence up to which everything is known to have come
        self._token = request.resume_token  # where the next stream begins; ahead of resume_token by what is in _ready
        self._snapshot: list[WatchResponse] = []
        self._ready: deque[WatchResponse] = deque()
        self._stream: Stream[WatchResponse] | None = None
        self._opened = 0.0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> WatchResponse:
        while not self._ready:
            self._take(await self._receive())
        message = self._ready.popleft()
        self.resume_token = message.resume_token or self.resume_token
        return message

    async def close(self) -> None:
        """Ends the stream. Iterating again would open another."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    async def _receive(self) -> WatchResponse:
        """The next message of whichever stream has one; raises what is final."""
        while True:
            if self._stream is None:
                self._stream = self._open()
            try:
                return await self._stream.read(self._patience)
            except AcdApiError as error:
                await self.close()
                if error.code in FINAL:
                    raise
                if asyncio.get_running_loop().time() - self._opened > STEADY:
                    self._backoff.reset()
                await asyncio.sleep(self._backoff.next(error.retry_delay))
                self.resumed += 1

    def _open(self) -> Stream[WatchResponse]:
        # Pages of a snapshot that broke off: it begins anew.
        self._snapshot.clear()
        self._opened = asyncio.get_running_loop().time()
        request = WatchRequest()
        request.CopyFrom(self._request)
        request.resume_token = self._token
        return self._connect(request)

    def _take(self, message: WatchResponse) -> None:
        """Checks a message against what came before it and makes it ready, or drops it."""
        kind = message.WhichOneof("payload")
        if kind == "snapshot":
            self._snapshot.append(message)
            if not message.snapshot.last:
                return
            self._ready.extend(self._snapshot)
            self._snapshot.clear()
        elif kind == "event":
            if not self._advance(message.event.sequence):
                return
            self._ready.append(message)
        else:
            # A checkpoint, or a payload of a newer release.
            if kind == "checkpoint" and not self._catch_up(message.checkpoint.sequence):
                return
            self._ready.append(message)
        self._token = message.resume_token or self._token

    def _advance(self, sequence: int) -> bool:
        """Notes an event; False when it came before. Raises FeedGap."""
        if self._last is not None:
            if sequence <= self._last:
                return False
            if self._dense and sequence != self._last + 1:
                raise FeedGap(self._last + 1, sequence)
        self._last = sequence
        return True

    def _catch_up(self, sequence: int) -> bool:
        """Notes that everything up to `sequence` has come; False when more has. Raises FeedGap."""
        if self._last is not None:
            if sequence < self._last:
                return False
            if self._dense and sequence > self._last:
                raise FeedGap(self._last + 1, sequence)
        self._last = sequence
        return True
