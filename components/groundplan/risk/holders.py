"""What holds data, by type: what is lost with it, and what stands between a deletion
and the loss.

Source of the inputs and their defaults: the providers' documentation of each type
(pulumi-aws 7, pulumi-kubernetes 4).
"""

from dataclasses import dataclass

from groundplan.risk.risk import Level


@dataclass(frozen=True)
class Holder:
    """How a type holds data."""

    holds: str
    """What is lost with it: `all objects in it`."""
    level: Level = Level.HIGH
    forced_by: str = ""
    """The input that must be true for a deletion that isn't empty; the cloud refuses
    else."""
    guard: str = ""
    """The input that has the cloud refuse any deletion."""
    snapshot_unless: str = ""
    """The input that, unless it is true, has a last snapshot made."""
    window: str = ""
    """The input with the days until the deletion is final."""
    window_default: int = 0
    kept_if: str = ""
    """The input that leaves it in the cloud when it leaves the program."""


_DATABASE = Holder("all its data", guard="deletionProtection", snapshot_unless="skipFinalSnapshot")
_FILE_SYSTEM = Holder("all its files", snapshot_unless="skipFinalBackup")
_CACHE = Holder("what is cached in it", Level.MEDIUM)

HOLDERS = {
    "backup.Vault": Holder("all backups in it", forced_by="forceDestroy"),
    "bedrock.AgentKnowledgeBase": Holder("what was indexed in it", Level.MEDIUM),
    "cloudwatch.LogGroup": Holder("all logs in it", Level.MEDIUM, kept_if="skipDestroy"),
    "codecommit.Repository": Holder("all code in it"),
    "cognito.UserPool": Holder("all its users and their passwords", guard="deletionProtection"),
    "docdb.Cluster": _DATABASE,
    "dynamodb.Table": Holder("all items in it", guard="deletionProtectionEnabled"),
    "ebs.Snapshot": Holder("what it holds"),
    "ebs.Volume": Holder("all data on it"),
    "ec2.Instance": Holder("what is on its disks", Level.MEDIUM, guard="disableApiTermination"),
    "ec2.Volume": Holder("all data on it"),
    "ecr.Repository": Holder("all images in it", forced_by="forceDelete"),
    "ecrpublic.Repository": Holder("all images in it", forced_by="forceDestroy"),
    "efs.FileSystem": Holder("all files in it"),
    "elasticache.Cluster": _CACHE,
    "elasticache.ReplicationGroup": _CACHE,
    "elasticache.ServerlessCache": _CACHE,
    "fsx.FileCache": Holder("all files in it"),
    "fsx.LustreFileSystem": Holder(
        "all files that weren't exported to S3", snapshot_unless="skipFinalBackup"
    ),
    "fsx.OntapFileSystem": Holder("all files in it"),
    "fsx.OntapVolume": _FILE_SYSTEM,
    "fsx.OpenZfsFileSystem": _FILE_SYSTEM,
    "fsx.OpenZfsVolume": Holder("all files in it"),
    "fsx.WindowsFileSystem": _FILE_SYSTEM,
    "glue.CatalogDatabase": Holder("the definitions of all its tables"),
    "glue.CatalogTable": Holder("its definition and its partitions", Level.MEDIUM),
    "kinesis.Stream": Holder("all records in it"),
    "kms.Key": Holder(
        "everything that is encrypted with it", window="deletionWindowInDays", window_default=30
    ),
    "kms.ReplicaKey": Holder(
        "what is encrypted with it in this region", window="deletionWindowInDays", window_default=30
    ),
    "memorydb.Cluster": Holder("all its data"),
    "mq.Broker": Holder("all messages in it"),
    "msk.Cluster": Holder("all messages in its topics"),
    "neptune.Cluster": _DATABASE,
    "opensearch.Collection": Holder("all its indexes"),
    "opensearch.Domain": Holder("all its indexes"),
    "rds.Cluster": _DATABASE,
    "rds.Instance": _DATABASE,
    "redshift.Cluster": Holder("all its data", snapshot_unless="skipFinalSnapshot"),
    "redshiftserverless.Namespace": Holder("all its data"),
    "route53.Zone": Holder(
        "all names in it, and the name servers that a registrar points to", forced_by="forceDestroy"
    ),
    "s3.Bucket": Holder("all objects in it", forced_by="forceDestroy"),
    "s3.BucketObject": Holder("its content", Level.MEDIUM),
    "s3.BucketObjectv2": Holder("its content", Level.MEDIUM),
    "s3.DirectoryBucket": Holder("all objects in it", forced_by="forceDestroy"),
    "s3tables.TableBucket": Holder("all tables in it", forced_by="forceDestroy"),
    "s3vectors.VectorBucket": Holder("all vectors in it", forced_by="forceDestroy"),
    "sagemaker.Domain": Holder("its users' spaces", Level.MEDIUM),
    "sagemaker.FeatureGroup": Holder("all features in its online store"),
    "sagemaker.MlflowApp": Holder("all runs and their metrics"),
    "sagemaker.MlflowTrackingServer": Holder("all runs and their metrics"),
    "sagemaker.ModelCard": Holder("what it says of its model", Level.LOW),
    "sagemaker.ModelPackageGroup": Holder("all model versions in it"),
    "sagemaker.NotebookInstance": Holder("what is on its disk", Level.MEDIUM),
    "secretsmanager.Secret": Holder("its value", window="recoveryWindowInDays", window_default=30),
    "sqs.Queue": Holder("all messages in it", Level.MEDIUM),
    "ssm.Parameter": Holder("its value and its history", Level.MEDIUM),
    "timestreamwrite.Table": Holder("all records in it"),
    "kubernetes.Namespace": Holder("everything that runs or is stored in it"),
    "kubernetes.PersistentVolume": Holder("the data on it"),
    "kubernetes.PersistentVolumeClaim": Holder("the data on its volume"),
    "kubernetes.StatefulSet": Holder(
        "what its pods keep outside of volumes that outlive it", Level.LOW
    ),
}
"""Type -> how it holds data."""
