"""The enums of a Network."""

from enum import Enum
from typing import TYPE_CHECKING, Literal


class NatGateways(str, Enum):
    """How private subnets reach the internet."""

    NONE = "none"
    """Not at all: they reach AWS services through the VPC's endpoints only."""
    SINGLE = "single"
    """Through one NAT gateway in the first zone. The cheapest; an outage of that zone
    cuts off all zones."""
    PER_ZONE = "per-zone"
    """Through a NAT gateway in each zone: zones are independent of each other, and
    there are no charges for traffic between them."""


if TYPE_CHECKING:
    NatGatewaysValue = NatGateways | Literal["none", "single", "per-zone"]
else:
    NatGatewaysValue = NatGateways
