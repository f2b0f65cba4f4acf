"""The names of extended resources: how device plugins advertise accelerators and
network interfaces to Kubernetes."""

import re

GPU = "nvidia.com/gpu"
"""The resource of NVIDIA's device plugin, and the key of the taint that keeps other
pods off GPU nodes."""

DEVICE_CLASS = "gpu.nvidia.com"
"""The DeviceClass of NVIDIA's driver for dynamic resource allocation."""

NEURON = "aws.amazon.com/neuron"
"""The resource of the Neuron device plugin, for Trainium and Inferentia chips, and the
key of their nodes' taint."""

EFA = "vpc.amazonaws.com/efa"
"""The resource of the EFA device plugin, for EFA interfaces."""

EXTENDED_RESOURCE = re.compile(
    r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)
"""Kubernetes documentation, "Device Plugins": the name of an extended resource, with
its vendor's domain."""
