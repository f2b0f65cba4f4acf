"""Validates the arguments of a ModelRegistry."""

from groundplan.context import Context
from groundplan.problems import Problem
from groundplan.registry.model_registry import approval_events, model_groups
from groundplan.registry.model_registry.args import ModelRegistryArgs
from groundplan.storage import arns

PREFIX_LENGTH = 40
"""Leaves a group's own name 23 of the 63 characters at least."""


def default_prefix(context: Context) -> str:
    """Returns the prefix of names in AWS where `prefix` is absent."""
    return f"{context.project}-{context.stack}-"


def validate(args: ModelRegistryArgs, context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    prefix = args.get("prefix", default_prefix(context))
    found = model_groups.problems(args.get("groups", {}), prefix)
    if len(prefix) > PREFIX_LENGTH:
        found.append(
            Problem(
                "prefix", prefix, f"at most {PREFIX_LENGTH} characters", "give a shorter prefix"
            )
        )
    found += arns.key_problems("card_key_arn", args.get("card_key_arn"))
    return found + approval_events.problems("approval_topic_arn", args.get("approval_topic_arn"))
