"""Validates the arguments of a CiAccess."""

import re
from collections.abc import Iterator

from groundplan.context import Context
from groundplan.delivery.ci_access.args import (
    AzureAccessArgs,
    CiAccessArgs,
    GithubAccessArgs,
)
from groundplan.delivery.ci_access.spec import BOUNDARIES, default_path
from groundplan.facts import regions
from groundplan.problems import MISSING, Problem, one_of, under, whole_number
from groundplan.storage import arns

REPOSITORY = re.compile(
    r"[A-Za-z0-9](?:-?[A-Za-z0-9])*(?:_[A-Za-z0-9]+)?/(?!\.{1,2}$)[A-Za-z0-9._-]+"
)
"""GitHub: an owner has letters, digits and single hyphens, and where an enterprise
manages its users an underscore before the enterprise's short code; a repository also
dots and underscores."""
BRANCH = re.compile(r"(?!.*(\.\.|//|@\{))[^\s~^:?*\[\\/.-][^\s~^:?*\[\\]*(?<![/.])")
"""`git check-ref-format`: the characters that no branch has, and where."""
WORKFLOW = re.compile(r"\.github/workflows/[^/\s*?]+\.ya?ml")
MAX_ENVIRONMENT = 255
"""GitHub Docs, "Managing environments for deployment"."""
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CONNECTION = re.compile(r"[^/*?\s](?:[^/*?]*[^/*?\s])?")
"""A subject has the names of organization, project and connection between slashes."""
PATH = re.compile(r"/(?:[A-Za-z0-9._-]+/){1,5}")
"""IAM API, Path; `/` alone would be every role of the account."""
MAX_HOURS = 12
"""IAM API, CreateRole, MaxSessionDuration."""
MAX_POLICIES = 10
"""IAM quotas, "Managed policies attached to an IAM role", as copies of the page have
it; a newer source says 20, which could not be verified on 2026-11-28."""


def validate(args: CiAccessArgs, context: Context) -> list[Problem]:
    """Returns the problems of the arguments."""
    problems = list(_github(args["github"], context)) if "github" in args else []
    problems += list(_azure(args["azure"])) if "azure" in args else []
    if "github" not in args and "azure" not in args:
        fix = "set github.repository, or azure"
        problems.append(Problem("github", MISSING, "github, azure or both", fix))
    problems += _regions(args, context)
    if "state" in args:
        key = args["state"].get("kms_key_arn")
        problems += under("state", arns.key_problems("kms_key_arn", key))
    hours = args.get("max_session_hours")
    problems += whole_number("max_session_hours", hours, 1, MAX_HOURS, "hours")
    path = args.get("role_path", default_path(context))
    if not PATH.fullmatch(path) or path.startswith(BOUNDARIES):
        allowed = f"/name/ or /name/name/, not {BOUNDARIES}"
        problems.append(Problem("role_path", path, allowed, "set /groundplan/prod/"))
    policies = args.get("deploy_policy_arns")
    if policies is not None and not 1 <= len(policies) <= MAX_POLICIES:
        allowed = f"1 to {MAX_POLICIES} ARNs"
        fix = "name the policies of the deploy role, or remove the key: PowerUserAccess is used"
        problems.append(Problem("deploy_policy_arns", list(policies), allowed, fix))
    return problems


def _github(args: GithubAccessArgs, context: Context) -> Iterator[Problem]:
    repository = args["repository"]
    if not REPOSITORY.fullmatch(repository):
        fix = "write owner/name: octo-org/octo-repo"
        yield Problem("github.repository", repository, "one repository, owner/name", fix)
    for number in ("owner_id", "repository_id"):
        other = "repository_id" if number == "owner_id" else "owner_id"
        value = args.get(number)
        if isinstance(value, int) and value < 1:
            yield Problem(f"github.{number}", value, "a positive number", "use GitHub's")
        if value is not None and args.get(other) is None:
            allowed = f"{number} and {other}, or neither"
            yield Problem(f"github.{other}", MISSING, allowed, f"set github.{other}")
    if args.get("numbers_in_subject") is False and "owner_id" not in args:
        allowed = "owner_id and repository_id, where numbers_in_subject is false"
        yield Problem("github.owner_id", MISSING, allowed, "set both, or remove the key")
    environment = args.get("deploy_environment", context.stack)
    if not _is_environment(environment):
        allowed = f"the name of one environment: up to {MAX_ENVIRONMENT} characters in one line, "
        allowed += "without * ? %3A and ${"
        fix = "name the GitHub environment whose jobs deploy"
        yield Problem("github.deploy_environment", environment, allowed, fix)
    branch = args.get("deploy_branch")
    if branch is not None and (
        not BRANCH.fullmatch(branch) or branch.startswith("refs/") or not _is_plain(branch)
    ):
        allowed = "the name of one branch, without refs/heads/"
        yield Problem("github.deploy_branch", branch, allowed, "name the branch: main")
    yield from _workflows(args)
    yield from _provider("github", args.get("provider_arn"))


def _workflows(args: GithubAccessArgs) -> Iterator[Problem]:
    for key in ("deploy_workflow", "images_workflow"):
        workflow = args.get(key)
        if isinstance(workflow, str) and not (WORKFLOW.fullmatch(workflow) and _is_plain(workflow)):
            allowed = "the path of a workflow: .github/workflows/<name>.yml"
            yield Problem(f"github.{key}", workflow, allowed, "write its whole path")
    if "images_workflow" in args and "deploy_workflow" not in args:
        allowed = "the workflow that deploys, where the one of images is named"
        fix = "set github.deploy_workflow, or remove images_workflow: any workflow deploys"
        yield Problem("github.deploy_workflow", MISSING, allowed, fix)


def _is_plain(name: str) -> bool:
    """Whether a policy compares a name as it is: `${` begins a policy variable, also in
    StringEquals (IAM User Guide, "IAM policy elements: Variables and tags")."""
    return name.isprintable() and "${" not in name


def _is_environment(name: str) -> bool:
    """Whether a subject has this name of an environment for no other. GitHub writes a
    colon as `%3A`, which another environment may have in its name."""
    return (
        name == name.strip()
        and 1 <= len(name) <= MAX_ENVIRONMENT
        and not set(name) & set("*?")
        and "%3a" not in name.lower()
        and _is_plain(name)
    )


def _provider(key: str, arn: object) -> list[Problem]:
    return under(key, arns.in_account("provider_arn", arn, "iam", "oidc-provider/"))


def _azure(args: AzureAccessArgs) -> Iterator[Problem]:
    identifier = args["organization_id"]
    if not GUID.fullmatch(identifier):
        allowed = "the GUID of the organization, in lower case"
        fix = "read it from https://dev.azure.com/<organization>/_apis/connectionData"
        yield Problem("azure.organization_id", identifier, allowed, fix)
    for key in ("organization", "project", "plan_connection", "deploy_connection"):
        name = args.get(key)
        if isinstance(name, str) and not (CONNECTION.fullmatch(name) and _is_plain(name)):
            allowed = "a name in one line, without / * ? and ${"
            yield Problem(f"azure.{key}", name, allowed, "write its name alone")
    # Azure DevOps' names have no case.
    if args.get("plan_connection", "").lower() == args["deploy_connection"].lower():
        allowed = "another service connection than deploy_connection"
        fix = "create a second service connection, which pull requests may use"
        yield Problem("azure.plan_connection", args["deploy_connection"], allowed, fix)
    yield from _provider("azure", args.get("provider_arn"))


def _regions(args: CiAccessArgs, context: Context) -> Iterator[Problem]:
    listed = args.get("regions")
    if listed is None and context.region is None:
        allowed = "at least one region: the provider's is not known before it is created"
        yield Problem("regions", MISSING, allowed, "set regions: [us-east-1]")
    if listed is not None and not listed:
        yield Problem("regions", [], "at least one region", "name the environment's region")
    for index, region in enumerate(listed or ()):
        yield from one_of(f"regions[{index}]", region, regions.names())
