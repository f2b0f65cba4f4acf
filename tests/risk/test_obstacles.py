"""Obstacles: what `pulumi up` fails at, and what it may fail at."""

from dataclasses import replace
from typing import Any

import pytest
from groundplan.diff.changes import Change, Changes, Kind, PropertyChange
from groundplan.diff.comparison import compare
from groundplan.manifest.model import Manifest, Resource
from groundplan.risk.analysis import analyze
from groundplan.risk.verdict import Status, Verdict, verdict
from risk_changes import change, resource

BUCKET, ROLE, DATABASE = "aws:s3/bucket:Bucket", "aws:iam/role:Role", "aws:rds/instance:Instance"
VPC, SUBNET, CLUSTER = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:eks/cluster:Cluster"
LOCKED = {"protect": True}


def of(*changes: Change, also: tuple[Resource, ...] = ()) -> Verdict:
    """The verdict of changes in a stack in which `also` doesn't change."""
    before = Manifest("shop", "dev", (*(c.before for c in changes if c.before), *also))
    after = Manifest("shop", "dev", (*(c.after for c in changes if c.after), *also))
    all_ = Changes("base", changes, len(also))
    return verdict(all_, before, after, analyze(all_, before, after))


def compared(before: list[Resource], after: list[Resource]) -> Verdict:
    """The verdict of two programs."""
    sides = Manifest("shop", "dev", tuple(before)), Manifest("shop", "dev", tuple(after))
    all_ = compare(*sides, "base")
    return verdict(all_, *sides, analyze(all_, *sides))


def stated(found: Verdict) -> list[str]:
    return [f"{o.reason.one}: {o.subject} ({o.because})" for o in found.obstacles]


def replaced(before: Resource, after: Resource, path: str) -> Change:
    old, new = before.inputs.get(path), after.inputs.get(path)
    return Change(Kind.REPLACE, before, after, (PropertyChange(path, old, new, True),))


@pytest.mark.parametrize("name", ["events", "unknown-events"])
def test_a_name_is_taken_whatever_it_is(name: str) -> None:
    old, new = resource(BUCKET, "old", bucket=name), resource(BUCKET, "new", bucket=name)
    assert compared([old], [old, new]).status is Status.NO


def test_without_an_obstacle_up_succeeds() -> None:
    sides = resource(BUCKET, "b", forceDestroy=True), resource(BUCKET, "b")
    assert of(change(*sides)).status is Status.YES
    assert of().status is Status.YES


@pytest.mark.parametrize(
    "gone",
    [
        resource(VPC, "net", options=LOCKED),
        resource(BUCKET, "logs", options=LOCKED, forceDestroy=True),
        resource("aws:cloudwatch/metricAlarm:MetricAlarm", "errors", options=LOCKED),
        resource("shop:index:Thing", "thing", options=LOCKED),
        resource(BUCKET, "kept", options={**LOCKED, "retainOnDelete": True}),
    ],
)
def test_any_protected_resource_that_leaves_the_program_is_refused(gone: Resource) -> None:
    found = of(change(gone, None))
    assert found.status is Status.NO
    (obstacle,) = found.obstacles
    assert obstacle.reason.one == "a protected resource leaves the program"
    assert obstacle.urn == gone.urn


def test_a_protected_component_and_its_children_are_one_obstacle_each_child() -> None:
    parent = Resource("urn:c", "shop:index:Net", "net", None, False, {}, options=LOCKED)
    child = Resource("urn:v", VPC, "net-vpc", "urn:c", True, {}, options=LOCKED)
    assert [o.urn for o in of(change(parent, None), change(child, None)).obstacles] == ["urn:v"]
    assert [o.urn for o in of(change(parent, None)).obstacles] == ["urn:c"]


def test_a_protected_vpc_with_another_cidr_is_refused_and_names_the_cause() -> None:
    old = resource(VPC, "net", options=LOCKED, cidrBlock="10.0.0.0/16")
    new = resource(VPC, "net", options=LOCKED, cidrBlock="10.1.0.0/16")
    (words,) = stated(compared([old], [new]))
    assert words.startswith("a protected resource would be replaced: the VPC net (cidrBlock: 10.")


def test_what_the_replacement_of_a_dependency_replaces_is_refused_if_it_is_protected() -> None:
    vpc = [resource(VPC, "net", cidrBlock=cidr) for cidr in ("10.0.0.0/16", "10.1.0.0/16")]
    subnets = [
        resource(SUBNET, "a", {"vpcId": v}, options=LOCKED, vpcId="${net.id}", cidrBlock="10.0.0/8")
        for v in vpc
    ]
    found = compared([vpc[0], subnets[0]], [vpc[1], subnets[1]])
    assert [o.subject for o in found.obstacles] == ["the subnet a"]
    assert "vpcId" in found.obstacles[0].because


def test_protection_may_be_removed_with_the_replacement_but_not_in_a_chain_of_deletions() -> None:
    """step_generator.go: dependents of what is deleted first need no protection in the
    state."""
    first = {"deleteBeforeReplace": True}
    clusters = [resource(CLUSTER, "gpu", options=first, name="gpu", roleArn=arn) for arn in "ab"]
    group = "aws:eks/nodeGroup:NodeGroup"
    old = resource(group, "pool", {"clusterName": clusters[0]}, options=LOCKED, clusterName="gpu")
    new = resource(group, "pool", {"clusterName": clusters[1]}, clusterName="gpu")
    chain = of(replaced(clusters[0], clusters[1], "roleArn"), replaced(old, new, "clusterName"))
    assert [o.subject for o in chain.obstacles] == ["the node group pool"]
    assert of(replaced(old, new, "clusterName"), also=(clusters[1],)).status is Status.YES


def test_it_is_not_known_whether_a_change_replaces_a_protected_resource() -> None:
    sides = [resource(BUCKET, "b", options=LOCKED, odd=value) for value in (1, 2)]
    unsure = Change(Kind.UPDATE, sides[0], sides[1], (PropertyChange("odd", 1, 2),))
    found = of(unsure)
    assert found.status is Status.UNKNOWN
    assert found.obstacles[0].because == "odd: 1 -> 2"
    sure = Change(Kind.UPDATE, sides[0], sides[1], (PropertyChange("odd", 1, 2, False),))
    assert of(sure).status is Status.YES


@pytest.mark.parametrize(
    ("type_", "inputs", "status"),
    [
        (DATABASE, {"deletionProtection": True, "skipFinalSnapshot": True}, Status.NO),
        (DATABASE, {"skipFinalSnapshot": True}, Status.YES),
        (DATABASE, {"finalSnapshotIdentifier": "last"}, Status.YES),
        (DATABASE, {}, Status.NO),
        ("aws:lb/loadBalancer:LoadBalancer", {"enableDeletionProtection": True}, Status.NO),
        ("aws:dynamodb/table:Table", {"deletionProtectionEnabled": True}, Status.NO),
        ("aws:cognito/userPool:UserPool", {"deletionProtection": "ACTIVE"}, Status.NO),
        (CLUSTER, {"deletionProtection": True}, Status.NO),
        ("aws:emr/cluster:Cluster", {"terminationProtection": True}, Status.NO),
        ("aws:ec2/instance:Instance", {"disableApiTermination": True}, Status.YES),
        (BUCKET, {}, Status.UNKNOWN),
        (BUCKET, {"forceDestroy": True}, Status.YES),
        ("aws:ecr/repository:Repository", {"forceDelete": False}, Status.UNKNOWN),
        ("aws:route53/zone:Zone", {}, Status.UNKNOWN),
        ("aws:backup/vault:Vault", {}, Status.UNKNOWN),
    ],
)
def test_what_aws_refuses_to_delete(type_: str, inputs: Any, status: Status) -> None:
    assert of(change(resource(type_, "x", **inputs), None)).status is status
    kept = resource(type_, "x", options={"retainOnDelete": True}, **inputs)
    assert of(change(kept, None)).status is Status.YES


def test_a_fixed_name_is_taken_until_the_old_resource_is_deleted() -> None:
    late = {"deleteBeforeReplace": False}
    old, new = (resource(ROLE, "r", options=late, name="app", path=path) for path in ("/a/", "/b/"))
    (words,) = stated(of(replaced(old, new, "path")))
    assert words.startswith("a new resource needs a name that an existing one still has: the role")
    assert words.endswith("(name app stays the same)")
    other = resource(ROLE, "r", options=late, name="other", path="/b/")
    assert of(replaced(old, other, "path")).status is Status.YES
    noted = [resource(ROLE, "r", name="app", path=path) for path in ("/a/", "/b/")]
    assert compared([noted[0]], [noted[1]]).status is Status.YES  # the provider deletes first
    retained = [
        resource(ROLE, "r", options={"retainOnDelete": True}, name="app", path=p) for p in "ab"
    ]
    assert compared([retained[0]], [retained[1]]).status is Status.NO


@pytest.mark.parametrize("options", [{}, {"retainOnDelete": True}])
def test_a_resource_with_a_new_name_and_no_alias_has_a_physical_name_that_is_taken(
    options: Any,
) -> None:
    old, new = (resource(ROLE, name, options=options, name="app") for name in ("a", "b"))
    (words,) = stated(compared([old], [new]))
    assert words.endswith("the role b (name app is that of a)")
    aliased = resource(ROLE, "b", options={"aliases": [{"name": "a"}]}, name="app")
    assert compared([old], [aliased]).status is Status.YES
    assert compared([], [old, new]).status is Status.NO
    assert compared([resource(ROLE, "a")], [resource(ROLE, "b")]).status is Status.YES
    imported = resource(ROLE, "b", options={"import": "app"}, name="app")
    assert compared([old], [imported]).status is Status.UNKNOWN


def test_a_replaced_subnet_has_a_range_that_is_taken_unless_its_vpc_is_new_too() -> None:
    vpc = resource(VPC, "net")
    sides = [
        resource(SUBNET, "a", {"vpcId": vpc}, vpcId="${net.id}", cidrBlock="10.0.0.0/24", zone=zone)
        for zone in "ab"
    ]
    (words,) = stated(of(replaced(sides[0], sides[1], "zone"), also=(vpc,)))
    assert words == (
        "a new resource needs what an existing one still has: the subnet a "
        "(vpcId net and cidrBlock 10.0.0.0/24 stay the same)"
    )
    assert (
        of(replaced(sides[0], sides[1], "zone"), replaced(vpc, vpc, "cidrBlock")).status
        is Status.YES
    )


def test_a_name_is_free_in_another_region_unless_it_is_a_buckets() -> None:
    def moved(type_: str, **inputs: Any) -> Verdict:
        late = {"deleteBeforeReplace": False}
        sides = [
            resource(type_, "x", options=late, region=region, **inputs)
            for region in ("us-east-1", "eu-west-1")
        ]
        plain = [replace(side, inputs=inputs) for side in sides]
        property_ = PropertyChange("region", "us-east-1", "eu-west-1", True)
        return of(Change(Kind.REPLACE, plain[0], plain[1], (property_,)))

    repository = "aws:ecr/repository:Repository"
    assert moved(repository, name="app", forceDelete=True).status is Status.YES
    assert moved(BUCKET, bucket="data", forceDestroy=True).status is Status.NO


@pytest.mark.parametrize(
    ("option", "status"), [(False, Status.UNKNOWN), (None, Status.YES), (True, Status.YES)]
)
def test_it_is_not_known_whether_a_name_is_taken_by_what_may_be_replaced(
    option: bool | None, status: Status
) -> None:
    options = {} if option is None else {"deleteBeforeReplace": option}
    sides = [resource(ROLE, "r", options=options, name="app", odd=odd) for odd in (1, 2)]
    unsure = Change(Kind.UPDATE, sides[0], sides[1], (PropertyChange("odd", 1, 2),))
    assert of(unsure).status is status


def words_of(before: list[Resource], after: list[Resource]) -> list[tuple[str, str]]:
    """Level and sentence of the risks of two programs."""
    sides = Manifest("shop", "dev", tuple(before)), Manifest("shop", "dev", tuple(after))
    risks = analyze(compare(*sides, "base"), *sides)
    return [(r.level.value, r.words) for r in risks if "the same object" in r.words]


@pytest.mark.parametrize(
    ("type_", "inputs", "noun", "level"),
    [
        ("aws:s3/bucketPolicy:BucketPolicy", {"bucket": "${data.id}"}, "bucket policy", "medium"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", {"name": "errors"}, "alarm", "medium"),
        ("aws:iam/rolePolicy:RolePolicy", {"role": "${r.id}", "name": "x"}, "policy", "medium"),
        (
            "kubernetes:core/v1:ConfigMap",
            {"metadata": {"name": "x", "namespace": "one"}},
            "config map",
            "high",
        ),
    ],
)
def test_what_is_overwritten_is_deleted_after_that(
    type_: str, inputs: Any, noun: str, level: str
) -> None:
    old, new = resource(type_, "a", **inputs), resource(type_, "b", **inputs)
    assert compared([old], [new]).status is Status.YES
    ((found, words),) = words_of([old], [new])
    assert found == level
    assert "is the same object as a, which is deleted after it was written" in words
    assert noun in words
    aliased = resource(type_, "b", options={"aliases": [{"name": "a"}]}, **inputs)
    assert words_of([old], [aliased]) == []
    retained = resource(type_, "a", options={"retainOnDelete": True}, **inputs)
    assert words_of([retained], [new]) == []


def test_objects_in_other_namespaces_and_patches_are_others() -> None:
    def named(name: str, space: str, kind: str = "ConfigMap") -> Resource:
        type_ = f"kubernetes:core/v1:{kind}"
        return resource(type_, name, metadata={"name": "x", "namespace": space})

    assert words_of([named("a", "one")], [named("b", "two")]) == []
    patches = [named(name, "one", "ConfigMapPatch") for name in "ab"]
    assert words_of([patches[0]], [patches[1]]) == []


def test_what_is_imported_cannot_be_replaced() -> None:
    sides = [resource(VPC, "net", options={"import": "vpc-1"}, cidrBlock=cidr) for cidr in "ab"]
    assert of(replaced(sides[0], sides[1], "cidrBlock")).status is Status.NO


def test_two_resources_cannot_be_the_same_former_one() -> None:
    old = resource(BUCKET, "a")
    alias = {"aliases": [{"name": "a"}]}
    twice = compared(
        [old], [resource(BUCKET, "b", options=alias), resource(BUCKET, "c", options=alias)]
    )
    assert "both are the former a" in stated(twice)[0]
    still = compared([old], [old, resource(BUCKET, "b", options=alias)])
    assert still.status is Status.NO
    whole = {"aliases": [old.urn]}
    assert compared([old], [resource(BUCKET, "b", options=whole)]).status is Status.YES
    wrong = {"aliases": ["arn:aws:s3:::a"]}
    assert (
        "an alias is not a URN" in stated(compared([], [resource(BUCKET, "b", options=wrong)]))[0]
    )


def test_a_refused_update_is_an_obstacle_and_named_once() -> None:
    sides = [resource(CLUSTER, "gpu", version=version) for version in ("1.33", "1.36")]
    found = compared([sides[0]], [sides[1]])
    assert found.status is Status.NO
    assert found.obstacles[0].because == "version: 1.33 -> 1.36"
    locked = resource(BUCKET, "b", options=LOCKED)
    assert len(of(change(locked, None)).obstacles) == 1


@pytest.mark.parametrize(
    ("shared", "status"),
    [
        ({}, Status.NO),
        ({"setIdentifier": "blue"}, Status.YES),
        ({"allowOverwrite": True}, Status.YES),
    ],
)
def test_a_record_of_a_name_and_a_type_is_there_once_unless_it_is_weighted(
    shared: dict[str, Any], status: Status
) -> None:
    token = "aws:route53/record:Record"
    sides = [
        resource(token, name, zoneId="z", name="www.example.com", type="A", **shared)
        for name in ("old", "new")
    ]
    assert compared(sides[:1], sides[1:]).status is status
