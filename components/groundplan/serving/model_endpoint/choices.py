"""The enums of a ModelEndpoint."""

from enum import Enum
from typing import TYPE_CHECKING, Literal

from groundplan.sagemaker.endpoint_kind import EndpointKind as EndpointKind


class ReleaseMode(str, Enum):
    """What releases a new model."""

    DECLARED = "declared"
    """This program: the model is in its arguments."""
    REGISTRY = "registry"
    """The release runtime: an approved version of a model package group."""


class RoutingStrategy(str, Enum):
    """How SageMaker routes a request to an instance of a variant."""

    RANDOM = "random"
    """To any instance."""
    LEAST_OUTSTANDING_REQUESTS = "least-outstanding-requests"
    """To an instance with free capacity: lower tail latency where requests differ in
    length."""


class RolloutStrategy(str, Enum):
    """How traffic shifts to a new model."""

    CANARY = "canary"
    """A first share, a baking period under the alarms, then the rest."""
    LINEAR = "linear"
    """Equal shares, with a baking period under the alarms after each."""
    ROLLING = "rolling"
    """Batch by batch, without a second fleet: for scarce accelerators and large
    models."""
    ALL_AT_ONCE = "all-at-once"
    """All traffic in one step, then a baking period under the alarms."""


if TYPE_CHECKING:
    ReleaseModeValue = ReleaseMode | Literal["declared", "registry"]
    RoutingStrategyValue = RoutingStrategy | Literal["random", "least-outstanding-requests"]
    RolloutStrategyValue = RolloutStrategy | Literal["canary", "linear", "rolling", "all-at-once"]
else:
    ReleaseModeValue = ReleaseMode
    RoutingStrategyValue = RoutingStrategy
    RolloutStrategyValue = RolloutStrategy
