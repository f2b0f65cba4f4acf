"""The specification of a CiAccess: its arguments, with every default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.delivery.ci_access.args import (
    AzureAccessArgs,
    CiAccessArgs,
    GithubAccessArgs,
)

BOUNDARIES = "/groundplan-boundaries/"
"""The path of boundaries: in no environment's path, so that none can change them."""


@dataclass(frozen=True)
class Github:
    """One repository on GitHub."""

    repository: str
    owner_id: int | None
    repository_id: int | None
    numbers_in_subject: bool
    deploy_environment: str
    deploy_branch: str
    deploy_workflows: Sequence[str]
    """Empty for any."""
    plan_from_pull_requests: bool
    provider_arn: pulumi.Input[str] | None
    """None for one that is created."""


@dataclass(frozen=True)
class Azure:
    """One project of Azure DevOps."""

    organization: str
    organization_id: str
    project: str
    plan_connection: str
    """Empty for none."""
    deploy_connection: str
    provider_arn: pulumi.Input[str] | None
    """None for one that is created."""


@dataclass(frozen=True)
class StateBucket:
    """The bucket of the state."""

    bucket_name: pulumi.Input[str]
    kms_key_arn: pulumi.Input[str] | None


@dataclass(frozen=True)
class CiAccessSpec:
    """The roles of pipelines, complete."""

    github: Github | None
    azure: Azure | None
    state: StateBucket | None
    regions: Sequence[str]
    role_path: str
    deploy_policy_arns: Sequence[pulumi.Input[str]]
    """Empty for the default."""
    max_session_hours: int
    tags: Mapping[str, pulumi.Input[str]]


def default_path(context: Context) -> str:
    """Returns the path of an environment's roles."""
    return f"/groundplan/{context.stack}/"


def resolve(args: CiAccessArgs, context: Context) -> CiAccessSpec:
    """Returns the specification of valid arguments."""
    filled = with_defaults(CiAccessArgs, args)
    state = args.get("state")
    return CiAccessSpec(
        github=_github(args["github"], context) if "github" in args else None,
        azure=_azure(args["azure"]) if "azure" in args else None,
        state=StateBucket(state["bucket_name"], state.get("kms_key_arn")) if state else None,
        regions=args.get("regions") or ([context.region] if context.region else []),
        role_path=args.get("role_path", default_path(context)),
        deploy_policy_arns=args.get("deploy_policy_arns", ()),
        max_session_hours=filled["max_session_hours"],
        tags=args.get("tags", {}),
    )


def _github(args: GithubAccessArgs, context: Context) -> Github:
    filled = with_defaults(GithubAccessArgs, args)
    return Github(
        repository=args["repository"],
        owner_id=args.get("owner_id"),
        repository_id=args.get("repository_id"),
        numbers_in_subject=filled["numbers_in_subject"],
        deploy_environment=args.get("deploy_environment", context.stack),
        deploy_branch=filled["deploy_branch"],
        deploy_workflows=[
            args[key] for key in ("deploy_workflow", "images_workflow") if key in args
        ],
        plan_from_pull_requests=filled["plan_from_pull_requests"],
        provider_arn=args.get("provider_arn"),
    )


def _azure(args: AzureAccessArgs) -> Azure:
    return Azure(
        organization=args["organization"],
        organization_id=args["organization_id"],
        project=args["project"],
        plan_connection=args.get("plan_connection", ""),
        deploy_connection=args["deploy_connection"],
        provider_arn=args.get("provider_arn"),
    )
