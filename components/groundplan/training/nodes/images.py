"""The operating system of a pool's nodes: which EKS image fits the instances, and what
that image brings along.

Sources: Amazon EKS API, `amiType` of CreateNodegroup (botocore 1.44.5, eks 2017-11-01,
AMITypes); Amazon EKS User Guide, "Use EKS-optimized accelerated AMIs for GPU
instances", table of variants and instance types (accessed 2026-08-01).
"""

from groundplan.facts.instances import Instance
from groundplan.training.choices import ImageFamily

PROCESSORS = {"x86_64": "x86_64", "arm64": "ARM_64"}
"""EC2's architectures as EKS spells them; there is no image for any other, such as
those of Macs."""

NO_NVIDIA_IMAGE = {
    # awslabs/amazon-eks-ami@81fec2e8, doc/usage/g7-ami.md; bottlerocket-os/bottlerocket
    # issue 4889.
    "g7": "EKS' images have NVIDIA's driver 580, and the GPUs of g7 need 595 or later",
    # NVIDIA's driver 470 was the last for Kepler (bottlerocket-os/bottlerocket pull
    # request 2286).
    "p2": "EKS' images have NVIDIA's driver 580, which no longer knows the K80 of p2",
    "g3": "EKS' table of accelerated images leaves out g3",
    "g3s": "EKS' table of accelerated images leaves out g3s",
}
"""NVIDIA families that no image fits -> why."""

BOTTLEROCKET_ARM_NVIDIA = ("g5g",)
"""Families that Bottlerocket's arm64 image with NVIDIA's drivers is for; AL2023's has
p6e-gb200 and p6e-gb300 too."""


def ami_type(instance: Instance, family: ImageFamily) -> str | None:
    """EKS' name of the image for the instances; None if there is no such image:
    `reason` says why."""
    if reason(instance, family) is not None:
        return None
    processor = PROCESSORS[instance.architecture]
    if family is ImageFamily.BOTTLEROCKET:
        # Its standard image has the Neuron driver (the table above; VariantNeuron in
        # aws/karpenter-provider-aws@1d927085, pkg/providers/amifamily/bottlerocket.go).
        return f"BOTTLEROCKET_{processor}" + ("_NVIDIA" if instance.has_gpu else "")
    if instance.has_neuron:
        return "AL2023_x86_64_NEURON"
    return f"AL2023_{processor}_{'NVIDIA' if instance.has_gpu else 'STANDARD'}"


def reason(instance: Instance, family: ImageFamily) -> str | None:
    """Returns why no image of the family fits the instances, as one sentence without a
    full stop; None if one fits."""
    if instance.architecture not in PROCESSORS:
        return (
            f"EKS has images for x86_64 and arm64 on Linux, and {instance.name} is "
            f"{instance.architecture}"
        )
    if instance.has_gpu:
        return _nvidia_reason(instance, family)
    if instance.has_neuron:
        return (
            None
            if instance.architecture == "x86_64"
            else "EKS has the Neuron driver in images for x86_64 only"
        )
    if instance.accelerator_manufacturer:
        return (
            f"EKS has images for accelerators of NVIDIA and AWS, and {instance.name} has "
            f"{instance.accelerator_name}"
        )
    if family is ImageFamily.AL2023 and instance.family == "a1":
        # Amazon EKS User Guide, "Choose an optimal Amazon EC2 node instance type".
        return "Amazon Linux 2023 needs Graviton2 or later, and a1 has the first Graviton"
    return None


def _nvidia_reason(instance: Instance, family: ImageFamily) -> str | None:
    if instance.family in NO_NVIDIA_IMAGE:
        return NO_NVIDIA_IMAGE[instance.family]
    on_arm = instance.architecture == "arm64"
    if (
        family is ImageFamily.BOTTLEROCKET
        and on_arm
        and instance.family not in BOTTLEROCKET_ARM_NVIDIA
    ):
        return (
            "Bottlerocket's arm64 image with NVIDIA's driver is for g5g only, not for "
            f"{instance.family}"
        )
    return None


def has_device_plugin(family: ImageFamily) -> bool:
    """Returns whether the images bring NVIDIA's device plugin: a second one must not be
    installed then."""
    return family is ImageFamily.BOTTLEROCKET
