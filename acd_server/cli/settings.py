"""`acd settings`: every setting, its value and meaning."""

from typing import Annotated

import typer

from acd_server.settings_page import markdown


def command(
    *,
    markdown_: Annotated[bool, typer.Option("--markdown", help="Print the page docs/settings.md.")] = False,
) -> None:
    """Show every setting with its value; secrets are not shown."""
    if markdown_:
        typer.echo(markdown(), nl=False)
        return
    from acd_server.cli._process import configured  # noqa: PLC0415 - the page needs no valid settings
    from acd_server.config import FIELDS, SECRETS  # noqa: PLC0415

    settings = configured()
    for name in FIELDS:
        value = getattr(settings, name)
        shown = "(set)" if name in SECRETS and value else repr(value)
        typer.echo(f"ACD_{name.upper()}={shown}")
