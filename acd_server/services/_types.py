"""Types that all servicers share."""

from typing import Any, TypeAlias

from grpc import aio

Context: TypeAlias = aio.ServicerContext[Any, Any]
