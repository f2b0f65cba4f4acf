"""The specification of a model registry: its arguments, resolved, with every
default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.registry.model_registry.args import (
    ModelCardArgs,
    ModelGroupArgs,
    ModelRegistryArgs,
)
from groundplan.registry.model_registry.choices import CardStatus, RiskRating


@dataclass(frozen=True)
class Card:
    """A model card."""

    owner: str
    purpose: str
    intended_uses: str
    risk_rating: RiskRating
    status: CardStatus
    risk_explanation: str | None = None
    limits: str | None = None
    not_intended_uses: str | None = None
    ethical_considerations: str | None = None
    problem_type: str | None = None
    algorithm: str | None = None
    business_problem: str | None = None
    stakeholders: str | None = None
    line_of_business: str | None = None
    details: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Group:
    """A model package group."""

    description: str
    read_accounts: Sequence[str]
    register_accounts: Sequence[str]
    card: Card | None


@dataclass(frozen=True)
class RegistrySpec:
    """A model registry, complete."""

    groups: Mapping[str, Group]
    """By name, without the prefix."""
    prefix: str
    approval_topic_arn: pulumi.Input[str] | None
    card_key_arn: pulumi.Input[str] | None
    """None for a key that AWS owns."""
    deletion_protection: bool
    tags: Mapping[str, pulumi.Input[str]]


def default_prefix(context: Context) -> str:
    """Returns the prefix of the groups and cards of an environment."""
    return f"{context.project}-{context.stack}-"


def resolve(args: ModelRegistryArgs, context: Context) -> RegistrySpec:
    """Returns the specification of valid arguments."""
    filled = with_defaults(ModelRegistryArgs, args)
    return RegistrySpec(
        groups={name: _group(name, group) for name, group in args["groups"].items()},
        prefix=args.get("prefix", default_prefix(context)),
        approval_topic_arn=args.get("approval_topic_arn"),
        card_key_arn=args.get("card_key_arn"),
        deletion_protection=filled["deletion_protection"],
        tags=dict(args.get("tags", {})),
    )


def resolve_card(args: ModelCardArgs) -> Card:
    """Returns a card with every default."""
    return Card(**with_defaults(ModelCardArgs, args))


def _group(name: str, args: ModelGroupArgs) -> Group:
    return Group(
        description=args.get("description", name),
        read_accounts=tuple(args.get("read_accounts", ())),
        register_accounts=tuple(args.get("register_accounts", ())),
        card=resolve_card(args["card"]) if "card" in args else None,
    )
