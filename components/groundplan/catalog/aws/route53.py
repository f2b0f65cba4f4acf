"""Amazon Route 53: resource types."""

from groundplan.catalog.resource_type import (
    DataStore,
    Free,
    Level,
    ResourceType,
    Safeguard,
    Service,
    Unpriced,
)

TYPES = (
    ResourceType(
        ("aws:route53/healthCheck:HealthCheck",),
        "health check",
        cost=Unpriced(),
        safeguard=Safeguard("records that ask it no longer fail over", level=Level.LOW),
    ),
    ResourceType(
        ("aws:route53/record:Record",),
        "record",
        cost=Unpriced(),
        service=Service(
            "the name no longer leads anywhere",
            level=Level.MEDIUM,
            part=True,
            level_when_replaced=Level.LOW,
            named_by=("name", "zoneId"),
        ),
    ),
    ResourceType(
        ("aws:route53/zone:Zone",),
        "DNS zone",
        cost=Unpriced(),
        data=DataStore(
            "all names in it, and the name servers that a registrar points to",
            deletes_contents_if="forceDestroy",
        ),
    ),
    ResourceType(
        ("aws:route53/zoneAssociation:ZoneAssociation",),
        "zone association",
        cost=Free("AWS charges for the zone"),
        service=Service(
            "names of the zone no longer resolve in the VPC", level=Level.MEDIUM, part=True
        ),
    ),
)
