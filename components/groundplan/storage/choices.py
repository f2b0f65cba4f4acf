"""The enums of buckets."""

from enum import Enum
from typing import TYPE_CHECKING, Literal


class ObjectLockMode(str, Enum):
    """A retention mode of S3 Object Lock: who can delete a locked object version."""

    GOVERNANCE = "governance"
    """Principals with s3:BypassGovernanceRetention."""
    COMPLIANCE = "compliance"
    """No principal, including the account's root user."""


if TYPE_CHECKING:
    ObjectLockModeValue = ObjectLockMode | Literal["governance", "compliance"]
else:
    ObjectLockModeValue = ObjectLockMode
