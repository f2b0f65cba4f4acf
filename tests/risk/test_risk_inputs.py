"""Risks of single inputs: switches, counts, replicas, backups, images, routes, grants,
exclusive attachments, providers."""

import json
from typing import Any

import pytest
from groundplan.diff.changes import Kind
from groundplan.risk import tls
from risk_changes import change, resource, stated

Said = list[tuple[str, str]]


def said(old: Any, new: Any, kind: Kind = Kind.UPDATE, also: tuple[Any, ...] = ()) -> Said:
    return [(level, words) for level, _, words in stated(change(old, new, kind), also=also)]


@pytest.mark.parametrize(
    ("type_", "old", "new", "level"),
    [
        ("aws:lb/listener:Listener", {"protocol": "TLS"}, {"protocol": "TCP"}, "medium"),
        ("aws:lb/listener:Listener", {"protocol": "UDP"}, {"protocol": "TCP"}, None),
        ("aws:lb/listener:Listener", {"protocol": "HTTP"}, {"protocol": "HTTPS"}, None),
        ("aws:guardduty/detector:Detector", {}, {"enable": False}, "medium"),
        ("aws:guardduty/detector:Detector", {"enable": False}, {"enable": False}, None),
        ("aws:cloudwatch/eventRule:EventRule", {}, {"state": "DISABLED"}, "medium"),
        ("aws:scheduler/schedule:Schedule", {"state": "DISABLED"}, {"state": "ENABLED"}, None),
        ("aws:rds/instance:Instance", {"multiAz": False}, {"multiAz": True}, None),
        ("kubernetes:batch/v1:CronJob", {"spec": {"suspend": True}}, {"spec": {}}, None),
        (
            "kubernetes:storage.k8s.io/v1:StorageClass",
            {"reclaimPolicy": "Retain"},
            {},
            "medium",
        ),
        ("aws:kinesis/stream:Stream", {"shardCount": 2}, {"shardCount": 4}, None),
        ("aws:opensearch/domain:Domain", {}, {"clusterConfig": {"instanceCount": 1}}, None),
    ],
)
def test_a_value_that_stops_or_exposes_something_is_reported_once(
    type_: str, old: dict[str, Any], new: dict[str, Any], level: str | None
) -> None:
    sides = [resource(type_, "x", **side) for side in (old, new)]
    levels = [each for each, _ in said(sides[0], sides[1]) if each != "low"]
    assert levels == ([level] if level else [])


def test_a_resource_without_inputs_is_there() -> None:
    sides = [resource("aws:s3/bucket:Bucket", "b", **side) for side in ({}, {"forceDestroy": True})]
    words = "The bucket b would now be deleted with all objects in it."
    assert said(sides[0], sides[1]) == [("medium", words)]


def test_counts_are_named_in_words() -> None:
    type_ = "aws:elasticache/replicationGroup:ReplicationGroup"
    old, new = (resource(type_, "c", replicasPerNodeGroup=n) for n in (2, 0))
    words = "The cache c runs with no replicas in each shard any more."
    assert said(old, new) == [("medium", words)]


@pytest.mark.parametrize(
    ("inputs", "level"),
    [
        ({}, "high"),
        ({"skipFinalBackup": True}, "high"),
        ({"skipFinalBackup": False}, "medium"),
        ({"skipFinalBackup": False, "deploymentType": "SCRATCH_2"}, "high"),
    ],
)
def test_a_lustre_file_system_takes_a_final_backup_only_if_told_so(
    inputs: dict[str, Any], level: str
) -> None:
    gone = resource("aws:fsx/lustreFileSystem:LustreFileSystem", "fast", **inputs)
    kinds = {kind: found for found, kind, _ in stated(change(gone, None))}
    assert kinds["data-loss"] == level


@pytest.mark.parametrize(("policy", "level"), [("Delete", "high"), ("Retain", "medium")])
def test_the_files_of_a_domain_are_lost_where_it_does_not_retain_them(
    policy: str, level: str
) -> None:
    inputs = {"retentionPolicy": {"homeEfsFileSystem": policy}}
    gone = resource("aws:sagemaker/domain:Domain", "studio", **inputs)
    kinds = {kind: found for found, kind, _ in stated(change(gone, None))}
    assert kinds["data-loss"] == level


def table(*regions: str) -> Any:
    replicas = [{"regionName": region} for region in regions]
    return resource("aws:dynamodb/table:Table", "users", replicas=replicas)


def test_a_replica_that_is_removed_is_reported_by_its_region() -> None:
    words = "The replica of the table users in us-west-2 is deleted, with all items in it."
    assert said(table("eu-west-1", "us-west-2"), table("eu-west-1")) == [("medium", words)]
    assert said(table("eu-west-1"), table("us-west-2", "eu-west-1")) == []


def plan(**days: int | None) -> Any:
    rules = [{"ruleName": n, "lifecycle": {"deleteAfter": d}} for n, d in days.items()]
    return resource("aws:backup/plan:Plan", "daily", rules=rules)


def test_a_backup_plan_that_keeps_less_is_reported() -> None:
    shorter = "The plan daily keeps its backups for 7 days in place of 35."
    assert said(plan(a=35), plan(a=7)) == [("medium", shorter)]
    gone = "The plan daily no longer takes the backups of its rule b."
    assert said(plan(a=7, b=7), plan(a=7)) == [("medium", gone)]
    assert said(plan(a=7), plan(a=35, b=1)) == []


def images(number: int, kind: str = "imageCountMoreThan", **more: Any) -> Any:
    selection = {"tagStatus": "any", "countType": kind, "countNumber": number}
    rules = [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}, **more}]
    return resource(
        "aws:ecr/lifecyclePolicy:LifecyclePolicy", "keep", policy=json.dumps({"rules": rules})
    )


def test_a_repository_that_keeps_fewer_images_is_reported_with_both_numbers() -> None:
    words = "The image repository of keep keeps 5 images in place of 100."
    assert said(images(100), images(5)) == [("medium", words)]
    days = "The image repository of keep keeps images for 7 days in place of 30."
    kind = "sinceImagePushed"
    assert said(images(30, kind), images(7, kind)) == [("medium", days)]
    assert said(images(5), images(100)) == said(images(5), images(5, description="d")) == []


ROUTES = "aws:ec2/route:Route"
TABLE = resource("aws:ec2/routeTable:RouteTable", "inner")


@pytest.mark.parametrize(
    ("route", "reported"),
    [
        ({"destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}, True),
        ({"destinationIpv6CidrBlock": "::/0", "gatewayId": "${gateway.id}"}, True),
        ({"destinationCidrBlock": "10.1.0.0/16", "gatewayId": "igw-1"}, False),
        ({"destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1"}, False),
        ({"destinationCidrBlock": "0.0.0.0/0", "gatewayId": "vgw-1"}, False),
    ],
)
def test_a_route_to_the_internet_in_a_table_that_exists_is_reported(
    route: dict[str, Any], reported: bool
) -> None:
    new = resource(ROUTES, "out", {"routeTableId": TABLE}, routeTableId="${inner.id}", **route)
    assert bool(said(None, new, also=(TABLE,))) is reported
    assert stated(change(None, TABLE), change(None, new)) == []


@pytest.mark.parametrize(
    ("old", "new", "level"),
    [
        (None, {"principal": "*"}, "high"),
        (None, {"principal": "*", "principalOrgId": "o-1"}, "medium"),
        (None, {"principal": "*", "functionUrlAuthType": "NONE"}, "high"),
        (None, {"principal": "s3.amazonaws.com"}, None),
        ({"principal": "111122223333"}, {"principal": "444455556666"}, "medium"),
        (
            {"principal": "s3.amazonaws.com", "sourceArn": "a"},
            {"principal": "s3.amazonaws.com"},
            "medium",
        ),
        ({"principal": "*"}, {"principal": "*"}, None),
    ],
)
def test_a_permission_for_more_callers_is_reported(
    old: dict[str, Any] | None, new: dict[str, Any], level: str | None
) -> None:
    token = "aws:lambda/permission:Permission"
    sides = [side and resource(token, "p", function="score", **side) for side in (old, new)]
    found = [found for found, _ in said(sides[0], sides[1], Kind.REPLACE)]
    assert found == ([level] if level else [])


def attachment(policy: Any, *roles: str) -> Any:
    depends = {"policyArn": policy} if policy else {}
    arn = "${own.arn}" if policy else "arn:aws:iam::aws:policy/ReadOnlyAccess"
    token = "aws:iam/policyAttachment:PolicyAttachment"
    return resource(token, "read", depends, policyArn=arn, roles=list(roles))


def test_an_exclusive_attachment_says_that_others_lose_the_policy() -> None:
    created = (
        "The policy ReadOnlyAccess is attached to a exclusively: all other roles, users and groups "
        "of the account lose it."
    )
    assert ("medium", created) in said(None, attachment(None, "a"))
    gone = (
        "The policy ReadOnlyAccess is detached from all roles, users and groups of the account, "
        "also where another resource attached it."
    )
    assert said(attachment(None, "a"), None) == [("medium", gone)]
    assert said(attachment(None, "a", "b"), attachment(None, "a")) == [
        ("low", "The role b loses the policy ReadOnlyAccess.")
    ]


def test_an_exclusive_attachment_of_a_policy_that_comes_or_goes_with_it_is_none() -> None:
    own = resource("aws:iam/policy:Policy", "own")
    both = attachment(own, "a")
    assert all(
        "exclusively" not in words for _, _, words in stated(change(None, own), change(None, both))
    )
    assert stated(change(own, None), change(both, None)) == []


@pytest.mark.parametrize(
    ("type_", "old", "new", "reported"),
    [
        ("kubernetes", {"context": "a"}, {"context": "b"}, True),
        (
            "kubernetes",
            {"context": "a", "kubeconfig": "k"},
            {"context": "b", "kubeconfig": "k"},
            False,
        ),
        ("kubernetes", {"namespace": "a"}, {"namespace": "b"}, False),
        ("aws", {"profile": "dev"}, {"profile": "prod"}, True),
        ("aws", {"region": "a"}, {"region": "a"}, False),
    ],
)
def test_a_provider_that_may_lead_elsewhere_is_reported(
    type_: str, old: dict[str, Any], new: dict[str, Any], reported: bool
) -> None:
    sides = [resource(f"pulumi:providers:{type_}", "p", **side) for side in (old, new)]
    assert bool(said(sides[0], sides[1])) is reported


def test_a_record_of_another_name_is_a_deletion_to_those_that_ask_for_the_old_one() -> None:
    sides = [resource("aws:route53/record:Record", "web", name=n, ttl=1) for n in ("a", "b")]
    assert [level for level, _ in said(sides[0], sides[1], Kind.REPLACE)] == ["medium"]
    assert [level for level, _ in said(sides[0], sides[0], Kind.REPLACE)] == ["low"]


def test_inline_rules_of_a_group_remove_the_rules_of_other_resources() -> None:
    groups = [
        resource("aws:ec2/securityGroup:SecurityGroup", "sg", ingress=rules)
        for rules in ([], [{"protocol": "tcp", "fromPort": 1, "toPort": 1, "self": True}])
    ]
    token = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    out = resource(token, "out", {"securityGroupId": groups[1]}, securityGroupId="${sg.id}")
    token = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    into = resource(token, "in", {"securityGroupId": groups[1]}, securityGroupId="${sg.id}")
    words = (
        "The security group sg has ingress rules of its own, which remove those of in: the "
        "traffic that they allow is blocked."
    )
    assert ("medium", words) in said(groups[0], groups[1], also=(into, out))
    assert all("remove those" not in words for _, words in said(groups[0], groups[1], also=(out,)))


@pytest.mark.parametrize(("type_", "level"), [("STANDARD", "low"), ("EC2_LINUX", "high")])
def test_a_deleted_access_entry_takes_the_cluster_from_its_principal(
    type_: str, level: str
) -> None:
    arn = "arn:aws:iam::111122223333:role/dev"
    entry = resource(
        "aws:eks/accessEntry:AccessEntry", "dev", clusterName="main", principalArn=arn, type=type_
    )
    assert [found for found, _ in said(entry, None)] == [level]


SECURE, OLD = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "ELBSecurityPolicy-2016-08"
DEAD_LETTERS = {"redrivePolicy": '{"deadLetterTargetArn":"a","maxReceiveCount":3}'}


@pytest.mark.parametrize(
    ("type_", "old", "new", "level"),
    [
        ("aws:apigateway/method:Method", {"authorization": "AWS_IAM"}, "NONE", "high"),
        ("aws:apigateway/method:Method", {"authorization": "NONE"}, "AWS_IAM", None),
        ("aws:apigatewayv2/route:Route", {"authorizationType": "JWT"}, None, "high"),
        ("aws:apigatewayv2/stage:Stage", {"defaultRouteSettings": {"a": 1}}, None, "low"),
        ("aws:batch/jobQueue:JobQueue", {"state": "ENABLED"}, "DISABLED", "medium"),
        ("aws:cfg/recorderStatus:RecorderStatus", {"isEnabled": True}, False, "medium"),
        ("aws:cognito/userPool:UserPool", {"mfaConfiguration": "ON"}, "OPTIONAL", "low"),
        ("aws:cognito/userPool:UserPool", {"mfaConfiguration": "OFF"}, "ON", None),
        ("aws:ebs/encryptionByDefault:EncryptionByDefault", {"enabled": True}, False, "medium"),
        ("aws:glue/trigger:Trigger", {"enabled": True}, False, "low"),
        ("aws:emr/instanceGroup:InstanceGroup", {"instanceCount": 10}, 2, "medium"),
        ("aws:lb/listener:Listener", {"sslPolicy": SECURE}, OLD, "medium"),
        ("aws:lb/listener:Listener", {"sslPolicy": OLD}, SECURE, None),
        ("aws:sqs/queue:Queue", DEAD_LETTERS, None, "low"),
        ("aws:cloudfront/distribution:Distribution", {"webAclId": "arn"}, None, "medium"),
        ("aws:cloudfront/distribution:Distribution", {"webAclId": "arn"}, "other", None),
    ],
)
def test_an_input_that_protects_is_missed(
    type_: str, old: dict[str, Any], new: Any, level: str | None
) -> None:
    (name,) = old
    side = {} if new is None else {name: new}
    assert [
        each for each, _ in said(resource(type_, "x", **old), resource(type_, "x", **side))
    ] == ([level] if level else [])


@pytest.mark.parametrize(
    ("policy", "version"),
    [
        (OLD, 1.0),
        (SECURE, 1.2),
        ("ELBSecurityPolicy-TLS13-1-0-2021-06", 1.0),
        ("ELBSecurityPolicy-TLS13-1-3-2021-06", 1.3),
        ("ELBSecurityPolicy-TLS13-1-2-FIPS-PQ-2025-09", 1.2),
        ("ELBSecurityPolicy-TLS-1-1-2017-01", 1.1),
        ("ELBSecurityPolicy-FS-1-2-Res-2020-10", 1.2),
        ("Policy-Min-TLS-1-2-PFS-2023-10", 1.2),
        ("TLS_1_0", 1.0),
        ("TLSv1.2_2021", 1.2),
        ("TLSv1", 1.0),
        ("SSLv3", 0.3),
        ("SecurityPolicy_TLS13_1_3_2025_09", 1.3),
        ("${policy.name}", None),
    ],
)
def test_the_oldest_version_of_a_policy_is_known_by_its_name(
    policy: str, version: float | None
) -> None:
    assert tls.oldest(policy) == version


def test_what_others_read_is_missed_where_one_of_them_stays() -> None:
    settings = resource("kubernetes:core/v1:Secret", "s", metadata={"name": "s"})
    reader = resource("kubernetes:apps/v1:Deployment", "d", {"spec": settings})
    gone = change(settings, None)
    words = "The secret s is deleted: its value is lost, and pods that use it don't start again."
    assert [found for found in stated(gone) if "secret" in found[2]] == [
        ("medium", "downtime", words)
    ]
    both = stated(gone, change(reader, None))
    assert not [found for found in both if "secret" in found[2]]


@pytest.mark.parametrize("kind", ["glue/job:Job", "acm/certificate:Certificate"])
def test_the_replacement_of_what_others_only_read_is_no_risk(kind: str) -> None:
    sides = [resource(f"aws:{kind}", "x", domainName=name) for name in "ab"]
    assert said(sides[0], sides[1], Kind.REPLACE) == []


def test_fewer_vcpus_of_batch_and_fewer_variants() -> None:
    type_ = "aws:batch/computeEnvironment:ComputeEnvironment"
    sides = [resource(type_, "b", computeResources={"maxVcpus": n}) for n in (512, 16)]
    words = (
        "The compute environment b allows less, 16 vCPUs in place of 512: jobs wait longer, or "
        "are stopped."
    )
    assert said(sides[0], sides[1]) == [("medium", words)]
    type_ = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
    sides = [
        resource(type_, "c", productionVariants=[{"variantName": name} for name in names])
        for names in ("ab", "a")
    ]
    words = "The endpoint configuration c no longer has the variant b: the others serve its part."
    assert ("low", words) in said(sides[0], sides[1], Kind.REPLACE)
