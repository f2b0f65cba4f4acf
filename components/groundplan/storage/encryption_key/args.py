"""The arguments of an EncryptionKey."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults


class EncryptionKeyArgs(TypedDict):
    """The arguments of an EncryptionKey."""

    description: NotRequired[str]
    """Description of the data that the key encrypts. Default: the component's name.
    Updates in place."""
    services: NotRequired[Sequence[str]]
    """AWS services that use the key with their own principal: `logs` (CloudWatch Logs),
    `cloudwatch` (alarms), `events` (EventBridge), `sns`, `budgets`, and `fsx`, for
    Lustre file systems that are linked to a bucket with this key. Default: none.
    Updates the key policy in place."""
    deletion_window_days: NotRequired[int]
    """Waiting period before the key, and all data that it encrypts, is lost after
    deletion, in days, 7 to 30. Default: 30. Updates in place."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the key, and retains it on delete. Default:
    true. Updates in place."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Default: none. Updates in place."""


ENCRYPTION_KEY_DEFAULTS = defaults(
    EncryptionKeyArgs, services=(), deletion_window_days=30, deletion_protection=True
)
