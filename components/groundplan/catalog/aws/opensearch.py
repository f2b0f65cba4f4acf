"""Amazon OpenSearch Service: resource types."""

from groundplan.catalog.resource_type import DataStore, ResourceType, Service, Unpriced

TYPES = (
    ResourceType(
        ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain"),
        "search domain",
        cost=Unpriced(),
        aliases=("opensearchservice.Domain",),
        data=DataStore("all its indexes", needs_protection=True),
        service=Service("searches in it fail"),
    ),
    ResourceType(
        ("aws:opensearch/serverlessCollection:ServerlessCollection",),
        "collection",
        cost=Unpriced(),
        aliases=("opensearch.Collection",),
        data=DataStore("all its indexes"),
    ),
)
