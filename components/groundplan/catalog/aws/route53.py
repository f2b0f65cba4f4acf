"""Amazon Route 53: resource types."""

from groundplan.catalog.resource_type import DataStore, Level, ResourceType, Service, Unpriced

TYPES = (
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
)
