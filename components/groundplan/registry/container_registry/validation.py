"""Validates the arguments of a ContainerRegistry."""

import re

from groundplan.context import Context
from groundplan.problems import Problem, under
from groundplan.registry.container_registry import image_lifecycle, pull_through
from groundplan.registry.container_registry.args import ContainerRegistryArgs
from groundplan.storage import arns

REPOSITORY = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*")
"""ECR API, CreateRepository, repositoryName."""


def default_prefix(context: Context) -> str:
    """Returns the prefix of names in AWS where `prefix` is absent."""
    return f"{context.project}-{context.stack}/".lower()


def validate(args: ContainerRegistryArgs, context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    prefix = args.get("prefix", default_prefix(context))
    names = args.get("repositories", [])
    found = (
        []
        if names
        else [Problem("repositories", [], "at least one name", "name the images: trainer")]
    )
    for index, name in enumerate(names):
        if not REPOSITORY.fullmatch(f"{prefix}{name}") or not 2 <= len(f"{prefix}{name}") <= 256:
            allowed = "2 to 256 lower-case letters and digits with the prefix, with single . _ - / between them"
            found.append(
                Problem(
                    f"repositories[{index}]",
                    f"{prefix}{name}",
                    allowed,
                    "rename it, or give another prefix",
                )
            )
        if name in names[:index]:
            found.append(Problem(f"repositories[{index}]", name, "each name once", "remove it"))
    found += image_lifecycle.problems(args.get("untagged_days"), args.get("expire", {}))
    for index, account in enumerate(args.get("pull_accounts", [])):
        found += arns.account_problems(f"pull_accounts[{index}]", account)
    found += arns.key_problems("kms_key_arn", args.get("kms_key_arn"))
    return found + under("pull_through", pull_through.problems(args.get("pull_through", {})))
