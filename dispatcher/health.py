"""The dispatcher's own health port: SERVING while it hears of work."""

import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc


class HealthServer:
    """`grpc.health.v1` on a port of its own, for supervisors and load balancers."""

    def __init__(self) -> None:
        self._server = grpc.aio.server()
        self._health = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)

    async def start(self, address: str) -> int:
        """Listens on `address` and returns the port; NOT_SERVING until told otherwise."""
        await self.set_serving(False)
        port = self._server.add_insecure_port(address)
        await self._server.start()
        return port

    async def set_serving(self, serving: bool) -> None:
        status = health_pb2.HealthCheckResponse
        await self._health.set("", status.SERVING if serving else status.NOT_SERVING)

    async def close(self) -> None:
        await self._health.enter_graceful_shutdown()
        await self._server.stop(0.5)
