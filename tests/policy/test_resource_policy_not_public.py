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

Make = Callable[..., Resource]
Judge = Callable[..., list[Breach]]


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
def test_a_policy_that_names_who_may_complies(make: Make, judge: Judge, document: Any) -> None:
    assert judge(RULE, make(POLICY, "policy", {"policy": document})) == []


@pytest.mark.parametrize(
    "document",
    [policy("*"), policy({"AWS": "*"}), policy("*", StringNotEquals={"aws:SourceVpce": "vpce-1"})],
)
def test_a_policy_for_everyone_is_named(make: Make, judge: Judge, document: str) -> None:
    resource = make(POLICY, "site", {"policy": document})
    (breach,) = judge(RULE, resource)
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
    make: Make, judge: Judge, kind: str, input: str, what: str
) -> None:
    (breach,) = judge(RULE, make(kind, "it", {input: policy("*")}))
    assert f"opens {what} to the world" in breach.reason
    assert breach.property == input


def test_a_function_that_anyone_may_call_is_named(make: Make, judge: Judge) -> None:
    (breach,) = judge(
        RULE, make(PERMISSION, "open", {"principal": "*", "action": "lambda:InvokeFunction"})
    )
    assert breach.reason == "open lets anyone with an AWS account call a function"
    assert (
        judge(RULE, make(PERMISSION, "own", {"principal": "*", "sourceArn": "${bucket.arn}"})) == []
    )
    assert judge(RULE, make(PERMISSION, "events", {"principal": "events.amazonaws.com"})) == []
    assert (
        judge(RULE, make(PERMISSION, "url", {"principal": "*", "functionUrlAuthType": "AWS_IAM"}))
        == []
    )


def test_a_web_address_without_sign_in_is_named(make: Make, judge: Judge) -> None:
    (breach,) = judge(RULE, make(URL, "url", {"authorizationType": "NONE"}))
    assert breach.severity is Severity.HIGH
    assert judge(RULE, make(URL, "url", {"authorizationType": "AWS_IAM"})) == []


def test_it_is_not_about_permissions_of_identities(make: Make, judge: Judge) -> None:
    inputs = {"policy": policy("*"), "principal": "*", "authorizationType": "NONE"}
    assert judge(RULE, make("aws:iam/policy:Policy", "p", inputs)) == []


@pytest.mark.parametrize(
    ("kind", "input"),
    [
        ("aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy", "resourcePolicy"),
        ("aws:ecr/registryPolicy:RegistryPolicy", "policy"),
        ("aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate", "repositoryPolicy"),
    ],
)
def test_registries_are_judged_by_their_policies(
    make: Callable[..., Resource], judge: Callable[..., list[Breach]], kind: str, input: str
) -> None:
    statement = {"Sid": "Read", "Effect": "Allow", "Action": "sagemaker:DescribeModelPackage"}
    everyone = json.dumps({"Statement": [{**statement, "Principal": "*"}]})
    one = json.dumps(
        {"Statement": [{**statement, "Principal": {"AWS": "arn:aws:iam::210987654321:root"}}]}
    )
    assert judge(RULE, make(kind, "models", {input: one})) == []
    (breach,) = judge(RULE, make(kind, "models", {input: everyone}))
    assert breach.property == input
