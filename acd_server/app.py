"""Puts a server together, starts it, and ends it without losing a call."""

import asyncio
import contextlib
from typing import Any

import grpc.aio
import structlog
from grpc_health.v1.health_pb2_grpc import add_HealthServicer_to_server
from grpc_reflection.v1alpha import reflection
from grpc_reflection.v1alpha.reflection_pb2_grpc import add_ServerReflectionServicer_to_server

from acd.v1.agent_pb2 import Agent
from acd.v1.agent_service_pb2_grpc import add_AgentServiceServicer_to_server
from acd.v1.center_service_pb2_grpc import add_CenterServiceServicer_to_server
from acd.v1.contact_pb2 import Contact
from acd.v1.contact_service_pb2_grpc import add_ContactServiceServicer_to_server
from acd.v1.dispatch_service_pb2_grpc import add_DispatchServiceServicer_to_server
from acd.v1.simulation_service_pb2_grpc import add_SimulationServiceServicer_to_server
from acd.v1.skill_service_pb2_grpc import add_SkillServiceServicer_to_server
from acd_server.agent_check import AgentCheck
from acd_server.auth import Tokens
from acd_server.certificates import server_credentials
from acd_server.config import Settings, is_loopback, require_guarded
from acd_server.embedded import EmbeddedStore
from acd_server.errors import AcdError
from acd_server.feed import FeedHub
from acd_server.health import HealthMonitor
from acd_server.interceptors import RECEIVE_LIMIT, guard
from acd_server.late import LateServices, services_of
from acd_server.opening import open_store
from acd_server.services.agents import AgentServicer
from acd_server.services.assignment_feed import FeedServicer, add_feed_to_server
from acd_server.services.centers import CenterServicer
from acd_server.services.contacts import ContactServicer
from acd_server.services.dispatch import DispatchServicer
from acd_server.services.simulation import SimulationServicer
from acd_server.services.skills import SkillServicer
from acd_server.store import Store
from acd_server.telemetry import MetricsServer, observe_tasks
from acd_server.work import WorkHub

log = structlog.get_logger("acd_server")

_HEALTH = "grpc.health.v1.Health"

FIRST_OPENING_S = 5.0

OPTIONS = (
    ("grpc.max_receive_message_length", RECEIVE_LIMIT),
    # A client that vanished without a word is noticed within 15 s.
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # Clients ping idle feeds every 5 s; by default the server would hang up on them.
    ("grpc.http2.min_ping_interval_without_data_ms", 4_000),
)


class App:
    """One server process: listens, serves while its store is usable, drains.

    With a `store` it uses that and leaves it open at the end; without one it opens what
    the settings name, a private one included. `reuse_port` lets several processes share the address.
    """

    def __init__(self, settings: Settings, store: Store | None = None, *, reuse_port: bool = False) -> None:
        """Raises ConfigError, TokensFileError."""
        require_guarded(settings)
        self._settings = settings
        self._given = store
        self._store: Store | None = None
        self._opening: asyncio.Task[None] | None = None
        self._exit = contextlib.AsyncExitStack()
        self._url = settings.store_url()
        self._tokens = Tokens(settings.tokens_file) if settings.auth == "tokens" else None
        services = services_of(settings.clock)
        self.health = HealthMonitor(self._check, tuple(services))
        self._services = LateServices(services, lambda: self.health.fault or AcdError("STORE_UNAVAILABLE"))
        self.draining = False
        self.agent_check_port = 0
        self._hub: FeedHub | None = None
        self._work: WorkHub | None = None
        register: Any = self._services
        add_HealthServicer_to_server(self.health.servicer, register)
        if settings.reflection:
            names = (*services, _HEALTH, reflection.SERVICE_NAME)
            add_ServerReflectionServicer_to_server(reflection.aio.ReflectionServicer(names), register)  # type: ignore[no-untyped-call]  # generated without types
        self._server = grpc.aio.server(options=(*OPTIONS, ("grpc.so_reuseport", int(reuse_port))))
        self._server.add_generic_rpc_handlers(
            (guard(self._services, self._tokens, settings.unary_timeout_s, self._get_contact, self._get_agent),)
        )

    async def start(self) -> int:
        """Listens and returns the port (0 for a path).

        SERVING on return if the store is usable, else as soon as it is. Raises OSError when the
        address cannot be had, EmbeddedStoreError when a private store does not start.
        """
        settings = self._settings
        try:
            if self._given is None and not self._url:
                embedded = EmbeddedStore(settings.data_dir, json_module=settings.embedded_json_module)
                self._url = await embedded.start()
                self._exit.push_async_callback(embedded.stop)
            if settings.agent_check_address:
                agent = AgentCheck(settings.agent_check_address, lambda: self.draining)
                self.agent_check_port = await agent.start()
                self._exit.push_async_callback(agent.close)
            if settings.metrics_address:
                observe_tasks(asyncio.get_running_loop())
                self._exit.callback(MetricsServer(settings.metrics_address).close)
            await self.health.prepare()
            port = self._listen()
            await self._server.start()
            await self._first_opening()
            await self.health.start()
        except BaseException:
            await self.close()
            raise
        if self._tokens is None and not is_loopback(settings.address):
            log.warning("no_access_control", address=settings.address, why="ACD_AUTH=none: anybody may do anything")
        log.info("listening", address=settings.address, port=port, serving=self.health.serving)
        return port

    async def _first_opening(self) -> None:
        """Time for a store that is there; one that is not is tried again by the checks."""
        with contextlib.suppress(AcdError, TimeoutError):
            async with asyncio.timeout(FIRST_OPENING_S):
                await self._check()

    def _listen(self) -> int:
        address, certificate = self._settings.address, self._settings.tls_cert_file
        try:
            if certificate:
                credentials = server_credentials(certificate, self._settings.tls_key_file)
                port = self._server.add_secure_port(address, credentials)
            else:
                port = self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise OSError(f"cannot listen on {address}: is another server there?") from error
        return 0 if address.startswith("unix:") else port

    async def _check(self) -> None:
        if self._store is not None:
            await self._store.check()
            return
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open(), name="open-store")
            # One that fails when no check waits for it is not told of: the next check begins anew.
            self._opening.add_done_callback(lambda done: done.cancelled() or done.exception())
        # Opening may take longer than a check: then it goes on, and a later one finds it done.
        await asyncio.shield(self._opening)

    async def _open(self) -> None:
        store = await self._connect()
        await self._serve(store)
        self._store = store

    async def _connect(self) -> Store:
        if self._given is not None:
            await self._given.check()
            return self._given
        store = await open_store(self._settings, self._url)
        self._exit.push_async_callback(store.close)
        return store

    async def _serve(self, store: Store) -> None:
        """Gives the services their store, now that there is one."""
        self._hub, self._work = FeedHub(store, self._settings), WorkHub(store)
        for part in (self._hub, self._work):
            await part.start()
            self._exit.push_async_callback(part.close)
        services: Any = self._services  # stands for a server
        add_CenterServiceServicer_to_server(CenterServicer(store), services)
        add_SkillServiceServicer_to_server(SkillServicer(store), services)
        add_AgentServiceServicer_to_server(AgentServicer(store), services)
        add_ContactServiceServicer_to_server(ContactServicer(store, self._work), services)
        add_feed_to_server(FeedServicer(self._hub, store, self._settings), services)
        add_DispatchServiceServicer_to_server(DispatchServicer(self._work, store), services)
        if self._settings.clock == "virtual":
            add_SimulationServiceServicer_to_server(SimulationServicer(store), services)

    def _opened(self) -> Store:
        if self._store is None:
            raise self.health.fault or AcdError("STORE_UNAVAILABLE")
        return self._store

    async def _get_contact(self, center: str, contact: str) -> Contact:
        return await self._opened().contacts.get_contact(center, contact)

    async def _get_agent(self, center: str, agent: str) -> Agent:
        return await self._opened().agents.get_agent(center, agent)

    async def drain(self) -> None:
        """NOT_SERVING; feeds end with their token; calls in flight end; then close."""
        self.draining = True
        await self.health.drain()
        log.info("draining")
        # Balancers take a moment to see it; until then new calls are still served.
        await asyncio.sleep(self._settings.drain_notice_s)
        for part in (self._hub, self._work):
            if part is not None:
                await part.drain()
        await self._server.stop(self._settings.drain_grace_s)
        await self.close()
        log.info("drained")

    async def close(self) -> None:
        """Ends at once what is still open."""
        await self.health.close()
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        await self._server.stop(None)
        await self._exit.aclose()
