from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.volumes_encrypted import RULE

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
INSTANCE = "aws:ec2/instance:Instance"
VOLUME = "aws:ebs/volume:Volume"
CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


def disk(**ebs: Any) -> dict[str, Any]:
    return {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": 20, **ebs}}]}


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        (VOLUME, {"encrypted": True}),
        (VOLUME, {"encrypted": "${unknown}"}),
        (VOLUME, {"snapshotId": "snap-1"}),
        ("aws:efs/fileSystem:FileSystem", {"encrypted": True}),
        ("aws:rds/instance:Instance", {"storageEncrypted": True}),
        ("aws:rds/instance:Instance", {"replicateSourceDb": "${primary.arn}"}),
        (TEMPLATE, disk(encrypted="true")),
        (TEMPLATE, disk(snapshotId="snap-1")),
        (
            TEMPLATE,
            {"blockDeviceMappings": [{"deviceName": "/dev/sdb", "virtualName": "ephemeral0"}]},
        ),
        (TEMPLATE, {"blockDeviceMappings": "${unknown until pool}"}),
        (INSTANCE, {"rootBlockDevice": {"encrypted": True}}),
        (INSTANCE, {"launchTemplate": {"id": "${template.id}"}}),
        (CLASS, {"provisioner": "ebs.csi.aws.com", "parameters": {"encrypted": "true"}}),
        (CLASS, {"provisioner": "efs.csi.aws.com"}),
    ],
)
def test_encrypted_disks_comply(
    build: Build, check_rule: CheckRule, kind: str, inputs: dict[str, Any]
) -> None:
    assert check_rule(RULE, build(kind, "disk", inputs)) == []


@pytest.mark.parametrize(
    ("kind", "inputs", "path", "reason"),
    [
        (VOLUME, {}, "encrypted", "the data of disk is not encrypted"),
        (
            "aws:efs/fileSystem:FileSystem",
            {"encrypted": False},
            "encrypted",
            "the data of disk is not encrypted",
        ),
        ("aws:rds/cluster:Cluster", {}, "storageEncrypted", "the data of disk is not encrypted"),
        (
            TEMPLATE,
            disk(),
            "blockDeviceMappings[0].ebs.encrypted",
            "the disk /dev/xvda of disk is not encrypted",
        ),
        (
            TEMPLATE,
            {},
            "blockDeviceMappings",
            "the disk that disk inherits from the image is not encrypted",
        ),
        (INSTANCE, {}, "rootBlockDevice.encrypted", "the root disk of disk is not encrypted"),
        (
            INSTANCE,
            {
                "rootBlockDevice": {"encrypted": True},
                "ebsBlockDevices": [{"encrypted": True}, {"volumeSize": 5}],
            },
            "ebsBlockDevices[1].encrypted",
            "a disk of disk is not encrypted",
        ),
        (
            CLASS,
            {"provisioner": "ebs.csi.aws.com", "parameters": {"type": "gp3"}},
            "parameters.encrypted",
            "every volume of the storage class disk is not encrypted",
        ),
    ],
)
def test_what_is_not_encrypted_is_named(
    build: Build, check_rule: CheckRule, kind: str, inputs: dict[str, Any], path: str, reason: str
) -> None:
    resource = build(kind, "disk", inputs)
    assert check_rule(RULE, resource) == [Breach(resource.urn, reason, path)]


def test_a_program_that_encrypts_all_new_volumes_of_the_account_complies(
    build: Build, check_rule: CheckRule
) -> None:
    default = "aws:ebs/encryptionByDefault:EncryptionByDefault"
    assert (
        check_rule(RULE, build(VOLUME), build(TEMPLATE), build(default, "on", {"enabled": True}))
        == []
    )
    assert (
        len(
            check_rule(
                RULE, build(VOLUME), build(TEMPLATE), build(default, "off", {"enabled": False})
            )
        )
        == 2
    )
    assert len(check_rule(RULE, build("aws:efs/fileSystem:FileSystem"), build(default, "on"))) == 1


def test_it_is_about_disks_only(build: Build, check_rule: CheckRule) -> None:
    assert (
        check_rule(
            RULE,
            build("aws:s3/bucket:Bucket"),
            build("acme:index:Disk", "d", {"provisioner": "ebs.csi.aws.com"}),
        )
        == []
    )


CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"


@pytest.mark.parametrize(
    "ebs", [{"encrypted": True}, {"encrypted": "${unknown}"}, {"snapshotID": "snap-1"}]
)
def test_a_node_class_with_encrypted_disks_complies(
    build: Build, check_rule: CheckRule, ebs: Any
) -> None:
    devices = [{"deviceName": "/dev/xvda", "ebs": ebs}]
    assert check_rule(RULE, build(CLASS, "gpu", {"spec": {"blockDeviceMappings": devices}})) == []
    assert check_rule(RULE, build(CLASS, "gpu", {"spec": {}})) == []


def test_a_node_class_whose_disks_are_not_encrypted_is_named(
    build: Build, check_rule: CheckRule
) -> None:
    devices = [
        {"deviceName": "/dev/xvda", "ebs": {"encrypted": True}},
        {"deviceName": "/dev/xvdb", "ebs": {"volumeSize": "9Gi"}},
    ]
    (breach,) = check_rule(RULE, build(CLASS, "gpu", {"spec": {"blockDeviceMappings": devices}}))
    assert (breach.reason, breach.property) == (
        "the disk /dev/xvdb of gpu is not encrypted",
        "spec.blockDeviceMappings[1].ebs.encrypted",
    )
