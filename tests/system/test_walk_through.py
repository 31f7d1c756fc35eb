"""What the README tells a newcomer to type works, in the order in which it stands there."""

import os
import re
import shlex
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest

from acd.v1.contact_pb2 import CHANNEL_VOICE, Contact
from acd_client import AcdClient, Unavailable
from tests.support.cells import IN_CI
from tests.support.wait import wait_until
from tests.system.processes import ACD, Process
from tests.system.test_dev import Dev, running
from tools import fetch_grpcurl

README = Path(__file__).parents[2] / "README.md"
ADDRESS = "127.0.0.1:7700"
ENDLESS = "-max-time"
"""A stream that is cut off by this ends with DEADLINE_EXCEEDED, which is no fault."""
EXPECTED = {
    "list": ["acd.v1.ContactService", "grpc.health.v1.Health"],
    "CreateCenter": ['"name": "centers/walk"'],
    "CreateSkill": ['"name": "centers/walk/skills/billing"'],
    "CreateAgent": ['"name": "centers/walk/agents/ann"'],
    "SetAgentState": ["PRESENCE_AVAILABLE"],
    "EnqueueContact": ["CONTACT_STATE_QUEUED"],
    "Watch": ["centers/walk/contacts/call-1/assignments/1", "CONTACT_STATE_OFFERED", "snapshot"],
    "AcceptAssignment": ["CONTACT_STATE_ACTIVE"],
    "CompleteContact": ["CONTACT_STATE_COMPLETED"],
}
"""The verb of each line → what must be in its answer."""


class Block(NamedTuple):
    """A fenced block: its language and its lines."""

    language: str
    text: str

    def commands(self, program: str) -> list[list[str]]:
        """Its lines that begin with the program, as words without comments."""
        return [
            shlex.split(line, comments=True) for line in self.text.splitlines() if line.split(" ")[0].endswith(program)
        ]


def blocks(after: str = "") -> list[Block]:
    """The fenced blocks of the README, or those after a mark in it."""
    text = README.read_text(encoding="utf-8")
    text = text[text.index(after) :]
    return [Block(*found) for found in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]


@pytest.fixture(scope="session")
def grpcurl() -> str:
    try:
        return str(fetch_grpcurl.fetch())
    except fetch_grpcurl.NoGrpcurlError as error:
        if IN_CI:
            raise
        pytest.skip(f"no grpcurl: {error}")


@pytest.mark.timeout(420)
async def test_grpcurl_walk_through(tmp_path: Path, grpcurl: str) -> None:
    commands = blocks(after="<!-- walk-through")[0].commands("grpcurl")
    verbs = [command[-1].rpartition("/")[2] for command in commands]
    assert verbs == list(EXPECTED)
    async with running(tmp_path) as dev:
        for verb, (_, *words) in zip(verbs, commands, strict=True):
            done = run([grpcurl, *(dev.target if word == ADDRESS else word for word in words)], dev)
            assert done.returncode == 0 or ENDLESS in words, (verb, done.stderr)
            for expected in EXPECTED[verb]:
                assert expected in done.stdout, (verb, done.stdout, done.stderr)


@pytest.mark.timeout(180)
async def test_acd_commands_and_the_python_lines(tmp_path: Path) -> None:
    lines = [words for block in blocks() for words in block.commands(".venv/bin/acd")]
    assert [words[1] for words in lines] == [
        "dev",
        "center",
        "skills",
        "agents",
        "agents",
        "contacts",
        "status",
        "watch",
    ]
    async with running(tmp_path) as dev:
        for _, *words in lines[1:-1]:
            done = run([str(ACD), *words], dev)
            assert done.returncode == 0, (words, done.stderr)
            assert "Traceback" not in done.stderr
        await watch_until_interrupted(dev, tmp_path, lines[-1][1:])
        await run_python_lines(dev, tmp_path)


def run(command: list[str], dev: Dev) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "ACD_SERVERS": dev.target}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)


async def watch_until_interrupted(dev: Dev, folder: Path, words: list[str]) -> None:
    """`acd watch` shows what is in hand, then waits until Ctrl-C, which is no fault."""
    watch = Process([str(ACD), *words], folder / "watch.log", servers=dev.target)
    try:
        watch.start()
        await wait_until(lambda: "call-1" in watch.said(), "acd watch shows the call", 30.0)
        watch.signal(signal.SIGINT)
        assert await watch.ended() in (0, 130)
        assert "Traceback" not in watch.said()
    finally:
        watch.remove()


async def run_python_lines(dev: Dev, folder: Path) -> None:
    (snippet,) = (block.text for block in blocks() if block.language == "python")
    program = "import asyncio, sys\nsys.stdout.reconfigure(line_buffering=True)\nasync def main():\n"
    program += textwrap.indent(snippet.replace(ADDRESS, dev.target), "    ") + "asyncio.run(main())\n"
    reader = Process([sys.executable, "-c", program], folder / "reader.log")
    async with AcdClient(dev.target) as client:
        await client.centers.create_center(center_id="walk")

        async def something_is_printed() -> bool:
            """An event that happens before the feed is open is not on it, so there are several."""
            assert reader.running, reader.said()
            try:
                contact = Contact(channel=CHANNEL_VOICE)
                await client.contacts.enqueue_contact(parent="centers/walk", contact=contact)
            except Unavailable:
                return False
            return "centers/walk/contacts/" in reader.said()

        try:
            reader.start()
            await wait_until(something_is_printed, "the Python lines print events", 30.0)
        finally:
            reader.remove()
