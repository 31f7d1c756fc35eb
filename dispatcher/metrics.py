"""What a dispatcher counts, and the port that shows it."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

# A deadline is to fire within 100 ms; 1 s is where the router takes the blame.
_LAG_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """Each dispatcher has a registry of its own, so that two in one process stay apart."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.passes = Counter("acd_dispatcher_passes", "Passes that ended well.", ["loop"], registry=self.registry)
        self.errors = Counter(
            "acd_dispatcher_errors", "Passes and streams that failed.", ["loop", "reason"], registry=self.registry
        )
        self.offers = Counter("acd_dispatcher_offers", "Offers made.", registry=self.registry)
        self.deadlines = Counter("acd_dispatcher_deadlines_fired", "Deadlines fired.", registry=self.registry)
        self.lag = Histogram(
            "acd_dispatcher_lag_seconds",
            "From the moment a pass was due to its start.",
            ["loop"],
            buckets=_LAG_BUCKETS,
            registry=self.registry,
        )
        self.connected = Gauge(
            "acd_dispatcher_connected", "1 while a WatchWork stream is connected.", registry=self.registry
        )


class MetricsServer:
    """Serves the registry over HTTP on `host:port`, from a thread of its own."""

    def __init__(self, metrics: Metrics, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._server, self._thread = start_http_server(int(port), host.strip("[]"), registry=metrics.registry)

    @property
    def port(self) -> int:
        return self._server.server_port

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
