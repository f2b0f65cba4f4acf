"""Amazon RDS: resource types."""

from groundplan.catalog.resource_type import (
    SETTING,
    DataStore,
    Level,
    Priced,
    ResourceType,
    Service,
    Unpriced,
)

TYPES = (
    ResourceType(
        ("aws:rds/cluster:Cluster",),
        "database cluster",
        cost=Unpriced(),
        aliases=("rds.DbCluster",),
        summary=("engine", "engineVersion"),
        data=DataStore(
            "all its data",
            deletion_protection="deletionProtection",
            skips_snapshot_if="skipFinalSnapshot",
            needs_protection=True,
        ),
        service=Service("its readers and writers fail", deletion_protection="deletionProtection"),
    ),
    ResourceType(
        ("aws:rds/clusterInstance:ClusterInstance",),
        "database instance",
        cost=Unpriced(),
        service=Service("what is connected to it is cut off", level=Level.MEDIUM, part=True),
    ),
    ResourceType(
        ("aws:rds/instance:Instance",),
        "database",
        cost=Priced("rds-instance"),
        aliases=("rds.DbInstance",),
        summary=("engine", "engineVersion", "instanceClass", "allocatedStorage", "multiAz"),
        data=DataStore(
            "all its data",
            deletion_protection="deletionProtection",
            skips_snapshot_if="skipFinalSnapshot",
            needs_protection=True,
        ),
        service=Service("its readers and writers fail", deletion_protection="deletionProtection"),
    ),
    ResourceType(
        ("aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",),
        "backup replication",
        cost=Unpriced(),
        summary=("retentionPeriod",),
    ),
    ResourceType(
        ("aws:rds/parameterGroup:ParameterGroup",),
        "parameter group",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:rds/subnetGroup:SubnetGroup",),
        "subnet group",
        cost=SETTING,
    ),
)
