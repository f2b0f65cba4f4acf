import re
from typing import Any

import pytest
from groundplan.facts import instances
from groundplan.training.choices import ImageFamily
from groundplan.training.karpenter import node_class
from groundplan.training.nodes import pools
from groundplan.training.nodes.pool import Pool


def karpenter_pool(**overrides: Any) -> Pool:
    args: Any = {
        "instance_type": "c7i.8xlarge",
        "max_size": 4,
        "provisioner": "karpenter",
        **overrides,
    }
    return pools.resolve("gpu", args)


def spec(placement_group: str | None = None, **overrides: Any) -> dict[str, Any]:
    return node_class.spec(
        karpenter_pool(**overrides),
        role_name="nodes",
        subnet_ids=["subnet-a", "subnet-b"],
        security_group_ids=["sg-1"],
        placement_group=placement_group,
        resource_tags={"team": "ml"},
    )


MINIMAL = {
    "amiSelectorTerms": [{"alias": "al2023@v20260903"}],
    "role": "nodes",
    "subnetSelectorTerms": [{"id": "subnet-a"}, {"id": "subnet-b"}],
    "securityGroupSelectorTerms": [{"id": "sg-1"}],
    "metadataOptions": {
        "httpEndpoint": "enabled",
        "httpProtocolIPv6": "disabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    },
    "blockDeviceMappings": [
        {
            "deviceName": "/dev/xvda",
            "ebs": {
                "volumeSize": "200Gi",
                "volumeType": "gp3",
                "encrypted": True,
                "deleteOnTermination": True,
            },
        }
    ],
    "associatePublicIPAddress": False,
    "tags": {"team": "ml"},
}


def test_a_minimal_node_class_is_pinned_encrypted_and_closed_to_pods() -> None:
    assert spec() == MINIMAL


def test_local_disks_are_one_volume_unless_they_are_to_be_left_alone() -> None:
    assert spec(instance_type="g5.12xlarge")["instanceStorePolicy"] == "RAID0"
    assert "instanceStorePolicy" not in spec(instance_type="g5.12xlarge", local_storage=False)
    assert "instanceStorePolicy" not in spec(instance_type="c7i.8xlarge")


def test_bottlerocket_has_a_disk_for_images_that_can_start_from_a_snapshot() -> None:
    fields = spec(image="bottlerocket", disk_gib=300, snapshot_id="snap-1")

    assert fields["amiSelectorTerms"] == [{"alias": "bottlerocket@v1.65.0"}]
    ebs = {"volumeType": "gp3", "encrypted": True, "deleteOnTermination": True}
    assert fields["blockDeviceMappings"] == [
        {"deviceName": "/dev/xvda", "ebs": {"volumeSize": "4Gi", **ebs}},
        {"deviceName": "/dev/xvdb", "ebs": {"volumeSize": "300Gi", **ebs, "snapshotID": "snap-1"}},
    ]


@pytest.mark.parametrize("family", ImageFamily)
def test_every_image_is_of_a_release_and_never_the_latest(family: ImageFamily) -> None:
    alias = node_class.image(karpenter_pool(image=family))

    assert re.fullmatch(r"al2023@v20\d{6}|bottlerocket@v\d+\.\d+\.\d+", alias)
    assert len(alias) <= 30  # `maxLength` of the CustomResourceDefinition


def test_with_efa_card_0_has_its_ip_interface_first_and_every_card_an_efa_one() -> None:
    interfaces = spec(instance_type="p5.48xlarge", efa=True, zone="us-east-1a")["networkInterfaces"]

    assert interfaces[0] == {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"}
    assert interfaces[1] == {"networkCardIndex": 0, "deviceIndex": 1, "interfaceType": "efa-only"}
    assert {(i["networkCardIndex"], i["interfaceType"]) for i in interfaces[2:]} == {
        (card, "efa-only") for card in range(1, 32)
    }
    assert len(interfaces) == 33
    assert "networkInterfaces" not in spec(instance_type="p5.48xlarge")


EFA_TYPES = [
    name
    for name, instance in instances.every().items()
    if instance.efa_interfaces and instance.accelerator_count
]


@pytest.mark.parametrize("type_", EFA_TYPES)
def test_the_interfaces_satisfy_the_rules_of_the_custom_resource_definition(type_: str) -> None:
    interfaces = spec(instance_type=type_, efa=True, zone="us-east-1a")["networkInterfaces"]
    places = [(i["networkCardIndex"], i["deviceIndex"]) for i in interfaces]
    efa = [i["networkCardIndex"] for i in interfaces if i["interfaceType"] == "efa-only"]

    assert {i["interfaceType"] for i in interfaces} == {"interface", "efa-only"}
    assert interfaces[0] == {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"}
    assert len(set(places)) == len(places) <= 150
    assert len(set(efa)) == len(efa)
    assert len(efa) == karpenter_pool(instance_type=type_, efa=True, zone="us-east-1a").flavor.efa


@pytest.mark.parametrize("capacity_type", ["reservation", "capacity-block"])
def test_reserved_nodes_start_in_one_reservation_only(capacity_type: str) -> None:
    window = {"start": "2026-12-01T11:30:00Z", "end": "2026-12-08T11:30:00Z"}
    fields = spec(
        instance_type="p5.48xlarge",
        capacity_type=capacity_type,
        reservation_id="cr-0123456789abcdef0",
        window=window if capacity_type == "capacity-block" else None,
    )

    assert fields["capacityReservationSelectorTerms"] == [{"id": "cr-0123456789abcdef0"}]
    assert "capacityReservationSelectorTerms" not in spec()


def test_a_placement_group_is_selected_by_name() -> None:
    assert spec(placement_group="close")["placementGroupSelector"] == {"name": "close"}
    assert "placementGroupSelector" not in spec()
