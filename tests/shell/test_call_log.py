"""What a line of the log says of the call that it is about."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from acd_server.telemetry import CALL_FIELDS, configure_logging


@pytest.fixture
def logging_restored() -> Iterator[None]:
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    # What it replaces it would close; the runner's own are wanted again.
    root.handlers = []
    yield
    structlog.configure(**before)
    root.handlers = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("logging_restored")
def test_a_line_has_the_request_id_and_the_center_of_its_call(capsys: Any) -> None:
    configure_logging("info", "json")
    log = structlog.get_logger("test")
    log.info("outside")
    CALL_FIELDS.set({"request_id": "call-7", "center": "acme"})
    log.info("inside")
    log.info("of another", center="other")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    found = [(line["event"], line.get("request_id"), line.get("center")) for line in lines]
    assert found == [("outside", None, None), ("inside", "call-7", "acme"), ("of another", "call-7", "other")]
