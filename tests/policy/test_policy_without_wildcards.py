import json
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach, Severity
from groundplan.policy.rules.policy_without_wildcards import RULE

POLICY = "aws:iam/rolePolicy:RolePolicy"
ROLE = "aws:iam/role:Role"
ATTACHED = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
BUCKET = "arn:aws:s3:::data/*"
TOO_MUCH = "on all resources, not only on those that it needs"

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


def allow(action: Any, resource: Any = "*", **other: Any) -> str:
    return json.dumps(
        {
            "Statement": [
                {"Sid": "It", "Effect": "Allow", "Action": action, "Resource": resource, **other}
            ]
        }
    )


@pytest.mark.parametrize(
    "document",
    [
        allow(["s3:GetObject", "s3:Get*"], BUCKET),
        allow(
            [
                "ecr:GetAuthorizationToken",
                "ec2:DescribeSubnets",
                "autoscaling:DescribeAutoScalingGroups",
            ]
        ),
        allow("ECR:getauthorizationtoken"),
        allow(
            "cloudwatch:PutMetricData",
            Condition={"StringEquals": {"cloudwatch:namespace": "AWS/SageMaker"}},
        ),
        allow(
            "autoscaling:SetDesiredCapacity",
            Condition={"StringEquals": {"aws:ResourceTag/cluster": "owned"}},
        ),
        allow("ec2:CreateNetworkInterface", Condition={"ArnEquals": {"ec2:Vpc": "${vpc.arn}"}}),
        allow("s3:GetObject", "${bucket.arn}/*"),
        allow("*", "*", Effect="Deny"),
        "${unknown until bucket}",
        '{"Statement": ${unknown}}',
        None,
    ],
)
def test_permissions_that_are_named_comply(
    build: Build, check_rule: CheckRule, document: Any
) -> None:
    assert check_rule(RULE, build(POLICY, "reader", {"policy": document})) == []


@pytest.mark.parametrize(
    ("document", "reason", "severity"),
    [
        (allow("*"), "allows every action on all resources", None),
        (allow("*", BUCKET), "allows every action", None),
        (
            allow("s3:*"),
            ("allows s3:* on all resources: including deletion and changes of permissions"),
            None,
        ),
        (
            allow("s3:*", BUCKET),
            ("allows s3:*: including deletion and changes of permissions"),
            Severity.MEDIUM,
        ),
        (
            allow(["s3:GetObject", "ec2:DescribeVpcs"]),
            (f"allows s3:GetObject {TOO_MUCH}"),
            Severity.MEDIUM,
        ),
        (
            allow("s3:GetObject", "arn:aws:s3:::*"),
            (f"allows s3:GetObject {TOO_MUCH}"),
            Severity.MEDIUM,
        ),
        (allow("iam:PassRole"), f"allows iam:PassRole {TOO_MUCH}", None),
        (
            allow("cloudwatch:PutMetricData"),
            (f"allows cloudwatch:PutMetricData {TOO_MUCH}"),
            Severity.MEDIUM,
        ),
        (
            allow("s3:GetObject", Condition={"StringNotEquals": {"aws:ResourceTag/secret": "yes"}}),
            f"allows s3:GetObject {TOO_MUCH}",
            Severity.MEDIUM,
        ),
        (
            json.dumps({"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}),
            "allows every action but the listed ones, and all that AWS adds",
            None,
        ),
    ],
)
def test_a_wildcard_is_named_with_its_statement(
    build: Build, check_rule: CheckRule, document: str, reason: str, severity: Severity | None
) -> None:
    policy = build(POLICY, "reader", {"policy": document})
    (breach,) = check_rule(RULE, policy)
    sid = "statement 1" if "NotAction" in document else "It"
    assert breach.reason == f"reader ({sid}) {reason}"
    assert (breach.urn, breach.property, breach.severity) == (policy.urn, "policy", severity)


def test_many_actions_are_counted_not_listed(build: Build, check_rule: CheckRule) -> None:
    (breach,) = check_rule(
        RULE, build(POLICY, "reader", {"policy": allow([f"s3:Put{n}" for n in range(9)])})
    )
    assert "allows s3:Put0, s3:Put1, s3:Put2 and 6 more on all resources" in breach.reason


@pytest.mark.parametrize(
    "kind",
    ["aws:iam/policy:Policy", "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy"],
)
def test_every_kind_of_identity_policy_is_read(
    build: Build, check_rule: CheckRule, kind: str
) -> None:
    assert len(check_rule(RULE, build(kind, "p", {"policy": allow("*")}))) == 1


def test_a_roles_own_policies_are_read(build: Build, check_rule: CheckRule) -> None:
    role = build(
        ROLE,
        "role",
        {"inlinePolicies": [{"policy": allow("s3:Get*", BUCKET)}, {"policy": allow("*")}]},
    )
    assert [breach.property for breach in check_rule(RULE, role)] == ["inlinePolicies[1].policy"]


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("AdministratorAccess", None),
        ("job-function/PowerUserAccess", None),
        ("AmazonS3FullAccess", Severity.MEDIUM),
    ],
)
def test_broad_policies_of_aws_are_named(
    build: Build, check_rule: CheckRule, name: str, severity: Severity | None
) -> None:
    arn = f"arn:aws:iam::aws:policy/{name}"
    attachment = build(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "admin", {"policyArn": arn}
    )
    role = build(ROLE, "role", {"managedPolicyArns": [arn]})
    findings = check_rule(RULE, attachment, role)
    assert {(breach.urn, breach.property, breach.severity) for breach in findings} == {
        (attachment.urn, "policyArn", severity),
        (role.urn, "managedPolicyArns", severity),
    }


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",
        "arn:aws:iam::123456789012:policy/FullAccess",
        "${policy.arn}",
    ],
)
def test_other_attached_policies_comply(build: Build, check_rule: CheckRule, arn: str) -> None:
    assert (
        check_rule(
            RULE,
            build("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "a", {"policyArn": arn}),
        )
        == []
    )


def test_it_is_not_about_policies_of_resources(build: Build, check_rule: CheckRule) -> None:
    assert check_rule(RULE, build("aws:kms/key:Key", "key", {"policy": allow("kms:*")})) == []


def test_a_policy_that_is_only_a_boundary_grants_nothing(
    build: Build, check_rule: CheckRule
) -> None:
    limit = build("aws:iam/policy:Policy", "limit", {"policy": allow("*")})
    role = build(ROLE, "role", {}, {"permissionsBoundary": limit})
    assert check_rule(RULE, limit, role) == []
    attached = build(ATTACHED, "attached", {}, {"policyArn": limit, "role": role})
    (breach,) = check_rule(RULE, limit, role, attached)
    assert breach.urn == limit.urn
    (breach,) = check_rule(RULE, limit, build(ROLE, "role"))
    assert breach.urn == limit.urn


def test_a_broad_policy_within_a_boundary_is_less_grave(
    build: Build, check_rule: CheckRule
) -> None:
    power: Any = {"policyArn": "arn:aws:iam::aws:policy/PowerUserAccess"}
    bounded = build(ROLE, "role", {"permissionsBoundary": "arn:aws:iam::1:policy/limit"})
    (breach,) = check_rule(RULE, bounded, build(ATTACHED, "it", power, {"role": bounded}))
    assert breach.severity is Severity.MEDIUM
    assert "boundary" in breach.reason
    free = build(ROLE, "role")
    (breach,) = check_rule(RULE, free, build(ATTACHED, "it", power, {"role": free}))
    assert breach.severity is None
