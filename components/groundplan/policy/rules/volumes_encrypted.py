"""Checks that volumes, file systems and databases are encrypted."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.catalog.aws.ec2 import LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE
from groundplan.catalog.kubernetes.karpenter import NODE_CLASS
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import at, objects, on, unknown
from groundplan.policy.relations import relations
from groundplan.policy.type_groups import INSTANCES

SWITCHES: Mapping[str, str] = {
    "aws:ebs/volume:Volume": "encrypted",
    "aws:efs/fileSystem:FileSystem": "encrypted",
    "aws:rds/instance:Instance": "storageEncrypted",
    "aws:rds/cluster:Cluster": "storageEncrypted",
    "aws:docdb/cluster:Cluster": "storageEncrypted",
    "aws:neptune/cluster:Cluster": "storageEncrypted",
    "aws:elasticache/replicationGroup:ReplicationGroup": "atRestEncryptionEnabled",
}
"""Types that are not encrypted by default -> the input that enables it."""

EBS = (
    "aws:ebs/volume:Volume",
    LAUNCH_TEMPLATE.token,
    LAUNCH_CONFIGURATION.token,
    NODE_CLASS.token,
    *INSTANCES,
)
STORAGE_CLASS = (
    "kubernetes:storage.k8s.io/v1:StorageClass",
    "kubernetes:storage.k8s.io/v1beta1:StorageClass",
)
BY_DEFAULT = "aws:ebs/encryptionByDefault:EncryptionByDefault"


def check(resource: Resource, manifest: Manifest) -> Iterator[Breach]:
    if resource.type in EBS and _by_default(manifest):
        return
    for path, value, what in _switches(resource):
        if not on(value) and not unknown(value):
            yield Breach(resource.urn, f"{what} is not encrypted", path)


def _switches(resource: Resource) -> Iterator[tuple[str, Any, str]]:
    """(path, value, name) of a resource's encryption inputs."""
    inputs, name = resource.inputs, resource.name
    if resource.type in SWITCHES:
        # A restored volume, and a replica, are encrypted as what they come from.
        if not any(
            inputs.get(key) for key in ("snapshotId", "snapshotIdentifier", "replicateSourceDb")
        ):
            yield (
                SWITCHES[resource.type],
                inputs.get(SWITCHES[resource.type]),
                f"the data of {name}",
            )
    elif resource.type == LAUNCH_TEMPLATE.token:
        devices = inputs.get("blockDeviceMappings")
        yield from _mapped("blockDeviceMappings", devices, name)
        if not any(objects(devices)) and not unknown(devices):
            yield "blockDeviceMappings", None, f"the disk that {name} inherits from the image"
    elif resource.type == NODE_CLASS.token:
        # Without mappings Karpenter takes ones of its own, which are encrypted
        # (pkg/providers/amifamily).
        yield from _mapped(
            "spec.blockDeviceMappings", at(inputs, "spec", "blockDeviceMappings"), name
        )
    elif resource.type in (LAUNCH_CONFIGURATION.token, *INSTANCES):
        root = inputs.get("rootBlockDevice")
        if not (root is None and inputs.get("launchTemplate")):
            yield "rootBlockDevice.encrypted", at(root, "encrypted"), f"the root disk of {name}"
        for index, disk in enumerate(objects(inputs.get("ebsBlockDevices"))):
            if not disk.get("snapshotId"):
                yield (
                    f"ebsBlockDevices[{index}].encrypted",
                    disk.get("encrypted"),
                    f"a disk of {name}",
                )
    elif resource.type in STORAGE_CLASS and inputs.get("provisioner") in (
        "ebs.csi.aws.com",
        "kubernetes.io/aws-ebs",
    ):
        yield (
            "parameters.encrypted",
            at(inputs, "parameters", "encrypted"),
            f"every volume of the storage class {name}",
        )


def _mapped(path: str, devices: Any, name: str) -> Iterator[tuple[str, Any, str]]:
    """Yields the EBS volumes of block device mappings. One from a snapshot is encrypted
    as that."""
    for index, mapping in enumerate(objects(devices)):
        disk = mapping.get("ebs")
        if disk is not None and not at(disk, "snapshotId") and not at(disk, "snapshotID"):
            what = f"the disk {mapping.get('deviceName', index)} of {name}"
            yield f"{path}[{index}].ebs.encrypted", at(disk, "encrypted"), what


def _by_default(manifest: Manifest) -> bool:
    """Returns whether the program enables EBS encryption by default for the account."""
    return any(r.inputs.get("enabled") is not False for r in relations(manifest).any_of(BY_DEFAULT))


RULE = Rule(
    name="volumes-encrypted",
    severity=Severity.MEDIUM,
    summary="Volumes, file systems and databases are encrypted.",
    reason=(
        "Encryption at rest protects data of snapshots and copies, and is required by most "
        "compliance standards."
    ),
    fix=(
        "set encrypted to true (storage_encrypted for a database): it forces replacement of what "
        "exists, and in a template or a storage class holds for what starts from then on"
    ),
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-3",
)
