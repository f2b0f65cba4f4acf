"""The arguments of an EncryptionKey."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults


class EncryptionKeyArgs(TypedDict):
    """The arguments of an EncryptionKey."""

    description: NotRequired[str]
    """What the key encrypts. Updates in place. Default: the component's name."""
    services: NotRequired[Sequence[str]]
    """AWS services whose service principal may use the key: `logs` (CloudWatch Logs),
    `log-delivery` (logs of an encrypted state machine), `cloudwatch` (alarms), `events`
    (EventBridge), `sns`, `budgets`, `costalerts` (AWS Cost Anomaly Detection), `aps`
    (alerts of Amazon Managed Service for Prometheus), and `fsx`, for Lustre file
    systems that are linked to a bucket under this key. Updates the key policy in place.
    Default: none."""
    region: NotRequired[str]
    """AWS region of the key. Changing it forces replacement. Default: that of the
    provider."""
    deletion_window_days: NotRequired[int]
    """Days between the deletion of the key and the loss of all that it encrypts, 7 to
    30. Updates in place. Default: 30."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the key, and retains it on delete. Updates in
    place. Default: true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Updates in place. Default: none."""


ENCRYPTION_KEY_DEFAULTS = defaults(
    EncryptionKeyArgs, services=(), deletion_window_days=30, deletion_protection=True
)
