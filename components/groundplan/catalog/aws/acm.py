"""AWS Certificate Manager: resource types."""

from groundplan.catalog.resource_type import Free, Level, ResourceType, Service

TYPES = (
    ResourceType(
        ("aws:acm/certificate:Certificate",),
        "certificate",
        cost=Free("public certificates and budgets are free"),
        # ACM User Guide: a certificate that another AWS service uses can't be deleted.
        service=Service(
            "nothing can serve with it any more, and AWS refuses while something does",
            level=Level.LOW,
            read_only=True,
        ),
    ),
    ResourceType(
        ("aws:acm/certificateValidation:CertificateValidation",),
        "certificate validation",
        cost=Free("public certificates and budgets are free"),
    ),
)
