"""Servers without sockets, and channels to them: what gRPC and the balancers do, with their faults.

`Channel` stands where `grpc.aio.Channel` does, so clients are the real ones down to the generated stubs, and servers
are the real servicers. It repeats calls by the published service config, as gRPC does below the client.
"""

import asyncio
import json
import random
from collections import deque
from collections.abc import Awaitable, Callable
from functools import cache
from random import Random
from typing import Any, NamedTuple

from grpc import StatusCode
from grpc.aio import EOF, AioRpcError, Metadata

from acd_client.channel import service_config
from acd_server.errors import AcdError
from acd_server.interceptors.errors import status_of
from tests.simulation.loop import NODE, VirtualLoop, context_of
from tests.simulation.shard import settle
from tests.simulation.trace import Trace

WINDOW = 6
"""Messages that a stream takes before its reader must have read some."""
KEEPALIVE_S = 7.0
"""After so long a client knows that its server does not answer."""
RECONNECT_S = 0.1

Handler = Callable[[Any, Any], Any]


class Host:
    """A server process as the network sees it. `unary` and `streams` are its methods: request type, handler."""

    def __init__(self, name: str, loop: VirtualLoop) -> None:
        self.name, self._loop = name, loop
        self.alive = self.reachable = True
        self.unary: dict[str, tuple[Any, Handler]] = {}
        self.streams: dict[str, tuple[Any, Handler]] = {}
        self.exchanges: dict[Exchange, None] = {}
        self._context = context_of(name)

    def spawn(self, work: Any, name: str) -> asyncio.Task[Any]:
        return asyncio.Task(work, loop=self._loop, name=f"{self.name}:{name}", context=self._context.copy())

    def cut(self, code: StatusCode) -> None:
        """Its connections break."""
        for exchange in tuple(self.exchanges):
            exchange.broken(code)


class Exchange:
    """A call between a client and a server; whoever hears first that it is over ends it."""

    def __init__(self, host: Host, end: Callable[[StatusCode], None]) -> None:
        self.host, self._end = host, end
        self.client = NODE.get()
        self.tasks: list[asyncio.Task[Any]] = []
        host.exchanges[self] = None

    def broken(self, code: StatusCode) -> None:
        self.cancel()
        self._end(code)

    def cancel(self) -> None:
        self.host.exchanges.pop(self, None)
        for task in self.tasks:
            task.cancel()


def failure(code: StatusCode, details: str = "", trailing: Metadata | None = None) -> AioRpcError:
    return AioRpcError(code, Metadata(), trailing or Metadata(), details)


class Network:
    """`loss` and `twice` are the shares of calls that lose a message, or arrive twice."""

    def __init__(self, loop: VirtualLoop, dice: Random, trace: Trace) -> None:
        self.loop, self._dice, self.trace = loop, dice, trace
        self.hosts: list[Host] = []
        self.loss = self.twice = 0.0
        self.slowness = 1.0
        self.on_feed: Callable[[bytes], None] = lambda _data: None
        self.policies = _policies()

    def delay(self) -> float:
        """Between 0.2 and 4 ms."""
        return (0.0002 + 0.0038 * self._dice.random()) * self.slowness

    def chance(self, share: float) -> bool:
        return share > 0.0 and self._dice.random() < share

    def pick(self) -> Host | None:
        found = [host for host in self.hosts if host.reachable]
        return self._dice.choice(found) if found else None

    def broken(self) -> StatusCode:
        """What a client sees of a connection that breaks: the balancer makes UNKNOWN of some."""
        return self._dice.choice((StatusCode.UNAVAILABLE, StatusCode.UNKNOWN))

    def refused(self, error: BaseException, path: str) -> AioRpcError:
        if not isinstance(error, AcdError):
            self.trace.violation(f"{path} failed: {error!r}")
            return failure(StatusCode.INTERNAL, repr(error))
        status = status_of(error).SerializeToString()
        return failure(error.code, error.message, Metadata(("grpc-status-details-bin", status)))


class Channel:
    """A client's connections, through the balancer."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def unary_unary(self, path: str, request_serializer: Any, response_deserializer: Any, **_: Any) -> Any:
        def call(message: Any, *, timeout: float | None = None, metadata: Any = ()) -> Awaitable[Any]:
            del metadata
            data = request_serializer(message)
            return self._call(path, data, response_deserializer, timeout)

        return call

    def unary_stream(self, path: str, request_serializer: Any, response_deserializer: Any, **_: Any) -> Any:
        def call(message: Any, metadata: Any = ()) -> "Stream":
            del metadata
            return Stream(self._network, path, request_serializer(message), response_deserializer)

        return call

    async def close(self) -> None:
        """There is nothing to close."""

    async def _call(self, path: str, data: bytes, made: Any, timeout: float | None) -> Any:  # noqa: ASYNC109 - gRPC's
        """Tries as often and at such intervals as the service config says."""
        policy, loop = self._network.policies[path.split("/")[1]], self._network.loop
        gives_up = loop.time() + min(timeout or 60.0, policy.timeout_s)
        pause = policy.pause_s
        for attempt in range(1, policy.attempts + 1):
            try:
                return made(await self._attempt(path, data, gives_up, wait=policy.waits))
            except AioRpcError as error:
                if attempt == policy.attempts or error.code().name not in policy.repeated:
                    raise
            wait = random.uniform(0.0, pause)
            pause = min(pause * policy.multiplier, policy.most_s)
            if loop.time() + wait >= gives_up:
                raise failure(StatusCode.DEADLINE_EXCEEDED)
            await asyncio.sleep(wait)
        raise AssertionError("the last attempt answers or raises")

    async def _attempt(self, path: str, data: bytes, gives_up: float, *, wait: bool) -> bytes:
        network, loop = self._network, self._network.loop
        while not (host := network.pick()):
            if not wait:
                raise failure(StatusCode.UNAVAILABLE, "no server")
            if loop.time() + RECONNECT_S >= gives_up:
                raise failure(StatusCode.DEADLINE_EXCEEDED)
            await asyncio.sleep(RECONNECT_S)
        answer: asyncio.Future[bytes] = loop.create_future()
        exchange = Exchange(host, lambda code: loop.later(network.delay(), settle, answer, failure(code)))
        lost = network.chance(network.loss)
        if lost and network.chance(0.5):
            loop.later(network.delay(), exchange.broken, network.broken())
        else:
            loop.later(network.delay(), self._arrive, exchange, path, data, answer, lost)
            if network.chance(network.twice):
                loop.later(10 * network.delay(), self._arrive, exchange, path, data, answer, lost)
        limit = loop.limit(gives_up, self._too_late, exchange, answer)
        try:
            return await answer
        finally:
            # A second copy goes on by itself; a client that gave up stops what it asked for.
            limit.cancel()
            host.exchanges.pop(exchange, None)
            if answer.cancelled():
                loop.later(network.delay(), exchange.cancel)

    def _too_late(self, exchange: Exchange, answer: asyncio.Future[bytes]) -> None:
        settle(answer, failure(StatusCode.DEADLINE_EXCEEDED))
        self._network.loop.later(self._network.delay(), exchange.cancel)

    def _arrive(self, exchange: Exchange, path: str, data: bytes, answer: asyncio.Future[bytes], lost: bool) -> None:
        network, host = self._network, exchange.host
        if not host.alive:
            network.loop.later(network.delay(), settle, answer, failure(StatusCode.UNAVAILABLE, "refused"))
            return
        exchange.tasks.append(host.spawn(self._serve(host, path, data, answer, lost), path))

    async def _serve(self, host: Host, path: str, data: bytes, answer: asyncio.Future[bytes], lost: bool) -> None:
        """In the server's process."""
        network, (kind, handler) = self._network, host.unary[path]
        result: bytes | AioRpcError
        try:
            result = (await handler(kind.FromString(data), None)).SerializeToString()
        except Exception as error:  # noqa: BLE001 - the judge hears of what is no refusal
            result = network.refused(error, path)
        network.loop.later(network.delay(), settle, answer, failure(network.broken()) if lost else result)


class Stream:
    """A server stream, at both ends: what a client reads, and the context that the servicer writes to."""

    def __init__(self, network: Network, path: str, data: bytes, made: Any) -> None:
        self._network, self._path, self._made = network, path, made
        self._arrived: deque[bytes] = deque()
        self._end: object = None
        self._reading: asyncio.Future[Any] | None = None
        self._room = WINDOW
        self._freed: deque[float] = deque()
        """When the server hears that there is room again: once for each message that was taken."""
        self._blocked: asyncio.Future[None] | None = None
        self._last = 0.0
        self.host = network.pick()
        if self.host is None:
            network.loop.later(network.delay(), self._over, failure(StatusCode.UNAVAILABLE, "no server"))
            return
        self._exchange = Exchange(
            self.host, lambda code: network.loop.later(network.delay(), self._over, failure(code))
        )
        self._later(self._open, data)

    # The client's end.

    def read(self) -> asyncio.Future[Any]:
        """The next message; no coroutine, of which the client would have to make a task. One at a time, as in gRPC."""
        self._reading = reading = self._network.loop.create_future()
        self._go_on()
        return reading

    def _go_on(self) -> None:
        """Gives who reads what there is."""
        reading = self._reading
        if reading is None or reading.done():
            return
        if self._arrived:
            reading.set_result(self._made(self._arrived.popleft()))
            self._make_room()
        elif isinstance(self._end, AioRpcError):
            reading.set_exception(self._end)
        elif self._end is EOF:
            reading.set_result(EOF)
        elif self._end is not None:
            reading.cancel()

    def _make_room(self) -> None:
        heard = self._network.loop.time() + self._network.delay()
        if self._freed:
            heard = max(heard, self._freed[-1])
        self._freed.append(heard)
        if self._blocked:
            self._network.loop.at(heard, settle, self._blocked, None)

    def cancel(self) -> bool:
        if self._end is None:
            self._end = "cancelled"
            self._arrived.clear()
            self._go_on()
            if self.host:
                self._network.loop.later(self._network.delay(), self._exchange.cancel)
        return True

    def _over(self, how: object) -> None:
        if self._end is None:
            self._end = how
            if isinstance(how, AioRpcError) and not how.trailing_metadata():
                self._arrived.clear()  # the connection broke, with what was on its way
            self._go_on()

    def _take(self, data: bytes) -> None:
        if self._end is None:
            self._arrived.append(data)
            self._go_on()

    # The server's end.

    def _later(self, call: Any, *arguments: Any) -> None:
        """Over the connection, which keeps the order."""
        self._last = max(self._last + 1e-6, self._network.loop.time() + self._network.delay())
        self._network.loop.at(self._last, call, *arguments)

    async def write(self, data: bytes) -> None:
        loop, freed = self._network.loop, self._freed
        while self._room <= 0:
            if not freed or freed[0] > loop.time():
                self._blocked = loop.create_future()
                if freed:
                    loop.at(freed[0], settle, self._blocked, None)
                await self._blocked
                self._blocked = None
            while freed and freed[0] <= loop.time():
                freed.popleft()
                self._room += 1
        self._room -= 1
        if self._path == "/acd.v1.AssignmentFeed/Watch":
            self._network.on_feed(data)
        self._later(self._take, data)

    def _open(self, data: bytes) -> None:
        assert self.host
        if not self.host.alive:
            self._exchange.broken(StatusCode.UNAVAILABLE)
            return
        kind, handler = self.host.streams[self._path]
        task = self.host.spawn(handler(kind.FromString(data), self), self._path)
        self._exchange.tasks.append(task)
        task.add_done_callback(self._finished, context=self._network.loop.network)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._exchange.host.exchanges.pop(self._exchange, None)
        if task.cancelled():
            self._later(self._over, failure(StatusCode.CANCELLED))
        elif error := task.exception():
            self._later(self._over, self._network.refused(error, self._path))
        else:
            self._later(self._over, EOF)


class Policy(NamedTuple):
    """How calls of a service are repeated, from the published service config."""

    timeout_s: float
    waits: bool
    attempts: int
    pause_s: float
    multiplier: float
    most_s: float
    repeated: frozenset[str]


def _seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def _policy(method: dict[str, Any]) -> Policy:
    retry = method.get("retryPolicy", {})
    return Policy(
        _seconds(method["timeout"]),
        method.get("waitForReady", False),
        retry.get("maxAttempts", 1),
        _seconds(retry.get("initialBackoff", "0s")),
        retry.get("backoffMultiplier", 1.0),
        _seconds(retry.get("maxBackoff", "0s")),
        frozenset(retry.get("retryableStatusCodes", ())),
    )


@cache
def _policies() -> dict[str, Policy]:
    """Of each service."""
    config = json.loads(service_config())
    return {name["service"]: _policy(method) for method in config["methodConfig"] for name in method["name"]}
