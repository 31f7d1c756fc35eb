"""Helpers of the validation tests."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from acd_server.errors import AcdError

M = TypeVar("M", bound=Message)


def refusal(validate: Callable[..., Any], request: Any) -> AcdError:
    with pytest.raises(AcdError) as caught:
        validate(request)
    assert caught.value.metadata == {"field": caught.value.fields[0].field}
    return caught.value


def invalid(validate: Callable[..., Any], request: Any) -> list[str]:
    """The fields that the request is refused for with INVALID_FIELD, in order."""
    error = refusal(validate, request)
    assert error.reason == "INVALID_FIELD"
    return [violation.field for violation in error.fields]


def span(seconds: float = 0) -> Duration:
    duration = Duration()
    duration.FromTimedelta(timedelta(seconds=seconds))
    return duration


def message(kind: type[M], **fields: Any) -> M:
    """A message whose fields need not have the types of its stub."""
    return kind(**fields)
