"""Amazon ElastiCache: resource types."""

from groundplan.catalog.resource_type import DataStore, Level, ResourceType, Service, Unpriced

TYPES = (
    ResourceType(
        ("aws:elasticache/cluster:Cluster",),
        "cache",
        cost=Unpriced(),
        data=DataStore("what is cached in it", level=Level.MEDIUM),
        service=Service("its readers and writers are slow or fail", level=Level.MEDIUM),
    ),
    ResourceType(
        ("aws:elasticache/replicationGroup:ReplicationGroup",),
        "cache",
        cost=Unpriced(),
        summary=("engine", "nodeType", "numCacheClusters"),
        data=DataStore("what is cached in it", level=Level.MEDIUM),
        service=Service("its readers and writers are slow or fail", level=Level.MEDIUM),
    ),
    ResourceType(
        ("aws:elasticache/serverlessCache:ServerlessCache",),
        "serverless cache",
        cost=Unpriced(),
        data=DataStore("what is cached in it", level=Level.MEDIUM),
        service=Service("its readers and writers are slow or fail", level=Level.MEDIUM),
    ),
)
