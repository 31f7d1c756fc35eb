"""The processes of a run: servers with the real hubs and servicers, dispatchers and clients, all of which can die."""

import asyncio
from typing import Any, cast

from grpc import StatusCode

from acd.v1 import assignment_feed_pb2 as feed_messages
from acd.v1 import contact_service_pb2 as contact_messages
from acd.v1 import dispatch_service_pb2 as dispatch_messages
from acd_client import AcdClient
from acd_server.config import Settings
from acd_server.feed import FeedHub
from acd_server.services.assignment_feed import FeedServicer
from acd_server.services.contacts import ContactServicer
from acd_server.services.dispatch import DispatchServicer
from acd_server.store import Store
from acd_server.work import WorkHub
from dispatcher.app import Dispatcher
from tests.simulation.loop import VirtualLoop
from tests.simulation.network import KEEPALIVE_S, Channel, Host, Network
from tests.simulation.shard import Connection, Shard

NOTICED_S = 0.3
"""After so long the balancer knows that a server is gone; one that stands still it knows in two of its checks."""
STANDS_STILL_S = 2.0
VERBS = ("EnqueueContact", "AcceptAssignment", "DeclineAssignment", "CompleteContact", "AbandonContact")


class Limits:
    """The settings that a hub and a servicer of feeds read, short, so that a run of seconds has all of it."""

    max_feeds_per_center = 50
    feed_checkpoint_s = 1.0
    feed_max_life_s = 6.0
    feed_write_timeout_s = 1.0


class Server(Host):
    def __init__(self, name: str, loop: VirtualLoop, network: Network, shard: Shard) -> None:
        super().__init__(name, loop)
        self._network = network
        self.connection = Connection(shard, loop)
        self._started = self.spawn(self._start(), "start")
        self.reachable = False

    async def _start(self) -> None:
        self.store = Store(cast("Any", self.connection), max_waiting=1000, max_classes=100, history_max=1000)
        self.feed, self.work = FeedHub(self.store, Limits()), WorkHub(self.store)
        await self.feed.start()
        await self.work.start()
        settings = cast("Settings", Limits())
        feeds, dispatch = FeedServicer(self.feed, self.store, settings), DispatchServicer(self.work, self.store)
        contacts = ContactServicer(self.store, self.work)
        for verb in VERBS:
            kind = getattr(contact_messages, f"{verb}Request")
            self.unary[f"/acd.v1.ContactService/{verb}"] = (kind, getattr(contacts, verb))
        for verb in ("MatchContacts", "FireDeadlines"):
            kind = getattr(dispatch_messages, f"{verb}Request")
            self.unary[f"/acd.v1.DispatchService/{verb}"] = (kind, getattr(dispatch, verb))
        self.streams["/acd.v1.AssignmentFeed/Watch"] = (feed_messages.WatchRequest, feeds.Watch)

        async def watch_work(request: Any, context: Any) -> None:
            # What gRPC does with a servicer that yields.
            async for message in dispatch.WatchWork(request, context):
                await context.write(message.SerializeToString())

        self.streams["/acd.v1.DispatchService/WatchWork"] = (dispatch_messages.WatchWorkRequest, watch_work)
        self.reachable = True

    async def _drain(self) -> None:
        await self.feed.drain()
        await self.work.drain()


class System:
    """What faults act on: servers and dispatchers by their places, clients by their names."""

    def __init__(self, loop: VirtualLoop, network: Network, shard: Shard, *, servers: int, dispatchers: int) -> None:
        self.loop, self.network, self.shard = loop, network, shard
        self.client = AcdClient("simulated", channel=cast("Any", Channel(network)))
        """Of all processes: what one does with it leaves nothing in it, and to make one takes longer than a contact."""
        self._born = 0
        self.servers = [self._server(place) for place in range(servers)]
        self.dispatchers: list[tuple[str, asyncio.Task[None]]] = []
        self.dispatchers = [self._dispatcher(place) for place in range(dispatchers)]

    def _name(self, kind: str, place: int) -> str:
        self._born += 1
        return f"{kind}-{place}.{self._born}"

    def _server(self, place: int) -> Server:
        server = Server(self._name("server", place), self.loop, self.network, self.shard)
        self.network.hosts.append(server)
        return server

    def _dispatcher(self, place: int) -> tuple[str, asyncio.Task[None]]:
        name = self._name("dispatcher", place)
        return name, Host(name, self.loop).spawn(self._dispatch(), "run")

    async def _dispatch(self) -> None:
        await Dispatcher(self.client).run()

    def kill_server(self, place: int) -> None:
        server = self.servers[place]
        server.alive = False
        self.loop.kill(server.name)
        self.shard.connections = [other for other in self.shard.connections if other is not server.connection]
        server.cut(self.network.broken())
        self.loop.later(NOTICED_S, self._noticed, server)

    def _noticed(self, server: Server) -> None:
        server.reachable = False
        server.cut(StatusCode.UNAVAILABLE)
        if server in self.network.hosts:
            self.network.hosts.remove(server)

    def start_server(self, place: int) -> None:
        self.servers[place] = self._server(place)

    def drain_server(self, place: int) -> None:
        """In good order: no new calls, feeds end with their tokens, then it is gone."""
        server = self.servers[place]
        server.reachable = False
        if server.unary:
            server.spawn(server._drain(), "drain")
        self.loop.later(1.0, self.kill_server, place)

    def pause_server(self, place: int, seconds: float) -> None:
        server = self.servers[place]
        self.loop.pause(server.name)
        if seconds > STANDS_STILL_S:
            self.loop.later(STANDS_STILL_S, setattr, server, "reachable", False)
        if seconds > KEEPALIVE_S:
            self.loop.later(KEEPALIVE_S, server.cut, StatusCode.UNAVAILABLE)
        self.loop.later(seconds, self._resume_server, server)

    def _resume_server(self, server: Server) -> None:
        self.loop.resume(server.name)
        server.reachable = server.alive and bool(server.unary)

    def kill_dispatcher(self, place: int) -> None:
        name, task = self.dispatchers[place]
        self.loop.kill(name)
        # Its connections break; what it asked for goes on to its end.
        for host in self.network.hosts:
            for exchange in tuple(host.exchanges):
                if exchange.client == name:
                    exchange.cancel()
        del task

    def start_dispatcher(self, place: int) -> None:
        self.dispatchers[place] = self._dispatcher(place)
