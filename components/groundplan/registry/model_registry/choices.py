"""The enums of a `ModelRegistry`'s arguments."""

from enum import Enum
from typing import TYPE_CHECKING, Literal


class RiskRating(str, Enum):
    """How much harm a model's errors can do, by your organization's own measure."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    UNKNOWN = "unknown"


class CardStatus(str, Enum):
    """The status of a model card; not of a version of the model."""

    DRAFT = "draft"
    PENDING_REVIEW = "pending-review"
    APPROVED = "approved"
    ARCHIVED = "archived"


if TYPE_CHECKING:
    RiskRatingValue = RiskRating | Literal["high", "medium", "low", "unknown"]
    CardStatusValue = CardStatus | Literal["draft", "pending-review", "approved", "archived"]
else:
    RiskRatingValue = RiskRating
    CardStatusValue = CardStatus
