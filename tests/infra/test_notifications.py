"""Every notification of every environment says how severe it is, whose it is, and which
runbook to follow."""

import re
from collections.abc import Iterator
from typing import Any

import environments
import pytest
import yaml
from groundplan.manifest.model import Manifest

LOOP = "loop"
"""The environment with an owner and a URL of runbooks."""
ALARMS = ("aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm")
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
NAMESPACE = "aws:amp/ruleGroupNamespace:RuleGroupNamespace"
RULE = "kubernetes:monitoring.coreos.com/v1:PrometheusRule"
RELEASE = "kubernetes:helm.sh/v3:Release"

SEVERITY = re.compile(r"Severity: (critical|warning)\.")


def topics(manifest: Manifest) -> set[str]:
    """Returns references to the alarm topics."""
    return {
        f"${{{resource.name}.arn}}"
        for resource in manifest.resources
        if resource.type == "aws:sns/topic:Topic" and resource.name.startswith("monitoring-")
    }


def notifications(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yields the name and the text of what publishes to an alarm topic."""
    of_alarms = topics(manifest)
    for resource in manifest.resources:
        inputs: Any = resource.inputs
        if resource.type in ALARMS and of_alarms & set(inputs.get("alarmActions", ())):
            yield resource.name, inputs["alarmDescription"]
        elif resource.type == TARGET and inputs.get("arn") in of_alarms:
            yield resource.name, inputs["inputTransformer"]["inputTemplate"].strip('"')


def rules(manifest: Manifest) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields all alerts of Prometheus but the chart's own."""
    for resource in manifest.resources:
        inputs: Any = resource.inputs
        if resource.type == NAMESPACE:
            groups = yaml.safe_load(inputs["data"])["groups"]
        elif resource.type == RULE:
            groups = inputs["spec"]["groups"]
        elif resource.type == RELEASE:
            added = inputs.get("values", {}).get("additionalPrometheusRulesMap", {})
            groups = [group for one in added.values() for group in one["groups"]]
        else:
            continue
        for group in groups:
            yield from ((resource.name, rule) for rule in group["rules"] if "alert" in rule)


@pytest.mark.parametrize("stack", environments.STACKS)
def test_every_notification_says_its_severity_and_its_runbook(stack: str) -> None:
    for name, text in notifications(environments.manifests()[stack]):
        assert SEVERITY.search(text), f"{name}: {text}"
        assert re.search(r" Runbook: \S+/[a-z0-9-]+\.md$", text), f"{name}: {text}"


def test_every_notification_names_the_owner_and_links_its_runbook_where_they_are_set() -> None:
    found = list(notifications(environments.manifests()[LOOP]))
    assert len(found) > 30
    for name, text in found:
        assert " Owner: ml-platform. " in text, f"{name}: {text}"
        assert " Runbook: https://example.com/runbooks/" in text, f"{name}: {text}"


def test_what_is_critical_reaches_the_urgent_topic() -> None:
    manifest = environments.manifests()[LOOP]
    urgent = "${monitoring-urgent-topic.arn}"
    for resource in manifest.resources:
        inputs: Any = resource.inputs
        text = inputs.get("alarmDescription", "") if resource.type in ALARMS else ""
        if found := SEVERITY.search(text):
            assert (urgent in inputs["alarmActions"]) == (found[1] == "critical"), resource.name


@pytest.mark.parametrize("stack", environments.STACKS)
def test_every_alert_has_a_severity_and_a_runbook(stack: str) -> None:
    for name, rule in rules(environments.manifests()[stack]):
        where = f"{name}: {rule['alert']}"
        assert rule["labels"]["severity"] in ("critical", "warning", "info"), where
        assert rule["annotations"]["runbook"].startswith("docs/runbooks/"), where
        if stack == LOOP:
            assert rule["annotations"]["runbook_url"].startswith("https://example.com/"), where


def test_alerts_of_a_workspace_have_the_owner_by_themselves() -> None:
    for name, rule in rules(environments.manifests()[LOOP]):
        if name.endswith("-rules"):
            assert rule["labels"]["owner"] == "ml-platform", rule["alert"]
