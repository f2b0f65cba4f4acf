import json
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach, Severity
from groundplan.policy.rules.trust_without_wildcard import RULE

ROLE = "aws:iam/role:Role"
GITHUB = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"

Make = Callable[..., Resource]
Judge = Callable[..., list[Breach]]


def trust(principal: Any, **condition: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "sts:AssumeRole",
        "Condition": condition,
    }
    return json.dumps({"Statement": [statement]})


@pytest.mark.parametrize(
    "document",
    [
        trust({"AWS": "arn:aws:iam::123456789012:root"}),
        trust({"AWS": "${aws.accountId}"}),
        trust("*", StringEquals={"aws:PrincipalOrgID": "o-123"}),
        trust({"AWS": "*"}, ArnLike={"aws:PrincipalArn": "arn:aws:iam::123456789012:role/ci-*"}),
        trust({"Service": ["ec2.amazonaws.com", "pods.eks.amazonaws.com", "lambda.amazonaws.com"]}),
        trust(
            {"Service": "sagemaker.amazonaws.com"},
            StringEquals={"aws:SourceAccount": "${aws.accountId}"},
        ),
        trust(
            {"Federated": GITHUB},
            StringLike={"token.actions.githubusercontent.com:sub": "repo:acme/ml:*"},
        ),
        trust(
            {"Federated": "${oidc.arn}"},
            StringEquals={"${oidc.url}:sub": "system:serviceaccount:ml:train"},
        ),
        trust(
            {"Federated": "cognito-identity.amazonaws.com"},
            StringEquals={"cognito-identity.amazonaws.com:aud": "pool"},
        ),
        trust({"Federated": "arn:aws:iam::123456789012:saml-provider/okta"}),
        json.dumps({"Statement": {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}}),
        "${unknown until provider}",
        None,
    ],
)
def test_a_role_that_names_who_takes_it_on_complies(
    make: Make, judge: Judge, document: Any
) -> None:
    assert judge(RULE, make(ROLE, "role", {"assumeRolePolicy": document})) == []


@pytest.mark.parametrize(
    ("document", "reason", "severity"),
    [
        (trust("*"), "can be taken on by anyone with an AWS account", None),
        (trust({"AWS": ["*"]}), "can be taken on by anyone with an AWS account", None),
        (
            trust("*", StringEquals={"sts:ExternalId": "x"}),
            "can be taken on by anyone with an AWS account",
            None,
        ),
        (
            trust("*", StringLike={"aws:PrincipalArn": "*"}),
            "can be taken on by anyone with an AWS account",
            None,
        ),
        (
            json.dumps(
                {
                    "Statement": {
                        "Effect": "Allow",
                        "NotPrincipal": {"AWS": "x"},
                        "Action": "sts:AssumeRole",
                    }
                }
            ),
            "can be taken on by everyone but those it lists",
            None,
        ),
        (
            trust(
                {"Federated": GITHUB},
                StringEquals={"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
            ),
            "can be taken on by any identity that token.actions.githubusercontent.com knows",
            Severity.HIGH,
        ),
        (
            trust(
                {"Federated": GITHUB},
                StringLike={"token.actions.githubusercontent.com:sub": "repo:*"},
            ),
            "can be taken on by any identity that token.actions.githubusercontent.com knows",
            Severity.HIGH,
        ),
        (
            trust({"Service": "states.eu-west-1.amazonaws.com"}),
            "doesn't say for which account states.eu-west-1.amazonaws.com may take it on",
            Severity.LOW,
        ),
        (
            trust({"Service": "sagemaker.amazonaws.com"}),
            "doesn't say for which account sagemaker.amazonaws.com may take it on",
            Severity.LOW,
        ),
    ],
)
def test_an_open_trust_is_named(
    make: Make, judge: Judge, document: str, reason: str, severity: Severity | None
) -> None:
    role = make(ROLE, "trainer", {"assumeRolePolicy": document})
    (breach,) = judge(RULE, role)
    assert breach.reason == f"role trainer {reason}"
    assert (breach.urn, breach.property, breach.severity) == (
        role.urn,
        "assumeRolePolicy",
        severity,
    )


def test_it_is_about_roles_only(make: Make, judge: Judge) -> None:
    assert judge(RULE, make("aws:iam/policy:Policy", "p", {"assumeRolePolicy": trust("*")})) == []
