"""The choices that the network offers. Settings read them too, so nothing here knows
Pulumi."""

from enum import Enum


class NatGateways(str, Enum):
    """How what runs in private subnets reaches the internet."""

    NONE = "none"
    """It does not; it reaches AWS services by the VPC's endpoints only."""
    SINGLE = "single"
    """By one gateway in the first zone: the cheapest, and the way out of all zones is
    gone when that zone is."""
    PER_ZONE = "per-zone"
    """By a gateway in each zone: no zone depends on another, and no traffic between
    zones is paid for."""
