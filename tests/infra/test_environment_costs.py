"""The cost guard of an environment: wired to its endpoints, pools, bucket and topic."""

from typing import Any

from environments import manifests
from groundplan.testing import Plan, policy

LOOP = "loop"


def plan() -> Plan:
    return Plan(manifests()[LOOP])


def statements() -> dict[str, Any]:
    role = plan().one("aws:iam/rolePolicy:RolePolicy", "costs-role-policy")
    return dict(policy(role.inputs["policy"]))


def test_the_guard_stops_the_pool_and_the_endpoint_that_the_settings_name() -> None:
    allowed = statements()
    (pool,) = allowed["StopPools"]["Resource"]
    assert "nodegroup/groundplan-loop-training/${training-gpu-nodes.nodeGroupName}/*" in pool
    (endpoint,) = allowed["StopEndpoints"]["Resource"]
    assert endpoint.endswith(":endpoint/groundplan-loop-churn")
    condition = allowed["StopNotebooks"]["Condition"]["StringEquals"]
    assert condition["aws:ResourceTag/environment"] == "loop"


def test_the_guard_writes_its_journal_and_notifies_the_environments_topic() -> None:
    allowed = statements()
    assert allowed["WriteJournal"]["Resource"] == ["${artifacts-bucket.arn}/cost-guard/*"]
    assert allowed["Notify"]["Resource"] == ["${monitoring-topic.arn}"]


def test_the_role_has_no_wildcard_but_where_aws_has_no_resource() -> None:
    anywhere = {
        action
        for statement in statements().values()
        if "*" in statement["Resource"]
        for action in statement["Action"]
    }
    assert anywhere == {
        "application-autoscaling:DescribeScalableTargets",
        "application-autoscaling:DescribeScalingActivities",
        "cloudwatch:GetMetricData",
        "ec2:DescribeAddresses",
        "ec2:DescribeInstances",
        "ec2:DescribeVolumes",
        "sagemaker:ListApps",
        "sagemaker:ListNotebookInstances",
        "sagemaker:ListTrainingJobs",
    }


def test_its_alarms_notify_and_lead_to_the_runbook() -> None:
    alarm = plan().one("aws:cloudwatch/metricAlarm:MetricAlarm", "costs-errors")
    assert alarm.inputs["alarmActions"] == ["${monitoring-topic.arn}"]
    assert "https://example.com/runbooks/cost-guard.md" in alarm.inputs["alarmDescription"]
