"""`acd center`: create, look at, change, open and close centers."""

from datetime import timedelta
from typing import Annotated

import typer
from google.protobuf.field_mask_pb2 import FieldMask

from acd.v1.calendar_pb2 import Calendar
from acd.v1.center_pb2 import Center, CenterPolicy, WaitingAction
from acd_client import center_name
from acd_server.cli._arguments import (
    AutoAccept,
    CenterId,
    DisplayName,
    MaxActive,
    MaxWait,
    OfferTimeout,
    Retention,
    RetryDelay,
    ServiceLevel,
    WaitingName,
    WrapUpTime,
    value_name,
)
from acd_server.cli._calendar import parse_exception, parse_weekly
from acd_server.cli._output import Session, all_pages, operator
from acd_server.cli._policy import PolicyFields, set_policy

app = typer.Typer(no_args_is_help=True, help="Create, change, open and close centers.")


def _policy(
    auto_accept: bool | None, durations: dict[str, timedelta | None], fields: list[str] | None
) -> tuple[CenterPolicy, list[str]]:
    """The policy with what was given, and the names of that."""
    policy = CenterPolicy()
    given = [name for name, value in durations.items() if value is not None]
    for name in given:
        getattr(policy, name).FromTimedelta(durations[name])
    if auto_accept is not None:
        policy.auto_accept = auto_accept
        given.append("auto_accept")
    return policy, given + set_policy(policy, fields or [])


@app.command()
@operator
async def create(  # noqa: PLR0917 - typer makes options of them
    session: Session,
    center: CenterId,
    display_name: DisplayName = None,
    offer_timeout: OfferTimeout = None,
    wrap_up_time: WrapUpTime = None,
    max_wait: MaxWait = None,
    max_active: MaxActive = None,
    retention: Retention = None,
    service_level_threshold: ServiceLevel = None,
    retry_delay: RetryDelay = None,
    auto_accept: AutoAccept = None,
    policy_fields: PolicyFields = None,
) -> None:
    """Create a center, open."""
    durations = {
        "offer_timeout": offer_timeout,
        "wrap_up_time": wrap_up_time,
        "max_wait": max_wait,
        "max_active": max_active,
        "retention": retention,
        "service_level_threshold": service_level_threshold,
        "retry_delay": retry_delay,
    }
    policy, given = _policy(auto_accept, durations, policy_fields)
    wanted = Center(display_name=display_name or "", policy=policy if given else None)
    reply = await session.client.centers.create_center(center_id=center.removeprefix("centers/"), center=wanted)
    session.show(reply.center)


@app.command()
@operator
async def update(  # noqa: PLR0917 - typer makes options of them
    session: Session,
    center: CenterId,
    display_name: DisplayName = None,
    offer_timeout: OfferTimeout = None,
    wrap_up_time: WrapUpTime = None,
    max_wait: MaxWait = None,
    max_active: MaxActive = None,
    retention: Retention = None,
    service_level_threshold: ServiceLevel = None,
    retry_delay: RetryDelay = None,
    auto_accept: AutoAccept = None,
    policy_fields: PolicyFields = None,
) -> None:
    """Change what is given; the rest stays."""
    durations = {
        "offer_timeout": offer_timeout,
        "wrap_up_time": wrap_up_time,
        "max_wait": max_wait,
        "max_active": max_active,
        "retention": retention,
        "service_level_threshold": service_level_threshold,
        "retry_delay": retry_delay,
    }
    policy, given = _policy(auto_accept, durations, policy_fields)
    paths = [f"policy.{name}" for name in given]
    if display_name is not None:
        paths.append("display_name")
    if not paths:
        raise typer.BadParameter("nothing to change was given")
    changed = Center(name=center_name(center), display_name=display_name or "", policy=policy)
    reply = await session.client.centers.update_center(center=changed, update_mask=FieldMask(paths=paths))
    session.show(reply.center)


@app.command()
@operator
async def get(session: Session, center: CenterId) -> None:
    """Show a center and its policy."""
    reply = await session.client.centers.get_center(name=center_name(center))
    session.show(reply.center)


@app.command("list")
@operator
async def list_(session: Session) -> None:
    """List the centers that the token may see."""
    call = session.client.centers.list_centers
    page = await all_pages(lambda token: call(page_size=1000, page_token=token))
    session.show_list(page, page.centers, ("name", "state", "display_name", "create_time"))


@app.command("open")
@operator
async def open_(
    session: Session,
    center: CenterId,
    make_available: Annotated[
        bool, typer.Option("--make-available", help="Make every agent available who is not ready.")
    ] = False,
) -> None:
    """Open a center."""
    reply = await session.client.centers.open_center(name=center_name(center), make_available=make_available)
    session.show(reply.center)


@app.command()
@operator
async def close(
    session: Session,
    center: CenterId,
    waiting: Annotated[WaitingName, typer.Option(help="What becomes of those who wait.")] = WaitingName.KEEP,
) -> None:
    """Close a center: it takes no contacts and matches nothing."""
    action = WaitingAction.Value(value_name("WAITING_ACTION", waiting))
    reply = await session.client.centers.close_center(name=center_name(center), waiting=action)
    session.show(reply.center)


@app.command()
@operator
async def calendar(  # noqa: PLR0917 - typer makes options of them
    session: Session,
    center: CenterId,
    time_zone: Annotated[
        str, typer.Option(help="Time zone, such as Europe/Prague; not given: no calendar.", show_default=False)
    ] = "",
    hours: Annotated[
        list[str] | None,
        typer.Option(metavar="DAYS=OPEN-CLOSE", help="Such as mon-fri=09:00-17:30; may be given several times."),
    ] = None,
    exception: Annotated[
        list[str] | None,
        typer.Option(metavar="DATE=[OPEN-CLOSE,...]", help="A day that differs, such as 2026-12-25= for closed."),
    ] = None,
    expire_waiting: Annotated[
        bool, typer.Option("--expire-waiting", help="Those who wait when it closes end as expired.")
    ] = False,
) -> None:
    """Let a center open and close by a calendar, or by hand only."""
    wanted = None
    if time_zone:
        wanted = Calendar(
            time_zone=time_zone,
            weekly_hours=[parse_weekly(text) for text in hours or []],
            exceptions=[parse_exception(text) for text in exception or []],
            expire_waiting=expire_waiting,
        )
    elif hours or exception:
        raise typer.BadParameter("hours need --time-zone")
    changed = Center(name=center_name(center), calendar=wanted)
    reply = await session.client.centers.update_center(center=changed, update_mask=FieldMask(paths=["calendar"]))
    session.show(reply.center)


@app.command()
@operator
async def snapshot(session: Session, center: CenterId) -> None:
    """Show the numbers of this moment, with the feed token that they belong to."""
    session.show(await session.client.centers.get_center_snapshot(name=center_name(center)))
