"""AWS Certificate Manager: resource types."""

from groundplan.catalog.resource_type import Free, ResourceType

TYPES = (
    ResourceType(
        ("aws:acm/certificate:Certificate",),
        "certificate",
        cost=Free("public certificates and budgets are free"),
    ),
    ResourceType(
        ("aws:acm/certificateValidation:CertificateValidation",),
        "certificate validation",
        cost=Free("public certificates and budgets are free"),
    ),
)
