import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.monitoring.args import MonitoringStackArgs
from groundplan.monitoring.choices import SubscriberProtocol
from groundplan.monitoring.monitoring_stack import MonitoringStack
from groundplan.testing import Plan, deploy, policy

COMPONENT = "groundplan:index:MonitoringStack"
KEY = "aws:kms/key:Key"
TOPIC = "aws:sns/topic:Topic"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
NAMESPACE = "kubernetes:core/v1:Namespace"
RELEASE = "kubernetes:helm.sh/v3:Release"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
IDENTITY = "aws:eks/podIdentityAssociation:PodIdentityAssociation"

FULL: MonitoringStackArgs = {
    "subscribers": {
        "oncall": {"protocol": SubscriberProtocol.EMAIL, "endpoint": "oncall@example.com"},
        "chat": {"protocol": SubscriberProtocol.HTTPS, "endpoint": "https://chat.example.com/hook"},
    },
    "endpoints": {"answers": {"endpoint_name": "answers-prod", "instance_type": "ml.g5.xlarge"}},
    "cluster": {"cluster_name": "training"},
    "network": {"nat_gateway_ids": ["nat-0a"]},
    "buckets": {"datasets": "datasets-bucket"},
    "log_groups": {"training": {}, "pipeline": {"retention_days": 30}},
    "tags": {"team": "ml"},
}


def full(**changes: Any) -> Plan:
    def program() -> None:
        provider = k8s.Provider("cluster", kubeconfig="{}")
        args: Any = {**FULL, **changes}
        MonitoringStack("watch", args, pulumi.ResourceOptions(providers=[provider]))

    return deploy(program, project="ml", stack="prod")


def test_a_minimal_stack_is_an_encrypted_topic_and_an_empty_dashboard() -> None:
    plan = deploy(lambda: MonitoringStack("watch"), project="ml", stack="prod")

    kinds = sorted(r.type for r in plan.manifest if r.custom)
    assert kinds == [DASHBOARD, "aws:kms/alias:Alias", KEY, TOPIC, TOPIC_POLICY]
    topic = plan.one(TOPIC, "watch-topic")
    assert topic.inputs == {
        "kmsMasterKeyId": "${watch-key-key.arn}",
        "tags": {"groundplan:component": "watch"},
    }
    assert set(policy(plan.one(KEY).inputs["policy"])) == {
        "AccountAdministration",
        "UseCloudwatch",
        "UseEvents",
    }
    component = plan.one(COMPONENT, "watch")
    assert component.inputs == {}
    assert component.outputs == {
        "topicArn": "${watch-topic.arn}",
        "dashboardName": "ml-prod-watch",
        "logGroupNames": {},
        "alarmNames": [],
        "grafanaService": "",
    }


def test_every_child_is_named_after_the_component_and_belongs_to_it() -> None:
    plan = full()

    component = plan.one(COMPONENT)
    children = plan.manifest.children(component)
    assert {child.name for child in children} == {
        "watch-key",
        "watch-topic",
        "watch-topic-policy",
        "watch-subscriber-oncall",
        "watch-subscriber-chat",
        "watch-logs-training",
        "watch-logs-pipeline",
        "watch-endpoint-answers-errors",
        "watch-endpoint-answers-rejections",
        "watch-endpoint-answers-latency",
        "watch-endpoint-answers-memory",
        "watch-endpoint-answers-disk",
        "watch-endpoint-answers-cpu",
        "watch-nat-0-ports",
        "watch-nat-0-packets",
        "watch-endpoint-events",
        "watch-endpoint-events-target",
        "watch-namespace",
        "watch-alertmanager-role",
        "watch-alertmanager-policy",
        "watch-alertmanager-identity",
        "watch-prometheus",
        "watch-dashboard",
    }
    alarms = list(plan.all(ALARM).values())
    assert component.outputs["grafanaService"] == "kube-prometheus-stack-grafana.monitoring.svc"
    assert component.outputs["logGroupNames"] == {
        "training": "/groundplan/ml-prod/training",
        "pipeline": "/groundplan/ml-prod/pipeline",
    }
    assert sorted(component.outputs["alarmNames"]) == sorted(
        "${" + alarm.name + ".name}" for alarm in alarms
    )


def test_all_that_can_carry_tags_carries_them() -> None:
    plan = full()

    tagged = {
        r.type
        for r in plan.manifest
        if r.inputs.get("tags") == {"groundplan:component": "watch", "team": "ml"}
    }
    assert tagged == {TOPIC, ALARM, LOG_GROUP, RULE, ROLE, IDENTITY}
    assert plan.one(KEY).inputs["tags"] == {"groundplan:component": "watch-key", "team": "ml"}


def test_alarms_and_events_may_publish_and_nobody_without_tls() -> None:
    plan = full()

    statements = policy(plan.one(TOPIC_POLICY, "watch-topic-policy").inputs["policy"])
    assert plan.one(TOPIC_POLICY).inputs["arn"] == "${watch-topic.arn}"
    assert statements["AllowAlarms"] == {
        "Sid": "AllowAlarms",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": "${watch-topic.arn}",
        "Condition": {"StringEquals": {"aws:SourceAccount": "${aws.accountId}"}},
    }
    # With a condition, EventBridge would never be let in.
    assert statements["AllowEvents"] == {
        "Sid": "AllowEvents",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": "${watch-topic.arn}",
    }
    assert statements["DenyInsecureTransport"] == {
        "Sid": "DenyInsecureTransport",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "sns:Publish",
        "Resource": "${watch-topic.arn}",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    assert len(statements) == 3


def test_subscriptions_are_named_so_that_their_order_does_not_matter() -> None:
    plan = full()

    assert plan.one(SUBSCRIPTION, "watch-subscriber-oncall").inputs == {
        "topic": "${watch-topic.arn}",
        "protocol": "email",
        "endpoint": "oncall@example.com",
    }
    assert plan.one(SUBSCRIPTION, "watch-subscriber-chat").inputs["protocol"] == "https"
    reordered = full(subscribers=dict(sorted(FULL["subscribers"].items())))
    assert reordered.all(SUBSCRIPTION) == plan.all(SUBSCRIPTION)


def test_every_alarm_tells_the_topic_when_it_begins_and_when_it_ends() -> None:
    alarms = full().all(ALARM)

    assert len(alarms) == 8
    for alarm in alarms.values():
        assert alarm.inputs["alarmActions"] == ["${watch-topic.arn}"]
        assert alarm.inputs["okActions"] == ["${watch-topic.arn}"]
        assert alarm.inputs["treatMissingData"] == "notBreaching"
        assert alarm.inputs["alarmDescription"].startswith("ml-prod: ")
        assert "name" not in alarm.inputs


def test_failures_and_rollbacks_of_watched_endpoints_are_told() -> None:
    plan = full(
        endpoints={
            "answers": {"endpoint_name": "answers-prod"},
            "search": {"endpoint_name": "search-prod"},
        }
    )

    rule = plan.one(RULE, "watch-endpoint-events")
    assert json.loads(rule.inputs["eventPattern"]) == {
        "source": ["aws.sagemaker"],
        "detail-type": [
            "SageMaker Endpoint State Change",
            "SageMaker Endpoint Deployment State Change",
        ],
        "detail": {
            "EndpointName": ["answers-prod", "search-prod"],
            "EndpointStatus": [
                "FAILED",
                "ROLLING_BACK",
                "UPDATE_ROLLBACK_FAILED",
                "OUT_OF_SERVICE",
            ],
        },
    }
    target = plan.one(TARGET, "watch-endpoint-events-target")
    assert target.inputs["rule"] == "${watch-endpoint-events.name}"
    assert target.inputs["arn"] == "${watch-topic.arn}"
    # EventBridge delivers no event whose target has a role and an encrypted topic.
    assert "roleArn" not in target.inputs
    transformer = target.inputs["inputTransformer"]
    assert transformer["inputPaths"] == {
        "endpoint": "$.detail.EndpointName",
        "status": "$.detail.EndpointStatus",
        "time": "$.time",
    }
    assert json.loads(transformer["inputTemplate"]) == (
        "ml-prod: SageMaker endpoint <endpoint> is <status> (<time>). Runbook: docs/runbooks/serving-deployment.md"
    )


def test_without_endpoints_no_events_are_looked_for() -> None:
    plan = full(endpoints={})

    assert not plan.all(RULE)
    assert not plan.all(TARGET)


def test_log_groups_are_encrypted_and_kept() -> None:
    plan = full()

    training = plan.one(LOG_GROUP, "watch-logs-training")
    assert training.inputs == {
        "name": "/groundplan/ml-prod/training",
        "kmsKeyId": "${watch-key-key.arn}",
        "retentionInDays": 90,
        "tags": {"groundplan:component": "watch", "team": "ml"},
    }
    assert plan.one(LOG_GROUP, "watch-logs-pipeline").inputs["retentionInDays"] == 30
    assert (training.option("protect"), training.option("retainOnDelete")) == (True, True)
    assert "UseLogs" in policy(plan.one(KEY).inputs["policy"])


def test_letting_go_takes_an_explicit_argument() -> None:
    def held(plan: Plan) -> set[tuple[str, bool, bool]]:
        kept = [*plan.all(LOG_GROUP).values(), plan.one(NAMESPACE), plan.one(KEY)]
        return {(r.type, r.option("protect"), r.option("retainOnDelete")) for r in kept}

    assert held(full()) == {(LOG_GROUP, True, True), (NAMESPACE, True, True), (KEY, True, True)}
    let_go = full(deletion_protection=False)
    assert held(let_go) == {
        (LOG_GROUP, False, False),
        (NAMESPACE, False, False),
        (KEY, False, False),
    }
    assert "annotations" not in let_go.one(RELEASE).inputs["values"]["grafana"]["persistence"]


def test_a_given_key_takes_the_place_of_its_own() -> None:
    def program() -> None:
        key = aws.kms.Key("theirs")
        MonitoringStack("watch", {"kms_key_arn": key.arn, "log_groups": {"training": {}}})

    plan = deploy(program)

    assert set(plan.all(KEY)) == {"theirs"}
    assert plan.one(TOPIC).inputs["kmsMasterKeyId"] == "${theirs.arn}"
    assert plan.one(LOG_GROUP).inputs["kmsKeyId"] == "${theirs.arn}"


def test_alertmanager_may_publish_to_the_topic_and_nothing_else() -> None:
    plan = full()

    trust = json.loads(plan.one(ROLE, "watch-alertmanager-role").inputs["assumeRolePolicy"])[
        "Statement"
    ]
    assert trust == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        }
    ]
    allowed = plan.one(ROLE_POLICY, "watch-alertmanager-policy")
    assert allowed.inputs["role"] == "${watch-alertmanager-role.name}"
    assert policy(allowed.inputs["policy"]) == {
        "PublishAlerts": {
            "Sid": "PublishAlerts",
            "Effect": "Allow",
            "Action": "sns:Publish",
            "Resource": "${watch-topic.arn}",
        },
        "UseTopicKey": {
            "Sid": "UseTopicKey",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "${watch-key-key.arn}",
        },
    }
    identity = plan.one(IDENTITY, "watch-alertmanager-identity")
    assert {key: value for key, value in identity.inputs.items() if key != "tags"} == {
        "clusterName": "training",
        "namespace": "monitoring",
        "serviceAccount": "alertmanager",
        "roleArn": "${watch-alertmanager-role.arn}",
    }


def test_prometheus_is_installed_by_the_callers_provider_once_its_identity_is_there() -> None:
    plan = full()

    namespace, release = (
        plan.one(NAMESPACE, "watch-namespace"),
        plan.one(RELEASE, "watch-prometheus"),
    )
    assert namespace.inputs["metadata"]["name"] == "monitoring"
    cluster = plan.one("pulumi:providers:kubernetes", "cluster")
    assert namespace.option("provider") == release.option("provider") == cluster.urn
    assert release.inputs["name"] == release.inputs["chart"] == "kube-prometheus-stack"
    assert release.inputs["version"] == "88.5.3"
    assert release.inputs["repositoryOpts"] == {
        "repo": "https://prometheus-community.github.io/helm-charts"
    }
    assert release.inputs["namespace"] == "monitoring"
    assert release.inputs["timeout"] == 900
    waits_for = plan.dependencies(release)
    assert {
        "watch-namespace",
        "watch-topic",
        "watch-alertmanager-policy",
        "watch-alertmanager-identity",
    } <= waits_for
    receiver = release.inputs["values"]["alertmanager"]["config"]["receivers"][1]
    assert receiver["sns_configs"][0]["topic_arn"] == "${watch-topic.arn}"
    assert receiver["sns_configs"][0]["sigv4"] == {"region": "us-east-1"}


def test_no_password_is_anywhere_in_what_is_registered() -> None:
    plan = full()

    assert "password" not in json.dumps(plan.one(RELEASE).inputs).lower()
    assert not plan.all("kubernetes:core/v1:Secret")


def test_a_cluster_can_be_watched_without_prometheus() -> None:
    plan = full(cluster={"cluster_name": "training", "prometheus": False})

    assert not plan.all(RELEASE)
    assert not plan.all(NAMESPACE)
    assert not plan.all(ROLE)
    assert plan.one(COMPONENT).outputs["grafanaService"] == ""
    assert "Cluster training" in plan.one(DASHBOARD).inputs["dashboardBody"]


def test_the_dashboard_shows_what_is_watched() -> None:
    shown = full(runbooks_url="https://git.example.com/docs/runbooks/").one(
        DASHBOARD, "watch-dashboard"
    )

    assert shown.inputs["dashboardName"] == "ml-prod-watch"
    widgets = json.loads(shown.inputs["dashboardBody"])["widgets"]
    header, status = widgets[0]["properties"]["markdown"], widgets[1]["properties"]["alarms"]
    assert header.startswith("# ml-prod\n")
    assert "[serving-errors](https://git.example.com/docs/runbooks/serving-errors.md)" in header
    assert "serving-deployment" in header
    assert "cluster-alerts" in header
    assert len(status) == 8
    assert "${watch-nat-0-ports.arn}" in status
    text = json.dumps(widgets)
    for part in (
        "answers-prod",
        "GPUUtilization",
        "Cluster training",
        "nat-0a",
        "datasets-bucket",
        "us-east-1",
    ):
        assert part in text


def test_an_endpoint_without_gpus_has_no_graph_of_them() -> None:
    plan = full(
        endpoints={"answers": {"endpoint_name": "answers-prod", "instance_type": "ml.m5.xlarge"}}
    )

    assert "GPUUtilization" not in plan.one(DASHBOARD).inputs["dashboardBody"]


def test_what_only_the_cloud_knows_can_be_watched() -> None:
    def program() -> None:
        gateway = aws.ec2.NatGateway("out", subnet_id="subnet-1")
        bucket = aws.s3.Bucket("data")
        queue = aws.sqs.Queue("alarms")
        MonitoringStack(
            "watch",
            {
                "subscribers": {
                    "queue": {"protocol": SubscriberProtocol.SQS, "endpoint": queue.arn}
                },
                "network": {"nat_gateway_ids": [gateway.id]},
                "buckets": {"data": bucket.bucket},
            },
        )

    plan = deploy(program)

    assert plan.one(ALARM, "watch-nat-0-ports").inputs["dimensions"] == {
        "NatGatewayId": "${out.id}"
    }
    assert "${out.id}" in plan.one(DASHBOARD).inputs["dashboardBody"]
    assert plan.one(SUBSCRIPTION, "watch-subscriber-queue").inputs["endpoint"] == "${alarms.arn}"
    assert "${data.bucket}" in plan.one(DASHBOARD).inputs["dashboardBody"]


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_made() -> None:
    wrong: Any = {
        "subscribers": {
            "a": {"protocol": "email", "endpoint": "oncall"},
            "b": {"protocol": "https", "endpoint": "http://chat.example.com"},
            "c": {"protocol": "sqs", "endpoint": "queue"},
            "d": {"protocol": "lambda", "endpoint": "function"},
            "e": {"protocol": "fax", "endpoint": "x"},
            "f": {"protocol": "lambda", "endpoint": "arn:aws:lambda:us-east-1:1:function:f"},
        },
        "endpoints": {
            "a": {
                "endpoint_name": "a",
                "max_error_percent": 101,
                "max_latency_ms": 0,
                "min_invocations_per_hour": 0,
            },
            "b": {"endpoint_name": "b", "instance_type": "ml.g5.xlrge"},
            "c": {"endpoint_name": "c", "instance_type": "ml.p3.2xlarge"},
            "d": {},
        },
        "prometheus": {
            "retention_days": 0,
            "storage_gib": 1,
            "replicas": 9,
            "grafana_storage_gib": 0,
        },
        "log_groups": {"training": {"retention_days": 31}, "two words": {}},
        "runbooks_url": "docs/runbooks",
        "alarms": {},
    }

    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: MonitoringStack("watch", wrong))
    assert sorted(problem.key for problem in caught.value.problems) == [
        "alarms",
        "endpoints.a.max_error_percent",
        "endpoints.a.max_latency_ms",
        "endpoints.a.min_invocations_per_hour",
        "endpoints.b.instance_type",
        "endpoints.c.instance_type",
        "endpoints.d.endpoint_name",
        "log_groups",
        "log_groups.training.retention_days",
        "prometheus",
        "prometheus.grafana_storage_gib",
        "prometheus.replicas",
        "prometheus.retention_days",
        "prometheus.storage_gib",
        "runbooks_url",
        "subscribers.a.endpoint",
        "subscribers.b.endpoint",
        "subscribers.c.endpoint",
        "subscribers.d.endpoint",
        "subscribers.e.protocol",
    ]
    assert 'did you mean "ml.g5.xlarge"' in str(caught.value)
    assert "Fix: use 60" in str(caught.value)
    assert [r.type for r in caught.value.manifest] == [COMPONENT]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "args",
    [
        {"prometheus": {}},
        {"prometheus": {}, "cluster": {"cluster_name": "training", "prometheus": False}},
    ],
)
def test_settings_of_prometheus_need_a_cluster_that_runs_it(args: Any) -> None:
    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: MonitoringStack("watch", args))
    assert [problem.key for problem in caught.value.problems] == ["prometheus"]
