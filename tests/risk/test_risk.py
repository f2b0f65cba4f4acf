"""Risks: ranking, blast radius, costs, and changes without any."""

import json
from typing import Any

import pytest
from groundplan import catalog
from groundplan.diff.changes import Change, Changes, Kind
from groundplan.manifest.graph import Graph
from groundplan.manifest.model import Manifest, Resource
from groundplan.risk import (
    alarms,
    attachments,
    capacity,
    exposure,
    interruption,
    limits,
    queues,
    restarts,
    switch_table,
)
from groundplan.risk.analysis import analyze
from groundplan.risk.risk import Level, Risk, cost_risk
from risk_changes import change, resource, risks_of, stated

BUCKET = "aws:s3/bucket:Bucket"
VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"


def test_risks_come_worst_first_then_by_name() -> None:
    risks = risks_of(
        change(resource(BUCKET, "b", forceDestroy=True), None),
        change(resource(BUCKET, "a", options={"retainOnDelete": True}), None),
        change(resource(BUCKET, "c"), None),
        change(resource(BUCKET, "a2", forceDestroy=True), None),
    )
    assert [(d.level, d.urn.rsplit("::", 1)[-1]) for d in risks] == [
        (Level.HIGH, "a2"),
        (Level.HIGH, "b"),
        (Level.MEDIUM, "c"),
        (Level.LOW, "a"),
    ]


def test_the_blast_radius_names_what_depends_on_a_resource_nearest_first() -> None:
    vpc = resource(VPC, "net")
    subnet = resource(SUBNET, "z-subnet", {"vpcId": vpc}, vpcId="${net.id}")
    cluster = resource("aws:eks/cluster:Cluster", "a-cluster", {"vpcConfig": subnet})
    other = resource(BUCKET, "elsewhere")
    risks = risks_of(change(vpc, None), also=(subnet, cluster, other))
    assert [d.affected for d in risks] == [("z-subnet", "a-cluster")]


def test_children_and_what_a_provider_manages_depend_on_it() -> None:
    component = Resource("urn:c", "shop:index:Net", "net", None, False, {})
    child = Resource("urn:child", VPC, "net-vpc", "urn:c", True, {})
    pod = Resource(
        "urn:pod",
        "kubernetes:core/v1:Pod",
        "pod",
        None,
        True,
        {},
        options={"provider": "urn:child"},
    )
    graph = Graph(Manifest("shop", "dev", (component, child, pod)))
    assert graph.names("urn:c") == ("net-vpc", "pod")
    assert graph.names("urn:nowhere") == ()


def test_a_cycle_in_the_graph_ends() -> None:
    a = Resource("urn:a", VPC, "a", None, True, {}, dependencies=("urn:b",))
    b = Resource("urn:b", VPC, "b", None, True, {}, dependencies=("urn:a",))
    assert Graph(Manifest("shop", "dev", (a, b))).names("urn:a") == ("b",)


def test_no_change_is_no_risk() -> None:
    assert stated(also=(resource(BUCKET, "b"),)) == []
    assert analyze(Changes("base", (), 0), Manifest("", "", ()), Manifest("", "", ())) == []


def test_clean_new_resources_are_no_risk() -> None:
    policy = {
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "${b.arn}/*"}]
    }
    trust = {
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "ec2.amazonaws.com"},
            }
        ]
    }
    role = resource("aws:iam/role:Role", "role", assumeRolePolicy=json.dumps(trust))
    bucket = resource(BUCKET, "b", forceDestroy=True)
    new = [
        bucket,
        role,
        resource(
            "aws:iam/rolePolicy:RolePolicy",
            "grant",
            {"role": role},
            role="${role.name}",
            policy=json.dumps(policy),
        ),
        resource(
            "aws:s3/bucketVersioning:BucketVersioning",
            "v",
            {"bucket": bucket},
            bucket="${b.bucket}",
        ),
        resource(
            "aws:ec2/securityGroup:SecurityGroup",
            "sg",
            ingress=[{"protocol": "tcp", "cidrBlocks": ["10.0.0.0/8"]}],
        ),
        resource(
            "aws:eks/nodeGroup:NodeGroup", "gpu", capacityType="SPOT", scalingConfig={"maxSize": 4}
        ),
        resource("aws:sagemaker/endpoint:Endpoint", "churn"),
        resource("kubernetes:core/v1:Namespace", "jobs", metadata={"name": "jobs"}),
        resource("aws:cloudwatch/metricAlarm:MetricAlarm", "alarm", threshold=5),
    ]
    assert stated(*(change(None, one) for one in new)) == []


def test_a_rename_by_alias_is_no_risk_though_policies_name_the_resource() -> None:
    def grant(name: str) -> str:
        return json.dumps(
            {
                "Statement": [
                    {"Effect": "Allow", "Action": "s3:*", "Resource": "${" + name + ".arn}"}
                ]
            }
        )

    old, new = (
        resource(BUCKET, "old", forceDestroy=True),
        resource(BUCKET, "new", forceDestroy=True),
    )
    before = resource("aws:iam/policy:Policy", "grant", {"policy": old}, policy=grant("old"))
    after = resource("aws:iam/policy:Policy", "grant", {"policy": new}, policy=grant("new"))
    assert stated(change(old, new, Kind.RENAME), change(before, after)) == []
    assert stated(change(before, after)) != [], "without the rename it is another bucket"


def test_components_have_no_risk_of_their_own_but_remote_ones_have() -> None:
    component = Resource("urn:c", "eks:index:Cluster", "cluster", None, False, {})
    remote = Resource(
        "urn:c", "eks:index:Cluster", "cluster", None, False, {}, options={"remote": True}
    )
    assert stated(Change(Kind.DELETE, component, None)) == []
    words = (
        "The EKS cluster cluster is deleted: everything that runs on it stops, training and "
        "services alike."
    )
    assert stated(Change(Kind.DELETE, remote, None)) == [("high", "downtime", words)]


def test_risks_are_the_same_in_any_order_of_changes() -> None:
    changes = [change(resource(BUCKET, name), None) for name in "cab"] + [
        change(resource(VPC, "v"), None)
    ]
    assert risks_of(*changes) == risks_of(*reversed(changes))


def test_what_is_ignored_does_not_change() -> None:
    options = {"ignoreChanges": ["retentionInDays"]}
    before = resource(
        "aws:cloudwatch/logGroup:LogGroup", "logs", retentionInDays=365, options=options
    )
    after = resource("aws:cloudwatch/logGroup:LogGroup", "logs", retentionInDays=7, options=options)
    assert stated(change(before, after)) == []


def test_secrets_are_not_reported() -> None:
    before = resource("aws:rds/instance:Instance", "db", engineVersion="1")
    after = resource("aws:rds/instance:Instance", "db", engineVersion={"a": "[secret]"})
    assert [d.because for d in risks_of(change(before, after))] == ["engineVersion: 1 -> [secret]"]


@pytest.mark.parametrize(
    ("before", "after", "level"),
    [
        (1000, 1040, None),
        (100, 140, None),
        (100, 151, Level.MEDIUM),
        (1000, 1199, None),
        (1000, 1201, Level.MEDIUM),
        (300, 700, Level.MEDIUM),
        (300, 801, Level.HIGH),
        (2000, 3900, Level.MEDIUM),
        (0, 600, Level.HIGH),
        (600, 0, None),
    ],
)
def test_a_cost_jump_is_a_fifth_and_50_dollars_more(
    before: float, after: float, level: Level | None
) -> None:
    risk = cost_risk(before, after)
    assert (risk and risk.level) == level


def test_a_cost_increase_is_reported_with_its_amount() -> None:
    risk = cost_risk(1000, 2500)
    assert risk == Risk(
        Level.HIGH,
        "cost",
        "",
        "The environment costs 1,500 USD a month more, 150% more than now.",
        "1,000 USD -> 2,500 USD a month",
    )


@pytest.mark.parametrize(
    ("token", "short", "called"),
    [
        ("aws:s3/bucketV2:BucketV2", "s3.Bucket", "bucket"),
        ("aws-native:s3:Bucket", "s3.Bucket", "bucket"),
        ("aws-native:rds:DbInstance", "rds.Instance", "database"),
        ("eks:index:Cluster", "eks.Cluster", "EKS cluster"),
        (
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            "vpc.SecurityGroupIngressRule",
            "security group ingress rule",
        ),
        (
            "kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue",
            "kubernetes.ClusterQueue",
            "cluster queue",
        ),
        ("pulumi:providers:kubernetes", "providers.kubernetes", "kubernetes"),
        ("strange", "strange", "strange"),
    ],
)
def test_a_type_has_one_key_and_name_for_all_providers(token: str, short: str, called: str) -> None:
    assert (catalog.key(token), catalog.display_name(token)) == (short, called)


ODD: list[Any] = [
    None,
    "",
    0,
    True,
    [],
    {},
    "${x.y}",
    ["a"],
    [None],
    {"a": {}},
    [{"a": None}],
    float("inf"),
]
ODD += ['{"Statement": [{"Action": 3}]}', '{"Statement": "x"}']
PATHS = (
    "scalingConfig",
    "taints",
    "rules",
    "policy",
    "assumeRolePolicy",
    "ingress",
    "cidrIpv4",
    "versioningConfiguration",
    "rule",
    "deploymentConfig",
    "productionVariants",
    "spec",
    "metadata",
    "subjects",
    "roleRef",
    "maxCapacity",
    "threshold",
    "bucket",
    "metadataOptions",
    "vpcConfig",
    "version",
    "alarmActions",
    "managedPolicyArns",
    "role",
    "retentionInDays",
    "acl",
    "dimensions",
    "launchTemplate",
    "limitAmount",
    "enabledClusterLogTypes",
    "resourceId",
    "accessScope",
    "securityGroupId",
)


def test_odd_values_break_nothing() -> None:
    tables: list[Any] = [
        limits.LIMITS,
        switch_table.SWITCHES,
        exposure.EXPOSURES,
        queues.QUOTAS,
        capacity.COUNTS,
        restarts.RESTARTS,
        attachments.ATTACHMENTS,
        alarms.ALARMS,
        interruption.POOLS,
    ]
    types = sorted(
        {name for table in tables for name in table}
        | {
            entry.key
            for entry in catalog.CATALOG.types
            if entry.data or entry.service or entry.interrupts or entry.safeguard
        }
    )
    types += [
        f"kubernetes.{name}" for name in ("Role", "ClusterRoleBinding", "NetworkPolicy", "Pod")
    ]
    types += [
        "s3.BucketLifecycleConfiguration",
        "s3.BucketVersioning",
        "ec2.LaunchTemplate",
        "eks.AccessEntry",
        "ec2.SecurityGroup",
    ]
    changes = []
    for name in types:
        module, _, short = name.partition(".")
        token = f"kubernetes:v1:{short}" if module == "kubernetes" else f"aws:{module}/x:{short}"
        assert catalog.key(token) == name
        for index, odd in enumerate(ODD):
            values = {path: ODD[(index + place) % len(ODD)] for place, path in enumerate(PATHS)}
            sides = (
                resource(token, f"r{index}", **values),
                resource(token, f"r{index}", **dict.fromkeys(PATHS, odd)),
            )
            changes += (
                [change(*sides), change(*sides, Kind.REPLACE)]
                if index % 2
                else [change(None, sides[1]), change(sides[0], None)]
            )
    assert len(risks_of(*changes)) > 100
