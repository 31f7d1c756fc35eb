"""What operators see: every metric of the server by name, and the form of the logs.

Others call the small functions below; no other module of the server makes a metric.
Centers are not labels: ten thousand centers would be ten thousand series each.
"""

import asyncio
import logging
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from functools import cache
from types import TracebackType
from typing import Any, Self

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, start_http_server

from acd_server.config import split_address

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

_FAST = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
_CALLS = Counter("acd_calls", "Calls that ended, by method and gRPC code.", ["method", "code"], registry=REGISTRY)
_CALL_SECONDS = Histogram("acd_call_seconds", "Time of unary calls.", ["method"], buckets=_FAST, registry=REGISTRY)
_OPEN_STREAMS = Gauge("acd_open_streams", "Streaming calls that are open.", ["method"], registry=REGISTRY)
_OPEN_FEEDS = Gauge("acd_open_feeds", "Feeds that are open.", registry=REGISTRY)
_FEED_LAG = Histogram(
    "acd_feed_lag_seconds", "Time from an event to its delivery to a feed.", buckets=_FAST, registry=REGISTRY
)
_FEED_EVENTS = Counter("acd_feed_events", "Events delivered to feeds.", registry=REGISTRY)
_FEEDS_ENDED = Counter("acd_feeds_ended", "Feeds ended by the server, by reason.", ["reason"], registry=REGISTRY)
_MATCHES = Counter("acd_matches", "Offers made.", registry=REGISTRY)
_FIRED = Counter("acd_deadlines_fired", "Deadlines fired.", registry=REGISTRY)
_SCRIPT_SECONDS = Histogram(
    "acd_script_seconds",
    "Time from sending a script to its reply, waits for a replica included.",
    ["script"],
    buckets=_FAST,
    registry=REGISTRY,
)
_QUEUE_LENGTH = Gauge(
    "acd_waiting_contacts", "Waiting contacts of the centers this server has seen.", registry=REGISTRY
)
_TASKS = Gauge("acd_tasks", "Tasks of the event loop: of calls, feeds, the store.", registry=REGISTRY)
_STORE_UP = Gauge("acd_store_up", "1 while the store answers and takes writes.", registry=REGISTRY)

# Local variables stay out of the logs: some are tokens.
_TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))

CALL_FIELDS: ContextVar[dict[str, str]] = ContextVar("call_fields")
"""What is on every line of the log that is about the call which is being served: its request id, its center."""

_waiting: dict[str, int] = {}
_QUEUE_LENGTH.set_function(lambda: sum(_waiting.values()))


# To find a series by its labels costs as much as to count in it.
_calls = cache(_CALLS.labels)
_call_seconds = cache(_CALL_SECONDS.labels)
_script_seconds = cache(_SCRIPT_SECONDS.labels)


def observe_call(method: str, code: str, seconds: float | None) -> None:
    """A call ended; `method` as `acd.v1.Service/Method`, `seconds` only for unary calls."""
    _calls(method, code).inc()
    if seconds is not None:
        _call_seconds(method).observe(seconds)


def stream_opened(method: str) -> None:
    _OPEN_STREAMS.labels(method).inc()


def stream_closed(method: str) -> None:
    _OPEN_STREAMS.labels(method).dec()


def observe_script(script: str, seconds: float) -> None:
    """A script was answered `seconds` after it was asked for."""
    _script_seconds(script).observe(seconds)


def observe_matches(count: int) -> None:
    """One MatchContacts, or one EnqueueContact, made `count` offers."""
    _MATCHES.inc(count)


def observe_fired(count: int) -> None:
    """One FireDeadlines fired `count` deadlines."""
    _FIRED.inc(count)


def observe_open_feeds(change: int) -> None:
    """A feed opened (1) or ended (-1)."""
    _OPEN_FEEDS.inc(change)


def observe_feed_events(count: int, lag_seconds: float) -> None:
    """A feed was given `count` events, the oldest `lag_seconds` old."""
    _FEED_EVENTS.inc(count)
    _FEED_LAG.observe(max(0.0, lag_seconds))


def observe_feed_end(reason: str) -> None:
    """The server ended a feed: `DRAINING`, `FEED_OVERRUN`, …"""
    _FEEDS_ENDED.labels(reason).inc()


def observe_queue_length(center: str, waiting: int) -> None:
    """A center has `waiting` contacts in its queue."""
    if waiting:
        _waiting[center] = waiting
    else:
        _waiting.pop(center, None)


def observe_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """From now on the tasks of this loop are counted, whenever somebody looks."""
    _TASKS.set_function(lambda: len(asyncio.all_tasks(loop)))


def observe_store(up: bool) -> None:
    """The store passed its check, or did not."""
    _STORE_UP.set(up)


class MetricsServer:
    """`/metrics` over HTTP, in a thread of its own. Raises OSError when the port is taken."""

    def __init__(self, address: str) -> None:
        host, port = split_address(address)
        self._server, self._thread = start_http_server(port, addr=host, registry=REGISTRY)
        self.port: int = self._server.server_port

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def tells_all() -> bool:
    """Whether calls that ended well are logged. Asked in each call, so that a line which nobody wants costs nothing."""
    return logging.getLogger().isEnabledFor(logging.DEBUG)


def _add_call_fields(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for field, value in CALL_FIELDS.get({}).items():
        event.setdefault(field, value)
    return event


def configure_logging(level: str, log_format: str) -> None:
    """Logs go to stderr: one JSON object a line, or readable lines on a terminal.

    What was bound for the call (request id, center) is on every line, also on those
    of libraries.
    """
    console = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        _add_call_fields,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderers: list[Any] = (
        [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)]
        if console
        else [_TRACEBACKS, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    # asyncio at debug tells of each selector; the rest of us need not hear it.
    logging.getLogger("asyncio").setLevel(logging.WARNING)
