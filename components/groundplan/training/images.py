"""The operating system of a pool's nodes: which EKS image fits the instances, and what that image brings along.

Source: Amazon EKS API, `amiType` of CreateNodegroup.
"""

from groundplan.facts.instances import Instance
from groundplan.training.choices import ImageFamily


def ami_type(instance: Instance, family: ImageFamily) -> str | None:
    """EKS' name of the image for the instances; None if there is no such image."""
    processor = {"x86_64": "x86_64", "arm64": "ARM_64"}[instance.architecture]
    if family is ImageFamily.BOTTLEROCKET:
        if instance.has_neuron:
            return None
        return f"BOTTLEROCKET_{processor}" + ("_NVIDIA" if instance.has_gpu else "")
    if instance.has_neuron:
        return "AL2023_x86_64_NEURON" if processor == "x86_64" else None
    return f"AL2023_{processor}_{'NVIDIA' if instance.has_gpu else 'STANDARD'}"


def has_device_plugin(family: ImageFamily) -> bool:
    """Whether the images bring NVIDIA's device plugin: a second one must not be installed then."""
    return family is ImageFamily.BOTTLEROCKET
