"""What a rehearsal prints and writes."""

import json
import pathlib
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from groundplan.manifest.model import Manifest
from rich.console import Console

from rehearsal import __main__ as command
from rehearsal.account.alarms import Alarm
from rehearsal.cluster.field import PROGRAMS
from rehearsal.life.life import beginning
from rehearsal.machine import servers
from rehearsal.machine.beside import Beside
from rehearsal.report import report
from rehearsal.report.timeline import StepFailed, brief
from rehearsal.stack import manifest


def broken() -> Manifest:
    """A manifest whose function has a variable of another name."""
    text = manifest().to_json()
    assert "GROUNDPLAN_MONITOR" in text
    return Manifest.from_data(json.loads(text.replace("${artifacts-bucket.bucket}", "${lost.x}")))


def test_a_failed_step_is_named_and_the_exit_code_is_1(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "manifest", broken)
    monkeypatch.setattr(servers, "found", lambda *_names: {})  # nothing runs beside it
    arguments = ["--json", "--report", str(tmp_path / "rehearsal.html")]
    result = CliRunner().invoke(command.main, arguments)
    assert result.exit_code == 1
    assert json.loads(result.stdout)["failed_step"] == "the plan is read"
    assert "rehearsal: the plan is read failed: UnresolvedReference: ${lost.x}" in result.stderr


def test_the_page_of_a_rehearsal_that_failed_names_the_step() -> None:
    with beginning(manifest()) as life:
        with pytest.raises(StepFailed), life.timeline.step("a step"):
            raise ValueError("a <reason>")
        page = report.page(life, [], "a step")
        data = report.document(life, [], "a step", "a reason")
    assert "Failed: a step" in page
    assert "a &lt;reason&gt;" in page
    assert data["timeline"][-1]["result"] == "ValueError: a <reason>"
    assert not data["passed"]


SERVICE = {"name": "Prometheus scrapes <pods>", "result": "4 up", "passed": True, "seconds": 5.1}


def test_the_page_and_the_data_have_the_life_beside_the_main_one() -> None:
    with beginning(manifest()) as life:
        page = report.page(life, [], "", [SERVICE])
        data = report.document(life, [], "", "", [SERVICE])
        without = report.page(life, [])
    assert "Prometheus scrapes &lt;pods&gt;" in page
    assert "A service on a cluster" not in without
    assert data["service"] == [SERVICE]


def test_what_the_machine_lacks_is_skipped_and_says_so() -> None:
    found = {tool.tool: tool.result for tool in Beside({"prometheus": "/bin/true"}).tools()}
    assert found == {
        "prometheus": "skipped: the service's life needs prometheus and alertmanager",
        "alertmanager": "skipped: it is not on the PATH",
    }


@pytest.mark.parametrize("failed", ["", "a step"])
def test_the_life_beside_counts(failed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Beside({})
    service.steps, service.failed, service.reason = [dict(SERVICE)], failed, "why"
    monkeypatch.setattr(service, "wait", lambda: None)
    printed = command.Printed(Console(quiet=True), None)
    if not failed:
        assert [tool.tool for tool in command.lived(service, printed)] == list(PROGRAMS)
        return
    with pytest.raises(StepFailed, match="a step: why"):
        command.lived(service, printed)


def test_messages_of_the_product_are_brief() -> None:
    package = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/tumors/2"
    assert brief(f"{package} is live: s3://bucket/a/b.json") == "version 2 is live: b.json"
    assert brief(f"data@sha256:{'0123456789abcdef' * 4}") == "data@01234567"


def test_an_alarm_notifies_those_of_its_state() -> None:
    inputs = {"name": "errors", "alarmActions": ["on"], "okActions": ["off"]}
    assert Alarm(inputs, "arn", "ALARM").actions == ("on",)
    assert Alarm(inputs, "arn", "OK").actions == ("off",)


def svg(page: str) -> list[ElementTree.Element]:
    """The plots of a page."""
    parts = page.split("<svg")[1:]
    return [ElementTree.fromstring(f"<svg{part.partition('</svg>')[0]}</svg>") for part in parts]  # noqa: S314


def test_a_page_without_requests_has_its_plots() -> None:
    with beginning(manifest()) as life:
        assert len(svg(report.page(life, []))) == 3
