"""What holds data outlives a mistake in the program."""

from collections.abc import Iterator, Mapping

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import at, on, unknown

HOLD_DATA: Mapping[str, str] = {
    "aws:s3/bucket:Bucket": "bucket",
    "aws:s3/bucketV2:BucketV2": "bucket",
    "aws:s3/directoryBucket:DirectoryBucket": "bucket",
    "aws:kms/key:Key": "key",
    "aws:efs/fileSystem:FileSystem": "file system",
    "aws:fsx/lustreFileSystem:LustreFileSystem": "file system",
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": "file system",
    "aws:ebs/volume:Volume": "disk",
    "aws:rds/instance:Instance": "database",
    "aws:rds/cluster:Cluster": "database",
    "aws:dynamodb/table:Table": "table",
    "aws:redshift/cluster:Cluster": "warehouse",
    "aws:opensearch/domain:Domain": "search domain",
    "aws:ecr/repository:Repository": "image repository",
    "aws:sagemaker/mlflowApp:MlflowApp": "tracking server",
    "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer": "tracking server",
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": "model registry",
    "aws:sagemaker/featureGroup:FeatureGroup": "feature group",
    "aws:sagemaker/domain:Domain": "studio domain",
    "aws:secretsmanager/secret:Secret": "secret",
    "aws:cognito/userPool:UserPool": "user pool",
    "aws:timestreamwrite/table:Table": "table",
    "kubernetes:core/v1:PersistentVolumeClaim": "volume claim",
    "kubernetes:core/v1:PersistentVolume": "volume",
}
"""Type -> what it is. A key holds no data, but without it nobody can read any more what
it encrypted."""

EMPTIED_BY: Mapping[str, str] = {
    "aws:s3/bucket:Bucket": "forceDestroy",
    "aws:s3/bucketV2:BucketV2": "forceDestroy",
    "aws:s3/directoryBucket:DirectoryBucket": "forceDestroy",
    "aws:ecr/repository:Repository": "forceDelete",
}
"""What AWS deletes only when it is empty -> the input that empties it first."""

OWN_PROTECTION = ("deletionProtection", "deletionProtectionEnabled")
"""Inputs by which AWS itself refuses to delete."""


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.type not in HOLD_DATA or _elsewhere(resource):
        return
    kept = resource.option("protect") or resource.option("retainOnDelete")
    own = [resource.inputs.get(name) for name in OWN_PROTECTION]
    if kept or any(on(value) or unknown(value) or value == "ACTIVE" for value in own):
        return
    what = HOLD_DATA[resource.type]
    yield Breach(
        resource.urn, f"{what} {resource.name} is not protected: {_loss(resource)}", "protect"
    )


def _elsewhere(resource: Resource) -> bool:
    """Whether a Kubernetes object only leads to data that stays where it is when the
    object goes."""
    spec = resource.inputs.get("spec")
    if resource.type == "kubernetes:core/v1:PersistentVolume":
        # What somebody makes by hand is kept, unless it says otherwise (Kubernetes API,
        # PersistentVolumeSpec).
        return at(spec, "persistentVolumeReclaimPolicy") in (None, "Retain")
    return (
        resource.type == "kubernetes:core/v1:PersistentVolumeClaim"
        and at(spec, "storageClassName") == ""
    )


def _loss(resource: Resource) -> str:
    if resource.type in EMPTIED_BY and not on(resource.inputs.get(EMPTIED_BY[resource.type])):
        return "only what is in it keeps AWS from deleting it, once the program drops it"
    if resource.type == "aws:kms/key:Key":
        return "what it encrypted can't be read any more once the program drops it"
    return "it is deleted, with all that is in it, once the program drops it"


RULE = Rule(
    name="data-protected",
    severity=Severity.MEDIUM,
    summary="What holds data is protected, or kept when it leaves the program.",
    fix="give it pulumi.ResourceOptions(protect=True, retain_on_delete=True)",
    check=check,
    url="https://www.pulumi.com/docs/iac/concepts/resources/options/protect/",
)
