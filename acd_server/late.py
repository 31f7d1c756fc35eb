"""Services that exist before their store does.

A server whose store does not answer yet listens all the same, so that health can be
asked and callers learn why they wait instead of "connection refused".
"""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message_factory import GetMessageClass

from acd.v1 import (
    agent_service_pb2,
    assignment_feed_pb2,
    center_service_pb2,
    contact_service_pb2,
    dispatch_service_pb2,
    simulation_service_pb2,
    skill_service_pb2,
)
from acd_server.errors import AcdError

SERVICES = {
    service.full_name: service
    for module in (
        agent_service_pb2,
        assignment_feed_pb2,
        center_service_pb2,
        contact_service_pb2,
        dispatch_service_pb2,
        skill_service_pb2,
    )
    for service in module.DESCRIPTOR.services_by_name.values()
}
"""Descriptor of each service of ours by its full name."""

SIMULATION = simulation_service_pb2.DESCRIPTOR.services_by_name["SimulationService"]
"""The one that exists only where the clock is virtual."""


def services_of(clock: str) -> dict[str, ServiceDescriptor]:
    """The services of a server on this clock (`redis` or `virtual`) by their full names."""
    return SERVICES | {SIMULATION.full_name: SIMULATION} if clock == "virtual" else SERVICES


class LateServices(grpc.GenericRpcHandler):
    """Refuses every method with `fault()` until `add_registered_method_handlers` brought its handlers.

    Takes handlers the way a server does, so that generated `add_…_to_server` functions work on it.
    """

    def __init__(self, services: Mapping[str, ServiceDescriptor], fault: Callable[[], AcdError]) -> None:
        self._fault = fault
        self._handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
            f"/{name}/{method.name}": self._refusing(method)
            for name, service in services.items()
            for method in service.methods
        }

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any] | None":
        return self._handlers.get(str(handler_call_details.method))

    def _refusing(self, method: MethodDescriptor) -> "grpc.RpcMethodHandler[Any, Any]":
        # It reads its request as the method will: whether the caller may do what it asks is decided before.
        read = GetMessageClass(method.input_type).FromString
        return grpc.unary_unary_rpc_method_handler(self._refuse, request_deserializer=read)

    async def _refuse(self, request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> NoReturn:
        del request, context
        raise self._fault()

    def add_registered_method_handlers(
        self, service_name: str, method_handlers: dict[str, "grpc.RpcMethodHandler[Any, Any]"]
    ) -> None:
        self._handlers |= {f"/{service_name}/{name}": handler for name, handler in method_handlers.items()}

    def add_generic_rpc_handlers(self, handlers: Any) -> None:
        """The same handlers in their older form; not needed."""
