"""Rules of RDS, Aurora, DocumentDB, Neptune, Redshift, ElastiCache, MemoryDB, DynamoDB,
Keyspaces and Timestream.

Sources: terraform-provider-aws, internal/service (rds/instance.go, rds/cluster.go,
elasticache/engine_version.go, elasticache/diff.go, elasticache/replication_group.go,
dynamodb/table.go, keyspaces/table.go, redshift/cluster.go: CustomizeDiff and Update);
the documentation of pulumi-aws 7.51; what a comment names.
"""

from groundplan.diff.value_rules.conditions import (
    added,
    all_of,
    always,
    any_of,
    at,
    becomes,
    changed,
    has_value,
    is_symbol,
    larger,
    loses_members,
    moved,
    number,
    removed,
    smaller,
    turned_on,
    unless,
    was,
    where,
    where_on,
)
from groundplan.diff.value_rules.rule import (
    Rule,
    Sides,
    Table,
    in_place,
    refused,
    replaced,
    unknown,
)
from groundplan.diff.value_rules.versions import before, major_of, older, other_major

_NO_DOWNGRADE = "AWS doesn't downgrade the version of a database"
_MAJOR = "AWS upgrades to another major version only with allowMajorVersionUpgrade, which isn't set"
_SHRINKS = "RDS can't shrink the storage of a database"
_ALLOWS_MAJOR = where_on("allowMajorVersionUpgrade")
_BLUE_GREEN = where_on("blueGreenUpdate.enabled")


def _engine_version(engine: str = "") -> tuple[Rule, ...]:
    """Returns the version of an engine that isn't downgraded, and upgraded to another
    major version only if that is allowed."""
    major = major_of(2 if engine == "neptune" else 1) if engine else other_major()
    return (
        refused("engineVersion", older, _NO_DOWNGRADE),
        refused("engineVersion", all_of(major, unless(_ALLOWS_MAJOR)), _MAJOR),
    )


def _autoscaled(sides: Sides) -> bool | None:
    """Storage that grows by itself, up to more than the new size: the provider ignores
    a smaller one."""
    most = at(sides.after, "maxAllocatedStorage")
    if is_symbol(most) or is_symbol(sides.new):
        return None
    limit, new = number(most), number(sides.new)
    return limit is not None and new is not None and limit > new


_INSTANCE: tuple[Rule, ...] = (
    *_engine_version(),
    in_place("allocatedStorage", all_of(smaller, _autoscaled)),
    # RDS user guide, Blue/Green Deployments: the green instance may have less storage.
    in_place("allocatedStorage", all_of(smaller, _BLUE_GREEN)),
    refused("allocatedStorage", smaller, _SHRINKS),
    refused(
        "replicateSourceDb",
        any_of(added, moved),
        "the provider promotes a read replica, and doesn't change what it replicates",
    ),
    # RDS API, ModifyDBInstance, PerformanceInsightsKMSKeyId.
    refused(
        "performanceInsightsKmsKeyId",
        all_of(moved, where_on("performanceInsightsEnabled")),
        "RDS doesn't change the key of Performance Insights",
    ),
)

_GLOBAL = "the provider removes a cluster from a global cluster, and doesn't add or move one"


def _global_cluster() -> tuple[Rule, ...]:
    return (refused("globalClusterIdentifier", any_of(added, moved), _GLOBAL),)


_GLOBAL_VERSION = (refused("engineVersion", older, _NO_DOWNGRADE),)


def _is_aurora(sides: Sides) -> bool | None:
    engine = at(sides.after, "engine")
    return None if is_symbol(engine) else str(engine).startswith("aurora")


_CLUSTER: tuple[Rule, ...] = (
    *_engine_version(),
    *_global_cluster(),
    in_place("storageType", _is_aurora),
    replaced("storageType", unless(_is_aurora)),
    refused("allocatedStorage", smaller, _SHRINKS),
    # Aurora user guide, Backtracking: only for a cluster that was created with it.
    refused(
        "backtrackWindow",
        all_of(any_of(added, larger), lambda sides: not _is_positive(sides.old)),
        "Aurora enables backtracking only at creation",
    ),
)


def _is_positive(value: object) -> bool:
    amount = number(value)
    return amount is not None and amount > 0


_MEMCACHED = where("engine", "memcached")
_REDIS = where("engine", "redis", "valkey")
_TO_VALKEY = all_of(was("redis"), becomes("valkey"))

_CACHE: tuple[Rule, ...] = (
    replaced("engineVersion", older),
    replaced("nodeType", all_of(changed, _MEMCACHED)),
    refused(
        "numCacheNodes",
        all_of(unless(becomes(1, 1.0)), _REDIS),
        "a cache cluster of Redis or Valkey has one node",
    ),
    refused(
        "azMode",
        all_of(becomes("cross-az"), where("numCacheNodes", 1, 1.0)),
        "azMode cross-az needs several nodes",
    ),
)


def _without(path: str) -> str:
    return f"the provider accepts this only with {path}"


_REPLICATION: tuple[Rule, ...] = (
    replaced("engineVersion", older),
    in_place("engine", lambda sides: has_value(at(sides.after, "globalReplicationGroupId"))),
    in_place(
        "engine", any_of(_TO_VALKEY, all_of(lambda s: not has_value(s.old), becomes("redis")))
    ),
    replaced("engine", always),
    replaced("transitEncryptionEnabled", before("engineVersion", "7.0.5", default="7.1")),
    # ElastiCache user guide, Enabling in-transit encryption: preferred first.
    refused(
        "transitEncryptionEnabled",
        all_of(turned_on, where("transitEncryptionMode", "required")),
        "ElastiCache enables encryption in transit with transitEncryptionMode preferred first",
    ),
    # ElastiCache user guide, Modifying cluster mode: through compatible, and not back.
    refused(
        "clusterMode", all_of(was("enabled"), changed), "ElastiCache doesn't disable cluster mode"
    ),
    refused(
        "clusterMode",
        all_of(was("disabled"), becomes("enabled")),
        "ElastiCache enables cluster mode with clusterMode compatible first",
    ),
    replaced("nodeGroupConfigurations", any_of(added, removed)),
    unknown("nodeGroupConfigurations", always),
    refused(
        "multiAzEnabled",
        all_of(turned_on, unless(where_on("automaticFailoverEnabled"))),
        _without("automaticFailoverEnabled"),
    ),
    refused(
        "automaticFailoverEnabled",
        all_of(turned_on, where("numCacheClusters", 1, 1.0)),
        "automatic failover needs two cache clusters",
    ),
    refused(
        "numCacheClusters",
        all_of(becomes(1, 1.0), where_on("automaticFailoverEnabled")),
        "automatic failover needs two cache clusters",
    ),
)

_KEEPS_AZ = unless(where_on("availabilityZoneRelocationEnabled"))

# The plan of the provider removes values that are set again by the service.
_RESTORED = (
    replaced("restoreSourceName", unless(removed)),
    replaced("restoreSourceTableArn", unless(removed)),
)

RULES: Table = {
    "aws:rds/instance:Instance": _INSTANCE,
    "aws:rds/cluster:Cluster": _CLUSTER,
    "aws:docdb/cluster:Cluster": (*_engine_version("docdb"), *_global_cluster()),
    "aws:neptune/cluster:Cluster": (*_engine_version("neptune"), *_global_cluster()),
    "aws:redshift/cluster:Cluster": (
        refused(
            "availabilityZone",
            all_of(any_of(moved, added), _KEEPS_AZ),
            "the provider moves a cluster to another zone only with "
            "availabilityZoneRelocationEnabled",
        ),
        refused("clusterVersion", older, _NO_DOWNGRADE),
    ),
    "aws:rds/globalCluster:GlobalCluster": _GLOBAL_VERSION,
    "aws:docdb/globalCluster:GlobalCluster": (
        *_GLOBAL_VERSION,
        refused(
            "engineVersion",
            major_of(1),
            "the provider upgrades a global cluster of DocumentDB to minor versions only",
        ),
    ),
    "aws:neptune/globalCluster:GlobalCluster": _GLOBAL_VERSION,
    "aws:elasticache/cluster:Cluster": _CACHE,
    "aws:elasticache/replicationGroup:ReplicationGroup": _REPLICATION,
    "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup": (
        refused("engineVersion", older, "ElastiCache doesn't downgrade a global group"),
    ),
    "aws:elasticache/serverlessCache:ServerlessCache": (
        in_place("engine", _TO_VALKEY),
        replaced("engine", always),
        # ElastiCache API, ModifyServerlessCache, MajorEngineVersion: upgrades.
        refused("majorEngineVersion", older, "ElastiCache doesn't downgrade a serverless cache"),
    ),
    "aws:memorydb/cluster:Cluster": (
        refused("engineVersion", older, "MemoryDB doesn't downgrade a cluster"),
        refused(
            "engine", all_of(was("valkey"), becomes("redis")), "MemoryDB doesn't go back to Redis"
        ),
    ),
    "aws:memorydb/multiRegionCluster:MultiRegionCluster": (
        refused("engineVersion", older, "MemoryDB doesn't downgrade a cluster"),
    ),
    "aws:dynamodb/table:Table": (
        *_RESTORED,
        replaced("warmThroughput.readUnitsPerSecond", smaller),
        replaced("warmThroughput.writeUnitsPerSecond", smaller),
    ),
    "aws:keyspaces/table:Table": (
        replaced("clientSideTimestamps", removed),
        replaced("schemaDefinition.columns", loses_members),
    ),
    "aws:timestreaminfluxdb/dbInstance:DbInstance": (
        replaced("dbParameterGroupIdentifier", removed),
        refused("allocatedStorage", smaller, "Timestream can't shrink the storage of a database"),
    ),
    "aws:timestreaminfluxdb/dbCluster:DbCluster": (
        replaced("dbParameterGroupIdentifier", removed),
    ),
    "aws:dms/replicationInstance:ReplicationInstance": (
        refused("engineVersion", older, "DMS doesn't downgrade a replication instance"),
        refused(
            "engineVersion",
            all_of(major_of(1), unless(_ALLOWS_MAJOR)),
            _MAJOR,
        ),
        refused(
            "allocatedStorage", smaller, "DMS can't shrink the storage of a replication instance"
        ),
    ),
}
