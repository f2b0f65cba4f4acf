import json
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach, Severity
from groundplan.policy.rules.trust_without_wildcard import RULE

ROLE = "aws:iam/role:Role"
GITHUB = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


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
def test_a_role_that_names_its_principals_complies(
    build: Build, check_rule: CheckRule, document: Any
) -> None:
    assert check_rule(RULE, build(ROLE, "role", {"assumeRolePolicy": document})) == []


@pytest.mark.parametrize(
    ("document", "reason", "severity"),
    [
        (trust("*"), "can be assumed by anyone with an AWS account", None),
        (trust({"AWS": ["*"]}), "can be assumed by anyone with an AWS account", None),
        (
            trust("*", StringEquals={"sts:ExternalId": "x"}),
            "can be assumed by anyone with an AWS account",
            None,
        ),
        (
            trust("*", StringLike={"aws:PrincipalArn": "*"}),
            "can be assumed by anyone with an AWS account",
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
            "can be assumed by everyone but those it lists",
            None,
        ),
        (
            trust(
                {"Federated": GITHUB},
                StringEquals={"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
            ),
            "can be assumed by any identity that token.actions.githubusercontent.com authenticates",
            Severity.HIGH,
        ),
        (
            trust(
                {"Federated": GITHUB},
                StringLike={"token.actions.githubusercontent.com:sub": "repo:*"},
            ),
            "can be assumed by any identity that token.actions.githubusercontent.com authenticates",
            Severity.HIGH,
        ),
        (
            trust({"Service": "states.eu-west-1.amazonaws.com"}),
            "doesn't restrict states.eu-west-1.amazonaws.com to an account",
            Severity.LOW,
        ),
        (
            trust({"Service": "sagemaker.amazonaws.com"}),
            "doesn't restrict sagemaker.amazonaws.com to an account",
            Severity.LOW,
        ),
    ],
)
def test_an_open_trust_is_named(
    build: Build, check_rule: CheckRule, document: str, reason: str, severity: Severity | None
) -> None:
    role = build(ROLE, "trainer", {"assumeRolePolicy": document})
    (breach,) = check_rule(RULE, role)
    assert breach.reason == f"role trainer {reason}"
    assert (breach.urn, breach.property, breach.severity) == (
        role.urn,
        "assumeRolePolicy",
        severity,
    )


def test_it_is_about_roles_only(build: Build, check_rule: CheckRule) -> None:
    assert (
        check_rule(RULE, build("aws:iam/policy:Policy", "p", {"assumeRolePolicy": trust("*")}))
        == []
    )
