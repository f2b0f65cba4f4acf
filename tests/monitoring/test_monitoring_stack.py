import json
import subprocess
import sys
from typing import Any, cast

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
        "urgentTopicArn": "",
        "dashboardName": "ml-prod-watch",
        "logGroupNames": {},
        "alarmNames": [],
        "grafanaService": "",
        "prometheusWorkspaceId": "",
        "prometheusEndpoint": "",
        "grafanaWorkspaceId": "",
        "grafanaUrl": "",
    }


def test_every_child_has_the_component_as_parent_and_its_name_as_prefix() -> None:
    plan = full()

    component = plan.one(COMPONENT)
    children = plan.manifest.children(component)
    assert {child.name for child in children} == {
        "watch-key",
        "watch-topic",
        "watch-topic-policy",
        "watch-subscriber-oncall",
        "watch-subscriber-chat",
        "watch-network-policy",
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
        "watch-rollback-events",
        "watch-rollback-events-target",
        "watch-namespace",
        "watch-alertmanager-role",
        "watch-alertmanager-policy",
        "watch-alertmanager-identity",
        "watch-prometheus",
        "watch-dashboard",
        *(f"watch-{name}-dashboard" for name in ("cluster", "endpoints", "training")),
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


def test_all_children_with_tags_have_the_tags() -> None:
    plan = full()

    tagged = {
        r.type
        for r in plan.manifest
        if r.inputs.get("tags") == {"groundplan:component": "watch", "team": "ml"}
    }
    assert tagged == {TOPIC, ALARM, LOG_GROUP, RULE, ROLE, IDENTITY}
    assert plan.one(KEY).inputs["tags"] == {"groundplan:component": "watch-key", "team": "ml"}


def test_the_topic_policy_allows_alarms_and_events_and_requires_tls() -> None:
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
    # A condition would never match requests of EventBridge.
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


def test_the_order_of_subscribers_changes_nothing() -> None:
    plan = full()

    assert plan.one(SUBSCRIPTION, "watch-subscriber-oncall").inputs == {
        "topic": "${watch-topic.arn}",
        "protocol": "email",
        "endpoint": "oncall@example.com",
    }
    assert plan.one(SUBSCRIPTION, "watch-subscriber-chat").inputs["protocol"] == "https"
    reordered = full(subscribers=dict(sorted(FULL["subscribers"].items())))
    assert reordered.all(SUBSCRIPTION) == plan.all(SUBSCRIPTION)


def test_every_alarm_publishes_its_alarm_and_ok_states() -> None:
    alarms = full().all(ALARM)

    assert len(alarms) == 8
    for alarm in alarms.values():
        assert alarm.inputs["alarmActions"] == ["${watch-topic.arn}"]
        assert alarm.inputs["okActions"] == ["${watch-topic.arn}"]
        assert alarm.inputs["treatMissingData"] == "notBreaching"
        assert alarm.inputs["alarmDescription"].startswith("ml-prod: ")
        assert "name" not in alarm.inputs


def test_failures_and_rollbacks_of_watched_endpoints_are_published() -> None:
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
            "EndpointStatus": ["FAILED", "UPDATE_ROLLBACK_FAILED", "OUT_OF_SERVICE"],
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
        "ml-prod: SageMaker endpoint <endpoint> is <status> (<time>). Severity: critical. "
        "Runbook: docs/runbooks/serving-deployment.md"
    )


def test_without_endpoints_there_is_no_event_rule() -> None:
    plan = full(endpoints={})

    assert not plan.all(RULE)
    assert not plan.all(TARGET)


def test_log_groups_are_encrypted_and_retained_on_delete() -> None:
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


def test_without_deletion_protection_nothing_is_protected_or_retained() -> None:
    def options(plan: Plan) -> set[tuple[str, bool, bool]]:
        data = [*plan.all(LOG_GROUP).values(), plan.one(NAMESPACE), plan.one(KEY)]
        return {(r.type, r.option("protect"), r.option("retainOnDelete")) for r in data}

    assert options(full()) == {(LOG_GROUP, True, True), (NAMESPACE, True, True), (KEY, True, True)}
    unprotected = full(deletion_protection=False)
    assert options(unprotected) == {
        (LOG_GROUP, False, False),
        (NAMESPACE, False, False),
        (KEY, False, False),
    }
    assert "annotations" not in unprotected.one(RELEASE).inputs["values"]["grafana"]["persistence"]


def test_an_existing_key_is_used_in_place_of_a_new_one() -> None:
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
            "Condition": {
                "ArnEquals": {
                    "aws:SourceArn": "arn:aws:eks:us-east-1:${aws.accountId}:cluster/training"
                },
                "StringEquals": {"aws:SourceAccount": "${aws.accountId}"},
            },
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


def test_prometheus_is_installed_by_the_components_provider_after_its_identity() -> None:
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
    dependencies = plan.dependencies(release)
    assert {
        "watch-namespace",
        "watch-topic",
        "watch-alertmanager-policy",
        "watch-alertmanager-identity",
    } <= dependencies
    receiver = release.inputs["values"]["alertmanager"]["config"]["receivers"][1]
    assert receiver["sns_configs"][0]["topic_arn"] == "${watch-topic.arn}"
    assert receiver["sns_configs"][0]["sigv4"] == {"region": "us-east-1"}


def test_no_password_is_registered() -> None:
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


def test_the_dashboard_shows_all_watched_resources() -> None:
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


def test_outputs_can_be_watched() -> None:
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


def test_all_problems_are_reported_at_once_and_nothing_is_created() -> None:
    wrong: Any = {
        "subscribers": {
            "a": {"protocol": "email", "endpoint": "oncall"},
            "b": {"protocol": "https", "endpoint": "http://chat.example.com"},
            "c": {"protocol": "sqs", "endpoint": "queue"},
            "d": {"protocol": "lambda", "endpoint": "function"},
            "e": {"protocol": "fax", "endpoint": "x"},
            "f": {
                "protocol": "lambda",
                "endpoint": "arn:aws:lambda:us-east-1:123456789012:function:f",
            },
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
def test_prometheus_requires_a_cluster_that_runs_it(args: Any) -> None:
    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: MonitoringStack("watch", args))
    assert [problem.key for problem in caught.value.problems] == ["prometheus"]


def problems(**args: Any) -> dict[str, str]:
    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: MonitoringStack("watch", cast(MonitoringStackArgs, args)))
    return {problem.key: str(problem) for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("retention_days", 0),
        ("retention_days", -1),
        ("retention_days", 366),
        ("storage_gib", 1),
        ("storage_gib", 16_385),
        ("replicas", 0),
        ("replicas", -1),
        ("replicas", 6),
        ("grafana_storage_gib", 0),
        ("grafana_storage_gib", 16_385),
        ("storage_class", ""),
    ],
)
def test_bounds_of_prometheus(key: str, value: object) -> None:
    found = problems(cluster={"cluster_name": "training"}, prometheus={key: value})

    assert set(found) == {f"prometheus.{key}"}


@pytest.mark.parametrize("minutes", [-1, 4, 10_081])
def test_bounds_of_max_wait_minutes(minutes: int) -> None:
    found = problems(cluster={"cluster_name": "training", "max_wait_minutes": minutes})

    assert set(found) == {"cluster.max_wait_minutes"}


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [
        ("email", "oncall@example.com\n"),
        ("email", "on\tcall@example.com"),
        ("email", "oncall@example.com\x7f"),
        ("email", "oncall@exa\x00mple.com"),
        ("email", "one@example.com two@example.com"),
        ("email", "@example.com"),
        ("email", "oncall@"),
        ("email", ""),
        ("email", "oncall@example"),
        ("email", "one@example.com,two@example.com"),
        ("email", "on..call@example.com"),
        ("https", "https://"),
        ("https", "https://chat.example.com/a b"),
        ("https", "https://?x"),
        ("https", "https://user:password@chat.example.com"),
        ("sqs", "arn:x"),
        ("sqs", "arn:aws:lambda:us-east-1:111122223333:function:f"),
        ("lambda", "arn:aws:sqs:us-east-1:111122223333:queue"),
        ("sqs", "arn:aws:sqs:us-east-1:111122223333:queue\n"),
        ("lambda", ""),
    ],
)
def test_a_subscriber_that_is_no_address_is_refused(protocol: str, endpoint: str) -> None:
    found = problems(subscribers={"oncall": {"protocol": protocol, "endpoint": endpoint}})

    assert set(found) == {"subscribers.oncall.endpoint"}


def test_addresses_of_every_protocol_are_accepted() -> None:
    queue = "arn:aws:sqs:eu-west-1:111122223333:alarms.fifo"
    function = "arn:aws:lambda:us-east-1:111122223333:function:alarms:live"
    monitored = full(
        subscribers={
            "a": {"protocol": "email", "endpoint": "first.last+oncall@sub.example.com"},
            "b": {"protocol": "https", "endpoint": "https://chat.example.com:8443/hook?team=ml"},
            "c": {"protocol": "sqs", "endpoint": queue},
            "d": {"protocol": "lambda", "endpoint": function},
        }
    )

    assert len(monitored.all(SUBSCRIPTION)) == 4


def test_names_that_aws_and_kubernetes_refuse() -> None:
    found = problems(
        log_groups={"a" * 257: {}},
        runbooks_url="https://",
        cluster={"cluster_name": "training"},
        prometheus={"storage_class": "My Class"},
    )

    assert set(found) == {"log_groups", "runbooks_url", "prometheus.storage_class"}


def test_names_are_not_empty() -> None:
    address = {"protocol": "email", "endpoint": "a@example.com"}
    found = problems(
        subscribers={"": address},
        endpoints={"": {"endpoint_name": "a"}, "b": {"endpoint_name": ""}},
        buckets={" ": "data"},
        cluster={"cluster_name": ""},
        log_groups={"": {}},
    )

    assert set(found) == {
        "subscribers",
        "endpoints",
        "endpoints.b.endpoint_name",
        "buckets",
        "cluster.cluster_name",
        "log_groups",
    }


def test_nat_gateways_are_listed_by_their_ids() -> None:
    found = problems(network={"nat_gateway_ids": ["nat-0a", "gateway"]})

    assert set(found) == {"network.nat_gateway_ids[1]"}


@pytest.mark.parametrize(
    ("endpoint", "keys"),
    [
        ({"variants": []}, {"variants"}),
        ({"variants": [{"name": f"v{n}"} for n in range(11)]}, {"variants"}),
        ({"variants": [{"name": "a"}, {"name": "a"}]}, {"variants[1].name"}),
        ({"variants": [{"name": ""}]}, {"variants[0].name"}),
        ({"variants": [{"name": "a"}], "variant_name": "a"}, {"variant_name"}),
        ({"variants": [{"name": "a"}], "instance_type": "ml.g5.xlarge"}, {"instance_type"}),
        (
            {"variants": [{"name": "a", "instance_type": "ml.g5.xlrge"}]},
            {"variants[0].instance_type"},
        ),
        ({"kind": "serverless", "instance_type": "ml.g5.xlarge"}, {"instance_type"}),
        ({"kind": "serverless", "variants": [{"name": "a"}, {"name": "b"}]}, {"variants"}),
        ({"kind": "asynchronous", "variants": [{"name": "a"}, {"name": "b"}]}, {"variants"}),
        (
            {"kind": "asynchronous", "min_invocations_per_hour": 1},
            {"min_invocations_per_hour"},
        ),
        ({"kind": "batch"}, {"kind"}),
        ({"max_error_percent": -1}, {"max_error_percent"}),
        ({"max_latency_ms": -1}, {"max_latency_ms"}),
    ],
)
def test_variants_and_kinds_are_validated(endpoint: dict[str, Any], keys: set[str]) -> None:
    found = problems(endpoints={"answers": {"endpoint_name": "a", **endpoint}})

    assert set(found) == {f"endpoints.answers.{key}" for key in keys}


def test_the_dashboard_has_a_row_for_each_variant() -> None:
    variants = [{"name": "a"}, {"name": "b", "instance_type": "ml.m5.xlarge"}]
    plan = full(endpoints={"answers": {"endpoint_name": "answers-prod", "variants": variants}})

    widgets = json.loads(plan.one(DASHBOARD).inputs["dashboardBody"])["widgets"]
    headings = [w["properties"].get("markdown", "") for w in widgets]
    assert "## Endpoint answers, variant a" in headings
    assert "## Endpoint answers, variant b" in headings
    gpus = [w for w in widgets if "GPUs" in w["properties"].get("title", "")]
    assert len(gpus) == 1


def test_the_dashboard_shows_no_instances_of_a_serverless_endpoint() -> None:
    plan = full(endpoints={"answers": {"endpoint_name": "answers-prod", "kind": "serverless"}})

    body = plan.one(DASHBOARD).inputs["dashboardBody"]
    assert "MemoryUtilization" in body
    assert not [m for m in ("DiskUtilization", "CPUUtilization", "GPUUtilization") if m in body]


def test_validation_imports_no_provider() -> None:
    program = (
        "import sys, groundplan.monitoring.validation as v; "
        "sys.exit('pulumi_aws' in sys.modules or 'pulumi_kubernetes' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_replicated_buckets_are_listed_by_their_names() -> None:
    replica = {"bucket_name": "arn:aws:s3:::data", "replica_bucket_name": "copies"}
    assert set(problems(replicas={"data": replica})) == {"replicas.data.bucket_name"}
