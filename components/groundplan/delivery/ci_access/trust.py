"""Who may assume the roles: conditions on every claim that a token's issuer lets its
user choose. Pure.

A value is compared as a whole (StringEquals): no pattern can match more than it says.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from groundplan.delivery.ci_access.spec import Azure, Github
from groundplan.iam import Statement

GITHUB_ISSUER = "token.actions.githubusercontent.com"
GITHUB_AUDIENCE = "sts.amazonaws.com"
"""The audience that aws-actions/configure-aws-credentials asks for (GitHub Docs,
"Configuring OpenID Connect in Amazon Web Services")."""
AZURE_AUDIENCE = "api://AzureADTokenExchange"
"""The audience of Azure DevOps' tokens (AWS Toolkit for Azure DevOps, "OIDC")."""

Claims = Mapping[str, str | Sequence[str]]
"""Claim -> its value, or its values."""


def azure_issuer(azure: Azure) -> str:
    """Returns the issuer of an organization's tokens, without the scheme."""
    return f"vstoken.dev.azure.com/{azure.organization_id}"


def github_plan(github: Github) -> Mapping[str, Claims]:
    """Returns the claims of jobs that may plan, by the Sid of their statement: those of
    the branch that is deployed (the nightly look for drift), and those of pull requests
    of the repository itself."""
    branch = f"{_repository(github)}:ref:refs/heads/{github.deploy_branch}"
    claims: dict[str, Claims] = {"GithubBranch": {**_common(github), "sub": branch}}
    if github.plan_from_pull_requests:
        subject = f"{_repository(github)}:pull_request"
        claims["Github"] = {**_common(github), "sub": subject}
    return claims


def github_deploy(github: Github) -> Claims:
    """Returns the claims of jobs that may deploy.

    A job with an environment has it in place of the branch in its subject (GitHub Docs,
    "OpenID Connect reference", "Filtering for a specific environment"), so the branch
    is a claim of its own, which STS knows since January 2026 (IAM User Guide, "Keys
    available for AWS OIDC federation").
    """
    ref = f"refs/heads/{github.deploy_branch}"
    claims: dict[str, str | Sequence[str]] = {
        **_common(github),
        "sub": f"{_repository(github)}:environment:{_escaped(github.deploy_environment)}",
        "ref": ref,
    }
    files = [f"{github.repository}/{file}@{ref}" for file in github.deploy_workflows]
    if files:
        claims["job_workflow_ref"] = files[0] if len(files) == 1 else files
    return claims


def _common(github: Github) -> Mapping[str, str]:
    """Returns the claims of all jobs: the audience, and the numbers where no subject
    has them. Nobody who registers a name later gets them."""
    claims = {"aud": GITHUB_AUDIENCE}
    if not github.numbers_in_subject:
        claims["repository_owner_id"] = str(github.owner_id)
        claims["repository_id"] = str(github.repository_id)
    return claims


def _repository(github: Github) -> str:
    """Returns the first part of a subject: `repo:octo-org@1/octo-repo@2` with numbers
    (GitHub Changelog, 2026-04-23, "Immutable subject claims")."""
    if github.owner_id is None or not github.numbers_in_subject:
        return f"repo:{github.repository}"
    owner, _, name = github.repository.partition("/")
    return f"repo:{owner}@{github.owner_id}/{name}@{github.repository_id}"


def _escaped(environment: str) -> str:
    """Returns an environment's name as a subject has it: a colon would end it (GitHub
    Docs, "OpenID Connect reference")."""
    return environment.replace(":", "%3A")


def azure_claims(azure: Azure, connection: str) -> Claims:
    """Returns the claims of jobs that use a service connection."""
    subject = f"sc://{azure.organization}/{azure.project}/{connection}"
    return {"aud": AZURE_AUDIENCE, "sub": subject}


def statement(sid: str, provider_arn: pulumi.Input[str], issuer: str, claims: Claims) -> Statement:
    """Returns the trust of a token with exactly these claims, or one of several values
    of a claim."""
    condition: Mapping[str, Any] = {f"{issuer}:{claim}": value for claim, value in claims.items()}
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Federated": provider_arn},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": condition},
    }
