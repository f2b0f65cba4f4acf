"""What a training cluster's pods can mount, and the images that its nodes have
beforehand."""

from typing import Any

import pytest
from groundplan import TrainingCluster
from groundplan.arguments import InvalidArguments
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan
from groundplan.training.volumes.lustre_volumes import LustreMount

ADDON = "aws:eks/addon:Addon"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"

ARGS: Any = {
    "private_subnet_ids": ["subnet-1", "subnet-2"],
    "administrators": ["arn:aws:iam::123456789012:role/platform"],
    "pools": {
        "gpu": {
            "instance_type": "g6e.12xlarge",
            "max_size": 8,
            "prefetch": ["nvcr.io/nvidia/pytorch:26.10-py3"],
        }
    },
    "teams": {"vision": {}},
    "artifacts": {
        "bucket_name": "ml-artifacts",
        "bucket_arn": "arn:aws:s3:::ml-artifacts",
        "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k",
    },
    "volume_drivers": ["lustre", "s3"],
}


def build(**args: Any) -> TrainingCluster:
    overrides: Any = {**ARGS, **args}
    return TrainingCluster("training", overrides)


def program() -> None:
    build().mount("scratch", LustreMount("fs-1", "fs-1.fsx", "abc", 1200))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(program)


def test_drivers_are_addons_that_wait_for_nodes(plan: Plan) -> None:
    driver = plan.one(ADDON, "training-aws-fsx-csi-driver")
    assert "training-system-nodes" in plan.dependencies(driver)
    assert "training-aws-mountpoint-s3-csi-driver" in plan.all(ADDON)


def test_a_cluster_has_the_drivers_that_were_asked_for() -> None:
    plan = deploy(lambda: build(volume_drivers=[]))
    assert not {"training-aws-fsx-csi-driver", "training-aws-mountpoint-s3-csi-driver"} & set(
        plan.all(ADDON)
    )
    assert plan.all(CLAIM) == {}


def test_each_team_mounts_the_datasets_read_only(plan: Plan) -> None:
    claim = plan.one(CLAIM, "training-vision-datasets-claim")
    assert claim.inputs["metadata"] == {"name": "datasets", "namespace": "vision"}
    assert claim.inputs["spec"]["accessModes"] == ["ReadOnlyMany"]
    assert {
        "training-team-vision-namespace",
        "training-aws-mountpoint-s3-csi-driver",
    } <= plan.dependencies(claim)
    volume = plan.one("kubernetes:core/v1:PersistentVolume", "training-vision-datasets-volume")
    assert "prefix datasets/" in volume.inputs["spec"]["mountOptions"]


def test_a_file_system_is_mounted_in_every_namespace_for_jobs(plan: Plan) -> None:
    claims = {
        name: r.inputs["metadata"] for name, r in plan.all(CLAIM).items() if "scratch" in name
    }
    assert claims == {
        "training-scratch-training-lustre-claim": {"name": "lustre", "namespace": "training"},
        "training-scratch-vision-lustre-claim": {"name": "lustre", "namespace": "vision"},
    }
    claim = plan.one(CLAIM, "training-scratch-training-lustre-claim")
    assert {"training-namespace", "training-aws-fsx-csi-driver"} <= plan.dependencies(claim)


def test_a_file_system_without_its_driver_is_refused() -> None:
    def without() -> None:
        build(volume_drivers=["s3"]).mount("s", LustreMount("fs-1", "d", "m", 1200))

    with pytest.raises(InvalidArguments, match="add lustre to volume_drivers"):
        deploy(without)


def test_large_images_come_to_the_nodes_of_their_pool(plan: Plan) -> None:
    daemon = plan.one("kubernetes:apps/v1:DaemonSet", "training-gpu-prefetch")
    pod = daemon.inputs["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {"groundplan/pool": "gpu"}
    assert [volume["image"]["reference"] for volume in pod["volumes"]] == [
        "nvcr.io/nvidia/pytorch:26.10-py3"
    ]


def test_an_image_without_a_version_is_not_fetched_beforehand() -> None:
    pools = {
        "gpu": {"instance_type": "g5.xlarge", "max_size": 1, "prefetch": ["nvcr.io/nvidia/pytorch"]}
    }
    with pytest.raises(InvalidArguments, match=r"pools\.gpu\.prefetch\[0\]"):
        deploy(lambda: build(pools=pools))
