"""The arguments of an EncryptionKey."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class EncryptionKeyArgs(TypedDict):
    """What an `EncryptionKey` can be told."""

    description: NotRequired[str]
    """What the key encrypts, in words. Default: the component's name. Changing it
    updates in place."""
    services: NotRequired[Sequence[str]]
    """AWS services that use the key as themselves: `logs` (CloudWatch Logs),
    `cloudwatch` (alarms), `events` (EventBridge), `sns`, `budgets`, and `fsx`, for
    Lustre file systems that are linked to a bucket under this key. Default: none.
    Changing it updates the key's policy in place."""
    deletion_window_days: NotRequired[int]
    """Days between the key's deletion and the loss of all it encrypts, 7 to 30.
    Default: 30. Updates in place."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the key, and leaves it in AWS when the stack
    lets go of it. Default: true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Updates in place."""
