"""The arguments of a CiAccess."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults


class GithubAccessArgs(TypedDict):
    """GitHub Actions' workflows of one repository."""

    repository: str
    """Owner and name of the repository: `octo-org/octo-repo`, spelled as GitHub spells
    it. Updates the trust policies in place."""
    owner_id: NotRequired[int]
    """Number of the owner. With `repository_id`, the subject that GitHub's tokens have
    since July 2026 for new, renamed and transferred repositories, and for those that
    opted in: names that somebody else registers later are not trusted. Default: none,
    the subject has names only. Updates in place."""
    repository_id: NotRequired[int]
    """Number of the repository; see `owner_id`. Default: none. Updates in place."""
    numbers_in_subject: NotRequired[bool]
    """Whether the tokens' subject has both numbers. False, for repositories whose
    subject has names only: the claims `repository_id` and `repository_owner_id` are
    compared with the numbers. Default: true. Updates in place."""
    deploy_environment: NotRequired[str]
    """The GitHub environment whose jobs assume the deploy role. Protection rules of the
    environment, such as reviewers, apply before a job gets a token. Default: the name
    of the stack. Updates in place."""
    deploy_branch: NotRequired[str]
    """The branch whose workflow runs assume the deploy role. Default: main. Updates in
    place."""
    deploy_workflow: NotRequired[str]
    """The only workflow file on that branch that assumes the deploy role:
    `.github/workflows/deploy.yml`. Default: any workflow of the branch. Updates in
    place."""
    images_workflow: NotRequired[str]
    """The workflow file on that branch that builds and pushes images, and assumes the
    deploy role beside `deploy_workflow`: `.github/workflows/images.yml`, as
    `groundplan init` writes it. Default: none where `deploy_workflow` is named.
    Updates in place."""
    plan_from_pull_requests: NotRequired[bool]
    """Whether jobs of pull requests assume the plan role. Pull requests from forks get
    no token from GitHub. Default: true. Updates in place."""
    provider_arn: NotRequired[pulumi.Input[str]]
    """ARN of the account's existing OIDC provider of
    `https://token.actions.githubusercontent.com`: an account has one. Default: the
    component creates it. Changing it deletes or creates the provider."""


GITHUB_ACCESS_DEFAULTS = defaults(
    GithubAccessArgs,
    numbers_in_subject=True,
    deploy_branch="main",
    plan_from_pull_requests=True,
)


class AzureAccessArgs(TypedDict):
    """Azure Pipelines' jobs of one project: AWS service connections with OpenID
    Connect."""

    organization: str
    """Name of the Azure DevOps organization. Updates in place."""
    organization_id: str
    """GUID of the organization; its tokens' issuer ends with it. Changing it replaces
    the OIDC provider."""
    project: str
    """Name of the project. Updates in place."""
    plan_connection: NotRequired[str]
    """Name of the service connection whose jobs assume the plan role. Default: none do.
    Updates in place."""
    deploy_connection: str
    """Name of the service connection whose jobs assume the deploy role. Approvals and
    checks, such as the branch, are set on the connection. Updates in place."""
    provider_arn: NotRequired[pulumi.Input[str]]
    """ARN of the account's existing OIDC provider of the organization. Default: the
    component creates it. Changing it deletes or creates the provider."""


AZURE_ACCESS_DEFAULTS = defaults(AzureAccessArgs)


class StateAccessArgs(TypedDict):
    """The bucket of Pulumi's state."""

    bucket_name: pulumi.Input[str]
    """Name of the bucket. Updates in place."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key that encrypts the bucket and the stack's secrets. Default:
    none. Updates in place."""


STATE_ACCESS_DEFAULTS = defaults(StateAccessArgs)


class CiAccessArgs(TypedDict):
    """The arguments of a CiAccess."""

    github: NotRequired[GithubAccessArgs]
    """GitHub Actions. Default: not trusted."""
    azure: NotRequired[AzureAccessArgs]
    """Azure Pipelines. Default: not trusted."""
    state: NotRequired[StateAccessArgs]
    """The bucket of Pulumi's state: the plan role reads it, the deploy role writes it.
    Default: none, for Pulumi Cloud."""
    regions: NotRequired[Sequence[str]]
    """Regions in which the boundary allows calls, beside global services: the
    environment's, and those that its roles replicate to. Default: the region of
    `aws:region`. Updates in place."""
    role_path: NotRequired[str]
    """The path of the environment's roles, policies and instance profiles: the only
    ones that the deploy role changes and passes. Set the environment's `iam.path` to
    it. Default: `/groundplan/<stack>/`. Updates in place."""
    deploy_policy_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs of the policies that say what the deploy role may do within the boundary.
    Default: AWS's PowerUserAccess. Updates in place."""
    max_session_hours: NotRequired[int]
    """Hours that a session of the deploy role lasts at most, 1 to 12. The plan role's
    last one hour. Default: 2. Updates in place."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all AWS children. Default: none. Updates in place."""


CI_ACCESS_DEFAULTS = defaults(CiAccessArgs, max_session_hours=2)
