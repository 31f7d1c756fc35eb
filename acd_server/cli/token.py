"""`acd token`: a new access token, and its entry for the tokens file."""

from typing import Annotated

import typer

from acd_server.auth import EVERY_CENTER, ROLES, check_entry, digest_of, new_token

app = typer.Typer(no_args_is_help=True, help="Make an access token.")


@app.callback()
def _root() -> None:
    """Make an access token."""


@app.command()
def new(
    role: Annotated[str, typer.Argument(help=f"What the token may do: {', '.join(ROLES)}.")],
    center: Annotated[str, typer.Option(help="The center it is for; * for all.")] = EVERY_CENTER,
    agent: Annotated[str, typer.Option(help="The agent, for the role of one.")] = "",
) -> None:
    """Make a token: it is shown once, on stdout; its entry for ACD_TOKENS_FILE goes to stderr."""
    try:
        check_entry(role, center, agent)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    token = new_token()
    entry = ["[[tokens]]", f'sha256 = "{digest_of(token)}"', f'role = "{role}"', f'center = "{center}"']
    if agent:
        entry.append(f'agent = "{agent}"')
    typer.echo("\n".join(entry), err=True)
    typer.echo(token)
