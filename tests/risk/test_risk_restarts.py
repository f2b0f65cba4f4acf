"""Updates in place that stop, restart or replace what runs."""

from typing import Any

import pytest
from groundplan.diff.changes import Change, Kind, PropertyChange
from groundplan.risk.restarts import RESTARTS
from risk_changes import change, resource, risks_of, stated

GROUP = "aws:autoscaling/group:Group"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
NODES = "aws:eks/nodeGroup:NodeGroup"
NOTEBOOK = "aws:sagemaker/notebookInstance:NotebookInstance"
INSTANCE = "aws:ec2/instance:Instance"


@pytest.mark.parametrize(
    ("type_", "old", "new", "level", "part"),
    [
        (INSTANCE, {"instanceType": "m5.large"}, {"instanceType": "m5.xlarge"}, "medium",
         "is stopped and started: what runs on it stops"),
        (INSTANCE, {"userData": "a"}, {"userData": "b"}, "medium", "is stopped and started"),
        (INSTANCE, {}, {"userDataBase64": "b"}, "medium", "is stopped and started"),
        (NOTEBOOK, {"instanceType": "ml.t3.medium"}, {"instanceType": "ml.t3.large"}, "medium",
         "running kernels"),
        (NOTEBOOK, {}, {"lifecycleConfigName": "a"}, "medium", "running kernels"),
        ("aws:mwaa/environment:Environment", {"environmentClass": "mw1.small"},
         {"environmentClass": "mw1.medium"}, "medium", "running tasks are stopped"),
        ("aws:opensearch/domain:Domain", {"clusterConfig": {"instanceType": "r6g.large.search"}},
         {"clusterConfig": {"instanceType": "r6g.xlarge.search"}}, "low", "blue/green"),
        ("aws:opensearch/domain:Domain", {"engineVersion": "OpenSearch_2.9"},
         {"engineVersion": "OpenSearch_2.11"}, "medium", "can't be undone"),
        ("aws:elasticsearch/domain:Domain", {"elasticsearchVersion": "6.8"},
         {"elasticsearchVersion": "7.10"}, "medium", "can't be undone"),
        ("aws:emr/instanceGroup:InstanceGroup", {"configurationsJson": "a"},
         {"configurationsJson": "b"}, "medium", "restarts the services on its nodes"),
        ("aws:dms/replicationTask:ReplicationTask", {"tableMappings": "a"}, {"tableMappings": "b"},
         "medium", "changes aren't replicated in between"),
        ("aws:dms/replicationInstance:ReplicationInstance",
         {"replicationInstanceClass": "dms.t3.medium"},
         {"replicationInstanceClass": "dms.c5.large"}, "low", "in its next maintenance window"),
        ("aws:dms/replicationInstance:ReplicationInstance",
         {"replicationInstanceClass": "dms.t3.medium"},
         {"replicationInstanceClass": "dms.c5.large", "applyImmediately": True},
         "medium", "during the deployment"),
        ("aws:rds/instance:Instance", {"identifier": "a"},
         {"identifier": "b", "applyImmediately": True}, "medium", "another address"),
        ("aws:docdb/clusterInstance:ClusterInstance", {"instanceClass": "db.r5.large"},
         {"instanceClass": "db.r6g.large", "applyImmediately": True}, "medium", "restarts during"),
        ("aws:neptune/clusterInstance:ClusterInstance", {"instanceClass": "db.r5.large"},
         {"instanceClass": "db.r6g.large"}, "low", "restarts in its next maintenance window"),
        ("aws:elasticache/cluster:Cluster", {"nodeType": "cache.t3.small"},
         {"nodeType": "cache.t3.medium"}, "low", "restarts in its next maintenance window"),
        ("aws:mq/broker:Broker", {"hostInstanceType": "mq.m5.large"},
         {"hostInstanceType": "mq.m5.xlarge", "applyImmediately": True}, "medium",
         "reboots during the deployment"),
        ("aws:msk/cluster:Cluster", {"brokerNodeGroupInfo": {"instanceType": "kafka.m5.large"}},
         {"brokerNodeGroupInfo": {"instanceType": "kafka.m5.xlarge"}}, "low",
         "its brokers one after the other"),
        ("aws:batch/computeEnvironment:ComputeEnvironment",
         {"computeResources": {"instanceTypes": ["m5.large"]}},
         {"computeResources": {"instanceTypes": ["m6i.large"]}}, "medium", "jobs on them"),
        ("aws:transfer/server:Server", {"ipAddressType": "IPV4"}, {"ipAddressType": "DUALSTACK"},
         "medium", "transfers that run break"),
    ],
)  # fmt: skip
def test_an_update_in_place_says_what_it_stops(
    type_: str, old: dict[str, Any], new: dict[str, Any], level: str, part: str
) -> None:
    found = stated(change(resource(type_, "x", **old), resource(type_, "x", **new)))
    assert [(severity, part in words) for severity, _, words in found] == [(level, True)]


def test_tags_and_values_that_the_service_chose_stop_nothing() -> None:
    for type_, old, new in (
        (NOTEBOOK, {"tags": {"a": "b"}}, {"tags": {"a": "c"}}),
        (INSTANCE, {"tags": {"a": "b"}}, {"tags": {"a": "c"}}),
        ("aws:rds/instance:Instance", {}, {"engineVersion": "16.4"}),
    ):
        assert stated(change(resource(type_, "x", **old), resource(type_, "x", **new))) == []


def test_what_is_replaced_or_refused_is_not_restarted_as_well() -> None:
    sides = [resource(INSTANCE, "x", instanceType=size) for size in ("m5.large", "m7g.large")]
    replaced = stated(change(sides[0], sides[1], Kind.REPLACE, "instanceType"))
    assert not any("stopped and started" in words for *_, words in replaced)
    properties = (PropertyChange("instanceType", "m5.large", "m7g.large", False, "because"),)
    refused = risks_of(Change(Kind.UPDATE, sides[0], sides[1], properties))
    assert [risk.kind for risk in refused] == ["refused"]


def test_what_follows_from_another_resource_counts() -> None:
    inputs = {"launchTemplate": {"version": "${t.latestVersion}"}}
    side = resource("aws:batch/computeEnvironment:ComputeEnvironment", "x", computeResources=inputs)
    path = "computeResources.launchTemplate.version"
    follows = Change(Kind.UPDATE, side, side, (PropertyChange(path, "1", "${unknown}", False),))
    assert [risk.kind for risk in risks_of(follows)] == ["interruption"]


INDEX = {"name": "by-town", "hashKey": "town", "projectionType": "ALL"}


@pytest.mark.parametrize(
    ("new", "part"),
    [
        ([{**INDEX, "hashKey": "country"}], "deletes the index by-town and creates it again"),
        ([{**INDEX, "projectionType": "KEYS_ONLY"}], "creates it again"),
        ([], "no longer has the index by-town"),
        ([INDEX, {**INDEX, "name": "other"}], ""),
        ([{**INDEX, "readCapacity": 5}], ""),
    ],
)
def test_an_index_that_is_built_again_fails_queries(new: list[Any], part: str) -> None:
    sides = [
        resource("aws:dynamodb/table:Table", "x", globalSecondaryIndexes=indexes)
        for indexes in ([INDEX], new)
    ]
    found = stated(change(sides[0], sides[1]))
    assert [(level, part in words) for level, _, words in found] == [("medium", True)][: bool(part)]


@pytest.mark.parametrize(
    ("type_", "old", "new"),
    [
        ("aws:emr/instanceGroup:InstanceGroup", {"instanceCount": 8}, {"instanceCount": 2}),
        ("aws:emr/cluster:Cluster", {"coreInstanceGroup": {"instanceCount": 8}},
         {"coreInstanceGroup": {"instanceCount": 2}}),
    ],
)  # fmt: skip
def test_fewer_nodes_of_emr_are_reported(type_: str, old: Any, new: Any) -> None:
    ((level, kind, words),) = stated(
        change(resource(type_, "x", **old), resource(type_, "x", **new))
    )
    assert (level, kind, "in place of 8" in words) == ("medium", "downtime", True)


@pytest.mark.parametrize(("refresh", "level"), [(True, "medium"), (False, "low")])
def test_an_instance_refresh_replaces_the_nodes_of_a_group(refresh: bool, level: str) -> None:
    more: dict[str, Any] = {"instanceRefresh": {"strategy": "Rolling"}} if refresh else {}
    sides = [
        resource(GROUP, "pool", launchTemplate={"id": "a", "version": number}, **more)
        for number in ("1", "2")
    ]
    ((found, kind, words),) = stated(change(sides[0], sides[1]))
    assert (found, kind) == (level, "interruption")
    assert ("replaced one by one" in words) is refresh
    assert ("stay as they are" in words) is not refresh


@pytest.mark.parametrize(
    ("type_", "version", "refresh", "level"),
    [
        (GROUP, "${t.latestVersion}", True, "medium"),
        (GROUP, "${t.latestVersion}", False, "low"),
        (GROUP, "$Latest", True, "low"),
        (NODES, "${t.latestVersion}", False, "medium"),
        (NODES, "$Latest", False, "low"),
        (GROUP, "3", True, None),
    ],
)
def test_a_template_replaces_the_nodes_of_groups_whose_version_changes(
    type_: str, version: str, refresh: bool, level: str | None
) -> None:
    old, new = (resource(TEMPLATE, "t", imageId=image) for image in "ab")
    more: dict[str, Any] = {"instanceRefresh": {"strategy": "Rolling"}} if refresh else {}
    template = {"id": "${t.id}", "version": version}
    pool = resource(type_, "pool", {"launchTemplate": new}, launchTemplate=template, **more)
    assert [found[0] for found in stated(change(old, new), also=(pool,))] == [level][: bool(level)]


def test_every_restart_has_a_sentence() -> None:
    for restarts in RESTARTS.values():
        for restart in restarts:
            assert restart.words
            assert "{when}" in restart.words or not restart.windowed
