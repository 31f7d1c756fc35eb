"""`acd migrate`: raises the layout of a data set, when all servers are of this release."""

import typer

from acd_server.cli._process import configured, run
from acd_server.config import Settings


def command() -> None:
    """Raise the data set of ACD_REDIS_URL to this release's layout; older servers refuse it from then on."""
    settings = configured()
    if not settings.redis_url:
        typer.echo("acd: set ACD_REDIS_URL to the store whose data set is to be migrated", err=True)
        raise typer.Exit(2)
    run(_migrate(settings))


async def _migrate(settings: Settings) -> None:
    from acd_server.errors import AcdError  # noqa: PLC0415 - keeps `acd --help` quick
    from acd_server.opening import open_store  # noqa: PLC0415 - as above

    try:
        store = await open_store(settings, settings.redis_url)
        try:
            before, after = await store.migrate()
        finally:
            await store.close()
    except AcdError as error:
        typer.echo(f"acd: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"layout {before} -> {after}" if before < after else f"the data set has layout {before} already")
