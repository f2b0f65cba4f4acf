import json
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach, Severity
from groundplan.policy.rules.policy_without_wildcards import RULE

POLICY = "aws:iam/rolePolicy:RolePolicy"
ROLE = "aws:iam/role:Role"
BUCKET = "arn:aws:s3:::data/*"
TOO_MUCH = "on everything, not only on what it is for"

Make = Callable[..., Resource]
Judge = Callable[..., list[Breach]]


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
def test_permissions_that_are_named_comply(make: Make, judge: Judge, document: Any) -> None:
    assert judge(RULE, make(POLICY, "reader", {"policy": document})) == []


@pytest.mark.parametrize(
    ("document", "reason", "severity"),
    [
        (allow("*"), "allows every action on everything", None),
        (allow("*", BUCKET), "allows every action", None),
        (allow("s3:*"), "allows s3:* on everything: deleting and changing permissions too", None),
        (allow("s3:*", BUCKET), "allows s3:*: deleting and changing permissions too", Severity.MEDIUM),
        (allow(["s3:GetObject", "ec2:DescribeVpcs"]), f"allows s3:GetObject {TOO_MUCH}", Severity.MEDIUM),
        (allow("s3:GetObject", "arn:aws:s3:::*"), f"allows s3:GetObject {TOO_MUCH}", Severity.MEDIUM),
        (allow("iam:PassRole"), f"allows iam:PassRole {TOO_MUCH}", None),
        (allow("cloudwatch:PutMetricData"), f"allows cloudwatch:PutMetricData {TOO_MUCH}", Severity.MEDIUM),
        (
            allow("s3:GetObject", Condition={"StringNotEquals": {"aws:ResourceTag/secret": "yes"}}),
            f"allows s3:GetObject {TOO_MUCH}",
            Severity.MEDIUM,
        ),
        (
            json.dumps({"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}),
            "allows every action but those it lists, and each that AWS adds",
            None,
        ),
    ],
)  # fmt: skip
def test_a_wildcard_is_named_with_its_statement(
    make: Make, judge: Judge, document: str, reason: str, severity: Severity | None
) -> None:
    policy = make(POLICY, "reader", {"policy": document})
    (breach,) = judge(RULE, policy)
    sid = "statement 1" if "NotAction" in document else "It"
    assert breach.reason == f"reader ({sid}) {reason}"
    assert (breach.urn, breach.property, breach.severity) == (policy.urn, "policy", severity)


def test_many_actions_are_counted_not_listed(make: Make, judge: Judge) -> None:
    (breach,) = judge(
        RULE, make(POLICY, "reader", {"policy": allow([f"s3:Put{n}" for n in range(9)])})
    )
    assert "allows s3:Put0, s3:Put1, s3:Put2 and 6 more on everything" in breach.reason


@pytest.mark.parametrize(
    "kind",
    ["aws:iam/policy:Policy", "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy"],
)
def test_every_kind_of_identity_policy_is_read(make: Make, judge: Judge, kind: str) -> None:
    assert len(judge(RULE, make(kind, "p", {"policy": allow("*")}))) == 1


def test_a_roles_own_policies_are_read(make: Make, judge: Judge) -> None:
    role = make(
        ROLE,
        "role",
        {"inlinePolicies": [{"policy": allow("s3:Get*", BUCKET)}, {"policy": allow("*")}]},
    )
    assert [breach.property for breach in judge(RULE, role)] == ["inlinePolicies[1].policy"]


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("AdministratorAccess", None),
        ("job-function/PowerUserAccess", None),
        ("AmazonS3FullAccess", Severity.MEDIUM),
    ],
)
def test_broad_policies_of_aws_are_named(
    make: Make, judge: Judge, name: str, severity: Severity | None
) -> None:
    arn = f"arn:aws:iam::aws:policy/{name}"
    attachment = make(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "admin", {"policyArn": arn}
    )
    role = make(ROLE, "role", {"managedPolicyArns": [arn]})
    found = judge(RULE, attachment, role)
    assert {(breach.urn, breach.property, breach.severity) for breach in found} == {
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
def test_other_attached_policies_comply(make: Make, judge: Judge, arn: str) -> None:
    assert (
        judge(
            RULE, make("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "a", {"policyArn": arn})
        )
        == []
    )


def test_it_is_not_about_policies_of_resources(make: Make, judge: Judge) -> None:
    assert judge(RULE, make("aws:kms/key:Key", "key", {"policy": allow("kms:*")})) == []
