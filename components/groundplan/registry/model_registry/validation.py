"""Validates the arguments of a `ModelRegistry`."""

import re
import unicodedata
from collections.abc import Iterator, Mapping

from groundplan.context import Context
from groundplan.problems import Problem, under
from groundplan.registry.model_registry.args import (
    PROSE,
    ModelCardArgs,
    ModelGroupArgs,
    ModelRegistryArgs,
)
from groundplan.registry.model_registry.choices import RiskRating
from groundplan.registry.model_registry.spec import default_prefix
from groundplan.storage import arns

NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
"""SageMaker API, CreateModelPackageGroup, ModelPackageGroupName."""

TOPIC = re.compile(r"arn:[^:]+:sns:[^:]+:\d{12}:[\w.-]+")

MAX_PREFIX = 40
"""Leaves at least 23 of the 63 characters for a group's own name."""

LONG, SHORT = 2048, 1024
LENGTHS: Mapping[str, int] = {
    "owner": SHORT,
    "algorithm": SHORT,
    **dict.fromkeys((*PROSE, "line_of_business"), LONG),
}
"""SageMaker AI Developer Guide, "Amazon SageMaker Model Cards", model card JSON
schema."""


def validate(args: ModelRegistryArgs, context: Context) -> list[Problem]:
    """Returns the problems of a registry's arguments."""
    prefix = args.get("prefix", default_prefix(context))
    problems = list(_groups(args.get("groups"), prefix))
    if len(prefix) > MAX_PREFIX:
        allowed = f"at most {MAX_PREFIX} characters"
        problems.append(Problem("prefix", prefix, allowed, "set a shorter prefix"))
    problems += arns.key_problems("card_key_arn", args.get("card_key_arn"))
    topic = args.get("approval_topic_arn")
    if isinstance(topic, str) and not TOPIC.fullmatch(topic):
        allowed = "the ARN of an SNS topic, arn:aws:sns:<region>:<account>:<name>"
        problems.append(Problem("approval_topic_arn", topic, allowed, "use the topic's ARN"))
    return problems


def _groups(groups: Mapping[str, ModelGroupArgs] | None, prefix: str) -> Iterator[Problem]:
    if groups is not None and not groups:
        yield Problem("groups", {}, "at least one group", "set the models by name: churn")
    for name, group in (groups or {}).items():
        whole = f"{prefix}{name}"
        if not NAME.fullmatch(whole) or len(whole) > 63:
            allowed = (
                "up to 63 letters, digits and hyphens with the prefix, no hyphen first or last"
            )
            yield Problem(f"groups.{name}", whole, allowed, "rename it, or set another prefix")
        yield from under(f"groups.{name}", _group(group))


def _group(group: ModelGroupArgs) -> Iterator[Problem]:
    description = group.get("description", "-")
    if not 1 <= len(description) <= SHORT:
        allowed = f"1 to {SHORT} characters"
        fix = "shorten it" if description else "remove it"
        yield Problem("description", description, allowed, fix)
    elif any(unicodedata.category(character)[0] == "C" for character in description):
        # SageMaker API, CreateModelPackageGroup, EntityDescription.
        allowed = "letters, digits, spaces, punctuation and symbols"
        yield Problem("description", description, allowed, "remove invisible characters")
    accounts = {
        "read_accounts": group.get("read_accounts", ()),
        "register_accounts": group.get("register_accounts", ()),
    }
    for key, ids in accounts.items():
        for index, account in enumerate(ids):
            yield from arns.account_problems(f"{key}[{index}]", account)
    if "card" in group:
        yield from under("card", card_problems(group["card"]))


def card_problems(card: ModelCardArgs) -> list[Problem]:
    """Returns the problems of a model card."""
    texts = {key: (card.get(key), length) for key, length in LENGTHS.items()}
    texts |= {f"details.{name}": (text, SHORT) for name, text in card.get("details", {}).items()}
    problems = [
        Problem(key, text, f"1 to {length} characters", "shorten it" if text else "write a text")
        for key, (text, length) in texts.items()
        if isinstance(text, str) and not 1 <= len(text.strip()) <= length
    ]
    if card.get("risk_rating") is RiskRating.HIGH and not card.get("risk_explanation"):
        allowed = "why the rating is high, for its reviewers"
        value = card.get("risk_explanation", "")
        problems.append(Problem("risk_explanation", value, allowed, "explain the rating"))
    return problems
