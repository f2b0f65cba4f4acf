"""The report on utilization of an environment: wired to its endpoints, cluster, bucket,
workspace and topic."""

from typing import Any

from environments import manifests
from groundplan.testing import Plan, policy

LOOP = "loop"


def plan() -> Plan:
    return Plan(manifests()[LOOP])


def statements() -> dict[str, Any]:
    role = plan().one("aws:iam/rolePolicy:RolePolicy", "utilization-role-policy")
    return dict(policy(role.inputs["policy"]))


def test_the_report_reads_the_environments_endpoints_cluster_and_workspace() -> None:
    allowed = statements()
    (endpoint,) = allowed["ReadEndpoints"]["Resource"]
    assert endpoint.endswith(":endpoint/groundplan-loop-churn")
    cluster, nodes = allowed["ReadNodeGroups"]["Resource"]
    assert cluster.endswith(":cluster/groundplan-loop-training")
    assert nodes.endswith(":nodegroup/groundplan-loop-training/*")
    assert allowed["QueryMetrics"]["Resource"] == ["${monitoring-workspace.arn}"]


def test_the_report_is_written_to_the_bucket_and_sent_to_the_topic() -> None:
    allowed = statements()
    assert allowed["WriteReports"]["Resource"] == ["${artifacts-bucket.arn}/reports/utilization/*"]
    assert allowed["SendSummary"]["Resource"] == ["${monitoring-topic.arn}"]
    assert allowed["UseTopicKey"]["Resource"] == ["${monitoring-key-key.arn}"]


def test_its_alarms_notify_and_lead_to_the_runbook() -> None:
    alarm = plan().one("aws:cloudwatch/metricAlarm:MetricAlarm", "utilization-errors")
    assert alarm.inputs["alarmActions"] == ["${monitoring-topic.arn}"]
    assert "https://example.com/runbooks/utilization-report.md" in alarm.inputs["alarmDescription"]
