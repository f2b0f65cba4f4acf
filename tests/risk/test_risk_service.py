"""Services that would be down, training that would be interrupted, protection that is
taken off."""

import re
from typing import Any

import pytest
from groundplan.diff.changes import Kind
from groundplan.manifest.model import Resource
from risk_changes import change, resource, risks_of, stated

ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
CONFIG = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
CLUSTER = "aws:eks/cluster:Cluster"
NODES = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
QUEUE = "kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue"
STOPS = (
    "The EKS cluster gpu is deleted: everything that runs on it stops, training and services alike"
)
LEAVES = "The EKS cluster gpu leaves the program, but is retained in the cloud (retainOnDelete)"
GUARDED = {
    "autoRollbackConfiguration": {"alarms": [{"alarmName": "errors"}, {"alarmName": "latency"}]},
    "blueGreenUpdatePolicy": {"trafficRoutingConfiguration": {"type": "CANARY"}},
}


def test_an_endpoint_that_is_replaced_answers_nothing_in_between() -> None:
    sides = (
        resource(ENDPOINT, "churn", name="a"),
        resource(ENDPOINT, "churn", name="b", options={"deleteBeforeReplace": True}),
    )
    (risk,) = risks_of(change(*sides, Kind.REPLACE, "name"))
    assert (risk.level.value, risk.kind) == ("high", "downtime")
    assert risk.words == (
        "The endpoint churn is replaced: it answers no requests in between, and its callers fail; "
        "the old one is deleted before the new one exists."
    )
    assert risk.because == "name: a -> b; deleteBeforeReplace is true"


@pytest.mark.parametrize(
    ("options", "inputs", "level", "words"),
    [
        (None, {}, "high", f"{STOPS}."),
        (
            {"protect": True},
            {},
            "medium",
            f"{STOPS}; it is protected, so the engine refuses until protect is removed.",
        ),
        (
            None,
            {"deletionProtection": True},
            "medium",
            f"{STOPS}; AWS refuses while deletionProtection is on.",
        ),
        (
            {"retainOnDelete": True},
            {},
            "low",
            f"{LEAVES}, where nothing manages it any more.",
        ),
    ],
)
def test_a_deleted_cluster_names_what_protects_it(
    options: Any, inputs: Any, level: str, words: str
) -> None:
    assert stated(change(resource(CLUSTER, "gpu", options=options, **inputs), None)) == [
        (level, "downtime", words)
    ]


def test_a_node_group_that_is_replaced_stops_what_runs_on_it() -> None:
    sides = resource(NODES, "pool", diskSize=1), resource(NODES, "pool", diskSize=2)
    words = (
        "The node group pool is replaced: its nodes are terminated; what runs on them, training "
        "included, stops."
    )
    assert stated(change(*sides, Kind.REPLACE)) == [("high", "downtime", words)]


def test_parts_are_not_reported_separately_when_the_whole_is_deleted() -> None:
    vpc = resource("aws:ec2/vpc:Vpc", "net")
    subnet = resource("aws:ec2/subnet:Subnet", "inner", {"vpcId": vpc})
    cluster = resource(CLUSTER, "gpu", {"vpcConfig": subnet})
    nodes = resource(NODES, "pool", {"clusterName": cluster})
    gone = [change(one, None) for one in (vpc, subnet, cluster, nodes)]
    assert [words.split(" is ")[0] for _, _, words in stated(*gone)] == [
        "The EKS cluster gpu",
        "The VPC net",
    ]
    assert [words.split(" is ")[0] for _, _, words in stated(gone[1], also=(vpc,))] == [
        "The subnet inner"
    ]
    pool_and_vpc = stated(gone[0], gone[1], gone[3], also=(cluster,))
    assert [words.split(" is ")[0] for _, _, words in pool_and_vpc] == [
        "The VPC net",
        "The node group pool",
    ]


def test_what_is_deleted_before_its_replacement_is_reported_if_others_need_it() -> None:
    first = resource("aws:iam/role:Role", "r", options={"deleteBeforeReplace": True})
    user = resource("aws:sagemaker/model:Model", "churn", {"executionRoleArn": first})
    assert stated(change(first, first, Kind.REPLACE)) == []
    words = "The role r is deleted before its replacement exists; churn is without it in between."
    assert stated(change(first, first, Kind.REPLACE), also=(user,)) == [("low", "downtime", words)]


def endpoint_with(config: Resource, **inputs: Any) -> Resource:
    return resource(
        ENDPOINT,
        "churn",
        {"endpointConfigName": config},
        endpointConfigName="${cfg.name}",
        **inputs,
    )


def test_an_unguarded_change_of_endpoint_configuration_is_reported_once() -> None:
    old, new = (resource(CONFIG, "cfg", kmsKeyArn=key) for key in "ab")
    replaced = change(old, new, Kind.REPLACE, "kmsKeyArn")
    bare, half = (
        endpoint_with(new),
        endpoint_with(new, deploymentConfig={"blueGreenUpdatePolicy": {}}),
    )
    (risk,) = risks_of(replaced, also=(bare,))
    assert (risk.level.value, risk.kind, risk.words) == (
        "medium",
        "downtime",
        "The endpoint churn is updated, and nothing rolls it back if the new version fails.",
    )
    assert risk.because == (
        "deploymentConfig is not set; the endpoint configuration cfg is replaced: kmsKeyArn: a -> b"
    )
    assert stated(replaced, also=(half,)) == [
        (
            "medium",
            "downtime",
            "The endpoint churn is updated, and no alarm rolls it back if the new version fails.",
        )
    ]
    assert stated(replaced, also=(endpoint_with(new, deploymentConfig=GUARDED),)) == []
    assert stated(change(None, new), change(None, bare)) == []


def variants(count: int) -> Resource:
    return resource(
        CONFIG,
        "cfg",
        productionVariants=[{"variantName": "primary", "initialInstanceCount": count}],
    )


def test_fewer_instances_and_a_lower_ceiling_are_reported() -> None:
    words = (
        "The variant primary of the endpoint configuration cfg runs with 1 instance in place of 4"
    )
    assert stated(change(variants(4), variants(1))) == [
        ("medium", "downtime", f"{words}: each carries more of the load.")
    ]
    assert stated(change(variants(1), variants(4))) == []
    endpoint = endpoint_with(variants(4), name="shop-churn")

    def target(most: int, least: int = 1) -> Resource:
        inputs = {
            "maxCapacity": most,
            "minCapacity": least,
            "resourceId": "endpoint/shop-churn/variant/primary",
        }
        return resource("aws:appautoscaling/target:Target", "scaling", **inputs)

    assert stated(change(target(8), target(2)), also=(variants(4), endpoint)) == [
        (
            "medium",
            "downtime",
            (
                "The scaling target scaling may grow to 2 in place of 8, which is less than the 4 "
                "that run now."
            ),
        )
    ]
    assert stated(change(target(8), target(5)), also=(variants(4), endpoint)) == [
        ("low", "downtime", "The scaling target scaling may grow to 5 in place of 8.")
    ]
    assert [level for level, _, _ in stated(change(target(8, 1), target(8, 0)))] == ["low"]


@pytest.mark.parametrize(
    ("type_", "before", "after", "level", "kind", "words"),
    [
        (
            "aws:ecs/service:Service",
            {"desiredCount": 4},
            {"desiredCount": 0},
            "high",
            "downtime",
            "The ECS service x runs with no tasks any more: it is stopped.",
        ),
        (
            "kubernetes:apps/v1:Deployment",
            {"spec": {"replicas": 3}},
            {"spec": {"replicas": 2}},
            "medium",
            "downtime",
            "The deployment x runs with 2 pods in place of 3: each carries more of the load.",
        ),
        (
            "aws:kms/key:Key",
            {"a": 1},
            {"isEnabled": False},
            "high",
            "downtime",
            (
                "The encryption key x is disabled: nothing that is encrypted with it can be read "
                "until it is enabled again."
            ),
        ),
        (
            "aws:lambda/function:Function",
            {"a": 1},
            {"reservedConcurrentExecutions": 0},
            "high",
            "downtime",
            "The Lambda function x is disabled: no call of it runs any more.",
        ),
        (
            "aws:rds/instance:Instance",
            {"instanceClass": "a"},
            {"instanceClass": "b", "applyImmediately": True},
            "medium",
            "downtime",
            ("The database x restarts during the deployment: connections to it break for minutes."),
        ),
        (
            "aws:rds/instance:Instance",
            {"instanceClass": "a"},
            {"instanceClass": "b"},
            "low",
            "downtime",
            (
                "The database x restarts in its next maintenance window: connections to it break "
                "for minutes."
            ),
        ),
        (
            "kubernetes:apps/v1:Deployment",
            {"spec": {"a": 1}},
            {"spec": {"strategy": {"type": "Recreate"}}},
            "medium",
            "downtime",
            (
                "The deployment x now stops all its pods before it starts new ones, with each "
                "change."
            ),
        ),
        (
            NODES,
            {"scalingConfig": {"maxSize": 8}},
            {"scalingConfig": {"maxSize": 4}},
            "medium",
            "interruption",
            (
                "The node group x may have 4 nodes in place of 8: jobs on nodes beyond that are "
                "interrupted."
            ),
        ),
        (
            NODES,
            {"capacityType": "ON_DEMAND"},
            {"capacityType": "SPOT"},
            "medium",
            "interruption",
            (
                "The node group x switches to spot capacity: AWS may terminate its nodes, and "
                "the jobs on them, at two minutes' notice."
            ),
        ),
        (
            NODES,
            {"version": "1.35"},
            {"version": "1.36"},
            "medium",
            "interruption",
            (
                "The node group x changes its Kubernetes version: its nodes are replaced one by "
                "one, and "
                "jobs on them are interrupted."
            ),
        ),
        (
            NODES,
            {"a": 1},
            {"taints": [{"key": "gpu", "effect": "NO_EXECUTE"}]},
            "medium",
            "interruption",
            (
                "The node group x gets the taint gpu:NO_EXECUTE: jobs that don't tolerate it are "
                "evicted "
                "from its nodes, and no more start there."
            ),
        ),
        (
            NODES,
            {"a": 1},
            {"taints": [{"key": "gpu", "value": "yes", "effect": "NO_SCHEDULE"}]},
            "low",
            "interruption",
            (
                "The node group x gets the taint gpu=yes:NO_SCHEDULE: jobs that don't tolerate "
                "it no longer start on its nodes."
            ),
        ),
        (
            "kubernetes:karpenter.sh/v1:NodePool",
            {"spec": {"limits": {"cpu": "1k"}}},
            {"spec": {"limits": {"cpu": 500}}},
            "medium",
            "interruption",
            (
                "The node pool x allows less, 500 cpu in place of 1k: jobs wait longer, or are "
                "stopped."
            ),
        ),
        (
            "kubernetes:karpenter.sh/v1:NodePool",
            {"spec": {"template": {"spec": {"a": 1}}}},
            {"spec": {"template": {"spec": {"a": 2}}}},
            "medium",
            "interruption",
            (
                "The node pool x describes other nodes: Karpenter replaces those that differ, "
                "and jobs on them are interrupted."
            ),
        ),
        (
            "aws:fsx/lustreFileSystem:LustreFileSystem",
            {"perUnitStorageThroughput": 125},
            {"perUnitStorageThroughput": 250},
            "low",
            "interruption",
            (
                "The lustre file system x is changed while it is in use: jobs that read or write "
                "it may stall for minutes."
            ),
        ),
        (
            "aws:cloudwatch/logGroup:LogGroup",
            {"retentionInDays": 0},
            {"retentionInDays": 30},
            "medium",
            "protection",
            "The log group x keeps its logs for 30 days in place of for ever.",
        ),
        (
            CLUSTER,
            {"deletionProtection": True},
            {"a": 1},
            "medium",
            "protection",
            "AWS would no longer refuse to delete the EKS cluster x.",
        ),
        (
            CLUSTER,
            {"enabledClusterLogTypes": ["api", "audit"]},
            {"enabledClusterLogTypes": ["api"]},
            "medium",
            "protection",
            "The EKS cluster x no longer keeps the logs audit of its control plane.",
        ),
        (
            ALARM,
            {"threshold": 1},
            {"threshold": 2},
            "low",
            "protection",
            ("The alarm x goes into ALARM state only at 2 in place of 1."),
        ),
        (
            ALARM,
            {"threshold": 8, "comparisonOperator": "LessThanThreshold"},
            {"threshold": 4, "comparisonOperator": "LessThanThreshold"},
            "low",
            "protection",
            "The alarm x goes into ALARM state only at 4 in place of 8.",
        ),
        (
            ALARM,
            {"a": 1},
            {"actionsEnabled": False},
            "medium",
            "protection",
            ("The alarm x no longer notifies anybody."),
        ),
        (
            ALARM,
            {"alarmActions": ["t"]},
            {"alarmActions": []},
            "medium",
            "protection",
            "The alarm x no longer notifies anybody.",
        ),
        (
            "aws:budgets/budget:Budget",
            {"limitAmount": "100"},
            {"limitAmount": "150"},
            "low",
            "protection",
            "The budget x allows 150 USD in place of 100.",
        ),
        (
            "aws:budgets/budget:Budget",
            {"limitAmount": "100"},
            {"limitAmount": "200"},
            "medium",
            "protection",
            "The budget x allows 200 USD in place of 100.",
        ),
        (
            ENDPOINT,
            {"deploymentConfig": GUARDED},
            {
                "deploymentConfig": {
                    **GUARDED,
                    "autoRollbackConfiguration": {"alarms": [{"alarmName": "errors"}]},
                }
            },
            "medium",
            "protection",
            ("The endpoint x is no longer rolled back by the alarm latency."),
        ),
        (
            ENDPOINT,
            {"deploymentConfig": GUARDED},
            {"a": 1},
            "medium",
            "protection",
            (
                "The endpoint x is no longer rolled back by the alarms errors and latency: "
                "no alarm rolls "
                "a bad version back any more."
            ),
        ),
    ],
)
def test_a_change_for_the_worse_is_reported(
    type_: str, before: Any, after: Any, level: str, kind: str, words: str
) -> None:
    old, new = resource(type_, "x", **before), resource(type_, "x", **after)
    assert stated(change(old, new)) == [(level, kind, words)]
    assert stated(change(new, new)) == []
    if not EITHER_WAY.search(words):
        assert words not in [found for _, _, found in stated(change(new, old))]


EITHER_WAY = re.compile(
    "restarts in|its nodes are replaced|describes other nodes|while it is in use"
)
"""What interrupts whichever way it changes."""


def test_a_launch_template_interrupts_the_jobs_of_the_pools_that_follow_it() -> None:
    old, new = (resource(TEMPLATE, "t", userData=data, tags={"a": data}) for data in "ab")
    pool = resource(
        NODES, "pool", {"launchTemplate": new}, launchTemplate={"version": "${unknown until t}"}
    )
    pinned = resource(NODES, "pinned", {"launchTemplate": new}, launchTemplate={"version": "3"})
    words = (
        "The launch template t changes: the nodes of pool are replaced one by one, and jobs on "
        "them are interrupted."
    )
    assert stated(change(old, new), also=(pool, pinned)) == [("medium", "interruption", words)]
    assert stated(change(old, new), also=(pinned,)) == []
    retagged = resource(TEMPLATE, "t", userData="a", tags={"a": "c"})
    assert stated(change(old, retagged), also=(pool,)) == []


def test_unhealthy_nodes_that_stay_are_reported() -> None:
    on, off = (
        resource(NODES, "pool", nodeRepairConfig={"enabled": flag}) for flag in (True, False)
    )
    words = (
        "The node group pool no longer repairs unhealthy nodes: jobs hang on a broken GPU until "
        "its node is replaced by hand."
    )
    assert stated(change(on, off)) == [("low", "interruption", words)]
    assert stated(change(off, on)) == []


def test_a_lower_quota_of_a_queue_is_reported_gpus_first() -> None:
    def queue(**flavors: dict[str, Any]) -> Resource:
        named = [
            {
                "name": name,
                "resources": [
                    {"name": key, "nominalQuota": value} for key, value in quotas.items()
                ],
            }
            for name, quotas in flavors.items()
        ]
        return resource(QUEUE, "all", spec={"resourceGroups": [{"flavors": named}]})

    full = queue(od={"cpu": "500m", "nvidia.com/gpu": "8"}, spot={"nvidia.com/gpu": 4})
    less = "4 nvidia.com/gpu in od in place of 8 and no nvidia.com/gpu in spot in place of 4"
    words = f"The cluster queue all allows less, {less}: jobs wait longer, or are stopped."
    assert stated(change(full, queue(od={"cpu": "0.5", "nvidia.com/gpu": 4}))) == [
        ("medium", "interruption", words)
    ]
    assert (
        stated(
            change(full, queue(spot={"nvidia.com/gpu": 4}, od={"nvidia.com/gpu": "8", "cpu": 1}))
        )
        == []
    )


def test_protection_that_is_removed_is_reported() -> None:
    every = {
        "protect": True,
        "retainOnDelete": True,
        "ignoreChanges": ["scalingConfig.desiredSize", "tags"],
    }
    before, after = (
        resource(NODES, "pool", options=every),
        resource(NODES, "pool", options={"ignoreChanges": ["tags"]}),
    )
    risks = risks_of(change(before, after))
    assert [(d.level.value, d.kind, d.because) for d in risks] == [
        ("medium", "protection", "protect: true -> not set"),
        (
            "medium",
            "protection",
            'ignoreChanges: ["scalingConfig.desiredSize", "tags"] -> ["tags"]',
        ),
        ("medium", "protection", "retainOnDelete: true -> not set"),
    ]
    assert stated(change(after, before)) == []


def test_an_deleted_alarm_is_reported_unless_what_it_watches_is_deleted_too() -> None:
    gateway = resource("aws:ec2/natGateway:NatGateway", "nat")
    inputs = {"metricName": "ErrorPortAllocation", "dimensions": {"NatGatewayId": "${nat.id}"}}
    alarm = resource(ALARM, "ports", {"dimensions": gateway}, **inputs)
    words = (
        "The alarm ports is deleted: nobody is notified any more of problems with "
        "ErrorPortAllocation."
    )
    assert stated(change(alarm, None), also=(gateway,)) == [("medium", "protection", words)]
    assert [kind for _, kind, _ in stated(change(alarm, None), change(gateway, None))] == [
        "downtime"
    ]
    named = resource(
        ALARM, "errors", metricName="Errors", dimensions={"EndpointName": "shop-churn"}
    )
    endpoint = resource(ENDPOINT, "churn", name="shop-churn")
    assert [kind for _, kind, _ in stated(change(named, None), change(endpoint, None))] == [
        "downtime"
    ]


def test_what_watches_and_is_deleted_is_reported_unless_what_it_watched_is_deleted_too() -> None:
    vpc = resource("aws:ec2/vpc:Vpc", "net")
    log = resource("aws:ec2/flowLog:FlowLog", "flows", {"vpcId": vpc}, vpcId="${net.id}")
    words = "The flow log flows is deleted: traffic in the network is no longer recorded."
    assert stated(change(log, None), also=(vpc,)) == [("medium", "protection", words)]
    assert [kind for _, kind, _ in stated(change(log, None), change(vpc, None))] == ["downtime"]


def test_deleted_queues_and_pools_are_reported_unless_their_cluster_is_deleted() -> None:
    cluster = resource(CLUSTER, "gpu")
    queue = resource(QUEUE, "all", options={"provider": cluster.urn})
    words = (
        "The cluster queue all is deleted: jobs that wait in it don't start, and admitted ones "
        "may be stopped."
    )
    assert stated(change(queue, None), also=(cluster,)) == [("medium", "interruption", words)]
    assert [kind for _, kind, _ in stated(change(queue, None), change(cluster, None))] == [
        "downtime"
    ]


def test_a_state_machine_that_is_replaced_or_deleted_ends_its_executions() -> None:
    machine = "aws:sfn/stateMachine:StateMachine"
    sides = (resource(machine, "loop", name="a"), resource(machine, "loop", name="b"))
    (replaced,) = risks_of(change(*sides, Kind.REPLACE, "name"))
    assert replaced.kind == "downtime"
    assert "its running executions end" in replaced.words
    assert "until they have its new ARN" in replaced.words
    (deleted,) = risks_of(change(resource(machine, "loop"), None, Kind.DELETE))
    assert deleted.level.value == "medium"
    assert "its running executions end, and its callers fail" in deleted.words
