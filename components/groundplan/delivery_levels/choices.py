"""The enums of delivery settings."""

from enum import Enum
from typing import TYPE_CHECKING, Literal


class DeliveryLevel(str, Enum):
    """How changes of an environment get to it. Each level demands what those before it
    demand."""

    INFRASTRUCTURE_AS_CODE = "infrastructure-as-code"
    """A program and its settings describe the environment; a person deploys it."""
    CONTINUOUS_INTEGRATION = "continuous-integration"
    """Every change is previewed and checked before it is merged."""
    CONTINUOUS_DELIVERY = "continuous-delivery"
    """What is merged can be deployed at any time; a person approves each deployment and
    each release of a model."""
    CONTINUOUS_DEPLOYMENT = "continuous-deployment"
    """What is merged is deployed; gates and alarms decide."""

    @property
    def number(self) -> int:
        """The number of the level, from 0."""
        return list(DeliveryLevel).index(self)

    @property
    def requires_approval(self) -> bool:
        """Whether `groundplan up` deploys only what a person has approved."""
        return self is DeliveryLevel.CONTINUOUS_DELIVERY


if TYPE_CHECKING:
    DeliveryLevelValue = (
        DeliveryLevel
        | Literal[
            "infrastructure-as-code",
            "continuous-integration",
            "continuous-delivery",
            "continuous-deployment",
        ]
    )
else:
    DeliveryLevelValue = DeliveryLevel
