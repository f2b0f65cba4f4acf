"""Checks that trust policies name who may assume a role."""

from collections.abc import Iterator

from groundplan.catalog.aws.iam import ROLE
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.documents import Statement, statements
from groundplan.policy.finding import Breach, Rule, Severity

WHO = (
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceVpce",
)
"""Condition keys on the caller."""

SUBJECT = (
    ":sub",
    ":aud",
    ":app_id",
    ":oaud",
    ":amr",
    ":repository",
    ":repository_id",
    ":repository_owner",
    ":repository_owner_id",
    ":job_workflow_ref",
)
CONSUMER = (
    "cognito-identity.amazonaws.com",
    "accounts.google.com",
    "graph.facebook.com",
    "www.amazon.com",
)
"""Identity providers whose `aud` is the application, so that it is enough."""

CALLED_FOR_OTHERS = frozenset(
    (
        "sagemaker",
        "bedrock",
        "vpc-flow-logs",
        "scheduler",
        "pipes",
        "states",
        "firehose",
        "logs",
        "grafana",
        "codebuild",
        "comprehend",
        "eks",
        "forecast",
        "personalize",
        "rekognition",
        "textract",
        "transcribe",
        "ssm",
    )
)
"""Services (`sagemaker.amazonaws.com`) that act for any account, and set the account's
condition keys when they assume a role."""
# https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html, and each
# service's own page "Cross-service confused deputy prevention" (of EKS since
# 2025-08-19); those of EC2, Lambda and EKS Pod Identity ask for no condition.


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.type != ROLE.token:
        return
    for statement in statements(resource.inputs.get("assumeRolePolicy")):
        if statement.allows:
            yield from _check_statement(resource, statement)


def _check_statement(role: Resource, statement: Statement) -> Iterator[Breach]:
    path = "assumeRolePolicy"
    if "Principal" in statement.all_but:
        yield Breach(
            role.urn, f"role {role.name} can be assumed by everyone but those it lists", path
        )
        return
    if {("*", "*"), ("AWS", "*")} & set(statement.principals) and not statement.bound(*WHO):
        yield Breach(
            role.urn, f"role {role.name} can be assumed by anyone with an AWS account", path
        )
    for kind, who in statement.principals:
        if kind == "Federated" and "saml-provider" not in who and _any_identity(who, statement):
            reason = (
                f"role {role.name} can be assumed by any identity that {_provider(who)} "
                "authenticates"
            )
            fix = "add a condition on the provider's :sub: which repository, which service account"
            yield Breach(role.urn, reason, path, Severity.HIGH, fix)
        elif (
            kind == "Service"
            and who.partition(".")[0] in CALLED_FOR_OTHERS
            and not statement.bound("aws:SourceAccount", "aws:SourceArn")
        ):
            reason = f"role {role.name} doesn't restrict {who} to an account"
            fix = "add the condition StringEquals aws:SourceAccount with this account's number"
            yield Breach(role.urn, reason, path, Severity.LOW, fix)


def _any_identity(provider: str, statement: Statement) -> bool:
    """Returns whether a web identity trust allows any identity: it has no condition on
    the subject, or one that all meet."""
    enough = (
        SUBJECT
        if any(name in provider for name in CONSUMER)
        else tuple(end for end in SUBJECT if end != ":aud")
    )
    for key, values in statement.conditions.items():
        restricts = key.endswith(enough) and "Not" not in statement.operators[key]
        if restricts and not any(
            value.strip("*:/") in ("", "repo", "system", "system:serviceaccount")
            for value in values
        ):
            return False
    return True


def _provider(arn: str) -> str:
    return arn.rsplit("oidc-provider/", 1)[-1]


RULE = Rule(
    name="trust-without-wildcard",
    severity=Severity.CRITICAL,
    summary=(
        "Trust policies name who may assume a role: which account, which repository, which "
        "service for which account."
    ),
    reason=(
        "A trust policy with a wildcard, without a subject or without a source account lets "
        "others assume the role (the confused deputy problem)."
    ),
    fix="name the account or role that may assume it",
    check=check,
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
)
