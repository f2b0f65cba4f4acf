"""The delivery settings of a stack."""

from typing import NotRequired, TypedDict

from groundplan.arguments import defaults
from groundplan.delivery_levels.choices import DeliveryLevelValue


class ApprovalArgs(TypedDict):
    """How `groundplan approve` and `groundplan up` seal and verify approvals."""

    key_arn: NotRequired[str]
    """ARN of the KMS key (ECC_NIST_P256, SIGN_VERIFY) that approvers sign with: `up`
    refuses what it has not signed. Default: none; who can write the document decides.
    Updates in place."""
    store: NotRequired[str]
    """Where approvals are kept: s3://BUCKET/PREFIX. Default: none; files. Updates in
    place."""
    valid_hours: NotRequired[int]
    """Hours that an approval holds, 1 to 720. Default: 24. Updates in place."""


class DeliveryArgs(TypedDict):
    """The delivery of a stack. No resource depends on it."""

    level: NotRequired[DeliveryLevelValue]
    """The level that the environment has to meet: `infrastructure-as-code`,
    `continuous-integration`, `continuous-delivery` or `continuous-deployment`. What it
    demands and the environment lacks is a policy finding. Default: none; the preview
    shows which level is met. Updates in place."""
    approval: NotRequired[ApprovalArgs]
    """How approvals are sealed. Default: as its arguments say."""


APPROVAL_DEFAULTS = defaults(ApprovalArgs, valid_hours=24)
