"""The arguments of a `ContainerRegistry`."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults


class PullThroughArgs(TypedDict):
    """A public registry that ECR caches."""

    credential_arn: NotRequired[pulumi.Input[str]]
    """ARN of the secret in Secrets Manager with user name and access token, named
    ecr-pullthroughcache/<anything>. Required for docker-hub, github and gitlab, refused
    for the others. Default: none. Updates in place."""


class ImageReplicaArgs(TypedDict):
    """The copies of pushed images in another region, in repositories of the same names.

    An account has one replication configuration in a region, and this is it: set it for
    one registry of an account and region only, and where no other tool sets it. Images
    from before are not copied, nor are deletions.
    """

    region: str
    """AWS region of the copies, `eu-west-1`: another one of the same partition. Updates
    in place; copies in the former region remain."""


class ContainerRegistryArgs(TypedDict):
    """The arguments of a `ContainerRegistry`."""

    repositories: Sequence[str]
    """Names of the repositories below `prefix`: trainer, serving/churn. A repository
    that is removed from the list is retained in AWS."""
    prefix: NotRequired[str]
    """Prefix of all names. Default: `<project>-<stack>/`. Changing it forces
    replacement of the repositories."""
    expire: NotRequired[Mapping[str, int]]
    """Tag prefix -> days after which such images expire, 1 to 3650: pr- and 30.
    Default: none; tagged images do not expire. Updates in place."""
    untagged_days: NotRequired[int]
    """Days after which images without a tag expire, 1 to 3650. Default: 14. Updates in
    place."""
    pull_accounts: NotRequired[Sequence[str]]
    """IDs of other AWS accounts that may pull images. Default: none. Updates in
    place."""
    pull_through: NotRequired[Mapping[str, PullThroughArgs]]
    """Public registries that ECR caches, by name: ecr-public, kubernetes, quay,
    docker-hub, github, gitlab. Their images are pulled as
    `<registry>/<prefix><name>/<image>`. ECR allows 30 characters for `<prefix><name>`:
    a default prefix that is longer is shortened, with a digest. Default: none. Another
    prefix forces replacement of the rule; cached images are cached again."""
    replica: NotRequired[ImageReplicaArgs]
    """Copies of pushed images in another region, for up to 100 repositories. Default:
    none. Updates in place; creates or deletes the replication configuration of the
    account in this region."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of an existing KMS key for the images. Default: a key that is created.
    Changing it forces replacement of the repositories, whose names are taken while the
    old ones are retained: set another prefix too."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the repositories, and retains them on delete.
    Default: true. Updates in place."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all resources. Default: none. Updates in place."""


REGISTRY_DEFAULTS = defaults(ContainerRegistryArgs, untagged_days=14, deletion_protection=True)
"""Tags are immutable, so an untagged image is a part of a deleted one, or of a push
that did not complete."""
