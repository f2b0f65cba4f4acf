"""When the alerts of Fluent Bit fire, by promtool where it is on the PATH."""

import json
import pathlib
import shutil
import subprocess
from typing import Any

import pytest
from groundplan.logs.fluent_bit import alerts

PROMTOOL = shutil.which("promtool")

OF = 'job="logging-system/fluent-bit",node="n1",name="cloudwatch"'
UP = 'up{job="logging-system/fluent-bit",node="n1"}'


def metric(name: str) -> str:
    return f"fluentbit_output_{name}_total{{{OF}}}"


MISSING_PODS = (
    'kube_daemonset_status_number_unavailable{namespace="logging-system",daemonset="fluent-bit"}'
)
LOST, LATE, DOWN = "LogLinesLost", "LogLinesLate", "LogCollectorDown"
MISSING = "LogCollectorMissing"
OWN: dict[str, dict[str, str]] = {
    LOST: {"node": "n1"},
    LATE: {"node": "n1"},
    DOWN: {"node": "n1", "job": "logging-system/fluent-bit"},
    MISSING: {"namespace": "logging-system", "daemonset": "fluent-bit"},
}
"""The labels of an alert, beside those of its rule."""
CASES: list[tuple[str, dict[str, str], str | None]] = [
    ("lines are dropped", {metric("dropped_records"): "0x25 5x20"}, LOST),
    ("nothing is dropped", {metric("dropped_records"): "3x60"}, None),
    (
        "tries and delivers nothing",
        {metric("retries"): "0+1x60", metric("proc_records"): "9x60"},
        LATE,
    ),
    (
        "tries and delivers all the same",
        {metric("retries"): "0+1x60", metric("proc_records"): "0+9x60"},
        None,
    ),
    ("nothing to deliver", {metric("retries"): "4x60", metric("proc_records"): "9x60"}, None),
    ("does not answer", {UP: "0x60"}, DOWN),
    ("answers", {UP: "1x60"}, None),
    ("a pod does not start", {MISSING_PODS: "1x60"}, MISSING),
    ("a node starts", {MISSING_PODS: "0x5 1x20 0x40"}, None),
    ("restarts", {UP: "1x20 0x5 1x40"}, None),
]


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not on the PATH")
def test_alerts_fire_when_they_should_and_not_otherwise(tmp_path: pathlib.Path) -> None:
    rules = tmp_path / "rules.json"
    groups: Any = alerts.groups("https://git.example.com/runbooks", {})
    rules.write_text(json.dumps({"groups": groups}))
    lint = [str(PROMTOOL), "check", "rules", "--lint-fatal", str(rules)]
    assert subprocess.run(lint, capture_output=True, check=False).returncode == 0

    for rule in groups[0]["rules"]:
        rule["annotations"] = {}
    rules.write_text(json.dumps({"groups": groups}))
    severities = {rule["alert"]: rule["labels"] for rule in groups[0]["rules"]}
    tests = []
    for name, series, fires in CASES:
        checks = []
        for alert, labels in severities.items():
            own = {**labels, **OWN[alert]}
            expected = [{"exp_labels": own}] if alert == fires else []
            checks.append({"eval_time": "35m", "alertname": alert, "exp_alerts": expected})
        tests.append(
            {
                "name": name,
                "interval": "1m",
                "input_series": [{"series": s, "values": v} for s, v in series.items()],
                "alert_rule_test": checks,
            }
        )
    file = tmp_path / "tests.json"
    file.write_text(json.dumps({"rule_files": ["rules.json"], "tests": tests}))
    run = [str(PROMTOOL), "test", "rules", str(file)]
    result = subprocess.run(run, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr + result.stdout
