"""With docker-compose.tls.yml every connection is TLS: what comes in without it, or without a right, gets nothing."""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from redis.exceptions import RedisError

from acd_client import AcdApiError, AcdClient
from simulator.checks import check
from store_node import users
from store_node.settings import SHARDS
from store_node.view import Process
from tests.stack.containers import NODES, VIRTUAL, ContainerStack
from tests.stack.faults import Scene, do
from tests.stack.parts import GRPC, STORE
from tests.support.certificates import Authority

BUS = STORE + 10_000
SHARD_NUMBERS = range(1, SHARDS + 1)
PATIENCE_S = 2.0
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000000040000000000")


def _connected(host: str, port: int) -> socket.socket:
    return socket.create_connection((host, port), PATIENCE_S)


def answered(host: str, port: int, said: bytes) -> str:
    """What comes back, in hex, for what is not encrypted; nothing where the connection is closed or silent."""
    with suppress(OSError), _connected(host, port) as connection:
        connection.sendall(said)
        return connection.recv(100).hex()
    return ""


def agreed(host: str, port: int, context: ssl.SSLContext) -> str:
    """Version of TLS and the protocol of ALPN; empty where there is no agreement."""
    with suppress(OSError), _connected(host, port) as plain, context.wrap_socket(plain, server_hostname=host) as tls:
        # In TLS 1.3 a certificate that is missed is told after the handshake.
        tls.settimeout(0.5)
        with suppress(TimeoutError):
            if tls.recv(1) == b"":
                return ""
        return f"{tls.version()} {tls.selected_alpn_protocol() or ''}".strip()
    return ""


def trusting(ca_file: str, *protocols: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def redis_says(process: Process, *words: str) -> str:
    """The first word of its answer, or of its refusal."""
    try:
        return str(process.ask(*words))
    except (RedisError, OSError) as error:
        return str(error)
    finally:
        process.close()


async def refusal(stack: ContainerStack, *, ca_file: str, token: str) -> str:
    """Why a client gets no answer to a call; empty where it gets one."""
    async with AcdClient(stack.target, token=token or None, ca_file=ca_file) as client:
        try:
            await client.centers.list_centers.within(PATIENCE_S)()
        except AcdApiError as error:
            return str(error.code.name)
    return ""


async def encrypted(scene: Scene) -> None:
    """Asks everywhere without TLS, without a certificate, without a name; contacts flow meanwhile."""
    stack = scene.stack
    assert isinstance(stack, ContainerStack)
    scene.begin("TLS")
    ca_file, node, server = stack.ca_file, NODES[0], await do(lambda: stack.servers[0].address)

    async def is_true(what: str, ask: Callable[[], object], goal: str, holds: Callable[[str], bool]) -> None:
        found = str(await do(ask))
        scene.checks.append(check(f"{scene.title}: {what}", found, goal, holds(found)))

    for what, host, port, said in (
        ("front, not encrypted", VIRTUAL, GRPC, PREFACE),
        ("server, not encrypted", server, GRPC, PREFACE),
        ("store, not encrypted", node, STORE, b"PING\r\n"),
        ("store's bus, not encrypted", node, BUS, b"RCmb"),
    ):
        await is_true(what, partial(answered, host, port, said), "no answer", _no_answer)
    await is_true("front by ALPN", lambda: agreed(VIRTUAL, GRPC, trusting(ca_file, "h2")), "TLS h2", _speaks("h2"))
    await is_true("server by ALPN", lambda: agreed(server, GRPC, _anyone("h2")), "TLS h2", _speaks("h2"))
    await is_true("store", lambda: agreed(node, STORE, trusting(ca_file)), "TLS", _speaks(""))
    await is_true("bus, no certificate", lambda: agreed(node, BUS, trusting(ca_file)), "nothing", lambda text: not text)
    own = trusting(ca_file)
    own.load_cert_chain(stack.secrets / "store.pem", stack.secrets / "store.key")
    await is_true("bus, a node's certificate", lambda: agreed(node, BUS, own), "TLS", _speaks(""))
    await _names(scene, stack)


async def _names(scene: Scene, stack: ContainerStack) -> None:
    """Whoever speaks TLS must be somebody, and may do what is his."""

    def add(what: str, found: str, goal: str) -> None:
        scene.checks.append(check(f"{scene.title}: {what}", found, goal, found.startswith(goal)))

    stranger = str(Authority(stack.folder, "stranger").ca_file)
    for what, ca_file in (("client of another authority", stranger), ("client without TLS", "")):
        # It goes on trying to connect: either may be the last word.
        found = await refusal(stack, ca_file=ca_file, token=stack.token)
        wanted = ("UNAVAILABLE", "DEADLINE_EXCEEDED")
        scene.checks.append(check(f"{scene.title}: {what}", found, " or ".join(wanted), found in wanted))
    add("client without a token", await refusal(stack, ca_file=stack.ca_file, token=""), "UNAUTHENTICATED")
    process = stack.as_servers(1, 1)
    liar = Process(process.address, "wrong", users.APPLICATION, stack.certificate)
    add("store's user: wrong password", await do(redis_says, liar, "PING"), "invalid username-password")
    asked = await do(redis_says, process, "CONFIG", "GET", "tls-cluster")
    add(f"store's user: {users.APPLICATION}, CONFIG", asked.replace("NOPERM ", "").lower(), "this user has no perm")
    for option in ("tls-cluster", "tls-replication"):
        told = [
            await do(redis_says, stack.as_operator(1, shard), "CONFIG", "GET", option) for shard in range(1, SHARDS + 1)
        ]
        add(f"{option} of a node", ", ".join(sorted({"yes" if "yes" in text else text for text in told})), "yes")


def _no_answer(text: str) -> bool:
    """An alert of TLS (its first byte is 21) says that this is the wrong language, and no more."""
    return text == "" or text.startswith("15")


def _speaks(protocol: str) -> Callable[[str], bool]:
    return lambda text: text.startswith("TLSv1.") and text.endswith(protocol)


def _anyone(*protocols: str) -> ssl.SSLContext:
    """A server's address is given out by the engine: its certificate is for its name."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(list(protocols))
    return context
