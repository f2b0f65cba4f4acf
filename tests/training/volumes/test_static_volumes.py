from collections.abc import Callable
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pulumi
import pulumi_kubernetes as k8s
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.testing import Plan, deploy
from groundplan.training.lustre.lustre_file_system import LustreFileSystem
from groundplan.training.volumes.lustre_volumes import LustreMount, LustreVolume
from groundplan.training.volumes.s3_volumes import S3Folder, S3Volume

VOLUME = "kubernetes:core/v1:PersistentVolume"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
FS = LustreMount("fs-1", "fs-1.fsx.us-east-1.amazonaws.com", "abcd", 2400)


def lustre(**more: Any) -> Plan:
    def program() -> None:
        provider = k8s.Provider("cluster", kubeconfig="{}")
        opts = pulumi.ResourceOptions(provider=provider)
        for team in ("vision", "speech"):
            path = f"/teams/{team}"
            LustreVolume("training", FS, opts=opts, **{"namespace": team, "path": path, **more})

    return deploy(program)


def bucket(folder: Callable[[], S3Folder]) -> Plan:
    def program() -> None:
        provider = k8s.Provider("cluster", kubeconfig="{}")
        opts = pulumi.ResourceOptions(provider=provider)
        S3Volume("training", folder(), namespace="vision", claim_name="datasets", opts=opts)

    return deploy(program)


def test_a_directory_of_a_file_system_is_a_volume_of_a_namespace() -> None:
    plan = lustre()

    assert set(plan.all(VOLUME)) == {
        "training-vision-lustre-volume",
        "training-speech-lustre-volume",
    }
    volume = plan.one(VOLUME, "training-vision-lustre-volume")
    assert volume.inputs["metadata"] == {"name": "vision-lustre"}
    assert volume.inputs["spec"] == {
        "accessModes": ["ReadWriteMany"],
        "capacity": {"storage": "2400Gi"},
        "claimRef": {"name": "lustre", "namespace": "vision"},
        "csi": {
            "driver": "fsx.csi.aws.com",
            "volumeHandle": "fs-1::vision-lustre",
            "volumeAttributes": {
                "dnsname": "fs-1.fsx.us-east-1.amazonaws.com",
                "mountname": "abcd/teams/vision",
            },
        },
        "mountOptions": ["relatime", "flock"],
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": "",
    }
    claim = plan.one(CLAIM, "training-vision-lustre-claim")
    assert claim.inputs["metadata"] == {"name": "lustre", "namespace": "vision"}
    assert claim.inputs["spec"] == {
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "2400Gi"}},
        "storageClassName": "",
        "volumeName": "vision-lustre",
    }
    assert {r.option("provider") for r in (volume, claim)} == {
        plan.one("pulumi:providers:kubernetes").urn
    }


def test_no_two_volumes_share_a_handle() -> None:
    handles = [
        volume.inputs["spec"]["csi"]["volumeHandle"] for volume in lustre().all(VOLUME).values()
    ]

    assert len(set(handles)) == len(handles) == 2


def test_a_file_system_can_be_for_reading_only() -> None:
    plan = lustre(claim_name="datasets", read_only=True)

    spec = plan.one(VOLUME, "training-vision-datasets-volume").inputs["spec"]
    assert (spec["accessModes"], spec["csi"]["readOnly"]) == (["ReadOnlyMany"], True)
    # The driver mounts what its options say, and nothing else.
    assert spec["mountOptions"] == ["relatime", "flock", "ro"]
    claim = plan.one(CLAIM, "training-vision-datasets-claim")
    assert claim.inputs["spec"]["accessModes"] == ["ReadOnlyMany"]


def test_the_component_hands_on_what_a_volume_needs() -> None:
    def program() -> None:
        file_system = LustreFileSystem(
            "fast", {"vpc_id": "vpc-1", "subnet_id": "subnet-a", "capacity_gib": 4800}
        )
        provider = k8s.Provider("cluster", kubeconfig="{}")
        LustreVolume(
            "training",
            file_system.mount,
            namespace="vision",
            path="/teams/vision",
            opts=pulumi.ResourceOptions(provider=provider),
        )

    spec = deploy(program).one(VOLUME).inputs["spec"]
    assert spec["capacity"] == {"storage": "4800Gi"}
    assert spec["csi"]["volumeAttributes"] == {
        "dnsname": "${fast-file-system.dnsName}",
        "mountname": "${fast-file-system.mountName}/teams/vision",
    }


def test_a_folder_of_a_bucket_is_read_with_the_identity_of_the_pod() -> None:
    plan = bucket(lambda: S3Folder("artifacts", "eu-west-1", "datasets/"))

    assert plan.one(VOLUME, "training-vision-datasets-volume").inputs["spec"] == {
        "accessModes": ["ReadOnlyMany"],
        "capacity": {"storage": "1Ti"},
        "claimRef": {"name": "datasets", "namespace": "vision"},
        "csi": {
            "driver": "s3.csi.aws.com",
            "readOnly": True,
            "volumeHandle": "vision-datasets",
            "volumeAttributes": {"bucketName": "artifacts", "authenticationSource": "pod"},
        },
        "mountOptions": ["region eu-west-1", "allow-other", "prefix datasets/", "read-only"],
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": "",
    }
    assert plan.one(CLAIM).inputs["spec"]["volumeName"] == "vision-datasets"


def test_a_volume_is_read_only_by_default() -> None:
    def folder() -> S3Folder:
        name, region = pulumi.Output.from_input("artifacts"), pulumi.Output.from_input("eu-west-1")
        return S3Folder(name, region, read_only=False, user_id=1000, group_id=2000)

    spec = bucket(folder).one(VOLUME).inputs["spec"]

    assert spec["accessModes"] == ["ReadWriteMany"]
    assert "readOnly" not in spec["csi"]
    assert spec["mountOptions"] == [
        "region eu-west-1",
        "allow-other",
        "uid=1000",
        "gid=2000",
        "allow-delete",
        "allow-overwrite",
    ]


def test_kubernetes_accepts_volumes_and_claims() -> None:
    for plan in (lustre(), bucket(lambda: S3Folder("artifacts", "eu-west-1"))):
        for resource in [*plan.all(VOLUME).values(), *plan.all(CLAIM).values()]:
            kubernetes_validate.validate(dict(resource.inputs), "1.36", strict=True)


def test_an_invalid_folder_is_refused() -> None:
    with pytest.raises(InvalidArguments) as caught:
        bucket(lambda: S3Folder("s3://artifacts", "eu-west-1", "datasets"))

    assert {problem.key for problem in caught.value.problems} == {"bucket_name", "prefix"}
