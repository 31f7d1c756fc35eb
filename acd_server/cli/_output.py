"""What every operator command has in common: the connection, the output, the exit code.

Exit codes: 0 done; 1 refused by the router; 2 wrong usage; 3 no router answered, or
not in time (a change may have been made); 130 interrupted.
"""

import asyncio
import functools
import inspect
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

import typer
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from grpc import StatusCode
from rich.console import Console

from acd_client import AcdApiError, AcdClient, AcdClientError
from acd_server.cli._arguments import own_token
from acd_server.cli._render import details, table

REFUSED, UNREACHABLE, INTERRUPTED = 1, 3, 130

# Of these codes nobody knows whether the router did what it was asked.
_NO_ANSWER = {StatusCode.UNAVAILABLE, StatusCode.UNKNOWN, StatusCode.DEADLINE_EXCEEDED}

CONNECT_SECONDS = 3.0
PIPE_WIDTH = 1000

Page = TypeVar("Page", bound=Message)

run: Callable[[Coroutine[Any, Any, None]], None] = asyncio.run
"""How a command's coroutine is run; tests that have a loop already put theirs here."""


def _console() -> Console:
    # A pipe has no width: what reads it gets lines that are not folded.
    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


@dataclass
class Session:
    """A connected client, and where a command's result goes."""

    client: AcdClient
    json: bool
    console: Console = field(default_factory=_console)

    def show(self, message: Message) -> None:
        """One message: as JSON, or one line per field that is set."""
        if self.json:
            self.print_json(message)
        else:
            self.console.print(details(message), soft_wrap=True)

    def show_list(self, page: Message, messages: Iterable[Message], columns: Sequence[str]) -> None:
        """Many messages: the whole page as JSON, or a table with the named fields."""
        if self.json:
            self.print_json(page)
        else:
            self.console.print(table(messages, columns))

    def print_json(self, message: Message, *, compact: bool = False) -> None:
        """Protobuf JSON; compact: on one line, without fields that have their default value."""
        indent = None if compact else 2
        text = MessageToJson(message, indent=indent, always_print_fields_with_no_presence=not compact)
        # Not through rich, which would wrap it.
        print(text, flush=True)  # noqa: T201 - the output is the point


_SERVER = Annotated[
    str, typer.Option("--server", envvar="ACD_SERVERS", help="The router: host:port, or several, comma-separated.")
]
_TOKEN = Annotated[str, typer.Option("--token", envvar="ACD_TOKEN", help="Access token.", show_default=False)]
_CA_FILE = Annotated[
    str,
    typer.Option(
        "--ca-file",
        envvar="ACD_CA_FILE",
        help="Speak TLS: file with the certificates that vouch for the servers', or `public`.",
        show_default=False,
    ),
]
_JSON = Annotated[bool, typer.Option("--json", help="Print protobuf JSON.")]

_COMMON = (
    inspect.Parameter("server", inspect.Parameter.KEYWORD_ONLY, default="127.0.0.1:7700", annotation=_SERVER),
    inspect.Parameter("token", inspect.Parameter.KEYWORD_ONLY, default="", annotation=_TOKEN),
    inspect.Parameter("ca_file", inspect.Parameter.KEYWORD_ONLY, default="", annotation=_CA_FILE),
    inspect.Parameter("json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=_JSON),
)


def operator(function: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Makes a typer command of a coroutine that takes a Session and its own parameters.

    The command has `--server`, `--token`, `--ca-file` and `--json` besides, and ends with the exit code above.
    """

    @functools.wraps(function)
    def command(**arguments: Any) -> None:
        server, token, ca_file, json = (arguments.pop(parameter.name) for parameter in _COMMON)
        run_session(lambda session: function(session, **arguments), server, token, ca_file, json=json)

    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    signature = inspect.Signature([*own, *_COMMON])
    # What typer reads; functools.wraps would show it the coroutine's.
    del command.__wrapped__
    command.__signature__ = signature  # type: ignore[attr-defined]  # read by inspect
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in signature.parameters.values()}
    return command


def run_session(
    work: Callable[[Session], Awaitable[None]], server: str, token: str, ca_file: str, *, json: bool
) -> None:
    """Connects, does the work, and turns what goes wrong into a sentence and an exit code."""

    async def connected() -> None:
        async with AcdClient(server, token=own_token(token), ca_file=ca_file) as client:
            await client.ready(CONNECT_SECONDS)
            await work(Session(client, json))

    try:
        run(connected())
    except AcdApiError as error:
        complain(f"{error.message or 'no answer'} ({error.reason})")
        raise typer.Exit(UNREACHABLE if error.code in _NO_ANSWER else REFUSED) from None
    except AcdClientError as error:
        complain(str(error))
        raise typer.Exit(REFUSED) from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    except OSError as error:
        raise typer.BadParameter(f"--ca-file: {error.filename} cannot be read: {error.strerror}") from error


def complain(sentence: str) -> None:
    print(f"acd: {sentence}", file=sys.stderr)  # noqa: T201 - where errors go


async def all_pages(fetch: Callable[[str], Awaitable[Page]]) -> Page:
    """Calls `fetch(page_token)` until the end of the collection; one message with all of it."""
    page = await fetch("")
    whole = type(page)()
    whole.MergeFrom(page)
    while token := getattr(page, "next_page_token", ""):
        page = await fetch(token)
        whole.MergeFrom(page)
    whole.ClearField("next_page_token")
    return whole
