"""The arguments of a `ModelRegistry`."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults, several_lines
from groundplan.registry.model_registry.choices import (
    CardStatus,
    CardStatusValue,
    RiskRatingValue,
)


class ModelCardArgs(TypedDict):
    """The purpose, the risk and the owner of a model. Updates in place, as a new
    version of the card. Texts have 1 to 2,048 characters unless the key states less."""

    owner: str
    """Owner of the model: a team, an address. At most 1,024 characters."""
    purpose: str
    """Why the model was built."""
    intended_uses: str
    """What the model may be used for."""
    risk_rating: RiskRatingValue
    """How much harm its errors can do: high, medium, low or unknown."""
    risk_explanation: NotRequired[str]
    """Why it has that rating; required with high. Default: none."""
    limits: NotRequired[str]
    """Where it is known to perform worse: populations, seasons, inputs outside of its
    training data. Default: none."""
    not_intended_uses: NotRequired[str]
    """What it must not be used for. Default: none."""
    ethical_considerations: NotRequired[str]
    """Whom it can harm, and how that is mitigated. Default: none."""
    problem_type: NotRequired[str]
    """Binary classification, ranking, text generation. Default: none."""
    algorithm: NotRequired[str]
    """Gradient-boosted trees, transformer. At most 1,024 characters. Default: none."""
    business_problem: NotRequired[str]
    """The business problem that it solves. Default: none."""
    stakeholders: NotRequired[str]
    """Who is affected by a change of the model. Default: none."""
    line_of_business: NotRequired[str]
    """The line of business. Default: none."""
    details: NotRequired[Mapping[str, str]]
    """Other facts, by name, at most 1,024 characters each. Default: none."""
    status: NotRequired[CardStatusValue]
    """Status of the card: draft, pending-review, approved or archived. Default:
    draft."""


CARD_DEFAULTS = defaults(ModelCardArgs, status=CardStatus.DRAFT)

PROSE = (
    "purpose",
    "intended_uses",
    "risk_explanation",
    "limits",
    "not_intended_uses",
    "ethical_considerations",
    "problem_type",
    "business_problem",
    "stakeholders",
)
"""The keys of a card that are text of several lines."""

several_lines(ModelCardArgs, *PROSE, "details")
"""A card is a JSON document of prose."""


class ModelGroupArgs(TypedDict):
    """A model with all its versions: a model package group."""

    description: NotRequired[str]
    """What the model predicts, 1 to 1,024 characters. Default: the group's name.
    SageMaker stores it when the group is created; changing it updates the card only."""
    read_accounts: NotRequired[Sequence[str]]
    """IDs of other AWS accounts that may read and deploy versions. Default: none.
    Updates in place."""
    register_accounts: NotRequired[Sequence[str]]
    """IDs of other AWS accounts that may register versions, which then wait for
    approval. Default: none. Updates in place."""
    card: NotRequired[ModelCardArgs]
    """The model card. Default: none. Updates in place."""


class ModelRegistryArgs(TypedDict):
    """The arguments of a `ModelRegistry`."""

    groups: Mapping[str, ModelGroupArgs]
    """Models by name, at least one. A group that is removed is retained in AWS with its
    versions."""
    prefix: NotRequired[str]
    """Prefix of the names of all groups and cards, at most 40 characters. Default:
    `<project>-<stack>-`. Changing it forces replacement of the groups, without their
    versions."""
    approval_topic_arn: NotRequired[pulumi.Input[str]]
    """ARN of an SNS topic for messages when a version is registered, approved or
    rejected. Its policy has to allow events.amazonaws.com to publish, as that of
    `MonitoringStack` does. Default: none. Updates in place."""
    card_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of a KMS key for the model cards. Default: a key that AWS owns. Changing it
    forces replacement of the cards."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete groups and cards, and retains them on delete.
    Default: true. Updates in place."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all resources. Default: none. Updates in place."""


REGISTRY_DEFAULTS = defaults(ModelRegistryArgs, deletion_protection=True)
