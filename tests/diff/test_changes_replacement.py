"""Changes that force replacement, and their propagation to dependents."""

import json
from dataclasses import replace
from typing import Any

import pytest
from groundplan.diff.changes import ABSENT, Change, Kind
from groundplan.diff.comparison import compare
from groundplan.diff.replacement import replacement_facts
from groundplan.manifest.model import Manifest, Resource

VPC, SUBNET, CLUSTER = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:eks/cluster:Cluster"
NODES, TEMPLATE, QUEUE = (
    "aws:eks/nodeGroup:NodeGroup",
    "aws:ec2/launchTemplate:LaunchTemplate",
    "aws:sqs/queue:Queue",
)
PROVIDER, NAMESPACE = "pulumi:providers:kubernetes", "kubernetes:core/v1:Namespace"


def resource(
    type_: str, name: str, inputs: dict[str, Any], *uses: Resource, **options: Any
) -> Resource:
    """A resource whose inputs depend on those of `uses` whose names they contain."""
    depends = {
        key: tuple(used.urn for used in uses if f"{used.name}" in json.dumps(value))
        for key, value in inputs.items()
        if any(used.name in json.dumps(value) for used in uses)
    }
    urn = f"urn:pulumi:dev::shop::{type_}::{name}"
    return Resource(
        urn, type_, name, None, True, inputs, property_dependencies=depends, options=options
    )


def manifest(*resources: Resource) -> Manifest:
    return Manifest("shop", "dev", tuple(sorted(resources, key=lambda r: r.urn)))


def changes_of(before: list[Resource], after: list[Resource]) -> dict[str, Change]:
    return {
        change.resource.name: change
        for change in compare(manifest(*before), manifest(*after), "x").changes
    }


def one(type_: str, old: dict[str, Any], new: dict[str, Any], **options: Any) -> Change:
    return changes_of([resource(type_, "it", old)], [resource(type_, "it", new, **options)])["it"]


def replacements(
    type_: str, old: dict[str, Any], new: dict[str, Any]
) -> list[tuple[str, bool | None]]:
    return [(p.path, p.replaces) for p in one(type_, old, new).properties]


@pytest.mark.parametrize(
    ("type_", "old", "new", "expected"),
    [
        (VPC, {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.1.0.0/16"}, [("cidrBlock", True)]),
        (
            VPC,
            {"enableDnsSupport": True},
            {"enableDnsSupport": False},
            [("enableDnsSupport", False)],
        ),
        (
            CLUSTER,
            {"name": "a", "version": "1.30"},
            {"name": "b", "version": "1.31"},
            [("name", True), ("version", False)],
        ),
        (
            CLUSTER,
            {"vpcConfig": {"subnetIds": ["a"]}},
            {"vpcConfig": {"subnetIds": ["b"]}},
            [("vpcConfig.subnetIds[0]", False)],
        ),
        (
            CLUSTER,
            {"accessConfig": {"bootstrapClusterCreatorAdminPermissions": True}},
            {},
            [("accessConfig", True)],
        ),
        (
            CLUSTER,
            {},
            {"encryptionConfig": {"resources": ["secrets"]}},
            [("encryptionConfig", False)],
        ),
        (
            CLUSTER,
            {"encryptionConfig": {"resources": ["secrets"]}},
            {},
            [("encryptionConfig", True)],
        ),
        (
            NODES,
            {"instanceTypes": ["g5.xlarge"]},
            {"instanceTypes": ["g6.xlarge"]},
            [("instanceTypes[0]", True)],
        ),
        (NODES, {}, {"instanceTypes": ["g5.xlarge"]}, [("instanceTypes", None)]),
        (NODES, {"instanceTypes": ["g5.xlarge"]}, {}, [("instanceTypes", False)]),
        (
            NODES,
            {"instanceTypes": ["a"]},
            {"instanceTypes": ["a", "b"]},
            [("instanceTypes[1]", True)],
        ),
        (
            NODES,
            {"scalingConfig": {"maxSize": 1}},
            {"scalingConfig": {"maxSize": 2}},
            [("scalingConfig.maxSize", False)],
        ),
        (
            NODES,
            {"remoteAccess": {"ec2SshKey": "a"}},
            {"remoteAccess": {"ec2SshKey": "b"}},
            [("remoteAccess.ec2SshKey", True)],
        ),
        (NODES, {}, {"remoteAccess": {}}, [("remoteAccess", True)]),
        (NODES, {"region": "us-east-1"}, {"region": "eu-west-1"}, [("region", True)]),
        (NODES, {}, {"region": "eu-west-1"}, [("region", None)]),
        (NODES, {}, {"capacityType": "SPOT"}, [("capacityType", None)]),
        (
            "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
            {"productionVariants": [{"variantName": "a", "instanceType": "ml.m5.large"}]},
            {"productionVariants": [{"variantName": "a", "instanceType": "ml.m5.xlarge"}]},
            [("productionVariants[a].instanceType", True)],
        ),
        (
            "aws:sagemaker/endpoint:Endpoint",
            {"endpointConfigName": "a"},
            {"endpointConfigName": "b"},
            [("endpointConfigName", False)],
        ),
        (
            "aws:iam/role:Role",
            {"assumeRolePolicy": '{"a": 1}'},
            {"assumeRolePolicy": '{"a": 2}'},
            [("assumeRolePolicy:a", False)],
        ),
        ("aws:iam/role:Role", {"path": "/a/"}, {}, [("path", True)]),
        (
            "aws:rds/instance:Instance",
            {"engineVersion": "15", "storageEncrypted": False},
            {"engineVersion": "16", "storageEncrypted": True},
            [("engineVersion", False), ("storageEncrypted", True)],
        ),
        ("aws:dynamodb/table:Table", {"hashKey": "a"}, {"hashKey": "b"}, [("hashKey", True)]),
        (
            "aws:lambda/function:Function",
            {"name": "a", "memorySize": 1},
            {"name": "b", "memorySize": 2},
            [("memorySize", False), ("name", True)],
        ),
        (
            "aws:ecs/taskDefinition:TaskDefinition",
            {"containerDefinitions": '[{"name": "a", "image": "x"}]'},
            {"containerDefinitions": '[{"name": "a", "image": "y"}]'},
            [("containerDefinitions:[a].image", True)],
        ),
        ("aws:nowhere/thing:Thing", {"a": 1}, {"a": 2}, [("a", None)]),
        ("gcp:storage/bucket:Bucket", {"a": 1}, {"a": 2}, [("a", None)]),
        (
            NAMESPACE,
            {"metadata": {"name": "a", "labels": {"x": "1"}}},
            {"metadata": {"name": "b", "labels": {"x": "2"}}},
            [("metadata.labels.x", False), ("metadata.name", True)],
        ),
        (
            "kubernetes:apps/v1:Deployment",
            {"spec": {"replicas": 1, "selector": {"matchLabels": {"a": "1"}}}},
            {"spec": {"replicas": 2, "selector": {"matchLabels": {"a": "2"}}}},
            [("spec.replicas", False), ("spec.selector.matchLabels.a", True)],
        ),
        (
            "kubernetes:core/v1:Pod",
            {"spec": {"containers": [{"name": "a", "image": "x"}]}},
            {"spec": {"containers": [{"name": "a", "image": "y"}]}},
            [("spec.containers[a].image", True)],
        ),
        (
            "kubernetes:storage.k8s.io/v1:StorageClass",
            {"parameters": {"type": "gp2"}, "reclaimPolicy": "Delete"},
            {"parameters": {"type": "gp3"}, "reclaimPolicy": "Retain"},
            [("parameters.type", True), ("reclaimPolicy", False)],
        ),
        (
            "kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue",
            {"spec": {"cohort": "a"}},
            {"spec": {"cohort": "b"}},
            [("spec.cohort", False)],
        ),
        (
            "kubernetes:helm.sh/v3:Release",
            {"version": "1", "namespace": "a"},
            {"version": "2", "namespace": "b"},
            [("namespace", True), ("version", False)],
        ),
        (
            "kubernetes:core/v1:PersistentVolumeClaim",
            {"spec": {"resources": {"requests": {"storage": "1Gi"}}}},
            {"spec": {"resources": {"requests": {"storage": "2Gi"}}}},
            [("spec.resources.requests.storage", False)],
        ),
    ],
)
def test_the_providers_facts_decide_which_property_forces_replacement(
    type_: str, old: dict[str, Any], new: dict[str, Any], expected: list[tuple[str, bool | None]]
) -> None:
    assert replacements(type_, old, new) == expected


@pytest.mark.parametrize("token", ["aws:s3/bucket:Bucket", "kubernetes:core/v1:Secret", PROVIDER])
def test_the_facts_of_every_provider_are_well_formed(token: str) -> None:
    facts = replacement_facts(token)
    assert facts.complete
    assert all(
        set(answer) <= set("01?") and len(answer) == 3 for answer in facts.properties.values()
    )
    assert all(set(answer) <= set("01?") for answer in facts.members.values())


def test_replacements_and_updates_are_distinguished() -> None:
    assert one(VPC, {"cidrBlock": "a"}, {"cidrBlock": "b"}).kind is Kind.REPLACE
    assert one(VPC, {"tags": {"a": "1"}}, {"tags": {"a": "2"}}).kind is Kind.UPDATE


def test_a_possible_replacement_is_noted_where_the_facts_do_not_decide() -> None:
    unknown, partly = (
        one("gcp:x/y:Z", {"a": 1}, {"a": 2}),
        one(NODES, {}, {"capacityType": "SPOT", "warmPoolConfig": {}}),
    )
    assert (unknown.kind, unknown.note) == (
        Kind.UPDATE,
        "may force replacement: there are no replacement facts for gcp:x/y:Z",
    )
    assert partly.note == (
        "a change of capacityType, warmPoolConfig may force replacement, depending on values not "
        "known here"
    )
    assert unknown.may_replace
    assert partly.may_replace


def test_a_change_with_all_facts_known_is_no_possible_replacement() -> None:
    assert not one(VPC, {"tags": {"a": "1"}}, {"tags": {"a": "2"}}).may_replace
    assert not one(VPC, {"cidrBlock": "a"}, {"cidrBlock": "b"}).may_replace
    replaced = one(NODES, {"subnetIds": ["a"]}, {"subnetIds": ["b"], "capacityType": "SPOT"})
    assert replaced.kind is Kind.REPLACE
    assert not replaced.may_replace


def test_a_note_on_unknown_replacements_lists_three_properties_at_most() -> None:
    names = ["bucketNamespace", "bucketPrefix", "objectLockEnabled", "region"]
    listed = [
        one("aws:s3/bucket:Bucket", {}, dict.fromkeys(names[:count], "x")).note.split(" may")[0]
        for count in (3, 4)
    ]
    three = "a change of bucketNamespace, bucketPrefix, objectLockEnabled"
    assert listed == [three, f"{three} and 1 more"]


def test_the_order_of_unordered_lists_is_no_difference() -> None:
    old, new = ({"subnetIds": ids, "instanceTypes": ids} for ids in (["a", "b"], ["b", "a"]))
    assert [p.path for p in one(NODES, old, new).properties] == [
        "instanceTypes[0]",
        "instanceTypes[1]",
    ]


def test_replace_on_changes_replaces() -> None:
    change = one(QUEUE, {"tags": {"a": "1"}}, {"tags": {"a": "2"}}, replaceOnChanges=["tags"])
    assert (change.kind, [p.replaces for p in change.properties]) == (Kind.REPLACE, [True])
    assert (
        one(QUEUE, {"tags": {"a": "1"}}, {"tags": {"a": "2"}}, replaceOnChanges=["tags.b"]).kind
        is Kind.UPDATE
    )


def test_a_resource_with_a_fixed_name_is_deleted_before_its_replacement_is_created() -> None:
    change = one(CLUSTER, {"name": "a", "roleArn": "1"}, {"name": "a", "roleArn": "2"})
    assert change.note == "deleted before the replacement is created, as its name doesn't change"
    assert one(CLUSTER, {"roleArn": "1"}, {"roleArn": "2"}).note == ""
    assert one(CLUSTER, {"name": "a", "roleArn": "1"}, {"name": "b", "roleArn": "2"}).note == ""
    note = one(CLUSTER, {"roleArn": "1"}, {"roleArn": "2"}, deleteBeforeReplace=True).note
    assert note == "deleted before the replacement is created (deleteBeforeReplace)"
    assert (
        one(
            CLUSTER,
            {"name": "a", "roleArn": "1"},
            {"name": "a", "roleArn": "2"},
            deleteBeforeReplace=False,
        ).note
        == ""
    )


def test_unexpected_replacements_are_explained() -> None:
    path = "bootstrapClusterCreatorAdminPermissions"
    assert one(CLUSTER, {"accessConfig": {path: True}}, {"accessConfig": {path: False}}).note == (
        f"accessConfig.{path} is used at creation only: ignore_changes on it prevents the "
        "replacement"
    )
    image = one(
        "aws:ec2/instance:Instance", {"ami": "ami-1"}, {"ami": "${getAmi(owners=[amazon]).id}"}
    )
    assert image.kind is Kind.REPLACE
    assert "comes from a lookup" in image.note
    data = one("kubernetes:core/v1:ConfigMap", {"data": {"a": "1"}}, {"data": {"a": "2"}})
    assert (data.kind, data.note) == (
        Kind.REPLACE,
        "autonamed: the replacement is created first, then its references are updated",
    )


def test_a_change_that_the_provider_ignores_is_noted() -> None:
    sides = ({"vpcConfig": {"subnets": [name]}} for name in "ab")
    change = one("aws:sagemaker/model:Model", *sides)
    assert (change.kind, change.note) == (
        Kind.UPDATE,
        "the provider ignores a change of vpcConfig: replace_on_changes forces replacement",
    )


def network(cidr: str) -> list[Resource]:
    vpc = resource(VPC, "vpc", {"cidrBlock": cidr})
    subnet = resource(SUBNET, "subnet", {"vpcId": "${vpc.id}", "cidrBlock": "10.0.0.0/24"}, vpc)
    cluster = resource(
        CLUSTER,
        "cluster",
        {"name": "c", "vpcConfig": {"subnetIds": ["${subnet.id}", "subnet-1"]}},
        subnet,
    )
    policy = {
        "Statement": [
            {
                "Sid": "A",
                "Effect": "Allow",
                "Action": "x:Y",
                "Resource": ["${cluster.arn}", "${vpc.arn}"],
            }
        ]
    }
    role = resource(
        "aws:iam/rolePolicy:RolePolicy",
        "role",
        {"role": "r", "policy": json.dumps(policy)},
        cluster,
        vpc,
    )
    return [vpc, subnet, cluster, role, resource(QUEUE, "queue", {"name": "q"})]


def test_a_replacement_propagates_to_dependents() -> None:
    changes = changes_of(network("10.0.0.0/16"), network("10.1.0.0/16"))
    assert {name: (change.kind, change.note) for name, change in changes.items()} == {
        "vpc": (Kind.REPLACE, ""),
        "subnet": (Kind.REPLACE, "because vpc is replaced"),
        "cluster": (Kind.UPDATE, "because subnet is replaced"),
        "role": (Kind.UPDATE, "because vpc is replaced"),
    }
    properties = {
        name: [(p.path, p.old, p.new, p.replaces) for p in changes[name].properties]
        for name in ("subnet", "cluster", "role")
    }
    assert properties == {
        "subnet": [("vpcId", "${vpc.id}", "${unknown until vpc}", True)],
        "cluster": [("vpcConfig.subnetIds[0]", "${subnet.id}", "${unknown until subnet}", False)],
        "role": [
            (
                "policy:Statement[A].Resource",
                ["${cluster.arn}", "${vpc.arn}"],
                ["${cluster.arn}", "${unknown until vpc}"],
                False,
            )
        ],
    }


def test_ignored_changes_stop_the_propagation() -> None:
    before, after = (
        [
            *network(cidr)[:1],
            resource(
                SUBNET, "subnet", {"vpcId": "${vpc.id}"}, network(cidr)[0], ignoreChanges=["vpcId"]
            ),
        ]
        for cidr in ("a", "b")
    )
    assert list(changes_of(before, after)) == ["vpc"]


def test_an_update_in_place_does_not_change_dependents() -> None:
    before, after = network("a"), network("a")
    after[0] = replace(after[0], inputs={**after[0].inputs, "tags": {"a": "b"}})
    assert list(changes_of(before, after)) == ["vpc"]


def test_a_name_that_the_program_sets_does_not_propagate() -> None:
    vpc = [resource(VPC, "vpc", {"cidrBlock": cidr}) for cidr in "ab"]
    user = [resource(QUEUE, "queue", {"name": "the-vpc"}, side) for side in vpc]
    assert user[0].property_dependencies == {"name": (vpc[0].urn,)}
    assert list(changes_of([vpc[0], user[0]], [vpc[1], user[1]])) == ["vpc"]


def test_dependents_of_a_resource_that_is_deleted_first_are_replaced_with_it() -> None:
    def side(role: str, **options: Any) -> list[Resource]:
        cluster = resource(CLUSTER, "cluster", {"name": "the-cluster", "roleArn": role}, **options)
        nodes = resource(
            NODES, "nodes", {"clusterName": "the-cluster", "labels": {"a": "the-cluster"}}, cluster
        )
        return [cluster, nodes]

    changes = changes_of(side("a"), side("b"))
    assert (changes["nodes"].kind, changes["nodes"].note) == (
        Kind.REPLACE,
        "because cluster is replaced",
    )
    assert [(p.path, p.old, p.new) for p in changes["nodes"].properties] == [
        ("clusterName", "the-cluster", "${unknown until cluster}"),
    ]
    assert list(
        changes_of(side("a", deleteBeforeReplace=False), side("b", deleteBeforeReplace=False))
    ) == ["cluster"]


def test_a_new_version_of_a_launch_template_updates_its_node_group() -> None:
    template = [resource(TEMPLATE, "t", {"imageId": image}) for image in ("ami-1", "ami-2")]
    launch = {"id": "${t.id}", "version": "${unknown until t}"}
    nodes = [resource(NODES, "nodes", {"launchTemplate": launch}, side) for side in template]
    change = changes_of([template[0], nodes[0]], [template[1], nodes[1]])["nodes"]
    assert (change.kind, change.note) == (Kind.UPDATE, "because t is updated")
    assert [(p.path, p.new) for p in change.properties] == [
        ("launchTemplate.version", "${unknown until t (replaced)}")
    ]


def test_replace_with_replaces_a_resource_together_with_another() -> None:
    vpc = [resource(VPC, "vpc", {"cidrBlock": cidr}) for cidr in "ab"]
    change = changes_of(
        [vpc[0], resource(QUEUE, "q", {})],
        [vpc[1], resource(QUEUE, "q", {}, replaceWith=[vpc[1].urn])],
    )["q"]
    assert (change.kind, change.note) == (Kind.REPLACE, "because vpc is replaced")


def test_a_cycle_of_references_ends() -> None:
    one_side = resource(SUBNET, "a", {"vpcId": "${b.id}", "cidrBlock": "1"})
    other = resource(SUBNET, "b", {"vpcId": "${a.id}"}, one_side)
    one_side = replace(one_side, property_dependencies={"vpcId": (other.urn,)})
    changed = replace(one_side, inputs={**one_side.inputs, "cidrBlock": "2"})
    assert {
        name: c.kind for name, c in changes_of([one_side, other], [changed, other]).items()
    } == {
        "a": Kind.REPLACE,
        "b": Kind.REPLACE,
    }


def test_dependents_of_a_deployed_resource_are_matched_by_its_id() -> None:
    def side(cidr: str, **outputs: Any) -> list[Resource]:
        vpc = replace(resource(VPC, "vpc", {"cidrBlock": cidr}), outputs=outputs)
        subnet = resource(SUBNET, "subnet", {"vpcId": "vpc-0a1b2c"})
        return [vpc, replace(subnet, property_dependencies={"vpcId": (vpc.urn,)})]

    change = changes_of(side("a", id="vpc-0a1b2c"), side("b"))["subnet"]
    assert (change.kind, [(p.path, p.old, p.new) for p in change.properties]) == (
        Kind.REPLACE,
        [("vpcId", "vpc-0a1b2c", "${unknown until vpc}")],
    )


def kubeconfig(server: str, token: str = "t") -> str:  # noqa: S107 (no password)
    return json.dumps(
        {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
            "clusters": [{"name": "k", "cluster": {"server": server}}],
            "users": [{"name": "u", "user": {"token": token}}],
        }
    )


def managed(inputs: dict[str, Any]) -> list[Resource]:
    provider = resource(PROVIDER, "k8s", inputs)
    return [provider, resource(NAMESPACE, "ns", {"metadata": {"name": "n"}}, provider=provider.urn)]


def test_a_different_cluster_replaces_the_provider_and_all_that_it_manages() -> None:
    changes = changes_of(
        managed({"kubeconfig": kubeconfig("https://a")}),
        managed({"kubeconfig": kubeconfig("https://b")}),
    )
    assert {name: (c.kind, c.note) for name, c in changes.items()} == {
        "k8s": (Kind.REPLACE, ""),
        "ns": (Kind.REPLACE, "because its provider k8s is replaced"),
    }


def test_a_new_token_for_the_same_cluster_is_an_update_of_the_provider() -> None:
    changes = changes_of(
        managed({"kubeconfig": kubeconfig("https://a")}),
        managed({"kubeconfig": kubeconfig("https://a", "new")}),
    )
    assert {name: (c.kind, c.note) for name, c in changes.items()} == {
        "k8s": (Kind.UPDATE, "provider change: the resources that it manages are not replaced")
    }


def test_a_cluster_identifier_decides_alone() -> None:
    before = managed({"kubeconfig": kubeconfig("https://a"), "clusterIdentifier": "1"})
    same = managed({"kubeconfig": kubeconfig("https://b"), "clusterIdentifier": "1"})
    other = managed({"kubeconfig": kubeconfig("https://a"), "clusterIdentifier": "2"})
    assert {name: c.kind for name, c in changes_of(before, same).items()} == {"k8s": Kind.UPDATE}
    assert {name: c.kind for name, c in changes_of(before, other).items()} == {
        "k8s": Kind.REPLACE,
        "ns": Kind.REPLACE,
    }


def test_a_false_replacement_by_a_provider_is_noted() -> None:
    symbol = "${cluster.endpoint}"
    changes = changes_of(
        managed({"kubeconfig": kubeconfig(symbol)}),
        managed({"kubeconfig": kubeconfig(symbol, "new")}),
    )
    assert list(changes) == ["k8s"]
    assert changes["k8s"].kind is Kind.UPDATE
    assert (
        "Pulumi may show the resources of k8s as replaced. This is a false replacement"
        in changes["k8s"].note
    )


def test_a_replaced_cluster_replaces_all_that_runs_in_it() -> None:
    def side(role: str) -> list[Resource]:
        cluster = resource(CLUSTER, "cluster", {"name": "c", "roleArn": role})
        inputs = {
            "kubeconfig": kubeconfig("${cluster.endpoint}"),
            "clusterIdentifier": "${cluster.arn}",
        }
        provider = resource(PROVIDER, "k8s", inputs, cluster)
        return [
            cluster,
            provider,
            resource(NAMESPACE, "ns", {"metadata": {"name": "n"}}, provider=provider.urn),
        ]

    assert {name: (c.kind, c.note) for name, c in changes_of(side("a"), side("b")).items()} == {
        "cluster": (
            Kind.REPLACE,
            "deleted before the replacement is created, as its name doesn't change",
        ),
        "k8s": (Kind.REPLACE, "because cluster is replaced"),
        "ns": (Kind.REPLACE, "because its provider k8s is replaced"),
    }


@pytest.mark.parametrize(
    ("server", "kind"), [("https://a", Kind.UPDATE), ("https://b", Kind.REPLACE)]
)
def test_a_different_provider_replaces_where_its_cluster_differs(server: str, kind: Kind) -> None:
    old, new = (
        resource(PROVIDER, "old", {"kubeconfig": kubeconfig("https://a")}),
        resource(PROVIDER, "new", {"kubeconfig": kubeconfig(server)}),
    )
    before, after = (resource(NAMESPACE, "ns", {}, provider=side.urn) for side in (old, new))
    change = changes_of([old, before], [new, after])["ns"]
    assert change.kind is kind
    assert [(p.path, p.old, p.new, p.replaces) for p in change.options] == [
        ("provider", old.urn, new.urn, kind is Kind.REPLACE)
    ]


def test_an_explicit_provider_for_a_default_one_is_a_possible_replacement() -> None:
    provider = resource("pulumi:providers:aws", "aws", {"region": "us-east-1"})
    change = changes_of(
        [resource(QUEUE, "q", {})], [provider, resource(QUEUE, "q", {}, provider=provider.urn)]
    )["q"]
    assert (change.kind, change.note) == (
        Kind.UPDATE,
        "different provider: replaced only if its cluster, account or region differs",
    )
    assert [(p.old, p.replaces) for p in change.options] == [(ABSENT, None)]


def test_a_renamed_provider_changes_nothing() -> None:
    old = resource(PROVIDER, "old", {"kubeconfig": kubeconfig("https://a")})
    new = resource(
        PROVIDER, "new", {"kubeconfig": kubeconfig("https://a")}, aliases=[{"name": "old"}]
    )
    before, after = (resource(NAMESPACE, "ns", {}, provider=side.urn) for side in (old, new))
    assert {name: c.kind for name, c in changes_of([old, before], [new, after]).items()} == {
        "new": Kind.RENAME
    }


def test_a_region_that_changes_in_a_provider_is_not_guessed() -> None:
    change = one("pulumi:providers:aws", {"region": "a"}, {"region": "b"})
    assert (change.kind, change.note.split(";")[0]) == (
        Kind.UPDATE,
        (
            "provider change: the resources that it manages may be replaced, "
            "depending on the region of each"
        ),
    )
