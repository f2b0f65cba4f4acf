"""Every instance type of the table: its EFA layout, its image, its volumes and user
data."""

import gzip
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import botocore.session  # type: ignore[import-untyped]
import moto
import pytest
from groundplan.facts import instances
from groundplan.facts.instances import Instance
from groundplan.training.choices import ImageFamily
from groundplan.training.nodes import disks, images, interfaces
from groundplan.training.nodes.interfaces import Interface
from groundplan.training.nodes.pool import Pool
from groundplan.training.nodes.user_data import user_data

EVERY = list(instances.every().values())
WITH_EFA = [instance for instance in EVERY if instance.efa_interfaces]

AL2023, BOTTLEROCKET = ImageFamily.AL2023, ImageFamily.BOTTLEROCKET


def instance_named(name: str) -> Instance:
    instance = instances.find(name)
    assert instance, name
    return instance


def pool(instance: Instance, image: ImageFamily = AL2023) -> Pool:
    local = instance.local_nvme_gb > 0
    return Pool("gpu", instance, 0, 4, 0, 200, image=image, local_storage=local)


# Families that people train and serve on, by a type of each: accelerator, how many,
# memory of one, network cards, EFA interfaces, local NVMe in GB, and the images of
# AL2023 and Bottlerocket.
NVIDIA = ("AL2023_x86_64_NVIDIA", "BOTTLEROCKET_x86_64_NVIDIA")
NEURON = ("AL2023_x86_64_NEURON", "BOTTLEROCKET_x86_64")
X86 = ("AL2023_x86_64_STANDARD", "BOTTLEROCKET_x86_64")
ARM = ("AL2023_ARM_64_STANDARD", "BOTTLEROCKET_ARM_64")

LARGEST: dict[str, tuple[str, int, int, int, int, int, tuple[str | None, str | None]]] = {
    "g4dn.metal": ("t4", 8, 16384, 1, 1, 1800, NVIDIA),
    "g5.48xlarge": ("a10g", 8, 22888, 1, 1, 7600, NVIDIA),
    "g5g.metal": ("t4g", 2, 16384, 1, 0, 0, ("AL2023_ARM_64_NVIDIA", "BOTTLEROCKET_ARM_64_NVIDIA")),
    "g6.48xlarge": ("l4", 8, 22888, 1, 1, 7520, NVIDIA),
    "g6f.4xlarge": ("l4", 0, 11444, 1, 0, 450, NVIDIA),
    "g6e.48xlarge": ("l40s", 8, 45776, 4, 4, 7600, NVIDIA),
    "g7.48xlarge": ("rtx-pro-4500", 8, 32768, 2, 2, 7600, (None, None)),
    "g7e.48xlarge": ("rtx-pro-server-6000", 8, 98304, 4, 4, 15200, NVIDIA),
    "p3dn.24xlarge": ("v100", 8, 32768, 1, 1, 1800, NVIDIA),
    "p4d.24xlarge": ("a100", 8, 40960, 4, 4, 8000, NVIDIA),
    "p4de.24xlarge": ("a100", 8, 81920, 4, 4, 8000, NVIDIA),
    "p5.4xlarge": ("h100", 1, 81920, 1, 1, 3800, NVIDIA),
    "p5.48xlarge": ("h100", 8, 81920, 32, 32, 30400, NVIDIA),
    "p5e.48xlarge": ("h200", 8, 144384, 32, 32, 30400, NVIDIA),
    "p5en.48xlarge": ("h200", 8, 144384, 16, 16, 30400, NVIDIA),
    "p6-b200.48xlarge": ("b200", 8, 183359, 8, 8, 30400, NVIDIA),
    "p6-b300.48xlarge": ("b300", 8, 275040, 17, 16, 30400, NVIDIA),
    "inf1.24xlarge": ("inferentia", 16, 8192, 1, 1, 0, NEURON),
    "inf2.48xlarge": ("inferentia2", 12, 32768, 1, 0, 0, NEURON),
    "trn1.32xlarge": ("trainium", 16, 32768, 8, 8, 7600, NEURON),
    "trn1n.32xlarge": ("trainium", 16, 32768, 16, 16, 7600, NEURON),
    "trn2.3xlarge": ("trainium2", 1, 98304, 1, 1, 470, NEURON),
    "trn2.48xlarge": ("trainium2", 16, 98304, 16, 16, 7600, NEURON),
    "trn2u.48xlarge": ("trainium2", 16, 98304, 16, 16, 7600, NEURON),
    "g4ad.16xlarge": ("radeon-pro-v520", 4, 8192, 1, 0, 2400, (None, None)),
    "m7i.48xlarge": ("", 0, 0, 1, 1, 0, X86),
    "c6in.32xlarge": ("", 0, 0, 2, 2, 0, X86),
    "r6id.metal": ("", 0, 0, 1, 1, 7600, X86),
    "c7g.16xlarge": ("", 0, 0, 1, 1, 0, ARM),
    "m8gd.48xlarge": ("", 0, 0, 1, 1, 11400, ARM),
}


@pytest.mark.parametrize("name", LARGEST)
def test_a_family_is_known_by_its_largest_type(name: str) -> None:
    accelerator, count, memory, cards, efa, nvme, wanted = LARGEST[name]
    instance = instance_named(name)
    assert (
        instance.accelerator_name,
        instance.accelerator_count,
        instance.accelerator_memory_mib,
        instance.network_cards,
        instance.efa_interfaces,
        instance.local_nvme_gb,
    ) == (accelerator, count, memory, cards, efa, nvme)
    assert (images.ami_type(instance, AL2023), images.ami_type(instance, BOTTLEROCKET)) == wanted
    assert instance.interface_limit >= cards
    assert instance.ipv4_per_interface
    assert instance.network_mbps


def test_every_accelerated_type_is_known_whole() -> None:
    accelerated = [instance for instance in EVERY if instance.accelerator_manufacturer]
    unknown = {
        instance.name
        for instance in accelerated
        if not (
            instance.accelerator_name
            and instance.interface_limit
            and instance.ipv4_per_interface
            and instance.network_mbps
        )
        or not instance.accelerator_memory_mib
    }
    assert len(accelerated) > 80
    assert unknown == set()
    assert {i.name for i in accelerated if not i.accelerator_count} == {
        "g6f.large",
        "g6f.xlarge",
        "g6f.2xlarge",
        "g6f.4xlarge",
        "gr6f.4xlarge",
    }


def test_every_type_has_what_all_have() -> None:
    incomplete = [
        i.name for i in EVERY if not (i.vcpus and i.memory_mib and i.interface_limit and i.max_pods)
    ]
    assert incomplete == []
    assert {instance.architecture for instance in EVERY} == {"x86_64", "arm64"}
    assert len(EVERY) > 1300


def efa_only(cards: Sequence[int], device: int = 1) -> list[Interface]:
    return [Interface(card, device, "efa-only") for card in cards]


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        ("g5.xlarge", []),
        ("m7i.large", []),
        ("inf2.48xlarge", []),
        ("g4dn.8xlarge", [Interface(0, 0, "efa")]),
        ("g6e.24xlarge", [Interface(0, 0, "efa"), *efa_only([1])]),
        ("p4d.24xlarge", [Interface(0, 0, "efa"), *efa_only([1, 2, 3])]),
        ("p5.4xlarge", [Interface(0, 0, "efa")]),
        ("p5.48xlarge", [Interface(0, 0, "efa"), *efa_only(range(1, 32))]),
        ("p5en.48xlarge", [Interface(0, 0, "efa"), *efa_only(range(1, 16))]),
        ("p6-b200.48xlarge", [Interface(0, 0, "efa"), *efa_only(range(1, 8))]),
        ("p6-b300.48xlarge", [Interface(0, 0, "interface"), *efa_only(range(1, 17), device=0)]),
        ("trn1.32xlarge", [Interface(0, 0, "efa"), *efa_only(range(1, 8))]),
        ("trn2.48xlarge", [Interface(0, 0, "efa"), *efa_only(range(1, 16))]),
        ("hpc6id.32xlarge", [Interface(0, 0, "efa"), *efa_only([1], device=0)]),
        ("hpc7a.96xlarge", [Interface(0, 0, "efa"), *efa_only([1])]),
        # A second card without EFA of its own.
        ("i7ie.48xlarge", [Interface(0, 0, "efa")]),
    ],
)
def test_efa_is_laid_out_as_the_instance_type_asks_for(name: str, layout: list[Interface]) -> None:
    assert interfaces.layout(instance_named(name)) == layout


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        ("g5.xlarge", []),
        ("g5.8xlarge", [Interface(0, 0, "interface"), Interface(0, 1, "efa-only")]),
        (
            "p4d.24xlarge",
            [
                Interface(0, 0, "interface"),
                Interface(0, 1, "efa-only"),
                *efa_only([1, 2, 3], device=0),
            ],
        ),
        ("p6-b300.48xlarge", [Interface(0, 0, "interface"), *efa_only(range(1, 17), device=0)]),
        ("hpc6id.32xlarge", [Interface(0, 0, "interface"), *efa_only([1], device=0)]),
    ],
)
def test_karpenter_has_the_efa_of_card_0_beside_its_ip(name: str, layout: list[Interface]) -> None:
    assert interfaces.karpenter_layout(instance_named(name)) == layout


def test_gb200_has_one_interface_for_each_gpu() -> None:
    gb200 = Instance(
        "p6e-gb200.36xlarge",
        144,
        983040,
        "arm64",
        "nvidia",
        "gb200",
        4,
        189471,
        22800,
        17,
        16,
        0,
        68,
        50,
        198,
    )
    layout = [Interface(0, 0, "interface"), *efa_only([1, 5, 9, 13], device=0)]
    assert interfaces.layout(gb200) == interfaces.karpenter_layout(gb200) == layout
    assert images.ami_type(gb200, AL2023) == "AL2023_ARM_64_NVIDIA"
    assert (
        images.reason(gb200, BOTTLEROCKET)
        == "Bottlerocket's arm64 image with NVIDIA's driver is for g5g only, not for p6e-gb200"
    )


def test_every_layout_has_one_efa_a_card_and_ip_on_card_0() -> None:
    wrong = []
    for instance in WITH_EFA:
        layout = interfaces.layout(instance)
        with_efa = [interface.card for interface in layout if interface.kind != "interface"]
        if not (
            layout[0] in (Interface(0, 0, "efa"), Interface(0, 0, "interface"))
            and {interface.kind for interface in layout[1:]} <= {"efa-only"}
            and len(with_efa) == len(set(with_efa)) == instance.efa_interfaces
            and len(layout) <= instance.interface_limit
        ):
            wrong.append((instance.name, layout))
    assert wrong == []
    assert len(WITH_EFA) > 290
    assert all(not interfaces.layout(instance) for instance in EVERY if not instance.efa_interfaces)


def _cards() -> dict[str, dict[int, Mapping[str, Any]]]:
    """Returns the network cards of each type in EC2's own description, which moto
    stores: the kinds of interfaces, and how many."""
    path = pathlib.Path(moto.__file__).parent / "ec2" / "resources" / "instance_types.json.gz"
    types = json.loads(gzip.decompress(path.read_bytes()))
    return {
        name: {card["NetworkCardIndex"]: card for card in t["NetworkInfo"]["NetworkCards"]}
        for name, t in types.items()
    }


@pytest.mark.parametrize("lay_out", [interfaces.layout, interfaces.karpenter_layout])
def test_every_interface_is_supported_by_its_card(lay_out: Any) -> None:
    cards = _cards()
    judged = [instance for instance in WITH_EFA if instance.name in cards]
    refused = [
        (instance.name, interface)
        for instance in judged
        for interface in lay_out(instance)
        if interface.kind
        not in cards[instance.name].get(interface.card, {}).get("InterfaceTypes", ())
        or interface.device >= cards[instance.name][interface.card]["MaximumNetworkInterfaces"]
    ]
    assert refused == []
    assert len(judged) > 290


def test_every_image_is_one_that_eks_has() -> None:
    known = set(botocore.session.get_session().get_service_model("eks").shape_for("AMITypes").enum)
    wrong = []
    for instance in EVERY:
        for family in ImageFamily:
            name, reason = images.ami_type(instance, family), images.reason(instance, family)
            on_arm = instance.architecture == "arm64"
            fits = name is None or (
                name in known and name.startswith(family.name) and ("ARM" in name) == on_arm
            )
            if (name is None) != (reason is not None) or not fits:
                wrong.append((instance.name, family, name, reason))
    assert wrong == []


@pytest.mark.parametrize("family", ImageFamily)
def test_the_types_without_an_image_are_these(family: ImageFamily) -> None:
    without = {instance.family for instance in EVERY if images.ami_type(instance, family) is None}
    assert without == {"g7", "g4ad", "dl2q"} | ({"a1"} if family is AL2023 else set())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "g7.2xlarge",
            "EKS' images have NVIDIA's driver 580, and the GPUs of g7 need 595 or later",
        ),
        (
            "g4ad.xlarge",
            (
                "EKS has images for accelerators of NVIDIA and AWS, and g4ad.xlarge has "
                "radeon-pro-v520"
            ),
        ),
        (
            "dl2q.24xlarge",
            (
                "EKS has images for accelerators of NVIDIA and AWS, and dl2q.24xlarge has "
                "qualcomm-ai100"
            ),
        ),
        ("a1.large", "Amazon Linux 2023 needs Graviton2 or later, and a1 has the first Graviton"),
    ],
)
def test_the_reason_why_no_image_fits_is_reported(name: str, reason: str) -> None:
    assert images.reason(instance_named(name), AL2023) == reason


@pytest.mark.parametrize(
    ("name", "manufacturer", "architecture", "reason"),
    [
        ("p2.xlarge", "nvidia", "x86_64", "no longer knows the K80"),
        ("g3.4xlarge", "nvidia", "x86_64", "leaves out g3"),
        (
            "mac2.metal",
            "",
            "arm64_mac",
            "EKS has images for x86_64 and arm64 on Linux, and mac2.metal is arm64_mac",
        ),
        ("trn9.large", "aws", "arm64", "Neuron driver in images for x86_64 only"),
    ],
)
def test_types_that_the_table_may_get_are_judged_too(
    name: str, manufacturer: str, architecture: str, reason: str
) -> None:
    instance = Instance(name, 4, 8192, architecture, manufacturer, "x", 1, 1, 0, 1, 0, 0, 4, 15, 58)
    for family in ImageFamily:
        assert reason in (images.reason(instance, family) or "")
        assert images.ami_type(instance, family) is None


def test_every_type_has_its_volumes_and_user_data() -> None:
    wrong = []
    for instance in EVERY:
        for family in ImageFamily:
            node_pool = pool(instance, family)
            names = [device.name for device in disks.block_devices(node_pool)]
            text = user_data(node_pool)
            local = instance.local_nvme_gb > 0
            room = instance.local_nvme_gb * 10**9 // 2**30 if local else 200
            if (
                names != (["/dev/xvda", "/dev/xvdb"] if family is BOTTLEROCKET else ["/dev/xvda"])
                or (text is not None) != local
                or (text and ("ephemeral-storage" in text) != (family is BOTTLEROCKET))
                or disks.instance_store_policy(node_pool) != ("RAID0" if local else None)
                or disks.ephemeral_storage_gib(node_pool) != room
            ):
                wrong.append((instance.name, family))
    assert wrong == []


@pytest.mark.parametrize("type_", ["p6e-gb200.36xlarge", "p6e-gb300.36xlarge", "trn3.48xlarge"])
def test_a_type_whose_facts_are_not_known_is_refused(type_: str) -> None:
    (problem,) = instances.ec2_problems("instance_type", type_)
    assert (problem.key, problem.value) == ("instance_type", type_)
