"""The operator commands, against a real server in this process."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import structlog.testing
import typer
from typer.testing import CliRunner, Result

from acd_client import AcdClient
from acd_server.cli import _output, agents, center, contacts, skills, status, watch
from acd_server.cli._arguments import parse_duration
from acd_server.cli._render import duration_text
from acd_server.store import Store
from dispatcher.app import Dispatcher
from tests.support.certificates import Authority
from tests.support.server import Server, running
from tests.support.wait import wait_until

Acd = Callable[..., Coroutine[Any, Any, Result]]

COMMANDS = typer.Typer()
COMMANDS.add_typer(center.app, name="center")
COMMANDS.add_typer(agents.app, name="agents")
COMMANDS.add_typer(skills.app, name="skills")
COMMANDS.add_typer(contacts.app, name="contacts")
COMMANDS.command("watch")(watch.command)
COMMANDS.command("status")(status.command)


@pytest.fixture
async def invoke(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Acd]:
    """Runs a command line in a thread, and its calls in the loop of the test: grpc wants one loop."""
    loop = asyncio.get_running_loop()

    def run(work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, loop).result(30)

    monkeypatch.setattr(_output, "run", run)
    monkeypatch.setattr(_output, "CONNECT_SECONDS", 0.5)

    async def call(*arguments: str, **environment: str) -> Result:
        return await asyncio.to_thread(
            CliRunner().invoke, COMMANDS, arguments, env={"COLUMNS": "200", "TERM": "dumb", **environment}
        )

    # The server of the test logs to what is the command's output for a moment.
    with structlog.testing.capture_logs():
        yield call


@pytest.fixture
async def acd(invoke: Acd, server: Server) -> Acd:
    """A command line that must succeed; gives what it printed."""

    async def call(*arguments: str) -> Result:
        result = await invoke(*arguments, ACD_SERVERS=server.target)
        assert result.exit_code == 0, result.output
        return result

    return call


@pytest.fixture
async def dispatching(server: Server) -> AsyncIterator[None]:
    async with AcdClient(server.target) as client:
        dispatcher = Dispatcher(client)
        task = asyncio.create_task(dispatcher.run())
        yield
        dispatcher.stop()
        await task


async def as_json(acd: Acd, *arguments: str) -> Any:
    return json.loads((await acd(*arguments, "--json")).stdout)


async def prepare(acd: Acd) -> None:
    """A center with an agent who is available."""
    await acd("center", "create", "demo", "--offer-timeout", "1m", "--wrap-up-time", "30s")
    await acd("skills", "create", "demo", "billing")
    await acd("agents", "create", "demo", "ann", "--skill", "billing=5", "--display-name", "Ann")
    await acd("agents", "set-state", "demo", "ann", "available")


async def contact_state(acd: Acd, contact: str) -> str:
    return str((await as_json(acd, "contacts", "get", "demo", contact))["state"])


async def until_offered(acd: Acd, contact: str) -> None:
    async def is_offered() -> bool:
        return await contact_state(acd, contact) == "CONTACT_STATE_OFFERED"

    await wait_until(is_offered, "an offer", 10.0)


@pytest.mark.usefixtures("dispatching")
async def test_a_contact_from_the_first_command_to_the_last(acd: Acd) -> None:
    await prepare(acd)
    await acd("contacts", "enqueue", "demo", "--id", "call-1", "--skill", "billing", "--attribute", "lang=de")
    await until_offered(acd, "call-1")
    await acd("contacts", "accept", "demo/call-1/1")
    assert await contact_state(acd, "call-1") == "CONTACT_STATE_ACTIVE"
    await acd("contacts", "complete", "centers/demo/contacts/call-1/assignments/1")
    assert await contact_state(acd, "call-1") == "CONTACT_STATE_WRAP_UP"
    await acd("agents", "create", "demo", "bob", "--skill", "billing")
    await acd("agents", "set-state", "demo", "bob", "available")
    asked = ("--id", "call-9", "--agent", "bob", "--wait", "1m", "--parent", "call-1")
    assert (await as_json(acd, "contacts", "enqueue", "demo", *asked))["parentContact"].endswith("/call-1")
    await until_offered(acd, "call-9")
    await acd("contacts", "decline", "demo/call-9/1")
    pulled = await as_json(acd, "agents", "pull", "demo", "bob", "call-9")
    assert pulled["assignment"]["pulled"] is True
    passed = await as_json(acd, "contacts", "transfer", "demo/call-9/2", "--skill", "billing=9")
    assert passed["requiredSkills"] == [{"skillId": "billing", "minLevel": 9}]
    assert "wrap-up" in (await acd("contacts", "extend-wrap-up", "demo/call-1/1", "5m")).stdout
    shown = await acd("contacts", "finish", "demo/call-1/1")
    assert "completed" in shown.stdout
    assert (await as_json(acd, "contacts", "get", "demo", "call-1"))["attributes"] == {"lang": "de"}


@pytest.mark.usefixtures("dispatching")
async def test_declined_and_requeued_contacts_wait_again(acd: Acd) -> None:
    await prepare(acd)
    await acd("contacts", "enqueue", "demo", "--id", "call-1")
    await until_offered(acd, "call-1")
    shown = await as_json(acd, "contacts", "decline", "demo/call-1/1", "--retry-after", "1h")
    assert "retryTime" in shown["assignment"]
    assert await contact_state(acd, "call-1") == "CONTACT_STATE_QUEUED"
    await acd("contacts", "enqueue", "demo", "--id", "call-2", "--max-attempts", "2")
    await until_offered(acd, "call-2")
    await acd("agents", "set-state", "demo", "ann", "not-ready", "--reason", "lunch")
    assert await contact_state(acd, "call-2") == "CONTACT_STATE_QUEUED"
    await acd("agents", "set-state", "demo", "ann", "available")
    await until_offered(acd, "call-2")
    await acd("contacts", "accept", "demo/call-2/2")
    assert "scheduled" in (await acd("contacts", "reschedule", "demo/call-2/2", "--delay", "1h")).stdout


async def test_a_contact_holds_out_for_an_agent(acd: Acd) -> None:
    await prepare(acd)
    await acd("agents", "set-state", "demo", "ann", "not-ready", "--reason", "lunch")
    held = await as_json(acd, "contacts", "enqueue", "demo", "--id", "held", "--prefer", "ann", "--prefer-wait", "20s")
    assert held["preferredAgents"] == ["centers/demo/agents/ann"]
    assert "preferredUntil" in held
    assert "anything, of ann" in (await acd("status", "demo")).stdout


async def test_less_is_required_after_a_while(acd: Acd, invoke: Acd, server: Server) -> None:
    await prepare(acd)
    await acd("agents", "set-state", "demo", "ann", "offline")
    steps = ("--skill", "billing=8", "--relax", "30s:billing=3", "--relax", "1m30s:anybody")
    relaxed = await as_json(acd, "contacts", "enqueue", "demo", "--id", "relaxed", "--channel", "voice", *steps)
    assert relaxed["relaxationSteps"] == [
        {"after": "30s", "requiredSkills": [{"skillId": "billing", "minLevel": 3}]},
        {"after": "90s", "requiredSkills": []},
    ]
    assert (relaxed["relaxationStep"], relaxed["currentSkills"]) == (2, []), "nobody is signed in"
    for wrong, said in (("30s", "no step"), ("soon:billing", "no duration"), ("30s:billing=x", "no skill")):
        refused = await invoke("contacts", "enqueue", "demo", "--relax", wrong, ACD_SERVERS=server.target)
        assert (refused.exit_code, said in refused.output) == (2, True)


async def test_waiting_contacts_are_listed_placed_and_taken_back(acd: Acd, invoke: Acd, server: Server) -> None:
    await prepare(acd)
    await acd("agents", "set-state", "demo", "ann", "offline")
    for number in (1, 2, 3):
        await acd("contacts", "enqueue", "demo", "--id", f"call-{number}", "--channel", "chat", "--priority", "2")
    assert (await as_json(acd, "contacts", "position", "demo", "call-2"))["position"] == "2"
    later = ("--at", "2100-01-01T15:00+0100", "--window", "30m", "--max-attempts", "3", "--attempt-delay", "10m")
    refused = await invoke("contacts", "enqueue", "demo", "--id", "back", *later, ACD_SERVERS=server.target)
    assert "LIMIT_EXCEEDED" in refused.stderr
    await acd("center", "update", "demo", "--policy", "max_waiting=4", "--policy", "max_class_waiting=1")
    full = await invoke("contacts", "enqueue", "demo", "--channel", "chat", "--id", "full", ACD_SERVERS=server.target)
    assert "QUEUE_FULL" in full.stderr
    rules = ("--overflow", "up=30s:priority=9", "--overflow", "wide=1m:skills=billing=2")
    short = ("contacts", "enqueue", "demo", "--id", "short", "--max-wait", "5m", "--channel", "email", *rules)
    assert (await as_json(acd, *short))["maxWait"] == "300s"
    shown = (await acd("contacts", "get", "demo", "short")).stdout
    assert "up=30s:priority=9, wide=60s:skills=billing=2" in shown
    await acd("contacts", "cancel", "demo", "short")
    await acd("contacts", "abandon", "demo", "call-1")
    await acd("contacts", "cancel", "demo", "call-2")
    listed = await as_json(acd, "contacts", "list", "demo")
    assert [contact["state"].rpartition("_")[2] for contact in listed["contacts"]] == [
        "ABANDONED",
        "CANCELED",
        "QUEUED",
        "CANCELED",
    ]
    queued = await acd("contacts", "list", "demo", "--state", "queued")
    assert "call-3" in queued.stdout
    why = await as_json(acd, "contacts", "explain", "demo", "call-3")
    assert why["reason"] == "WAIT_REASON_NOBODY_SIGNED_IN"
    why = await as_json(acd, "agents", "explain", "demo", "ann")
    assert why["reason"] == "IDLE_REASON_NOT_AVAILABLE"
    assert "call-1" not in queued.stdout


async def test_centers(acd: Acd) -> None:
    await prepare(acd)
    await acd("center", "update", "demo", "--policy", "max_missed_offers=3", "--policy", "missed_retry_delay=2s")
    given = ["max_offers=7", "max_missed_offers=", "auto_accept=true", "strategy=best-fit"]
    set_by_name = await as_json(acd, "center", "update", "demo", *(w for g in given for w in ("--policy", g)))
    policy = set_by_name["policy"]
    assert (policy["maxOffers"], policy["maxMissedOffers"], policy["missedRetryDelay"]) == (7, 1, "2s")
    assert policy["strategy"] == "STRATEGY_BEST_FIT"
    changed = await as_json(acd, "center", "update", "demo", "--max-wait", "1h30m", "--auto-accept")
    assert changed["policy"]["maxWait"] == "5400s"
    assert changed["policy"]["autoAccept"] is True
    assert changed["policy"]["wrapUpTime"] == "30s"
    hours = ("--hours", "mon-fri=09:00-17:30", "--hours", "sat,sun=10:00-12:00", "--exception", "2026-12-25=")
    given = await as_json(acd, "center", "calendar", "demo", "--time-zone", "Europe/Prague", *hours)
    assert [len(item["days"]) for item in given["calendar"]["weeklyHours"]] == [5, 2]
    assert given["calendar"]["exceptions"][0]["date"] == "2026-12-25"
    assert "calendar" not in await as_json(acd, "center", "calendar", "demo")
    closed = await as_json(acd, "center", "close", "demo", "--waiting", "expire")
    assert closed["state"] == "CENTER_STATE_CLOSED"
    assert "open" in (await acd("center", "open", "demo", "--make-available")).stdout
    assert "demo" in (await acd("center", "list")).stdout
    assert "1h 30m" in (await acd("center", "get", "demo")).stdout
    assert (await as_json(acd, "center", "snapshot", "demo"))["agents"]["available"] == "1"


async def test_agents_and_their_skills(acd: Acd) -> None:
    await prepare(acd)
    await acd("skills", "create", "demo", "sales", "--display-name", "Sales")
    assert "billing=5, sales=7" in (await acd("agents", "add-skill", "demo", "ann", "sales=7")).stdout
    removed = await as_json(acd, "agents", "remove-skill", "demo", "ann", "billing")
    assert removed["skills"] == [{"skillId": "sales", "level": 7}]
    updated = await as_json(acd, "agents", "update", "demo", "ann", "--display-name", "Anna")
    assert updated["displayName"] == "Anna"
    assert updated["skills"] == removed["skills"]
    assert "ann" in (await acd("agents", "list", "demo", "--presence", "available")).stdout
    assert "ann" not in (await acd("agents", "list", "demo", "--presence", "offline")).stdout
    assert (await as_json(acd, "agents", "get", "demo", "ann"))["presence"] == "PRESENCE_AVAILABLE"
    assert "30s" in (await acd("agents", "renew-lease", "demo", "ann")).stdout
    away = await as_json(acd, "agents", "set-state", "demo", "ann", "not-ready", "--reason", "lunch", "--after-work")
    assert away["presence"] == "PRESENCE_NOT_READY"
    words = await as_json(acd, "center", "update", "demo", "--policy", "not_ready_reasons=lunch, training")
    assert words["policy"]["notReadyReasons"] == ["lunch", "training"]
    rule = '[{"channel": "CHANNEL_CHAT", "mode": "WRAP_UP_MODE_NONE", "wrapUpTime": "0s"}]'
    given = ("--policy", "overflow_rules=any=2m:anybody out=10m30s:expire")
    rules = (await as_json(acd, "center", "update", "demo", *given))["policy"]["overflowRules"]
    assert [rule["id"] for rule in rules] == ["any", "out"]
    assert "any=120s:anybody, out=630s:expire" in (await acd("center", "get", "demo")).stdout
    as_text = ("--policy", 'overflow_rules=[{"id": "up", "after": "1s", "action": 2, "priority": 3}]')
    assert (await as_json(acd, "center", "update", "demo", *as_text))["policy"]["overflowRules"][0]["after"] == "1s"
    wraps = ("--policy", "wrap_up_mode=until-finished", "--policy", f"channel_wrap_up={rule}")
    modes = (await as_json(acd, "center", "update", "demo", *wraps))["policy"]
    assert (modes["wrapUpMode"], modes["channelWrapUp"]) == ("WRAP_UP_MODE_UNTIL_FINISHED", json.loads(rule))
    await acd("agents", "delete", "demo", "ann")
    assert (await as_json(acd, "agents", "list", "demo"))["agents"] == []
    assert (await as_json(acd, "skills", "delete", "demo", "sales", "--force"))["deleting"] is True
    assert "billing" in (await acd("skills", "list", "demo")).stdout


async def test_status_shows_who_waits(acd: Acd) -> None:
    await prepare(acd)
    await acd("agents", "set-state", "demo", "ann", "offline")
    await acd("contacts", "enqueue", "demo", "--id", "call-1", "--skill", "billing=3")
    one = (await acd("status", "demo")).stdout
    assert "billing=3" in one
    assert "waiting for" in one
    everything = (await acd("status")).stdout
    assert "demo" in everything
    assert "waiting for" not in everything
    assert (await as_json(acd, "status", "demo"))["waitingCount"] == "1"


async def test_watch_shows_events(acd: Acd) -> None:
    await prepare(acd)
    token = (await as_json(acd, "center", "snapshot", "demo"))["resumeToken"]
    await acd("contacts", "enqueue", "demo", "--id", "call-1")
    await acd("contacts", "abandon", "demo", "call-1")
    shown = (await acd("watch", "demo", "--resume-token", token, "--count", "2")).stdout
    assert "contact-enqueued" in shown
    assert "contact-abandoned" in shown
    assert shown.count("call-1") == 2
    printed = (await acd("watch", "demo", "--resume-token", token, "--count", "2", "--json")).stdout
    messages = [json.loads(line) for line in printed.splitlines()]
    assert [message["event"]["type"] for message in messages if "event" in message] == [
        "EVENT_TYPE_CONTACT_ENQUEUED",
        "EVENT_TYPE_CONTACT_ABANDONED",
    ]
    assert all(message["resumeToken"] for message in messages)


async def test_a_refusal_is_a_sentence_and_exit_code_1(invoke: Acd, server: Server) -> None:
    result = await invoke("center", "get", "nowhere", "--server", server.target)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == "acd: centers/nowhere does not exist (RESOURCE_NOT_FOUND)\n"


async def test_capacity(acd: Acd) -> None:
    await prepare(acd)
    await acd("agents", "update", "demo", "ann", "--capacity", "60", "--channel-capacity", "chat=10:2")
    found = await as_json(acd, "agents", "get", "demo", "ann")
    assert (found["capacity"], found["effectiveCapacity"]) == (60, 60)
    assert found["channelCapacity"] == [{"channel": "CHANNEL_CHAT", "cost": 10, "maxContacts": 2}]


async def test_wrong_usage_is_exit_code_2(invoke: Acd, server: Server) -> None:
    for arguments in (
        ["center", "create", "demo", "--max-wait", "soon"],
        ["agents", "create", "demo", "ann", "--skill", "billing=high"],
        ["agents", "create", "demo", "ann", "--channel-capacity", "fax=10"],
        ["agents", "set-state", "demo", "ann", "asleep"],
        ["agents", "update", "demo", "ann"],
        ["contacts", "accept", "call-1"],
        ["contacts", "enqueue", "demo", "--attribute", "novalue"],
        ["center", "list", "--server", "a:1,b:2"],
        ["center", "update", "demo", "--policy", "no_such=1"],
        ["center", "update", "demo", "--policy", "max_offers"],
        ["center", "update", "demo", "--policy", "max_offers=many"],
        ["center", "update", "demo", "--policy", "max_wait=soon"],
        ["center", "update", "demo", "--policy", "auto_accept=perhaps"],
        ["center", "update", "demo", "--policy", "strategy=best"],
        ["center", "update", "demo", "--policy", "channel_wrap_up=none"],
        ["center", "update", "demo", "--policy", "overflow_rules=up=30s:priority=high"],
        ["center", "update", "demo", "--policy", "overflow_rules=soon"],
        ["contacts", "enqueue", "demo", "--overflow", "up=30s"],
        ["contacts", "enqueue", "demo", "--overflow", "up=soon:expire"],
        ["contacts", "enqueue", "demo", "--overflow", "up=30s:skills="],
        ["contacts", "enqueue", "demo", "--overflow", "up=30s:vanish"],
        ["center", "calendar", "demo", "--hours", "mon=09:00-17:00"],
        ["center", "calendar", "demo", "--time-zone", "UTC", "--hours", "mon=nine"],
        ["center", "calendar", "demo", "--time-zone", "UTC", "--hours", "someday=09:00-17:00"],
        ["center", "calendar", "demo", "--time-zone", "UTC", "--exception", "christmas"],
        ["contacts", "transfer", "demo/call-1/1"],
        ["contacts", "transfer", "demo/call-1/1", "--skill", "billing", "--agent", "ann"],
        ["nonsense"],
    ):
        result = await invoke(*arguments, ACD_SERVERS=server.target)
        assert result.exit_code == 2, (arguments, result.output)


async def test_nobody_there_is_exit_code_3(invoke: Acd, unused_tcp_port: int) -> None:
    result = await invoke("status", "--server", f"127.0.0.1:{unused_tcp_port}")
    assert result.exit_code == 3
    assert result.stderr == f"acd: no server answers at 127.0.0.1:{unused_tcp_port} (UNAVAILABLE)\n"


async def test_a_server_with_tls(invoke: Acd, store: Store, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    own = authority.issue("server", "127.0.0.1")
    async with running(store, tls_cert_file=str(own.cert_file), tls_key_file=str(own.key_file)) as server:
        told = await invoke("status", "--json", ACD_SERVERS=server.target, ACD_CA_FILE=str(authority.ca_file))
        assert told.exit_code == 0, told.output
        stranger = Authority(tmp_path, "stranger").ca_file
        told = await invoke("status", "--ca-file", str(stranger), ACD_SERVERS=server.target)
        assert told.exit_code == _output.UNREACHABLE
        assert told.stderr == f"acd: no server answers at {server.target} by TLS (trusting {stranger}) (UNAVAILABLE)\n"
        told = await invoke("status", "--ca-file", "absent.pem", ACD_SERVERS=server.target)
        assert told.exit_code == 2  # as for any option that is wrong
        assert "absent.pem cannot be read" in told.stderr


def test_durations_are_written_and_read() -> None:
    written = {"0": 0, "250ms": 0.25, "15s": 15, "1.5s": 1.5, "5m": 300, "1h30m": 5400, "2d": 172800}
    assert {text: parse_duration(text).total_seconds() for text in written} == written
    for text in ("", "5", "5 s", "s5", "1h-3m", "1w"):
        with pytest.raises(typer.BadParameter):
            parse_duration(text)
    assert [duration_text(seconds) for seconds in (0, 0.25, 12, 245, 11400)] == [
        "0s",
        "250ms",
        "12s",
        "4m 05s",
        "3h 10m",
    ]
