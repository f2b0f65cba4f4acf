"""The arguments of a ContainerRegistry."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.registry.container_registry.pull_through import PullThroughArgs


class ContainerRegistryArgs(TypedDict):
    """What a `ContainerRegistry` can be told."""

    repositories: Sequence[str]
    """Names of the repositories below `prefix`: trainer, serving/churn. One that is
    removed stays in AWS."""
    prefix: NotRequired[str]
    """What all names begin with. Default: `<project>-<stack>/`. Changing it makes the
    repositories anew."""
    expire: NotRequired[Mapping[str, int]]
    """Beginning of a tag -> days after which such images expire: `{"pr-": 30}`.
    Default: none; what has a tag is kept. Updates in place."""
    untagged_days: NotRequired[int]
    """Days after which images without a tag expire. Default: 14. Updates in place."""
    pull_accounts: NotRequired[Sequence[str]]
    """IDs of other AWS accounts that may pull. Default: none. Updates in place."""
    pull_through: NotRequired[Mapping[str, PullThroughArgs]]
    """Public registries that are cached: ecr-public, kubernetes, quay, docker-hub,
    github, gitlab. An image of theirs is then pulled as
    `<registry>/<prefix><upstream>/<image>`. Default: none."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """A KMS key for the images in place of an own one. Changing it replaces the
    repositories, which are kept in AWS: the new ones need another prefix."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the repositories, and leaves them in AWS when
    the stack lets go of them. Default: true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Updates in place."""
