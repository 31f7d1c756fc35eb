"""`acd dispatch`: a dispatcher."""

from acd_server.cli._process import configured, run


def command() -> None:
    """Run a dispatcher by the settings: ACD_SERVERS, ACD_TOKEN, its health and metrics ports."""
    settings = configured()
    from dispatcher.app import run as dispatch  # noqa: PLC0415 - keeps `acd --help` quick

    run(dispatch(settings))
