"""`acd dev`: what it prints, what it leaves behind (nothing), what it keeps (the data)."""

import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from acd.v1.contact_pb2 import CHANNEL_VOICE, Contact
from acd_client import AcdApiError, AcdClient
from tests.system.processes import ACD, Process, children_of, free_port, gone, output_has

pytestmark = pytest.mark.timeout(240)


class Dev(Process):
    """`acd dev` on a free port; its temporary files go where the test sees them."""

    # The path of a socket is at most 108 bytes long, which pytest's folders leave room for.

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.port = free_port()
        self.target = f"127.0.0.1:{self.port}"
        self.temporary = folder / "tmp"
        self.temporary.mkdir(exist_ok=True)
        words = ["/usr/bin/env", f"TMPDIR={self.temporary}", str(ACD), "dev", "--port", str(self.port), *arguments]
        super().__init__(words, folder / f"dev-{self.port}.log")


@asynccontextmanager
async def running(folder: Path, *arguments: str) -> AsyncIterator[Dev]:
    dev = Dev(folder, *arguments)
    try:
        dev.start()
        await output_has(dev, "Ctrl-C ends it.")
        yield dev
    finally:
        dev.remove()


async def enqueue(dev: Dev, contact: str) -> None:
    async with AcdClient(dev.target) as client:
        await client.contacts.enqueue_contact(
            parent="centers/demo", contact_id=contact, contact=Contact(channel=CHANNEL_VOICE)
        )


async def contacts(dev: Dev) -> list[str]:
    async with AcdClient(dev.target) as client:
        reply = await client.contacts.list_contacts(parent="centers/demo")
    return sorted(contact.name.rpartition("/")[2] for contact in reply.contacts)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_says_how_to_try_it_and_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    async with running(tmp_path) as dev:
        said = dev.said()
        assert f"acd is ready on {dev.target}." in said
        commands = [line for line in said.splitlines() if line.startswith("  ")]
        assert len(commands) == 3
        assert all(dev.target in command for command in commands)
        async with AcdClient(dev.target) as client:
            await client.centers.create_center(center_id="demo")
        children = children_of(dev.pid)
        assert children, "the store is a process of its own"
        dev.signal(number)
        assert await dev.ended() == 0, dev.said()
        await gone(children, "store and watchdog are gone")
        assert not list(dev.temporary.iterdir()), "no data, no socket"
        assert "Traceback" not in dev.said()
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", dev.port))


async def test_data_survive_a_restart_and_a_kill_9(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"))
    async with running(tmp_path, *data) as dev:
        async with AcdClient(dev.target) as client:
            await client.centers.create_center(center_id="demo")
        await enqueue(dev, "before-the-end")
        dev.signal(signal.SIGINT)
        assert await dev.ended() == 0, dev.said()
    async with running(tmp_path, *data) as dev:
        assert await contacts(dev) == ["before-the-end"]
        await enqueue(dev, "before-the-kill")
        children = children_of(dev.pid)
        dev.kill()
        # The next one need not wait for the store of the one that was killed.
        async with running(tmp_path, *data) as following:
            assert await contacts(following) == ["before-the-end", "before-the-kill"]
            await gone(children, "the store does not outlive its owner")
            following.signal(signal.SIGINT)
            assert await following.ended() == 0, following.said()
    assert not list(dev.temporary.iterdir())


async def test_why_a_store_is_refused_is_told_to_callers(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"))
    async with running(tmp_path, *data, "--clock", "virtual") as dev:
        dev.signal(signal.SIGINT)
        assert await dev.ended() == 0, dev.said()
    async with running(tmp_path, *data) as dev:
        async with AcdClient(dev.target) as client:
            with pytest.raises(AcdApiError) as caught:
                await client.centers.create_center(center_id="demo")
            assert caught.value.reason == "STORE_REFUSES"
            assert "the data set runs on the virtual clock" in caught.value.message
        dev.signal(signal.SIGINT)
        assert await dev.ended() == 0, dev.said()
    assert not list(dev.temporary.iterdir())


async def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    async with running(tmp_path) as dev:
        other = Dev(tmp_path, "--port", str(dev.port)).start()
        try:
            assert await other.ended() == 1
            assert f"cannot listen on {dev.target}" in other.said()
            assert "Traceback" not in other.said()
        finally:
            other.remove()
