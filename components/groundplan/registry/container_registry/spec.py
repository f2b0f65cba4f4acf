"""The specification of a registry: its arguments, resolved, with every default."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.registry.container_registry.args import ContainerRegistryArgs

MAX_CACHE_PREFIX = 30
"""Amazon ECR API, CreatePullThroughCacheRule, `ecrRepositoryPrefix`: 2 to 30
characters."""


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
    cache_prefixes: Mapping[str, str]
    """Upstream -> the prefix of the repositories that cache it."""
    replica_region: str | None
    """Where pushed images are copied to; None for nowhere."""
    kms_key_arn: pulumi.Input[str] | None
    """None for a key that is created."""
    deletion_protection: bool
    tags: Mapping[str, pulumi.Input[str]]


def default_prefix(context: Context) -> str:
    """Returns the prefix of the repositories of an environment."""
    return f"{context.project}-{context.stack}/".lower()


def cache_prefix(upstream: str, prefix: str | None, context: Context) -> str:
    """Returns the prefix of the repositories that cache an upstream: its name below the
    registry's prefix.

    A default that is longer than ECR allows is shortened, with a digest that keeps it
    unique.
    """
    default = default_prefix(context)
    whole = f"{default if prefix is None else prefix}{upstream}"
    if prefix is not None or len(whole) <= MAX_CACHE_PREFIX:
        return whole
    digest = hashlib.sha256(default.encode()).hexdigest()[:6]
    room = MAX_CACHE_PREFIX - len(f"-{digest}/{upstream}")
    return f"{default[:room].rstrip('._-/')}-{digest}/{upstream}"


def resolve(args: ContainerRegistryArgs, context: Context) -> RegistrySpec:
    """Returns the specification of valid arguments."""
    filled, prefix = with_defaults(ContainerRegistryArgs, args), args.get("prefix")
    caches = args.get("pull_through", {})
    return RegistrySpec(
        repositories=tuple(args["repositories"]),
        prefix=default_prefix(context) if prefix is None else prefix,
        expire=dict(args.get("expire", {})),
        untagged_days=filled["untagged_days"],
        pull_accounts=tuple(args.get("pull_accounts", ())),
        pull_through={name: cache.get("credential_arn") for name, cache in caches.items()},
        cache_prefixes={name: cache_prefix(name, prefix, context) for name in caches},
        replica_region=args["replica"]["region"] if "replica" in args else None,
        kms_key_arn=args.get("kms_key_arn"),
        deletion_protection=filled["deletion_protection"],
        tags=dict(args.get("tags", {})),
    )
