"""The specification of a registry: its arguments, resolved, with every default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.registry.container_registry.args import ContainerRegistryArgs


@dataclass(frozen=True)
class RegistrySpec:
    """A registry, complete."""

    repositories: Sequence[str]
    """Names without the prefix."""
    prefix: str
    expire: Mapping[str, int]
    untagged_days: int
    pull_accounts: Sequence[str]
    pull_through: Mapping[str, pulumi.Input[str] | None]
    """Upstream -> the ARN of its credentials."""
    kms_key_arn: pulumi.Input[str] | None
    """None for a key that is created."""
    deletion_protection: bool
    tags: Mapping[str, pulumi.Input[str]]


def default_prefix(context: Context) -> str:
    """Returns the prefix of the repositories of an environment."""
    return f"{context.project}-{context.stack}/".lower()


def resolve(args: ContainerRegistryArgs, context: Context) -> RegistrySpec:
    """Returns the specification of valid arguments."""
    filled = with_defaults(ContainerRegistryArgs, args)
    caches = args.get("pull_through", {})
    return RegistrySpec(
        repositories=tuple(args["repositories"]),
        prefix=args.get("prefix", default_prefix(context)),
        expire=dict(args.get("expire", {})),
        untagged_days=filled["untagged_days"],
        pull_accounts=tuple(args.get("pull_accounts", ())),
        pull_through={name: cache.get("credential_arn") for name, cache in caches.items()},
        kms_key_arn=args.get("kms_key_arn"),
        deletion_protection=filled["deletion_protection"],
        tags=dict(args.get("tags", {})),
    )
