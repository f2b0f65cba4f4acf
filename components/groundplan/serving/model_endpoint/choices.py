"""The closed choices of an endpoint. Settings read them too, so nothing here knows
Pulumi."""

from enum import Enum


class ReleaseMode(str, Enum):
    """Who releases a new model."""

    DECLARED = "declared"
    """This program: the model is in its arguments."""
    REGISTRY = "registry"
    """The runtime: an approved version of a model package group."""


class RoutingStrategy(str, Enum):
    """Which instance of a variant gets a request."""

    RANDOM = "random"
    """Any."""
    LEAST_OUTSTANDING_REQUESTS = "least-outstanding-requests"
    """One that has room: lower latency at the top where requests differ in length."""
