"""The choices that buckets offer. Settings read them too, so nothing here knows Pulumi."""

from enum import Enum


class ObjectLockMode(str, Enum):
    """Who may delete or overwrite a locked object version before its time."""

    GOVERNANCE = "governance"
    """Whoever has s3:BypassGovernanceRetention."""
    COMPLIANCE = "compliance"
    """Nobody, the account's root user included."""
