"""The arguments of a ModelRegistry."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi

from groundplan.registry.model_registry.model_groups import ModelGroupArgs


class ModelRegistryArgs(TypedDict):
    """What a `ModelRegistry` can be told."""

    groups: Mapping[str, ModelGroupArgs]
    """Models by name. One that is removed stays in AWS with its versions."""
    prefix: NotRequired[str]
    """What the names of all groups and cards begin with. Default: `<project>-<stack>-`.
    Changing it makes them anew, without their versions."""
    approval_topic_arn: NotRequired[pulumi.Input[str]]
    """SNS topic that is told when a version was registered, approved or rejected; it
    has to let `events.amazonaws.com` publish, as `MonitoringStack`'s does. Default:
    none. Updates in place."""
    card_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of a KMS key for the model cards. Default: a key of AWS. Changing it replaces
    the cards."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete groups and cards, and leaves them in AWS when
    the stack lets go of them. Default: true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Updates in place."""
