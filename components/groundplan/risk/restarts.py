"""Updates in place that stop, restart or replace what runs: instances, databases,
brokers, notebooks, tasks.

Sources: the update functions of terraform-provider-aws, internal/service
(ec2/ec2_instance.go: modifyInstanceAttributeWithStopStart,
sagemaker/notebook_instance.go, dms/replication_task.go, transfer/server.go), and the
user guides of the services: Modifying a DB instance, Blue/green deployments of
OpenSearch Service, Updating an Amazon MSK cluster, Updating an MWAA environment,
Infrastructure updates of AWS Batch.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from groundplan.diff.changes import ABSENT, Kind
from groundplan.manifest.property_paths import below, keys_of
from groundplan.risk.context import ChangeContext, at, flag
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import change_text

DOWNTIME, INTERRUPTION = "downtime", "interruption"
AT_ONCE = "during the deployment"


@dataclass(frozen=True)
class Restart:
    """What an update of some inputs stops."""

    paths: tuple[str, ...]
    """The inputs; empty for all but tags."""
    words: str
    """The predicate of the sentence, `{when}` where that depends."""
    level: Level = Level.MEDIUM
    kind: str = DOWNTIME
    windowed: bool = False
    """Whether it waits for the maintenance window unless `applyImmediately` is on: then
    its level is low."""
    added: bool = False
    """Whether a value where there was none counts: the service has no value of its own
    for it."""


_BREAKS = "restarts {when}: connections to it break for minutes"
_BROKERS = "restarts its brokers one after the other: clients reconnect"
_MOVES = "gets new nodes, to which its data is copied (blue/green): requests are slower until then"
_ALONE = "is stopped and started"
_INFRASTRUCTURE = tuple(
    f"computeResources.{name}"
    for name in (
        *("allocationStrategy", "bidPercentage", "ec2Configurations", "ec2KeyPair", "imageId"),
        *("instanceRole", "instanceTypes", "launchTemplate", "securityGroupIds", "subnets", "tags"),
    )
)


def _database(*paths: str) -> Restart:
    return Restart(paths, _BREAKS, windowed=True)


def _search() -> tuple[Restart, ...]:
    cluster = tuple(
        f"clusterConfig.{name}"
        for name in (
            *("instanceType", "instanceCount", "dedicatedMasterEnabled", "dedicatedMasterCount"),
            *("dedicatedMasterType", "warmEnabled", "warmCount", "warmType"),
            *("zoneAwarenessEnabled", "zoneAwarenessConfig", "multiAzWithStandbyEnabled"),
        )
    )
    options = (
        *("ebsOptions", "encryptAtRest", "nodeToNodeEncryption", "advancedSecurityOptions"),
        "vpcOptions",
    )
    upgraded = f"is upgraded, which can't be undone, and {_MOVES}"
    return (
        Restart((*cluster, *options), _MOVES, Level.LOW, added=True),
        Restart(("engineVersion", "elasticsearchVersion"), upgraded),
    )


RESTARTS: Mapping[str, tuple[Restart, ...]] = {
    "ec2.Instance": (
        Restart(
            ("instanceType", "userData", "userDataBase64"),
            f"{_ALONE}: what runs on it stops, and a public IP address that isn't an Elastic IP "
            "address changes",
            added=True,
        ),
    ),
    "batch.ComputeEnvironment": (
        Restart(
            _INFRASTRUCTURE,
            "replaces its instances: jobs on them are stopped, at once or after the time of its "
            "update policy",
            kind=INTERRUPTION,
        ),
    ),
    "sagemaker.NotebookInstance": (
        Restart(
            (),
            f"{_ALONE}: running kernels and what isn't saved on its volume are lost",
            kind=INTERRUPTION,
            added=True,
        ),
    ),
    "sagemaker.MlflowTrackingServer": (
        Restart(
            ("trackingServerSize", "automaticModelRegistration", "artifactStoreUri"),
            "is unavailable while it is updated: runs that log to it fail",
            Level.LOW,
        ),
    ),
    "emr.Cluster": (
        Restart(
            ("coreInstanceGroup.autoscalingPolicy", "autoTerminationPolicy"),
            "may terminate nodes earlier, and what runs on them",
            Level.LOW,
            INTERRUPTION,
        ),
    ),
    "emr.InstanceGroup": (
        Restart(
            ("configurationsJson",),
            "restarts the services on its nodes one after the other: tasks on them fail",
            kind=INTERRUPTION,
            added=True,
        ),
    ),
    "emrserverless.Application": (
        Restart(
            ("initialCapacities", "maximumCapacity", "imageConfiguration", "networkConfiguration"),
            "is updated only while it is stopped: jobs that run on it have to end before",
            Level.LOW,
            INTERRUPTION,
        ),
    ),
    "mwaa.Environment": (
        Restart(
            (
                *("airflowVersion", "environmentClass", "requirementsS3Path", "pluginsS3Path"),
                *("requirementsS3ObjectVersion", "pluginsS3ObjectVersion"),
                *("startupScriptS3Path", "startupScriptS3ObjectVersion"),
                *("airflowConfigurationOptions", "executionRoleArn", "networkConfiguration"),
            ),
            "is unavailable for about half an hour: running tasks are stopped",
            kind=INTERRUPTION,
            added=True,
        ),
    ),
    "opensearch.Domain": _search(),
    "dms.ReplicationInstance": (
        Restart(
            ("replicationInstanceClass", "engineVersion", "allocatedStorage", "multiAz"),
            "restarts {when}: its replication tasks stop until then",
            kind=INTERRUPTION,
            windowed=True,
        ),
    ),
    "dms.ReplicationTask": (
        Restart(
            (
                *("replicationTaskSettings", "tableMappings", "migrationType"),
                *("cdcStartPosition", "cdcStartTime", "replicationInstanceArn"),
            ),
            f"{_ALONE}: changes aren't replicated in between",
            kind=INTERRUPTION,
            added=True,
        ),
    ),
    "dms.ReplicationConfig": (
        Restart(
            ("replicationSettings", "tableMappings", "replicationType", "computeConfig"),
            f"{_ALONE}: changes aren't replicated in between",
            kind=INTERRUPTION,
        ),
    ),
    "rds.Instance": (
        _database(
            *("instanceClass", "engineVersion", "parameterGroupName", "storageType", "multiAz"),
            *("dbSubnetGroupName", "port", "dedicatedLogVolume"),
        ),
        Restart(
            ("identifier",),
            "gets another address {when}: clients of the old one fail",
            windowed=True,
        ),
    ),
    "rds.Cluster": (
        _database("engineVersion", "dbClusterParameterGroupName", "port", "dbClusterInstanceClass"),
    ),
    "rds.ClusterInstance": (_database("instanceClass", "dbParameterGroupName"),),
    "docdb.Cluster": (_database("engineVersion", "dbClusterParameterGroupName"),),
    "docdb.ClusterInstance": (_database("instanceClass"),),
    "neptune.Cluster": (_database("engineVersion", "neptuneClusterParameterGroupName"),),
    "neptune.ClusterInstance": (_database("instanceClass", "neptuneParameterGroupName"),),
    "redshift.Cluster": (
        Restart(("nodeType", "numberOfNodes", "clusterType", "availabilityZone"), _BREAKS),
        Restart(("encrypted",), "is read-only for hours, while its data is encrypted or decrypted"),
    ),
    "elasticache.ReplicationGroup": (
        _database("nodeType", "engineVersion", "engine", "parameterGroupName"),
    ),
    "elasticache.Cluster": (_database("nodeType", "engineVersion", "parameterGroupName"),),
    "memorydb.Cluster": (
        Restart(
            ("nodeType", "engineVersion", "engine"),
            "replaces its nodes one after the other: clients reconnect",
            Level.LOW,
        ),
    ),
    "mq.Broker": (
        Restart(
            (
                *("engineVersion", "hostInstanceType", "configuration", "users"),
                *("ldapServerMetadata", "logs", "dataReplicationMode"),
            ),
            "reboots {when}: clients are disconnected",
            windowed=True,
        ),
    ),
    "msk.Cluster": (
        Restart(
            (
                *("kafkaVersion", "brokerNodeGroupInfo.instanceType", "configurationInfo"),
                *("encryptionInfo.encryptionInTransit", "clientAuthentication"),
                "brokerNodeGroupInfo.connectivityInfo",
            ),
            _BROKERS,
            Level.LOW,
            added=True,
        ),
    ),
    "timestreaminfluxdb.DbInstance": (
        Restart(("dbInstanceType", "deploymentType", "dbParameterGroupIdentifier"), _BREAKS),
    ),
    "transfer.Server": (
        Restart(
            ("ipAddressType", "endpointType", "endpointDetails"),
            f"{_ALONE}: transfers that run break",
            added=True,
        ),
    ),
}
"""Type -> what its updates stop."""


def restarted(context: ChangeContext) -> Iterator[Risk]:
    """Yields what an update in place stops, restarts or replaces."""
    if context.kind is not Kind.UPDATE or not (context.old and context.new):
        return
    if context.change.refusals:
        return  # it isn't updated
    for restart in RESTARTS.get(context.type, ()):
        texts = list(_touched(context, restart))
        if texts:
            when, level = _when(context, restart)
            words = f"{context.subject} {restart.words.format(when=when)}."
            yield context.risk(level, restart.kind, words, "; ".join(texts[:5]))


def _touched(context: ChangeContext, restart: Restart) -> Iterator[str]:
    """Yields the changes of the inputs of a restart, also of those that follow from
    another resource."""
    paths = restart.paths or tuple(
        key for key in sorted({*context.old, *context.new}) if not key.startswith("tags")
    )
    for path in paths:
        if not restart.added and at(context.old, path) is ABSENT:
            continue
        if context.changed(path):
            yield context.change_text(path)
            continue
        keys = keys_of(path)
        for change in context.change.properties:
            if below(keys_of(change.path), keys):
                yield change_text(change.path, change.old, change.new)


def _when(context: ChangeContext, restart: Restart) -> tuple[str, Level]:
    """When it stops, and how severe that is."""
    if not restart.windowed or flag(at(context.new, "applyImmediately")):
        return AT_ONCE, restart.level
    return "in its next maintenance window", Level.LOW
