"""Which changes replace a resource, and what follows from that for others."""

import json
from dataclasses import replace
from typing import Any

import pytest
from groundplan.diff.changes import ABSENT, Change, Kind, compare
from groundplan.diff.replacement import facts
from groundplan.manifest.model import Manifest, Resource

VPC, SUBNET, CLUSTER = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:eks/cluster:Cluster"
NODES, TEMPLATE, QUEUE = (
    "aws:eks/nodeGroup:NodeGroup",
    "aws:ec2/launchTemplate:LaunchTemplate",
    "aws:sqs/queue:Queue",
)
PROVIDER, NAMESPACE = "pulumi:providers:kubernetes", "kubernetes:core/v1:Namespace"


def made(
    type_: str, name: str, inputs: dict[str, Any], *uses: Resource, **options: Any
) -> Resource:
    """A resource whose inputs come from `uses` wherever they name one."""
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


def found(before: list[Resource], after: list[Resource]) -> dict[str, Change]:
    return {
        change.resource.name: change
        for change in compare(manifest(*before), manifest(*after), "x").changes
    }


def one(type_: str, old: dict[str, Any], new: dict[str, Any], **options: Any) -> Change:
    return found([made(type_, "it", old)], [made(type_, "it", new, **options)])["it"]


def verdicts(type_: str, old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, bool | None]]:
    return [(p.path, p.replaces) for p in one(type_, old, new).properties]


@pytest.mark.parametrize(
    ("type_", "old", "new", "expected"),
    [
        (VPC, {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.1.0.0/16"}, [("cidrBlock", True)]),
        (VPC, {"enableDnsSupport": True}, {"enableDnsSupport": False}, [("enableDnsSupport", False)]),
        (CLUSTER, {"name": "a", "version": "1.30"}, {"name": "b", "version": "1.31"}, [("name", True), ("version", False)]),
        (CLUSTER, {"vpcConfig": {"subnetIds": ["a"]}}, {"vpcConfig": {"subnetIds": ["b"]}},
         [("vpcConfig.subnetIds[0]", False)]),
        (CLUSTER, {"accessConfig": {"bootstrapClusterCreatorAdminPermissions": True}}, {},
         [("accessConfig", True)]),
        (CLUSTER, {}, {"encryptionConfig": {"resources": ["secrets"]}}, [("encryptionConfig", False)]),
        (CLUSTER, {"encryptionConfig": {"resources": ["secrets"]}}, {}, [("encryptionConfig", True)]),
        (NODES, {"instanceTypes": ["g5.xlarge"]}, {"instanceTypes": ["g6.xlarge"]}, [("instanceTypes[0]", True)]),
        (NODES, {}, {"instanceTypes": ["g5.xlarge"]}, [("instanceTypes", None)]),
        (NODES, {"instanceTypes": ["g5.xlarge"]}, {}, [("instanceTypes", False)]),
        (NODES, {"instanceTypes": ["a"]}, {"instanceTypes": ["a", "b"]}, [("instanceTypes[1]", True)]),
        (NODES, {"scalingConfig": {"maxSize": 1}}, {"scalingConfig": {"maxSize": 2}}, [("scalingConfig.maxSize", False)]),
        (NODES, {"remoteAccess": {"ec2SshKey": "a"}}, {"remoteAccess": {"ec2SshKey": "b"}},
         [("remoteAccess.ec2SshKey", True)]),
        (NODES, {}, {"remoteAccess": {}}, [("remoteAccess", True)]),
        (NODES, {"region": "us-east-1"}, {"region": "eu-west-1"}, [("region", True)]),
        (NODES, {}, {"region": "eu-west-1"}, [("region", None)]),
        (NODES, {}, {"capacityType": "SPOT"}, [("capacityType", None)]),
        ("aws:sagemaker/endpointConfiguration:EndpointConfiguration",
         {"productionVariants": [{"variantName": "a", "instanceType": "ml.m5.large"}]},
         {"productionVariants": [{"variantName": "a", "instanceType": "ml.m5.xlarge"}]},
         [("productionVariants[a].instanceType", True)]),
        ("aws:sagemaker/endpoint:Endpoint", {"endpointConfigName": "a"}, {"endpointConfigName": "b"},
         [("endpointConfigName", False)]),
        ("aws:iam/role:Role", {"assumeRolePolicy": '{"a": 1}'}, {"assumeRolePolicy": '{"a": 2}'},
         [("assumeRolePolicy:a", False)]),
        ("aws:iam/role:Role", {"path": "/a/"}, {}, [("path", True)]),
        ("aws:rds/instance:Instance", {"engineVersion": "15", "storageEncrypted": False},
         {"engineVersion": "16", "storageEncrypted": True}, [("engineVersion", False), ("storageEncrypted", True)]),
        ("aws:dynamodb/table:Table", {"hashKey": "a"}, {"hashKey": "b"}, [("hashKey", True)]),
        ("aws:lambda/function:Function", {"name": "a", "memorySize": 1}, {"name": "b", "memorySize": 2},
         [("memorySize", False), ("name", True)]),
        ("aws:ecs/taskDefinition:TaskDefinition", {"containerDefinitions": '[{"name": "a", "image": "x"}]'},
         {"containerDefinitions": '[{"name": "a", "image": "y"}]'}, [("containerDefinitions:[a].image", True)]),
        ("aws:nowhere/thing:Thing", {"a": 1}, {"a": 2}, [("a", None)]),
        ("gcp:storage/bucket:Bucket", {"a": 1}, {"a": 2}, [("a", None)]),
        (NAMESPACE, {"metadata": {"name": "a", "labels": {"x": "1"}}}, {"metadata": {"name": "b", "labels": {"x": "2"}}},
         [("metadata.labels.x", False), ("metadata.name", True)]),
        ("kubernetes:apps/v1:Deployment", {"spec": {"replicas": 1, "selector": {"matchLabels": {"a": "1"}}}},
         {"spec": {"replicas": 2, "selector": {"matchLabels": {"a": "2"}}}},
         [("spec.replicas", False), ("spec.selector.matchLabels.a", True)]),
        ("kubernetes:core/v1:Pod", {"spec": {"containers": [{"name": "a", "image": "x"}]}},
         {"spec": {"containers": [{"name": "a", "image": "y"}]}}, [("spec.containers[a].image", True)]),
        ("kubernetes:storage.k8s.io/v1:StorageClass", {"parameters": {"type": "gp2"}, "reclaimPolicy": "Delete"},
         {"parameters": {"type": "gp3"}, "reclaimPolicy": "Retain"}, [("parameters.type", True), ("reclaimPolicy", None)]),
        ("kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue", {"spec": {"cohort": "a"}}, {"spec": {"cohort": "b"}},
         [("spec.cohort", False)]),
        ("kubernetes:helm.sh/v3:Release", {"version": "1", "namespace": "a"}, {"version": "2", "namespace": "b"},
         [("namespace", True), ("version", False)]),
        ("kubernetes:core/v1:PersistentVolumeClaim", {"spec": {"resources": {"requests": {"storage": "1Gi"}}}},
         {"spec": {"resources": {"requests": {"storage": "2Gi"}}}}, [("spec.resources.requests.storage", False)]),
    ],
)  # fmt: skip
def test_the_providers_say_which_property_replaces(
    type_: str, old: dict[str, Any], new: dict[str, Any], expected: list[tuple[str, bool | None]]
) -> None:
    assert verdicts(type_, old, new) == expected


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_every_file_of_facts_is_well_formed(stack: str) -> None:
    del stack
    for token in ("aws:s3/bucket:Bucket", "kubernetes:core/v1:Secret", PROVIDER):
        known = facts(token)
        assert known.known
        assert all(
            set(answer) <= set("01?") and len(answer) == 3 for answer in known.properties.values()
        )
        assert all(set(answer) <= set("01?") for answer in known.members.values())


def test_a_replacement_is_told_from_an_update() -> None:
    assert one(VPC, {"cidrBlock": "a"}, {"cidrBlock": "b"}).kind is Kind.REPLACE
    assert one(VPC, {"tags": {"a": "1"}}, {"tags": {"a": "2"}}).kind is Kind.UPDATE


def test_where_nothing_is_known_the_change_says_so() -> None:
    unknown, partly = (
        one("gcp:x/y:Z", {"a": 1}, {"a": 2}),
        one(NODES, {}, {"capacityType": "SPOT", "warmPoolConfig": {}}),
    )
    assert (unknown.kind, unknown.note) == (
        Kind.UPDATE,
        "it isn't known whether this replaces it: there are no facts of gcp:x/y:Z",
    )
    assert (
        partly.note
        == "whether a change of capacityType, warmPoolConfig replaces it depends on more than is known here"
    )


def test_lists_that_the_provider_keeps_without_order_may_be_shuffled() -> None:
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


def test_a_name_of_its_own_that_stays_is_freed_before_it_is_taken() -> None:
    change = one(CLUSTER, {"name": "a", "roleArn": "1"}, {"name": "a", "roleArn": "2"})
    assert change.note == "deleted before the new one is made, as its name stays the same"
    assert one(CLUSTER, {"roleArn": "1"}, {"roleArn": "2"}).note == ""
    assert one(CLUSTER, {"name": "a", "roleArn": "1"}, {"name": "b", "roleArn": "2"}).note == ""
    told = one(CLUSTER, {"roleArn": "1"}, {"roleArn": "2"}, deleteBeforeReplace=True).note
    assert told == "deleted before the new one is made (deleteBeforeReplace)"
    assert (
        one(
            CLUSTER,
            {"name": "a", "roleArn": "1"},
            {"name": "a", "roleArn": "2"},
            deleteBeforeReplace=False,
        ).note
        == ""
    )


def test_replacements_that_surprise_are_explained() -> None:
    path = "bootstrapClusterCreatorAdminPermissions"
    assert one(CLUSTER, {"accessConfig": {path: True}}, {"accessConfig": {path: False}}).note == (
        f"accessConfig.{path} only says how it is created: ignore_changes on it keeps the resource as it is"
    )
    image = one(
        "aws:ec2/instance:Instance", {"ami": "ami-1"}, {"ami": "${getAmi(owners=[amazon]).id}"}
    )
    assert image.kind is Kind.REPLACE
    assert "comes from a lookup" in image.note
    data = one("kubernetes:core/v1:ConfigMap", {"data": {"a": "1"}}, {"data": {"a": "2"}})
    assert (data.kind, data.note) == (
        Kind.REPLACE,
        "its name is made up, so a new one is made first and what refers to it follows",
    )


def test_a_change_that_the_provider_takes_and_does_nothing_with_is_named() -> None:
    sides = ({"vpcConfig": {"subnets": [name]}} for name in "ab")
    change = one("aws:sagemaker/model:Model", *sides)
    assert (change.kind, change.note) == (
        Kind.UPDATE,
        "the provider does nothing with a change of vpcConfig: replace_on_changes makes a new one",
    )


def network(cidr: str) -> list[Resource]:
    vpc = made(VPC, "vpc", {"cidrBlock": cidr})
    subnet = made(SUBNET, "subnet", {"vpcId": "${vpc.id}", "cidrBlock": "10.0.0.0/24"}, vpc)
    cluster = made(
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
    role = made(
        "aws:iam/rolePolicy:RolePolicy",
        "role",
        {"role": "r", "policy": json.dumps(policy)},
        cluster,
        vpc,
    )
    return [vpc, subnet, cluster, role, made(QUEUE, "queue", {"name": "q"})]


def test_a_replacement_goes_through_to_what_depends_on_it() -> None:
    changes = found(network("10.0.0.0/16"), network("10.1.0.0/16"))
    assert {name: (change.kind, change.note) for name, change in changes.items()} == {
        "vpc": (Kind.REPLACE, ""),
        "subnet": (Kind.REPLACE, "because vpc is replaced"),
        "cluster": (Kind.UPDATE, "because subnet is replaced"),
        "role": (Kind.UPDATE, "because vpc is replaced"),
    }
    told = {
        name: [(p.path, p.old, p.new, p.replaces) for p in changes[name].properties]
        for name in ("subnet", "cluster", "role")
    }
    assert told == {
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


def test_what_is_ignored_stops_the_ripple() -> None:
    before, after = (
        [
            *network(cidr)[:1],
            made(
                SUBNET, "subnet", {"vpcId": "${vpc.id}"}, network(cidr)[0], ignoreChanges=["vpcId"]
            ),
        ]
        for cidr in ("a", "b")
    )
    assert list(found(before, after)) == ["vpc"]


def test_an_update_in_place_leaves_what_depends_on_it_alone() -> None:
    before, after = network("a"), network("a")
    after[0] = replace(after[0], inputs={**after[0].inputs, "tags": {"a": "b"}})
    assert list(found(before, after)) == ["vpc"]


def test_a_name_that_the_program_knows_does_not_ripple() -> None:
    vpc = [made(VPC, "vpc", {"cidrBlock": cidr}) for cidr in "ab"]
    user = [made(QUEUE, "queue", {"name": "the-vpc"}, side) for side in vpc]
    assert user[0].property_dependencies == {"name": (vpc[0].urn,)}
    assert list(found([vpc[0], user[0]], [vpc[1], user[1]])) == ["vpc"]


def test_what_cannot_outlive_a_resource_that_is_deleted_first_is_replaced_with_it() -> None:
    def side(role: str, **options: Any) -> list[Resource]:
        cluster = made(CLUSTER, "cluster", {"name": "the-cluster", "roleArn": role}, **options)
        nodes = made(
            NODES, "nodes", {"clusterName": "the-cluster", "labels": {"a": "the-cluster"}}, cluster
        )
        return [cluster, nodes]

    changes = found(side("a"), side("b"))
    assert (changes["nodes"].kind, changes["nodes"].note) == (
        Kind.REPLACE,
        "because cluster is replaced",
    )
    assert [(p.path, p.old, p.new) for p in changes["nodes"].properties] == [
        ("clusterName", "the-cluster", "${unknown until cluster}"),
    ]
    assert list(
        found(side("a", deleteBeforeReplace=False), side("b", deleteBeforeReplace=False))
    ) == ["cluster"]


def test_a_new_version_of_a_launch_template_reaches_its_node_group() -> None:
    template = [made(TEMPLATE, "t", {"imageId": image}) for image in ("ami-1", "ami-2")]
    launch = {"id": "${t.id}", "version": "${unknown until t}"}
    nodes = [made(NODES, "nodes", {"launchTemplate": launch}, side) for side in template]
    change = found([template[0], nodes[0]], [template[1], nodes[1]])["nodes"]
    assert (change.kind, change.note) == (Kind.UPDATE, "because t is updated")
    assert [(p.path, p.new) for p in change.properties] == [
        ("launchTemplate.version", "${unknown until t (made anew)}")
    ]


def test_a_resource_that_is_tied_to_a_replaced_one_is_replaced_with_it() -> None:
    vpc = [made(VPC, "vpc", {"cidrBlock": cidr}) for cidr in "ab"]
    change = found(
        [vpc[0], made(QUEUE, "q", {})], [vpc[1], made(QUEUE, "q", {}, replaceWith=[vpc[1].urn])]
    )["q"]
    assert (change.kind, change.note) == (Kind.REPLACE, "because vpc is replaced")


def test_a_cycle_of_references_ends() -> None:
    one_side = made(SUBNET, "a", {"vpcId": "${b.id}", "cidrBlock": "1"})
    other = made(SUBNET, "b", {"vpcId": "${a.id}"}, one_side)
    one_side = replace(one_side, property_dependencies={"vpcId": (other.urn,)})
    changed = replace(one_side, inputs={**one_side.inputs, "cidrBlock": "2"})
    assert {name: c.kind for name, c in found([one_side, other], [changed, other]).items()} == {
        "a": Kind.REPLACE,
        "b": Kind.REPLACE,
    }


def test_what_depends_on_a_deployed_resource_follows_its_real_id() -> None:
    def side(cidr: str, **outputs: Any) -> list[Resource]:
        vpc = replace(made(VPC, "vpc", {"cidrBlock": cidr}), outputs=outputs)
        subnet = made(SUBNET, "subnet", {"vpcId": "vpc-0a1b2c"})
        return [vpc, replace(subnet, property_dependencies={"vpcId": (vpc.urn,)})]

    change = found(side("a", id="vpc-0a1b2c"), side("b"))["subnet"]
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
    provider = made(PROVIDER, "k8s", inputs)
    return [provider, made(NAMESPACE, "ns", {"metadata": {"name": "n"}}, provider=provider.urn)]


def test_another_cluster_replaces_the_provider_and_all_that_it_manages() -> None:
    changes = found(
        managed({"kubeconfig": kubeconfig("https://a")}),
        managed({"kubeconfig": kubeconfig("https://b")}),
    )
    assert {name: (c.kind, c.note) for name, c in changes.items()} == {
        "k8s": (Kind.REPLACE, ""),
        "ns": (Kind.REPLACE, "because its provider k8s is replaced"),
    }


def test_another_token_for_the_same_cluster_is_an_update_of_the_provider() -> None:
    changes = found(
        managed({"kubeconfig": kubeconfig("https://a")}),
        managed({"kubeconfig": kubeconfig("https://a", "new")}),
    )
    assert {name: (c.kind, c.note) for name, c in changes.items()} == {
        "k8s": (Kind.UPDATE, "a provider change: what it manages stays")
    }


def test_a_cluster_identifier_decides_alone() -> None:
    before = managed({"kubeconfig": kubeconfig("https://a"), "clusterIdentifier": "1"})
    same = managed({"kubeconfig": kubeconfig("https://b"), "clusterIdentifier": "1"})
    other = managed({"kubeconfig": kubeconfig("https://a"), "clusterIdentifier": "2"})
    assert {name: c.kind for name, c in found(before, same).items()} == {"k8s": Kind.UPDATE}
    assert {name: c.kind for name, c in found(before, other).items()} == {
        "k8s": Kind.REPLACE,
        "ns": Kind.REPLACE,
    }


def test_the_famous_false_replacement_of_a_provider_is_named() -> None:
    symbol = "${cluster.endpoint}"
    changes = found(
        managed({"kubeconfig": kubeconfig(symbol)}),
        managed({"kubeconfig": kubeconfig(symbol, "new")}),
    )
    assert list(changes) == ["k8s"]
    assert changes["k8s"].kind is Kind.UPDATE
    assert (
        "the engine may show the resources of k8s as replaced. A false replacement"
        in changes["k8s"].note
    )


def test_a_replaced_cluster_takes_all_that_runs_in_it_along() -> None:
    def side(role: str) -> list[Resource]:
        cluster = made(CLUSTER, "cluster", {"name": "c", "roleArn": role})
        inputs = {
            "kubeconfig": kubeconfig("${cluster.endpoint}"),
            "clusterIdentifier": "${cluster.arn}",
        }
        provider = made(PROVIDER, "k8s", inputs, cluster)
        return [
            cluster,
            provider,
            made(NAMESPACE, "ns", {"metadata": {"name": "n"}}, provider=provider.urn),
        ]

    assert {name: (c.kind, c.note) for name, c in found(side("a"), side("b")).items()} == {
        "cluster": (Kind.REPLACE, "deleted before the new one is made, as its name stays the same"),
        "k8s": (Kind.REPLACE, "because cluster is replaced"),
        "ns": (Kind.REPLACE, "because its provider k8s is replaced"),
    }


@pytest.mark.parametrize(
    ("server", "kind"), [("https://a", Kind.UPDATE), ("https://b", Kind.REPLACE)]
)
def test_another_provider_replaces_where_it_is_for_another_cluster(server: str, kind: Kind) -> None:
    old, new = (
        made(PROVIDER, "old", {"kubeconfig": kubeconfig("https://a")}),
        made(PROVIDER, "new", {"kubeconfig": kubeconfig(server)}),
    )
    before, after = (made(NAMESPACE, "ns", {}, provider=side.urn) for side in (old, new))
    change = found([old, before], [new, after])["ns"]
    assert change.kind is kind
    assert [(p.path, p.old, p.new, p.replaces) for p in change.options] == [
        ("provider", old.urn, new.urn, kind is Kind.REPLACE)
    ]


def test_an_explicit_provider_in_the_place_of_the_default_one_is_not_known() -> None:
    provider = made("pulumi:providers:aws", "aws", {"region": "us-east-1"})
    change = found([made(QUEUE, "q", {})], [provider, made(QUEUE, "q", {}, provider=provider.urn)])[
        "q"
    ]
    assert (change.kind, change.note) == (
        Kind.UPDATE,
        "another provider: it is replaced only if the two are for another cluster, account or region",
    )
    assert [(p.old, p.replaces) for p in change.options] == [(ABSENT, None)]


def test_a_renamed_provider_changes_nothing() -> None:
    old = made(PROVIDER, "old", {"kubeconfig": kubeconfig("https://a")})
    new = made(PROVIDER, "new", {"kubeconfig": kubeconfig("https://a")}, aliases=[{"name": "old"}])
    before, after = (made(NAMESPACE, "ns", {}, provider=side.urn) for side in (old, new))
    assert {name: c.kind for name, c in found([old, before], [new, after]).items()} == {
        "new": Kind.RENAME
    }


def test_a_region_that_changes_in_a_provider_is_not_guessed() -> None:
    change = one("pulumi:providers:aws", {"region": "a"}, {"region": "b"})
    assert (change.kind, change.note.split(";")[0]) == (
        Kind.UPDATE,
        "a provider change: what it manages may be replaced, as each resource says of its region",
    )
