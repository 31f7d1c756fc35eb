"""Every method of every service, by whom it may not be called, and by whom it may."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc.aio
import pytest
from google.protobuf import message_factory
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]  # it has no types
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from acd.v1 import agent_pb2
from acd_client import AcdApiError, AcdClient
from acd_server import auth
from acd_server.auth import RIGHTS, ROLES, digest_of
from acd_server.late import SIMULATION, services_of
from acd_server.store import Store
from acd_server.store.store import Clock
from tests.support.server import running
from tests.system.processes import free_port

REFLECTION = "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
SERVICES = services_of("virtual")
METHODS = {f"{name}/{method.name}": method for name, service in SERVICES.items() for method in service.methods}
SIMULATED = {f"{SIMULATION.full_name}/{method.name}" for method in SIMULATION.methods}

FILLED: dict[Callable[[Any], str] | None, dict[str, Any]] = {
    None: {},
    auth._in_parent: {"parent": "centers/{}"},
    auth._in_center: {"name": "centers/{}"},
    auth._in_center_resource: {"center": {"name": "centers/{}"}},
    auth._in_skill: {"name": "centers/{}/skills/billing"},
    auth._in_agent: {"name": "centers/{}/agents/ann"},
    auth._in_agent_resource: {"agent": {"name": "centers/{}/agents/ann"}},
    auth._in_contact: {"name": "centers/{}/contacts/c1"},
    auth._in_assignment: {"name": "centers/{}/contacts/c1/assignments/1"},
}
"""What a request needs so that its center can be told."""

ENTRIES = [(role, "acme") for role in ("platform", "supervisor", "dispatcher", "agent")]
ENTRIES += [(role, "other") for role in ("platform", "supervisor", "dispatcher", "agent")]
ENTRIES += [("operator", "*"), ("dispatcher", "*")]


def token_of(role: str, center: str, agent: str = "ann") -> str:
    """Tokens of tests are their meaning."""
    return f"{role}-{center}-{agent}" if role == "agent" else f"{role}-{center}"


def tokens_text() -> str:
    lines = []
    for role, center in ENTRIES:
        for agent in ("ann", "ben") if role == "agent" else ("",):
            lines += ["[[tokens]]", f'sha256 = "{digest_of(token_of(role, center, agent))}"', f'role = "{role}"']
            lines += [f'center = "{center}"', f'agent = "{agent}"' if agent else ""]
    return "\n".join(lines)


@pytest.fixture
def clock() -> Clock:
    """The virtual one, where every service exists."""
    return "virtual"


@asynccontextmanager
async def guarded(store: Store, folder: Path) -> AsyncIterator[str]:
    path = folder / "tokens.toml"
    path.write_text(tokens_text())
    async with running(store, auth="tokens", tokens_file=str(path), reflection=True, clock="virtual") as server:
        yield server.target


@pytest.fixture
async def target(store: Store, tmp_path: Path) -> AsyncIterator[str]:
    async with guarded(store, tmp_path) as address:
        yield address


@pytest.fixture
async def channel(target: str) -> AsyncIterator[Any]:
    async with grpc.aio.insecure_channel(target) as channel:
        yield channel


def request_for(method: str, center: str) -> bytes:
    make = message_factory.GetMessageClass(METHODS[method].input_type)

    def fill(value: Any) -> Any:
        return {key: fill(one) for key, one in value.items()} if isinstance(value, dict) else value.format(center)

    filled: bytes = make(**fill(FILLED[RIGHTS[method].center])).SerializeToString()
    return filled


async def answer(channel: Any, method: str, request: bytes, token: str | None) -> str:
    """The reason of the refusal; OK when there is an answer, or a stream that begins."""
    metadata = (("authorization", f"Bearer {token}"),) if token is not None else ()
    try:
        if method == REFLECTION:
            call = channel.stream_stream(f"/{method}")(iter([request]), metadata=metadata)
            await call.read()
        elif METHODS[method].server_streaming:
            call = channel.unary_stream(f"/{method}")(request, metadata=metadata)
            await call.read()
            call.cancel()
        else:
            await channel.unary_unary(f"/{method}")(request, metadata=metadata)
    except grpc.aio.AioRpcError as error:
        details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
        return reason_in(details) if details else f"{error.code()} without a reason"
    return "OK"


def reason_in(details: bytes) -> str:
    info = error_details_pb2.ErrorInfo()
    assert status_pb2.Status.FromString(details).details[0].Unpack(info)
    return str(info.reason)


async def test_no_method_answers_without_a_token_that_is_known(channel: Any) -> None:
    listing = reflection_pb2.ServerReflectionRequest(list_services="").SerializeToString()
    for method in RIGHTS:
        request = listing if method == REFLECTION else request_for(method, "acme")
        for token in (None, "", "guess", digest_of("operator-*")):
            assert await answer(channel, method, request, token) == "UNAUTHENTICATED", (method, token)
        # Not even what is wrong with a request is told.
        assert await answer(channel, method, b"\xff\xff", None) == "UNAUTHENTICATED", method


async def test_no_method_answers_a_role_that_may_not(channel: Any) -> None:
    listing = reflection_pb2.ServerReflectionRequest(list_services="").SerializeToString()
    for method, right in RIGHTS.items():
        request = listing if method == REFLECTION else request_for(method, "acme")
        for role in set(ROLES) - right.roles:
            token = token_of(role, "acme")
            assert await answer(channel, method, request, token) == "PERMISSION_DENIED", (method, role)


async def test_no_method_answers_a_token_of_another_center(channel: Any, store: Store) -> None:
    await create(store, "acme")
    for method, right in RIGHTS.items():
        if right.center is None:
            continue
        for role in right.roles - {"operator"}:
            # It makes no difference whether the center exists.
            for center in ("acme", "absent"):
                found = await answer(channel, method, request_for(method, center), token_of(role, "other"))
                assert found == "PERMISSION_DENIED", (method, role, center)


async def test_every_method_answers_the_roles_that_may(channel: Any) -> None:
    """Some other refusal, since nothing exists: permission was given."""
    allowed = {"OK", "RESOURCE_NOT_FOUND", "INVALID_FIELD"}
    for method, right in RIGHTS.items():
        if method == REFLECTION:
            continue
        for role in right.roles - {"agent"}:
            token = token_of(role, "*" if role == "operator" else "acme")
            assert await answer(channel, method, request_for(method, "acme"), token) in allowed, (method, role)


async def test_while_its_store_is_away_a_server_says_so_to_those_who_may_ask(tmp_path: Path) -> None:
    """A call that comes before the services are there is read as theirs: who asks what is decided first."""
    path = tmp_path / "tokens.toml"
    path.write_text(tokens_text())
    url = f"redis://127.0.0.1:{free_port()}"
    async with (
        running(None, auth="tokens", tokens_file=str(path), redis_url=url) as server,
        grpc.aio.insecure_channel(server.target) as channel,
    ):
        for method in RIGHTS.keys() & METHODS.keys() - SIMULATED:
            request = request_for(method, "acme")
            assert await answer(channel, method, request, "operator-*") == "STORE_UNAVAILABLE", method
            assert await answer(channel, method, request, None) == "UNAUTHENTICATED", method


async def test_operators_may_reflect(channel: Any) -> None:
    listing = reflection_pb2.ServerReflectionRequest(list_services="").SerializeToString()
    assert await answer(channel, REFLECTION, listing, "operator-*") == "OK"


async def test_health_needs_no_token(channel: Any) -> None:
    request = health_pb2.HealthCheckRequest().SerializeToString()
    check = await channel.unary_unary("/grpc.health.v1.Health/Check")(request)
    assert health_pb2.HealthCheckResponse.FromString(check).status == health_pb2.HealthCheckResponse.SERVING
    watch = channel.unary_stream("/grpc.health.v1.Health/Watch")(request)
    assert await watch.read() == check
    watch.cancel()


async def create(store: Store, center: str) -> None:
    policy: dict[str, Any] = {
        "offer_timeout": 60_000_000,
        "auto_accept": False,
        "wrap_up_time": 60_000_000,
        "max_wait": 3_600_000_000,
        "max_active": 3_600_000_000,
        "retention": 3_600_000_000,
        "service_level_threshold": 20_000_000,
        "retry_delay": 5_000_000,
    }
    await store.centers.create_center(center, display_name="", policy=policy, request=None)


async def test_a_token_of_one_center_sees_that_one_alone(target: str, store: Store) -> None:
    await create(store, "acme")
    await create(store, "other")

    async def seen(token: str) -> list[str]:
        async with AcdClient(target, token=token) as client:
            return [center.name for center in (await client.centers.list_centers()).centers]

    assert await seen("platform-acme") == ["centers/acme"]
    assert await seen("dispatcher-other") == ["centers/other"]
    assert await seen("operator-*") == ["centers/acme", "centers/other"]


async def test_a_dispatcher_of_one_center_hears_of_its_work_alone(channel: Any, store: Store) -> None:
    for center in ("acme", "other"):
        await create(store, center)
        await enqueue(store, center, "c1")
    method = "acd.v1.DispatchService/WatchWork"
    make: Any = message_factory.GetMessageClass(METHODS[method].output_type)
    for token, expected in (("dispatcher-acme", {"centers/acme"}), ("dispatcher-*", {"centers/acme", "centers/other"})):
        call = channel.unary_stream(f"/{method}")(b"", metadata=(("authorization", f"Bearer {token}"),))
        told: set[str] = set()
        while not told:
            told = {work.center for work in make.FromString(await call.read()).centers}
        call.cancel()
        assert told == expected
    foreign = message_factory.GetMessageClass(METHODS[method].input_type)(center="centers/other").SerializeToString()
    assert await answer(channel, method, foreign, "dispatcher-acme") == "PERMISSION_DENIED"


async def enqueue(store: Store, center: str, contact: str) -> None:
    await store.contacts.enqueue_contact(
        center,
        contact,
        channel="VOICE",
        skills={},
        priority=0,
        attributes={},
        owner="",
        owner_lease=0,
        request=None,
    )


async def offered(store: Store) -> str:
    """The name of an assignment that Ann of acme has been offered; Ben is there too."""
    await create(store, "acme")
    for agent in ("ann", "ben"):
        await store.agents.create_agent("acme", agent, display_name="", skills={}, request=None)
    await store.agents.set_agent_state("acme", "ann", presence="AVAILABLE", reason="", request=None)
    await enqueue(store, "acme", "c1")
    (assignment,) = (await store.dispatch.match_contacts("acme", max_pairs=1)).assignments
    assert assignment.agent == "centers/acme/agents/ann"
    return assignment.name


async def refusal(call: Any) -> str:
    with pytest.raises(AcdApiError) as caught:
        await call
    return caught.value.reason


async def test_an_agent_acts_on_what_is_its_own(target: str, store: Store) -> None:
    assignment = await offered(store)
    ann, contact = "centers/acme/agents/ann", assignment.partition("/assignments/")[0]
    async with AcdClient(target, token="agent-acme-ann") as client:
        assert (await client.agents.get_agent(name=ann)).agent.name == ann
        assert (await client.contacts.get_contact(name=contact)).contact.name == contact
        await client.contacts.accept_assignment(name=assignment)
        # Back into the queue: the contact moves on, Ann's wrap-up is hers.
        await client.contacts.requeue_contact(name=assignment)
        await store.agents.set_agent_state("acme", "ben", presence="AVAILABLE", reason="", request=None)
        (moved,) = (await store.dispatch.match_contacts("acme", max_pairs=1)).assignments
        assert moved.agent == "centers/acme/agents/ben"
        await client.contacts.finish_wrap_up(name=assignment)
        assert await refusal(client.contacts.accept_assignment(name=moved.name)) == "PERMISSION_DENIED"
        await client.agents.set_agent_state(name=ann, presence=agent_pb2.PRESENCE_OFFLINE)


async def test_an_agent_reaches_nothing_of_others(target: str, store: Store) -> None:
    assignment = await offered(store)
    names = [assignment, "centers/acme/contacts/absent/assignments/1", "centers/acme/contacts/c1/assignments/9"]
    async with AcdClient(target, token="agent-acme-ben") as client:
        contacts, agents = client.contacts, client.agents
        answers = [
            await refusal(verb(name=name))
            for name in names
            for verb in (
                contacts.accept_assignment,
                contacts.decline_assignment,
                contacts.complete_contact,
                contacts.finish_wrap_up,
                contacts.requeue_contact,
                contacts.extend_wrap_up,
                contacts.reschedule_contact,
                contacts.transfer_contact,
            )
        ]
        answers += [await refusal(contacts.get_contact(name=f"centers/acme/contacts/{c}")) for c in ("c1", "absent")]
        for agent in ("ann", "absent"):
            name = f"centers/acme/agents/{agent}"
            answers.append(await refusal(agents.get_agent(name=name)))
            answers.append(await refusal(agents.set_agent_state(name=name, presence=agent_pb2.PRESENCE_OFFLINE)))
            answers.append(await refusal(agents.renew_agent_lease(name=name)))
            answers.append(await refusal(agents.pull_contact(name=name, contact="centers/acme/contacts/c1")))
    assert set(answers) == {"PERMISSION_DENIED"}


async def test_an_agent_has_its_own_feed_and_no_other(channel: Any, store: Store) -> None:
    await offered(store)
    method = "acd.v1.AssignmentFeed/Watch"
    make = message_factory.GetMessageClass(METHODS[method].input_type)
    own = make(parent="centers/acme", agent="centers/acme/agents/ann").SerializeToString()
    assert await answer(channel, method, own, "agent-acme-ann") == "OK"
    for request in (
        make(parent="centers/acme"),
        make(parent="centers/acme", agent="centers/acme/agents/ben"),
        make(parent="centers/acme", owner="pbx-1"),
        make(parent="centers/acme", skill_ids=["billing"]),
    ):
        assert await answer(channel, method, request.SerializeToString(), "agent-acme-ann") == "PERMISSION_DENIED"
