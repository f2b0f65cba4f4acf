"""A service's life with the Prometheus and the Alertmanager of this machine. It takes
half a minute, and is skipped where they are missing."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Manifest

from rehearsal.cluster.field import PROGRAMS
from rehearsal.cluster.life import NOTIFIES, SCRAPES, beginning
from rehearsal.cluster.stack import manifest
from rehearsal.machine import servers
from rehearsal.report.timeline import StepFailed

PROGRAMS_HERE = servers.found(*PROGRAMS)
needs_programs = pytest.mark.skipif(
    len(PROGRAMS_HERE) < len(PROGRAMS),
    reason="prometheus and alertmanager are not on the PATH: no service lives",
)


def changed(name: str, change: Callable[[dict[str, Any]], None]) -> Manifest:
    """The manifest with other inputs of one resource."""
    data = json.loads(manifest().to_json())
    (found,) = [r for r in data["resources"] if r["name"] == name and r["custom"]]
    change(found["inputs"])
    return Manifest.from_data(data)


@needs_programs
def test_a_good_version_is_released_and_an_alert_rolls_a_bad_one_back() -> None:
    with beginning(manifest(), PROGRAMS_HERE) as life:
        life.live()
    steps = {step.name: step.result for step in life.timeline.steps if step.passed}
    assert len(steps) == len(life.timeline.steps) == 8
    assert "4 targets are up" in steps[SCRAPES]
    assert "0 failed" in steps["it is released to the pods"]
    assert "EndpointErrors" in steps["it is rolled back by an alert of Prometheus"]
    assert "[FIRING] EndpointErrors (critical)" in steps[NOTIFIES]
    assert life.world.account.guard.refusals == []


def unlabelled(inputs: dict[str, Any]) -> None:
    """A PodMonitor that does not add the labels by which the alerts know the pods."""
    del inputs["spec"]["podTargetLabels"]


@needs_programs
def test_a_bad_version_without_an_alert_fails_the_rehearsal() -> None:
    plan = changed("offers-pod-monitor", unlabelled)
    with (
        beginning(plan, PROGRAMS_HERE) as life,
        pytest.raises(StepFailed, match="it succeeded") as raised,
    ):
        life.live()
    assert raised.value.step == "it is rolled back by an alert of Prometheus"


def test_a_driver_without_a_role_is_named() -> None:
    def other(inputs: dict[str, Any]) -> None:
        inputs["namespace"] = "other"

    plan = changed("offers-retraining-identity", other)
    nobody = "No role is associated with offers-retraining"
    with pytest.raises(StepFailed, match=nobody), beginning(plan, {}):
        pass
