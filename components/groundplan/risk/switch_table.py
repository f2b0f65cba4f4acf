"""Inputs one value of which, or whose removal, is a risk, by type: plain data."""

from dataclasses import dataclass

from groundplan.risk.risk import Level


@dataclass(frozen=True)
class Switch:
    """An input one value of which is a risk."""

    path: str
    bad: bool | str
    """The value that is a risk."""
    words: str
    """The predicate of the sentence."""
    default: bool | str | None = False
    """The default; `None` where it isn't known."""
    kind: str = "data-loss"
    level: Level = Level.MEDIUM
    instead_of: str = ""
    """The former value that makes it a risk; any other but `bad`, where empty."""


PROTECTION, DOWNTIME, ACCESS = "protection", "downtime", "access"

_LAST_SNAPSHOT = Switch("skipFinalSnapshot", True, "would now be deleted without a final snapshot")
# RDS User Guide, "Configuring and managing a Multi-AZ deployment"; ElastiCache User
# Guide, "Minimizing downtime in ElastiCache by using Multi-AZ".
_STANDBY = Switch(
    "multiAz",
    False,
    "has no standby any more: it is down while its instance or zone is",
    kind=PROTECTION,
)
_FAILOVER = "no longer fails over to a replica: it is down until its primary node is replaced"
_PLAIN = "accepts requests that nothing encrypts on their way"

_CALLABLE = "can now be called by anyone who reaches the API"

_LATE = "no longer rolls back a deployment that fails"
_INSIGHTS = Switch(
    "performanceInsightsEnabled",
    False,
    "no longer records what its load comes from",
    kind=PROTECTION,
    level=Level.LOW,
)

SWITCHES = {
    "apigateway.Method": [Switch("authorization", "NONE", _CALLABLE, None, ACCESS, Level.HIGH)],
    "apigatewayv2.Route": [
        Switch("authorizationType", "NONE", _CALLABLE, "NONE", ACCESS, Level.HIGH)
    ],
    "autoscaling.Group": [
        Switch(
            "healthCheckType",
            "EC2",
            "keeps instances that its load balancer finds unhealthy",
            "EC2",
            PROTECTION,
            Level.LOW,
            instead_of="ELB",
        )
    ],
    "backup.Vault": [Switch("forceDestroy", True, "would now be deleted with all backups in it")],
    "batch.JobQueue": [
        Switch("state", "DISABLED", "takes no more jobs", "ENABLED", DOWNTIME),
    ],
    "cfg.RecorderStatus": [
        Switch("isEnabled", False, "no longer records configurations", kind=PROTECTION)
    ],
    "cloudfront.Distribution": [
        Switch("defaultCacheBehavior.viewerProtocolPolicy", "allow-all", _PLAIN, None, kind=ACCESS),
        Switch("enabled", False, "answers no requests any more", None, DOWNTIME, Level.HIGH),
    ],
    "cloudwatch.EventRule": [
        Switch("state", "DISABLED", "no longer starts its targets", "ENABLED", DOWNTIME)
    ],
    "cloudwatch.MetricAlarm": [
        Switch(
            "treatMissingData",
            value,
            "no longer tells when data is missing",
            "missing",
            PROTECTION,
            Level.LOW,
            instead_of="breaching",
        )
        for value in ("notBreaching", "ignore", "missing")
    ],
    "cognito.UserPool": [
        Switch(
            "mfaConfiguration",
            value,
            "no longer requires a second factor of its users",
            "OFF",
            PROTECTION,
            Level.LOW,
            instead_of=former,
        )
        for former, value in (("ON", "OFF"), ("ON", "OPTIONAL"), ("OPTIONAL", "OFF"))
    ],
    "docdb.Cluster": [_LAST_SNAPSHOT],
    "dynamodb.Table": [
        Switch(
            "streamEnabled",
            False,
            "no longer streams its changes: what reads them stops",
            kind=DOWNTIME,
        ),
        Switch(
            "pointInTimeRecovery.enabled",
            False,
            "can no longer be restored to an earlier point in time",
            None,
        ),
        # Developer Guide, "Using time to live": within a few days of their time.
        Switch(
            "ttl.enabled", True, "now deletes its items when their time is over", level=Level.LOW
        ),
    ],
    "ebs.EncryptionByDefault": [
        Switch("enabled", False, "no longer encrypts new volumes of the region", True, PROTECTION)
    ],
    # VPC User Guide, "DNS attributes for your VPC".
    "ec2.Vpc": [
        Switch("enableDnsSupport", False, "resolves no names any more", True, DOWNTIME),
        Switch(
            "enableDnsHostnames",
            False,
            "no longer resolves the private names of endpoints and instances",
            kind=DOWNTIME,
        ),
    ],
    "ec2.VpcEndpoint": [
        Switch(
            "privateDnsEnabled",
            False,
            "no longer answers to the name of its service",
            kind=DOWNTIME,
            level=Level.LOW,
        )
    ],
    "ecr.Repository": [
        Switch("forceDelete", True, "would now be deleted with all images in it"),
        Switch(
            "imageScanningConfiguration.scanOnPush",
            False,
            "no longer scans its images for vulnerabilities",
            kind=PROTECTION,
            level=Level.LOW,
        ),
    ],
    "ecs.Service": [
        Switch("deploymentCircuitBreaker.rollback", False, _LATE, False, PROTECTION, Level.LOW),
        Switch(
            "enableExecuteCommand",
            True,
            "lets who may call ECS Exec run commands in its tasks",
            kind=ACCESS,
            level=Level.LOW,
        ),
        Switch(
            "deploymentMinimumHealthyPercent",
            "0",
            "may stop all its tasks before new ones run, with each deployment",
            "100",
            DOWNTIME,
            Level.LOW,
        ),
    ],
    "efs.BackupPolicy": [
        Switch(
            "backupPolicy.status",
            "DISABLED",
            "is disabled: the file system is no longer backed up",
            None,
        )
    ],
    "efs.FileSystem": [
        Switch(
            "throughputMode",
            "bursting",
            "is slow when its credits are used up",
            "bursting",
            DOWNTIME,
            Level.LOW,
        )
    ],
    "eks.Addon": [
        Switch(
            "resolveConflictsOnUpdate",
            "OVERWRITE",
            "now overwrites what was changed in the cluster",
            None,
            DOWNTIME,
            Level.LOW,
        )
    ],
    "eks.Cluster": [
        Switch(
            "zonalShiftConfig.enabled",
            False,
            "no longer leaves a zone that fails",
            kind=PROTECTION,
            level=Level.LOW,
        )
    ],
    "elasticache.ReplicationGroup": [
        Switch("automaticFailoverEnabled", False, _FAILOVER, kind=PROTECTION),
        Switch("multiAzEnabled", False, "may have all its nodes in one zone", kind=PROTECTION),
    ],
    "fsx.LustreFileSystem": [
        Switch("skipFinalBackup", True, "would now be deleted without a final backup", True)
    ],
    "glue.Crawler": [
        Switch(
            "schemaChangePolicy.deleteBehavior",
            "DELETE_FROM_DATABASE",
            "now deletes tables whose data it doesn't find",
            "DEPRECATE_IN_DATABASE",
            level=Level.LOW,
        )
    ],
    "glue.Trigger": [
        Switch("enabled", False, "starts no jobs any more", True, DOWNTIME, Level.LOW)
    ],
    "guardduty.Detector": [
        Switch("enable", False, "no longer looks for threats", True, PROTECTION)
    ],
    "kubernetes.CronJob": [
        Switch("spec.suspend", True, "no longer starts jobs", False, DOWNTIME, Level.LOW)
    ],
    "kubernetes.ScaledObject": [
        Switch(
            "spec.minReplicaCount",
            "0",
            "may scale to nothing: the first request after a pause waits for a pod",
            "0",
            DOWNTIME,
            Level.LOW,
        )
    ],
    "kubernetes.StatefulSet": [
        Switch(
            "spec.updateStrategy.type",
            "OnDelete",
            "no longer updates its pods: each keeps what it runs until it is deleted",
            "RollingUpdate",
            DOWNTIME,
            Level.LOW,
        )
    ],
    # Kubernetes: Storage Classes, "Reclaim policy" (the default is Delete).
    "kubernetes.StorageClass": [
        Switch(
            "reclaimPolicy",
            "Delete",
            "now deletes a volume, with its data, when its claim is deleted",
            "Delete",
        )
    ],
    "lambda.EventSourceMapping": [
        Switch("enabled", False, "no longer calls its function", True, DOWNTIME)
    ],
    "lb.Listener": [
        Switch("protocol", plain, _PLAIN, None, ACCESS, instead_of=secure)
        for plain, secure in (("HTTP", "HTTPS"), ("TCP", "TLS"))
    ],
    "lb.LoadBalancer": [
        Switch("accessLogs.enabled", False, "no longer logs requests", kind=PROTECTION)
    ],
    "msk.Cluster": [
        Switch("encryptionInfo.encryptionInTransit.clientBroker", value, _PLAIN, "TLS", ACCESS)
        for value in ("TLS_PLAINTEXT", "PLAINTEXT")
    ]
    + [
        Switch(
            "clientAuthentication.unauthenticated",
            True,
            "accepts clients that don't say who they are",
            kind=ACCESS,
        )
    ],
    "neptune.Cluster": [_LAST_SNAPSHOT],
    "opensearch.Domain": [
        Switch("domainEndpointOptions.enforceHttps", False, _PLAIN, True, ACCESS),
        Switch(
            "clusterConfig.zoneAwarenessEnabled",
            False,
            "has all its nodes in one zone, and is down while that is",
            kind=PROTECTION,
        ),
    ],
    "rds.Cluster": [_LAST_SNAPSHOT],
    "rds.ClusterInstance": [_INSIGHTS],
    "rds.Instance": [_LAST_SNAPSHOT, _STANDBY, _INSIGHTS],
    "redshift.Cluster": [_LAST_SNAPSHOT],
    # Route 53 Developer Guide, "Disabling DNSSEC signing": the DS record of the parent
    # zone goes first.
    "route53.HostedZoneDnsSec": [
        Switch(
            "signingStatus",
            "NOT_SIGNING",
            "no longer signs its answers: resolvers refuse them while the parent zone says it does",
            "SIGNING",
            DOWNTIME,
        )
    ],
    "route53.Zone": [Switch("forceDestroy", True, "would now be deleted with all names in it")],
    "s3.Bucket": [
        Switch(
            "forceDestroy",
            True,
            "would now be deleted with all objects in it",
        ),
        Switch(
            "versioning.enabled",
            False,
            "no longer keeps old versions: what is overwritten or deleted is lost",
            None,
        ),
        Switch("objectLockEnabled", False, "no longer locks objects against deletion", None),
    ],
    "scheduler.Schedule": [
        Switch("state", "DISABLED", "no longer starts its target", "ENABLED", DOWNTIME)
    ],
}
"""Type -> its switches. Defaults are the providers'."""


@dataclass(frozen=True)
class Setting:
    """An input whose removal is a risk."""

    path: str
    words: str
    """The predicate of the sentence."""
    kind: str = PROTECTION
    level: Level = Level.LOW


_NO_DEAD_LETTERS = "no longer keeps what fails again and again: it is lost"

SETTINGS = {
    "elasticache.ReplicationGroup": [
        Setting("authToken", "no longer asks for a password", "access", Level.MEDIUM)
    ],
    "kubernetes.Deployment": [
        Setting(
            "spec.replicas",
            "no longer sets its number of pods: it becomes 1 where nothing else sets it",
            "downtime",
        )
    ],
    "apigateway.Stage": [Setting("accessLogSettings", "no longer logs requests")],
    "apigatewayv2.Stage": [
        Setting("accessLogSettings", "no longer logs requests"),
        Setting("defaultRouteSettings", "no longer limits requests"),
    ],
    "cloudfront.Distribution": [
        Setting("loggingConfig", "no longer logs requests"),
        Setting("webAclId", "is no longer protected by a firewall", level=Level.MEDIUM),
    ],
    "lambda.Function": [
        Setting("deadLetterConfig", _NO_DEAD_LETTERS, "data-loss"),
        Setting(
            "vpcConfig",
            "leaves its VPC: it no longer reaches what is only in there",
            "downtime",
            Level.MEDIUM,
        ),
    ],
    "sns.TopicSubscription": [Setting("redrivePolicy", _NO_DEAD_LETTERS, "data-loss")],
    "sqs.Queue": [Setting("redrivePolicy", _NO_DEAD_LETTERS, "data-loss")],
    "wafv2.WebAcl": [
        Setting("defaultAction.block", "now allows what no rule blocks", "access", Level.MEDIUM)
    ],
}
"""Type -> the inputs whose removal is a risk."""
