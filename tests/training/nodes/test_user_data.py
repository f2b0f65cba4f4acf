import email
import tomllib
from typing import Any

import pytest
import yaml
from groundplan.facts import instances
from groundplan.training.choices import ImageFamily
from groundplan.training.nodes import disks
from groundplan.training.nodes.disks import BlockDevice
from groundplan.training.nodes.pool import Pool
from groundplan.training.nodes.user_data import user_data

AL2023, BOTTLEROCKET = ImageFamily.AL2023, ImageFamily.BOTTLEROCKET


def pool(image: ImageFamily, **more: Any) -> Pool:
    instance = instances.find("p5.48xlarge")
    assert instance
    return Pool("gpu", instance, 0, 4, 0, 500, image=image, **more)


@pytest.mark.parametrize("image", ImageFamily)
def test_without_local_disks_in_use_there_is_no_user_data(image: ImageFamily) -> None:
    assert user_data(pool(image)) is None


def test_amazon_linux_has_a_node_config_in_a_mime_archive() -> None:
    text = user_data(pool(AL2023, local_storage=True))
    assert text
    archive = email.message_from_string(text)
    whole, *parts = archive.walk()

    assert whole is archive
    assert [part.get_content_type() for part in parts] == ["application/node.eks.aws"]
    assert (archive.get_content_type(), archive["MIME-Version"], archive.defects) == (
        "multipart/mixed",
        "1.0",
        [],
    )
    assert yaml.safe_load(str(parts[0].get_payload())) == {
        "apiVersion": "node.eks.aws/v1alpha1",
        "kind": "NodeConfig",
        "spec": {"instance": {"localStorage": {"strategy": "RAID0"}}},
    }


def test_bottlerocket_has_a_bootstrap_command_in_toml() -> None:
    text = user_data(pool(BOTTLEROCKET, local_storage=True))
    assert text
    directories = ["/var/lib/containerd", "/var/lib/kubelet", "/var/log/pods"]
    assert tomllib.loads(text) == {
        "settings": {
            "bootstrap-commands": {
                "local-storage": {
                    "commands": [
                        ["apiclient", "ephemeral-storage", "init"],
                        ["apiclient", "ephemeral-storage", "bind", "--dirs", *directories],
                    ],
                    "mode": "always",
                    "essential": True,
                }
            }
        }
    }


def test_bottlerocket_user_data_is_the_toml_that_eks_merges() -> None:
    text = user_data(pool(BOTTLEROCKET, local_storage=True))
    assert text
    assert "\\" not in text
    assert all('"' not in line for line in text.splitlines() if line.startswith("["))


def test_amazon_linux_has_one_volume() -> None:
    assert disks.block_devices(pool(AL2023)) == [BlockDevice("/dev/xvda", 500)]


def test_bottlerocket_has_its_system_beside_its_data() -> None:
    assert disks.block_devices(pool(BOTTLEROCKET)) == [
        BlockDevice("/dev/xvda", 4),
        BlockDevice("/dev/xvdb", 500),
    ]


def test_a_snapshot_with_images_is_the_beginning_of_bottlerockets_data_volume() -> None:
    devices = disks.block_devices(pool(BOTTLEROCKET, snapshot_id="snap-0123456789abcdef0"))
    assert devices == [
        BlockDevice("/dev/xvda", 4),
        BlockDevice("/dev/xvdb", 500, "snap-0123456789abcdef0"),
    ]
    assert disks.takes_snapshot(BOTTLEROCKET)


def test_amazon_linux_supports_no_snapshot() -> None:
    assert not disks.takes_snapshot(AL2023)
    with pytest.raises(ValueError, match="al2023 has container images on its root volume"):
        disks.block_devices(pool(AL2023, snapshot_id="snap-0123456789abcdef0"))


def test_karpenter_has_the_same_volumes() -> None:
    node_pool = pool(BOTTLEROCKET, snapshot_id="snap-0123456789abcdef0")
    ebs = {"volumeType": "gp3", "encrypted": True, "deleteOnTermination": True}
    assert disks.block_device_mappings(node_pool) == [
        {"deviceName": "/dev/xvda", "ebs": {"volumeSize": "4Gi", **ebs}},
        {
            "deviceName": "/dev/xvdb",
            "ebs": {"volumeSize": "500Gi", **ebs, "snapshotID": "snap-0123456789abcdef0"},
        },
    ]
    assert disks.instance_store_policy(node_pool) is None
    assert disks.instance_store_policy(pool(AL2023, local_storage=True)) == "RAID0"


@pytest.mark.parametrize(("local", "gib"), [(True, 28312), (False, 500)])
def test_pods_share_the_local_disks_or_the_volume(local: bool, gib: int) -> None:
    assert disks.ephemeral_storage_gib(pool(AL2023, local_storage=local)) == gib
