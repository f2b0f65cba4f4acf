"""Rules of EBS, FSx, S3 and Systems Manager parameters.

Sources: terraform-provider-aws, internal/service (fsx/lustre_file_system.go,
fsx/ontap_file_system.go, s3/bucket_versioning.go, ssm/parameter.go: CustomizeDiff); the
documentation of pulumi-aws 7.51; what a comment names.
"""

from groundplan.diff.value_rules.conditions import (
    all_of,
    becomes,
    changed,
    grows_by_less_than,
    larger,
    smaller,
    unless,
    was,
    where,
    where_on,
)
from groundplan.diff.value_rules.rule import Rule, Table, refused, replaced, unknown
from groundplan.diff.value_rules.versions import older

# Amazon FSx API, UpdateFileSystem, StorageCapacity: at least 10 percent more than the
# current one.
_TOO_LITTLE = "FSx adds at least 10 percent of the storage capacity at a time"
_NO_LESS = "FSx can't shrink this file system"


def _grows(path: str = "storageCapacity") -> tuple[Rule, ...]:
    """Returns the storage of a file system that only grows."""
    return (
        refused(path, smaller, _NO_LESS),
        refused(path, grows_by_less_than(0.1), _TOO_LITTLE),
    )


_FIRST_GENERATION = where("deploymentType", "MULTI_AZ_1", "SINGLE_AZ_1")
_SECOND_GENERATION = where("deploymentType", "MULTI_AZ_2", "SINGLE_AZ_2")

_LUSTRE: tuple[Rule, ...] = (
    replaced("storageCapacity", smaller),
    replaced(
        "storageCapacity",
        all_of(changed, where("deploymentType", "SCRATCH_1", default="SCRATCH_1")),
    ),
    replaced("fileSystemTypeVersion", older),
    replaced(
        "metadataConfiguration.iops",
        all_of(smaller, where("metadataConfiguration.mode", "USER_PROVISIONED")),
    ),
    # FSx decides: it goes back to AUTOMATIC only with few IOPS.
    unknown("metadataConfiguration.mode", all_of(was("USER_PROVISIONED"), becomes("AUTOMATIC"))),
    refused(
        "perUnitStorageThroughput",
        all_of(changed, where_on("efaEnabled")),
        "FSx doesn't change the throughput of a file system with EFA",
    ),
)

_VERSIONING: tuple[Rule, ...] = (
    refused(
        "versioningConfiguration.status",
        all_of(was("Enabled", "Suspended"), becomes("Disabled")),
        "S3 suspends the versioning of a bucket, and doesn't disable it",
    ),
)

RULES: Table = {
    # Amazon EBS user guide, Requirements for EBS volume modifications.
    "aws:ebs/volume:Volume": (refused("size", smaller, "EBS can't shrink a volume"),),
    "aws:fsx/lustreFileSystem:LustreFileSystem": _LUSTRE,
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": _grows(),
    "aws:fsx/windowsFileSystem:WindowsFileSystem": _grows(),
    # FSx for ONTAP user guide, Managing storage capacity: only second-generation file
    # systems release SSD storage.
    "aws:fsx/ontapFileSystem:OntapFileSystem": (
        refused("storageCapacity", all_of(smaller, unless(_SECOND_GENERATION)), _NO_LESS),
        refused("storageCapacity", grows_by_less_than(0.1), _TOO_LITTLE),
        replaced("throughputCapacityPerHaPair", all_of(larger, _FIRST_GENERATION)),
        replaced("haPairs", all_of(larger, where("deploymentType", "SINGLE_AZ_1"))),
        refused("haPairs", smaller, "FSx adds HA pairs, and doesn't remove them"),
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _VERSIONING,
    "aws:s3/bucketVersioningV2:BucketVersioningV2": _VERSIONING,
    "aws:ssm/parameter:Parameter": (
        replaced("tier", all_of(was("Advanced"), becomes("Standard"))),
    ),
}
