"""Alert rules: each is raised by its cause, asks for metrics that exist, and is explained to operators."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from acd_server.telemetry import REGISTRY
from dispatcher.metrics import Metrics
from tests.support.cells import IN_CI

ROOT = Path(__file__).parent.parent.parent
RULES = ROOT / "prometheus" / "alerts.yml"


def rules() -> list[dict[str, str]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


@pytest.mark.parametrize(
    "command", ["check config prometheus.yml", "check rules alerts.yml", "test rules alerts_test.yml"]
)
def test_promtool_is_content(command: str) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        if IN_CI:
            raise AssertionError("there is no promtool; `make setup-system` installs it")
        pytest.skip("there is no promtool")
    checked = subprocess.run(
        [promtool, *command.split()], cwd=RULES.parent, check=False, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_metric_exists() -> None:
    ours = {family.name for registry in (REGISTRY, Metrics().registry) for family in registry.collect()}
    for rule in rules():
        for name in re.findall(r"\bacd_\w+", rule["expr"]):
            assert name.removesuffix("_total").removesuffix("_bucket") in ours, rule["alert"]


def test_every_alert_is_explained() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    explained = re.findall(r"^\| `(Acd\w+)`", page, re.MULTILINE)
    assert explained == [rule["alert"] for rule in rules()]
