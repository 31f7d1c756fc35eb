"""The client: one channel, the services on it, and the feed."""

import asyncio
import weakref
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, Self

import grpc
import grpc.aio

from acd.v1.agent_service_pb2_grpc import AgentServiceStub
from acd.v1.assignment_feed_pb2 import WatchRequest, WatchResponse
from acd.v1.assignment_feed_pb2_grpc import AssignmentFeedStub
from acd.v1.center_service_pb2_grpc import CenterServiceStub
from acd.v1.contact_service_pb2_grpc import ContactServiceStub
from acd.v1.dispatch_service_pb2_grpc import DispatchServiceStub
from acd.v1.skill_service_pb2_grpc import SkillServiceStub
from acd_client.calls import Metadata, Stream
from acd_client.channel import open_channel, trusting
from acd_client.errors import api_error
from acd_client.feed import Feed
from acd_client.names import agent_name, center_name
from acd_client.services import Agents, Centers, Contacts, Dispatch, Simulation, Skills

if TYPE_CHECKING:  # names that exist for the type checker only
    from acd.v1.agent_service_pb2_grpc import AgentServiceAsyncStub
    from acd.v1.assignment_feed_pb2_grpc import AssignmentFeedAsyncStub
    from acd.v1.center_service_pb2_grpc import CenterServiceAsyncStub
    from acd.v1.contact_service_pb2_grpc import ContactServiceAsyncStub
    from acd.v1.dispatch_service_pb2_grpc import DispatchServiceAsyncStub
    from acd.v1.skill_service_pb2_grpc import SkillServiceAsyncStub


class Stubs(NamedTuple):
    """The generated stubs, for calls that this client does not wrap. Pass `client.metadata`."""

    centers: "CenterServiceAsyncStub"
    skills: "SkillServiceAsyncStub"
    agents: "AgentServiceAsyncStub"
    contacts: "ContactServiceAsyncStub"
    feed: "AssignmentFeedAsyncStub"
    dispatch: "DispatchServiceAsyncStub"


class AcdClient:
    """Client of the router; made and used inside one running event loop.

    `target` is a gRPC target (`host:port`), or several `address:port` separated by
    commas. `token` is sent as bearer token. `ca_file` names the certificates (PEM) of
    who vouches for the servers, or is `public`; `credentials` are for what else gRPC
    can do. Without either the channel is not encrypted.

        async with AcdClient("127.0.0.1:7700") as client:
            await client.centers.create_center(center_id="demo")
            async with client.watch("demo") as feed:
                async for message in feed: ...
    """

    def __init__(
        self,
        target: str,
        *,
        token: str | None = None,
        ca_file: str = "",
        credentials: grpc.ChannelCredentials | None = None,
        channel: grpc.aio.Channel | None = None,
    ) -> None:
        """`channel`: one that is open already, and is closed with this client.

        Raises OSError when `ca_file` cannot be read.
        """
        self.target = target
        self.ca_file = ca_file
        self.metadata: Metadata = (("authorization", f"Bearer {token}"),) if token else ()
        encrypted = credentials or trusting(ca_file)
        self._how = f" by TLS (trusting {ca_file or 'the given credentials'})" if encrypted else ""
        self._channel = channel or open_channel(target, encrypted)
        self.centers = Centers(self._channel, self.metadata)
        self.skills = Skills(self._channel, self.metadata)
        self.agents = Agents(self._channel, self.metadata)
        self.contacts = Contacts(self._channel, self.metadata)
        self.dispatch = Dispatch(self._channel, self.metadata)
        self.simulation = Simulation(self._channel, self.metadata)
        self._feed = AssignmentFeedStub(self._channel)
        self._feeds: weakref.WeakSet[Feed] = weakref.WeakSet()

    @property
    def stubs(self) -> Stubs:
        channel = self._channel
        return Stubs(
            CenterServiceStub(channel),
            SkillServiceStub(channel),
            AgentServiceStub(channel),
            ContactServiceStub(channel),
            self._feed,
            DispatchServiceStub(channel),
        )

    def watch(
        self,
        center: str,
        *,
        agent: str | None = None,
        skill_ids: Sequence[str] = (),
        owner: str | None = None,
        resume_token: str = "",
        checkpoint_interval: float = 10.0,
        keep_lease: bool = False,
    ) -> Feed:
        """The feed of a center, or of one agent, of some skills, or of one owner in it.

        Begins with a snapshot of the contacts in hand, or after `resume_token`.
        `checkpoint_interval` is in seconds; twice that long without a message and
        the feed looks for another server. `keep_lease` renews the lease of the agent's presence.
        """
        request = WatchRequest(
            parent=center_name(center),
            agent=agent_name(center, agent) if agent else "",
            skill_ids=skill_ids,
            owner=owner or "",
            resume_token=resume_token,
            keep_lease=keep_lease,
        )
        request.checkpoint_interval.FromTimedelta(timedelta(seconds=checkpoint_interval))
        feed = Feed(self._open_feed, request)
        self._feeds.add(feed)
        return feed

    def _open_feed(self, request: WatchRequest) -> Stream[WatchResponse]:
        return Stream(self._feed.Watch(request, metadata=self.metadata))

    async def ready(self, timeout: float) -> None:  # noqa: ASYNC109 - seconds are what callers have
        """Waits until a server is connected; raises Unavailable after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._channel.channel_ready()
        except TimeoutError:
            message = f"no server answers at {self.target}{self._how}"
            raise api_error("UNAVAILABLE", grpc.StatusCode.UNAVAILABLE, message) from None

    async def close(self) -> None:
        """Ends the feeds and the channel; calls in flight are canceled."""
        for feed in list(self._feeds):
            await feed.close()
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()
