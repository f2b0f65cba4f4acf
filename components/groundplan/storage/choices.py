"""The choices in the arguments of buckets."""

from enum import Enum
from typing import TYPE_CHECKING, Literal


class ObjectLockMode(str, Enum):
    """The retention mode of S3 Object Lock."""

    GOVERNANCE = "governance"
    """Principals with s3:BypassGovernanceRetention can delete or overwrite a
    version."""
    COMPLIANCE = "compliance"
    """Nobody can, including the account's root user."""


# A type checker accepts the values as well; Pulumi's schema analyzer, which reads the
# annotations at run time, needs the enum.
if TYPE_CHECKING:
    ObjectLockModeValue = ObjectLockMode | Literal["governance", "compliance"]
else:
    ObjectLockModeValue = ObjectLockMode
