"""Reserved capacity: it is charged whether it is used or not, and instances that run in
it cost nothing in addition."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.catalog.aws.ec2 import CAPACITY_BLOCK, CAPACITY_RESERVATION
from groundplan.cost.estimation import Charge, Context, Estimator, Free, Unknown, number
from groundplan.manifest.model import Resource

PLATFORM = "Linux/UNIX"
"""The only platform whose prices are known."""


def reservation(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """An on-demand capacity reservation, at the price of its instances, all of them at
    all hours."""
    kind, count = resource.inputs.get("instanceType"), number(resource.inputs.get("instanceCount"))
    if count is None or not isinstance(kind, str) or "${" in kind:
        yield Unknown("its instances aren't known")
    elif resource.inputs.get("instancePlatform") not in (None, PLATFORM):
        yield Unknown(f"no price for the platform {resource.inputs['instancePlatform']}")
    elif resource.inputs.get("tenancy") not in (None, "default"):
        yield Unknown("no price for dedicated hardware")
    else:
        ctx.note(
            "reserved capacity",
            "paid at all hours, used or not; what runs in it costs nothing on top",
        )
        yield ctx.always_on(ctx.prices.ec2_hour(kind), count, f"{count:g} x {kind}, reserved")


def block(_resource: Resource, _ctx: Context) -> Iterator[Charge]:
    """A capacity block: its price is that of the offering on the day."""
    yield Unknown("capacity blocks are paid when they are booked, at the price of their offering")


def occupied(ctx: Context, resource: Resource, path: str, reservation_id: Any) -> Charge:
    """Returns the charge for instances that run in the reservation which an input of a
    resource names."""
    if ctx.referenced(resource, path, CAPACITY_BLOCK.token, reservation_id):
        return Free("its instances are paid with the capacity block")
    if ctx.referenced(resource, path, CAPACITY_RESERVATION.token, reservation_id):
        return Free("its instances are paid with the reservation")
    return Unknown(
        "its instances run in a reservation that is not in the plan, and is paid whether they do "
        "or not"
    )


ESTIMATORS: Mapping[str, Estimator] = {"capacity-reservation": reservation, "capacity-block": block}
