import json
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach, Severity
from groundplan.policy.rules.resource_policy_not_public import RULE

POLICY = "aws:s3/bucketPolicy:BucketPolicy"
PERMISSION = "aws:lambda/permission:Permission"
URL = "aws:lambda/functionUrl:FunctionUrl"

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


def policy(principal: Any, effect: str = "Allow", **condition: Any) -> str:
    return json.dumps(
        {
            "Statement": [
                {
                    "Effect": effect,
                    "Principal": principal,
                    "Action": ["s3:GetObject"],
                    "Condition": condition,
                }
            ]
        }
    )


@pytest.mark.parametrize(
    "document",
    [
        policy({"AWS": "arn:aws:iam::123456789012:root"}),
        policy({"Service": "cloudwatch.amazonaws.com"}),
        policy("*", "Deny"),
        policy("*", StringEquals={"aws:PrincipalOrgID": "o-123"}),
        policy("*", StringEquals={"aws:SourceVpce": "vpce-1"}),
        "${unknown until role}",
        None,
    ],
)
def test_a_policy_that_names_who_may_complies(
    build: Build, check_rule: CheckRule, document: Any
) -> None:
    assert check_rule(RULE, build(POLICY, "policy", {"policy": document})) == []


@pytest.mark.parametrize(
    "document",
    [policy("*"), policy({"AWS": "*"}), policy("*", StringNotEquals={"aws:SourceVpce": "vpce-1"})],
)
def test_a_policy_for_everyone_is_named(build: Build, check_rule: CheckRule, document: str) -> None:
    resource = build(POLICY, "site", {"policy": document})
    (breach,) = check_rule(RULE, resource)
    assert breach == Breach(
        resource.urn,
        "site (statement 1) opens a bucket to the world: s3:GetObject by anyone",
        "policy",
    )


@pytest.mark.parametrize(
    ("kind", "input", "what"),
    [
        ("aws:s3/bucket:Bucket", "policy", "bucket"),
        ("aws:sns/topicPolicy:TopicPolicy", "policy", "a topic"),
        ("aws:ecr/repositoryPolicy:RepositoryPolicy", "policy", "a repository"),
        ("aws:kms/key:Key", "policy", "key"),
        ("aws:opensearch/domain:Domain", "accessPolicies", "domain"),
    ],
)
def test_every_kind_of_resource_policy_is_read(
    build: Build, check_rule: CheckRule, kind: str, input: str, what: str
) -> None:
    (breach,) = check_rule(RULE, build(kind, "it", {input: policy("*")}))
    assert f"opens {what} to the world" in breach.reason
    assert breach.property == input


def test_a_function_with_public_invoke_access_is_named(build: Build, check_rule: CheckRule) -> None:
    (breach,) = check_rule(
        RULE, build(PERMISSION, "open", {"principal": "*", "action": "lambda:InvokeFunction"})
    )
    assert breach.reason == "open allows any AWS account to invoke a function"
    assert (
        check_rule(RULE, build(PERMISSION, "own", {"principal": "*", "sourceArn": "${bucket.arn}"}))
        == []
    )
    assert (
        check_rule(RULE, build(PERMISSION, "events", {"principal": "events.amazonaws.com"})) == []
    )
    assert (
        check_rule(
            RULE, build(PERMISSION, "url", {"principal": "*", "functionUrlAuthType": "AWS_IAM"})
        )
        == []
    )


def test_a_web_address_without_sign_in_is_named(build: Build, check_rule: CheckRule) -> None:
    (breach,) = check_rule(RULE, build(URL, "url", {"authorizationType": "NONE"}))
    assert breach.severity is Severity.HIGH
    assert check_rule(RULE, build(URL, "url", {"authorizationType": "AWS_IAM"})) == []


def test_it_is_not_about_permissions_of_identities(build: Build, check_rule: CheckRule) -> None:
    inputs = {"policy": policy("*"), "principal": "*", "authorizationType": "NONE"}
    assert check_rule(RULE, build("aws:iam/policy:Policy", "p", inputs)) == []


@pytest.mark.parametrize(
    ("kind", "input"),
    [
        ("aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy", "resourcePolicy"),
        ("aws:ecr/registryPolicy:RegistryPolicy", "policy"),
        ("aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate", "repositoryPolicy"),
    ],
)
def test_registries_are_judged_by_their_policies(
    build: Callable[..., Resource], check_rule: Callable[..., list[Breach]], kind: str, input: str
) -> None:
    statement = {"Sid": "Read", "Effect": "Allow", "Action": "sagemaker:DescribeModelPackage"}
    everyone = json.dumps({"Statement": [{**statement, "Principal": "*"}]})
    one = json.dumps(
        {"Statement": [{**statement, "Principal": {"AWS": "arn:aws:iam::210987654321:root"}}]}
    )
    assert check_rule(RULE, build(kind, "models", {input: one})) == []
    (breach,) = check_rule(RULE, build(kind, "models", {input: everyone}))
    assert breach.property == input
