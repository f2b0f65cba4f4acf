"""Amazon OpenSearch Service and OpenSearch Serverless: resource types."""

from groundplan.catalog.resource_type import (
    ACCESS,
    SETTING,
    DataStore,
    Level,
    Priced,
    ResourceType,
    Safeguard,
    Service,
)

COLLECTION_GROUP = "collection group"

DOMAIN = ResourceType(
    ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain"),
    "search domain",
    cost=Priced("search-domain"),
    aliases=("opensearchservice.Domain",),
    summary=("clusterConfig.instanceType", "clusterConfig.instanceCount", "engineVersion"),
    data=DataStore("all its indexes", needs_protection=True),
    service=Service("searches in it fail"),
)

COLLECTION = ResourceType(
    ("aws:opensearch/serverlessCollection:ServerlessCollection",),
    "collection",
    cost=Priced("search-collection"),
    aliases=("opensearch.Collection",),
    summary=("name", "type"),
    data=DataStore("all its indexes"),
)

TYPES = (
    DOMAIN,
    ResourceType(
        ("aws:opensearch/domainPolicy:DomainPolicy",),
        "search domain policy",
        cost=ACCESS,
    ),
    ResourceType(
        ("aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy",),
        "collection access policy",
        cost=ACCESS,
        summary=("name",),
    ),
    COLLECTION,
    ResourceType(
        ("aws:opensearch/serverlessLifecyclePolicy:ServerlessLifecyclePolicy",),
        "collection lifecycle policy",
        cost=SETTING,
        summary=("name",),
        safeguard=Safeguard("its data is kept for ever, and its cost grows", level=Level.LOW),
    ),
    ResourceType(
        ("aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy",),
        "collection security policy",
        cost=ACCESS,
        summary=("name", "type"),
    ),
    ResourceType(
        ("aws:opensearch/serverlessVpcEndpoint:ServerlessVpcEndpoint",),
        "collection VPC endpoint",
        cost=Priced("search-endpoint"),
        service=Service("nothing in the VPC reaches the collections"),
    ),
)
