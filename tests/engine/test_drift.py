"""`groundplan drift --refresh` reads what a real engine's refresh prints, and writes
nothing."""

import json
from collections.abc import Callable

import pytest
from groundplan.command_line import pulumi_cli
from groundplan.operations.drift import refreshed
from groundplan.operations.drift.difference import Kind
from real_engine import Engine

PROGRAM = """\
import pulumi_aws as aws

aws.s3.Bucket("data", tags={"owner": "a"})
aws.sqs.Queue("orders", visibility_timeout_seconds=30)
aws.sqs.Queue("same", visibility_timeout_seconds=30)
"""


def test_a_refresh_finds_what_was_changed_and_deleted(
    engine: Callable[[str], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = engine("dev")
    (deployed.folder / "infra" / "__main__.py").write_text(PROGRAM)
    deployed.run("up", "--yes", "--skip-preview")
    changes = {"orders": {"visibilityTimeoutSeconds": 60}, "data": None}
    deployed.environment["ECHO_CLOUD"] = json.dumps(changes)
    for name, value in deployed.environment.items():
        monkeypatch.setenv(name, value)
    before = deployed.run("stack", "export")
    found = refreshed.run(deployed.folder, "dev")
    shown = {(d.kind, d.name, d.path, d.live) for d in found.differences}
    assert shown == {
        (Kind.DELETED, "data", "", None),
        (Kind.CHANGED, "orders", "visibilityTimeoutSeconds", 60),
    }
    assert (found.project, found.stack, found.compared) == ("groundplan", "dev", 3)
    assert deployed.run("stack", "export") == before
    assert pulumi_cli.state("dev", deployed.folder) == json.loads(before)
