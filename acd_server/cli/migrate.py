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
    from acd_server.store import Store  # noqa: PLC0415 - as above
    from acd_server.store.topology import Tls  # noqa: PLC0415 - as above

    tls = Tls(settings.redis_ca_file, settings.redis_cert_file, settings.redis_key_file)
    try:
        store = await Store.open(settings.redis_url, documents=settings.documents, clock=settings.clock, tls=tls)
        try:
            before, after = await store.migrate()
        finally:
            await store.close()
    except AcdError as error:
        typer.echo(f"acd: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"layout {before} -> {after}" if before < after else f"the data set has layout {before} already")
