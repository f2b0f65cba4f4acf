"""Tokens that must not deploy or plan: what other repositories, forks, branches,
environments, audiences and issuers get."""

from collections.abc import Iterator, Mapping
from itertools import product

GITHUB = "token.actions.githubusercontent.com"
Token = tuple[str, Mapping[str, str]]
"""The issuer, and the claims."""


def github(
    repository: str = "octo-org/octo-repo",
    context: str = "environment:prod",
    ref: str = "refs/heads/main",
    aud: str = "sts.amazonaws.com",
    workflow: str = ".github/workflows/deploy.yml",
) -> Mapping[str, str]:
    """Returns the claims of a job (GitHub Docs, "OpenID Connect reference")."""
    owner, _, name = repository.partition("/")
    plain = "/".join(part.split("@")[0] for part in (owner, name))
    return {
        "aud": aud,
        "sub": f"repo:{repository}:{context}",
        "ref": ref,
        "repository": plain,
        "repository_owner": owner.split("@")[0],
        "job_workflow_ref": f"{plain}/{workflow}@{ref}",
    }


REPOSITORIES = (
    "attacker/octo-repo",
    "octo-org/other",
    "octo-org/octo-repo-fork",
    "octo-org/octo-rep",
    "octo-org/*",
    "*/octo-repo",
    "octo-org-evil/octo-repo",
    "xocto-org/octo-repo",
    "OCTO-ORG/OCTO-REPO",
    "octo-org/octo-repo/x",
    "octo-org@1/octo-repo@3",
    "octo-org@2/octo-repo@2",
    "octo-org@11/octo-repo@2",
    "octo-org@1/octo-repo@22",
    "octo-org@01/octo-repo@2",
    "octo-org/Octo-Repo",
    "octo-org/octo-repo.git",
    "octo-org/octo-repo%0A",
    "octo-org /octo-repo",
    "octo%2Dorg/octo-repo",
    "${aws:PrincipalAccount}/octo-repo",
)
CONTEXTS = (
    "environment:prod",
    "environment:Prod",
    "environment:production",
    "environment:prod2",
    "environment:pro",
    "environment:dev",
    "environment:*",
    "environment:",
    "environment:prod:ref:refs/heads/main",
    "ref:refs/heads/main",
    "ref:refs/heads/prod",
    "ref:refs/tags/environment:prod",
    "ref:refs/tags/v1",
    "pull_request",
    "pull_request:environment:prod",
    "environment:PROD",
    "environment:prod ",
    "environment: prod",
    "environment:prod\n",
    "environment:prod%0A",
    "environment:prod%3Aref%3Arefs/heads/main",
    "environment%3Aprod",
    "ref:refs/heads/main:environment:prod",
    "ref:refs/heads/gh-readonly-queue/main/pr-7-0a1b2c",
    "merge_group",
    "schedule",
    "job_workflow_ref:octo-org/octo-repo/.github/workflows/deploy.yml@refs/heads/main",
    "*",
    "",
)
REFS = (
    "refs/heads/main2",
    "refs/heads/Main",
    "refs/heads/feature/main",
    "refs/heads/feature",
    "refs/tags/main",
    "refs/tags/v1",
    "refs/pull/7/merge",
    "refs/heads/*",
    "refs/heads/gh-readonly-queue/main/pr-7-0a1b2c",
    "refs/heads/main\n",
    "refs/heads/main/",
    "refs/heads/refs/heads/main",
    "refs/remotes/origin/main",
    "refs/heads/${aws:username}",
    "refs/heads/m%61in",
    "heads/main",
    "main",
    "",
)
AUDIENCES = (
    "https://github.com/octo-org",
    "api://AzureADTokenExchange",
    "sts.amazonaws.com.cn",
    "STS.AMAZONAWS.COM",
    "*",
    "",
)
WORKFLOWS = (
    ".github/workflows/other.yml",
    ".github/workflows/deploy.yaml",
    ".github/workflows/../workflows/deploy.yml",
    ".github/workflows/*",
)
CALLED = (
    "attacker/octo-repo/.github/workflows/deploy.yml@refs/heads/main",
    "octo-org/shared/.github/workflows/deploy.yml@refs/heads/main",
    "octo-org/octo-repo/.github/workflows/deploy.yml@refs/tags/main",
    "octo-org/octo-repo/.github/workflows/deploy.yml@refs/heads/main2",
    "octo-org/octo-repo/.github/workflows/deploy.yml@0123456789abcdef0123456789abcdef01234567",
    "octo-org/octo-repo/.github/workflows/deploy.yml",
    "OCTO-ORG/octo-repo/.github/workflows/deploy.yml@refs/heads/main",
)
"""Workflows that jobs call, or that call them."""


def of_github(own: str) -> Iterator[Mapping[str, str]]:
    """Yields claims that must not deploy from the environment prod, branch main and the
    workflow deploy.yml of a repository."""
    for repository, context in product(REPOSITORIES, CONTEXTS[:6]):
        yield github(repository, context)
    for context in CONTEXTS[1:]:
        yield github(own, context)
    for ref, context in product(REFS, CONTEXTS[:3]):
        yield github(own, context, ref)
    for aud in AUDIENCES:
        yield github(own, aud=aud)
    for workflow in WORKFLOWS:
        yield github(own, workflow=workflow)
    for called in CALLED:
        yield {**github(own), "job_workflow_ref": called}
    for missing in ("aud", "sub", "ref", "job_workflow_ref"):
        yield {claim: value for claim, value in github(own).items() if claim != missing}


AZURE_SUBJECTS = (
    "sc://octo/shop/plan-prod",
    "sc://octo/shop/deploy",
    "sc://octo/shop/deploy-prod2",
    "sc://octo/shop/Deploy-Prod",
    "sc://octo/shop/*",
    "sc://octo/other/deploy-prod",
    "sc://octo/*/deploy-prod",
    "sc://attacker/shop/deploy-prod",
    "sc://octo/shop/x/deploy-prod",
    "p://octo/shop/deploy-prod",
    "p://octo/shop/pipeline",
    "sc://octo2/shop/deploy-prod",
    "sc://OCTO/shop/deploy-prod",
    "sc://octo/shop%2Fdeploy-prod",
    "sc://octo/shop/deploy-prod/",
    "sc://octo/shop/deploy-prod\n",
    "sc://octo/ shop/deploy-prod",
    "SC://octo/shop/deploy-prod",
    "sc://61c028b9-510c-4f84-bfb2-f48d33b6b542/shop/deploy-prod",
    "*",
    "",
)


def of_azure(issuer: str) -> Iterator[Token]:
    """Yields tokens that must not deploy with the connection deploy-prod."""
    good = {"aud": "api://AzureADTokenExchange", "sub": "sc://octo/shop/deploy-prod"}
    for subject in AZURE_SUBJECTS:
        yield issuer, {**good, "sub": subject}
    for aud in ("sts.amazonaws.com", "api://AzureADTokenExchange/", "*", ""):
        yield issuer, {**good, "aud": aud}
    other = "vstoken.dev.azure.com/00000000-0000-0000-0000-000000000000"
    for wrong in (other, issuer.upper(), GITHUB, "login.microsoftonline.com/x/v2.0"):
        yield wrong, good
    for missing in good:
        yield issuer, {claim: value for claim, value in good.items() if claim != missing}
