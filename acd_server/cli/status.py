"""`acd status`: the centers at a glance."""

import asyncio
from typing import Annotated

import typer
from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from acd.v1.center_service_pb2 import GetCenterSnapshotResponse
from acd_client import center_name
from acd_server.cli._output import Session, all_pages, operator
from acd_server.cli._render import duration_text, enum_name, short

# Snapshots asked for at once when all centers are shown.
CONCURRENCY = 16


@operator
async def command(
    session: Session,
    center: Annotated[
        str | None, typer.Argument(metavar="[CENTER]", help="Only this one, in detail.", show_default=False)
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Keep it up to date until interrupted.")] = False,
    interval: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 1.0,
) -> None:
    """Show who waits, who serves, and for how long.

    With --json: one snapshot a line.
    """
    snapshots = await _look(session, center)
    if session.json:
        while True:
            for snapshot in snapshots:
                session.print_json(snapshot, compact=True)
            if not watch:
                return
            await asyncio.sleep(interval)
            snapshots = await _look(session, center)
    if not watch:
        session.console.print(view(snapshots, in_detail=center is not None))
        return
    with Live(view(snapshots, in_detail=center is not None), console=session.console, auto_refresh=False) as live:
        while True:
            await asyncio.sleep(interval)
            live.update(view(await _look(session, center), in_detail=center is not None), refresh=True)


async def _look(session: Session, center: str | None) -> list[GetCenterSnapshotResponse]:
    """A snapshot of the center, or of every center that the token may see."""
    centers = session.client.centers
    if center is not None:
        return [await centers.get_center_snapshot(name=center_name(center))]
    page = await all_pages(lambda token: centers.list_centers(page_size=1000, page_token=token))
    limit = asyncio.Semaphore(CONCURRENCY)

    async def look(name: str) -> GetCenterSnapshotResponse:
        async with limit:
            return await centers.get_center_snapshot(name=name)

    return list(await asyncio.gather(*(look(found.name) for found in page.centers)))


def view(snapshots: list[GetCenterSnapshotResponse], *, in_detail: bool) -> RenderableType:
    """A row per center; in detail also a row per requirement that contacts wait for."""
    contacts = ("center", "state", "waiting", "oldest", "offered", "active", "wrap-\nup")
    agents = ("idle", "available", "not\nready", "offline")
    shown = Table(box=None, pad_edge=False, collapse_padding=True, header_style="bold")
    for number, column in enumerate((*contacts, *agents)):
        shown.add_column(column, justify="left" if number < 2 else "right")  # noqa: PLR2004 - name and state are words
    for snapshot in snapshots:
        shown.add_row(*_row(snapshot))
    if not in_detail or not any(snapshot.waiting for snapshot in snapshots):
        return shown
    return Group(shown, "", *(_classes(snapshot) for snapshot in snapshots))


def _row(snapshot: GetCenterSnapshotResponse) -> list[str]:
    counts = snapshot.agents
    oldest = _wait(snapshot, snapshot.oldest_enqueue_time) if snapshot.HasField("oldest_enqueue_time") else "-"
    numbers = (
        snapshot.offered_count,
        snapshot.active_count,
        snapshot.wrap_up_count,
        counts.idle,
        counts.available,
        counts.not_ready,
        counts.offline,
    )
    center = snapshot.center
    return [
        escape(short(center.name)),
        enum_name(center, "state"),
        str(snapshot.waiting_count),
        oldest,
        *map(str, numbers),
    ]


def _classes(snapshot: GetCenterSnapshotResponse) -> Table:
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("waiting for", "channel", "contacts", "first has waited", "barred agents"):
        shown.add_column(column)
    for group in snapshot.waiting:
        skills = ", ".join(f"{skill.skill_id}={skill.min_level}" for skill in group.required_skills)
        wait = _wait(snapshot, group.head_enqueue_time)
        if group.preferred_agents:
            skills = f"{skills or 'anything'}, of {', '.join(map(short, group.preferred_agents))}"
        row = (skills or "anybody", enum_name(group, "channel"), str(group.waiting), wait, str(group.barred_agents))
        shown.add_row(*map(escape, row))
    return shown


def _wait(snapshot: GetCenterSnapshotResponse, since: Timestamp) -> str:
    """How long ago by the center's clock, which this machine's need not agree with."""
    return duration_text(max(0.0, (snapshot.snapshot_time.ToNanoseconds() - since.ToNanoseconds()) / 1e9))
