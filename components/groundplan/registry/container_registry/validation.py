"""Validates the arguments of a `ContainerRegistry`."""

import re
from collections.abc import Iterator, Mapping

from groundplan.context import Context
from groundplan.problems import MISSING, Problem, one_of, under, whole_number
from groundplan.registry.container_registry.args import ContainerRegistryArgs, PullThroughArgs
from groundplan.registry.container_registry.spec import (
    MAX_CACHE_PREFIX,
    cache_prefix,
    default_prefix,
)
from groundplan.registry.container_registry.upstreams import PUBLIC, UPSTREAMS, WITH_CREDENTIALS
from groundplan.storage import arns, replica_region

REPOSITORY = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*")
"""ECR API, CreateRepository, repositoryName."""

TAG_PREFIX = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
"""What a tag may begin with (Open Container Initiative, Distribution Specification)."""

SECRET = re.compile(r"arn:[^:]+:secretsmanager:[^:]+:\d{12}:secret:ecr-pullthroughcache/.+")
"""ECR reads no secret with another name."""

MAX_DAYS = 3650

MAX_REPLICATED = 100
"""Amazon ECR API, ReplicationRule, `repositoryFilters`."""

MAX_RULES = 50
"""Amazon ECR service quotas: rules per lifecycle policy, of which one is for images
without a tag."""


def validate(args: ContainerRegistryArgs, context: Context) -> list[Problem]:
    """Returns the problems of a registry's arguments."""
    problems = [*_repositories(args, context), *_lifecycle(args)]
    for index, account in enumerate(args.get("pull_accounts", ())):
        problems += arns.account_problems(f"pull_accounts[{index}]", account)
    problems += arns.key_problems("kms_key_arn", args.get("kms_key_arn"))
    problems += under("replica", _replica(args, context))
    caches = args.get("pull_through", {})
    problems += under("pull_through", _pull_through(caches))
    return problems + under("pull_through", _cache_prefixes(caches, args.get("prefix"), context))


def _repositories(args: ContainerRegistryArgs, context: Context) -> Iterator[Problem]:
    prefix, names = args.get("prefix", default_prefix(context)), args.get("repositories")
    if names is not None and not names:
        yield Problem("repositories", [], "at least one name", "set the names: trainer")
    for index, name in enumerate(names or ()):
        key, whole = f"repositories[{index}]", f"{prefix}{name}"
        if not REPOSITORY.fullmatch(whole) or not 2 <= len(whole) <= 256:
            allowed = (
                "2 to 256 lower-case letters and digits with the prefix, with single . _ - / "
                "between them"
            )
            yield Problem(key, whole, allowed, "rename it, or set another prefix")
        if name in (names or ())[:index]:
            yield Problem(key, name, "each name once", "remove it")


def _replica(args: ContainerRegistryArgs, context: Context) -> Iterator[Problem]:
    if "replica" not in args:
        return
    region, count = args["replica"].get("region"), len(args.get("repositories", ()))
    yield from replica_region.problems("region", region, context)
    prefix = args.get("prefix")
    if prefix is not None and not prefix.endswith("/"):
        allowed = (
            "nothing with a prefix that is no folder, which the template of copies has to name"
        )
        yield Problem("region", region, allowed, f"set the prefix {prefix}/, or remove replica")
    if count > MAX_REPLICATED:
        allowed = f"nothing with more than {MAX_REPLICATED} repositories: each is a filter"
        yield Problem("region", region, allowed, "remove replica, or use two registries")


def _lifecycle(args: ContainerRegistryArgs) -> list[Problem]:
    problems = whole_number("untagged_days", args.get("untagged_days"), 1, MAX_DAYS, "days")
    if len(args.get("expire", {})) > MAX_RULES - 1:
        count = len(args["expire"])
        allowed = f"at most {MAX_RULES - 1} prefixes: a policy has {MAX_RULES} rules"
        problems.append(Problem("expire", count, allowed, "use prefixes that more tags have"))
    for prefix, days in args.get("expire", {}).items():
        if not TAG_PREFIX.fullmatch(prefix):
            allowed = "the beginning of a tag: letters, digits, '_', '.', '-'"
            fix = "use the beginning of tags: pr-"
            problems.append(Problem(f"expire.{prefix}", prefix, allowed, fix))
        problems += whole_number(f"expire.{prefix}", days, 1, MAX_DAYS, "days")
    return problems


def _pull_through(caches: Mapping[str, PullThroughArgs]) -> Iterator[Problem]:
    for upstream, cache in caches.items():
        key, secret = f"{upstream}.credential_arn", cache.get("credential_arn")
        if unknown := one_of(upstream, upstream, sorted(UPSTREAMS)):
            yield from unknown
        elif upstream in WITH_CREDENTIALS and secret is None:
            allowed = f"the ARN of a secret with the credentials of {UPSTREAMS[upstream]}"
            fix = (
                "store user name and access token in a secret with the name "
                "ecr-pullthroughcache/<anything>, and set its ARN"
            )
            yield Problem(key, MISSING, allowed, fix)
        elif upstream in PUBLIC and secret is not None:
            allowed = f"nothing: {UPSTREAMS[upstream]} needs no credentials"
            yield Problem(key, secret, allowed, "remove it")
        elif isinstance(secret, str) and not SECRET.fullmatch(secret):
            allowed = "the ARN of a secret whose name begins with ecr-pullthroughcache/"
            yield Problem(key, secret, allowed, "rename the secret")


def _cache_prefixes(
    caches: Mapping[str, PullThroughArgs], prefix: str | None, context: Context
) -> Iterator[Problem]:
    for upstream in caches:
        whole = cache_prefix(upstream, prefix, context)
        if upstream not in UPSTREAMS:
            continue
        if not REPOSITORY.fullmatch(whole) or not 2 <= len(whole) <= MAX_CACHE_PREFIX:
            allowed = (
                f"a prefix of 2 to {MAX_CACHE_PREFIX} lower-case letters and digits with the "
                f"registry's prefix, with single . _ - / between them; it is {whole}"
            )
            longest = MAX_CACHE_PREFIX - len(upstream)
            fix = f"set a prefix of at most {longest} such characters"
            yield Problem(upstream, whole, allowed, fix)
