"""A node pool as plain data, with what follows from its instance type: image, labels,
taints, what jobs can have of it.

Nothing here knows Pulumi.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundplan.facts.instances import Instance
from groundplan.kubernetes.device_resources import GPU, NEURON
from groundplan.kubernetes.node_labels import POOL_LABEL
from groundplan.training.choices import CapacityType, ImageFamily, Provisioner
from groundplan.training.nodes import images, interfaces
from groundplan.training.nodes.capacity_window import Window
from groundplan.training.nodes.interfaces import Interface
from groundplan.training.queues.flavor import Flavor, Taint

TAINT_VALUE = "present"
"""The taint needs a value: the autoscaler skips taints without one
(getManagedNodegroupInfo in kubernetes/autoscaler@55c37cd5,
cluster-autoscaler/cloudprovider/aws/aws_wrapper.go), and would start GPU nodes for pods
that don't tolerate them."""

SYSTEM = "system"
"""The name of the pool that carries the cluster's own software."""


@dataclass(frozen=True)
class Pool:
    """A pool, complete: every default is filled in, and it has no problems."""

    name: str
    instance: Instance
    min_size: int
    max_size: int
    desired_size: int
    """How many nodes the pool starts with; from then on the autoscaler decides."""
    disk_gib: int
    capacity_type: CapacityType = CapacityType.ON_DEMAND
    provisioner: Provisioner = Provisioner.MANAGED
    image: ImageFamily = ImageFamily.AL2023
    efa: bool = False
    """Whether the nodes have EFA interfaces, one per network card."""
    placement_group: bool = False
    """Whether the nodes stand close to each other, in a cluster placement group of the
    pool's own."""
    placement_group_name: Any = None
    """The cluster placement group that is there already for the nodes: a string, or an
    `Output` of one. None without."""
    reservation_id: Any = None
    """The capacity reservation or Capacity Block that the nodes run in: a string, or an
    `Output` of one. None without."""
    window: Window | None = None
    """When the Capacity Block can be used; None for all other capacity."""
    zone: str | None = None
    """The one availability zone of the nodes, if it is named."""
    subnet_ids: Any = None
    """The subnets of the nodes, a list or an `Output` of one, if they are named.
    Without, and without zone: the cluster's."""
    local_storage: bool = False
    """Whether the instances' NVMe disks are one volume, for pods and images; never true
    where there are none."""
    snapshot_id: Any = None
    """The snapshot that the disk for images starts from (Bottlerocket): a string, or an
    `Output` of one. None without."""
    own_labels: Mapping[str, str] = field(default_factory=dict)
    own_price: float | None = None
    """USD an hour of a node, where it isn't the on-demand price that AWS states."""

    @property
    def ami_type(self) -> str:
        """EKS' name of the nodes' image."""
        found = images.ami_type(self.instance, self.image)
        if found is None:
            raise ValueError(
                f"there is no {self.image.value} image for {self.instance.name}: ask `problems` first"
            )
        return found

    @property
    def accelerator(self) -> str | None:
        """The Kubernetes resource that counts the accelerators; None without any."""
        return GPU if self.instance.has_gpu else NEURON if self.instance.has_neuron else None

    @property
    def needs_device_plugin(self) -> bool:
        """Whether the image leaves it to the cluster to install NVIDIA's device plugin."""
        return self.instance.has_gpu and not images.has_device_plugin(self.image)

    @property
    def interfaces(self) -> list[Interface]:
        """The nodes' network interfaces, if they have to be laid out: with EFA. Else
        EC2 makes the only one by itself."""
        return interfaces.layout(self.instance) if self.efa else []

    @property
    def labels(self) -> dict[str, str]:
        """All labels of the pool's nodes."""
        labels = {**self.own_labels, POOL_LABEL: self.name}
        if self.instance.has_gpu:
            # What the device plugin's default affinity asks for (its chart's
            # values.yaml, 0.20.0).
            labels["nvidia.com/gpu.present"] = "true"
            # Makes the autoscaler wait for a new node's GPUs in place of adding another
            # node (its AWS README).
            labels["k8s.amazonaws.com/accelerator"] = f"nvidia-{self.instance.accelerator_name}"
        if self.instance.has_neuron:
            labels["aws.amazon.com/neuron.present"] = "true"
        if self.efa:
            labels["vpc.amazonaws.com/efa.present"] = "true"
        return labels

    @property
    def usd_per_hour(self) -> float | None:
        """What an hour of a node costs; None where it isn't known."""
        return self.instance.usd_per_hour if self.own_price is None else self.own_price

    @property
    def taints(self) -> Sequence[Taint]:
        """What keeps other pods off the nodes; the system pool takes all."""
        if self.name == SYSTEM:
            return ()
        if self.accelerator:
            return (Taint(self.accelerator, TAINT_VALUE),)
        return (Taint(POOL_LABEL, self.name),)

    @property
    def flavor(self) -> Flavor:
        """The pool as the queues know it.

        What EC2 states, so a little more than pods can have: the kubelet and the
        daemons keep a share of each node.
        """
        return Flavor(
            name=self.name,
            nodes=self.max_size,
            cpu=self.instance.vcpus,
            memory_mib=self.instance.memory_mib,
            accelerator=self.accelerator,
            accelerators=self.instance.accelerator_count,
            efa=sum(interface.kind != "interface" for interface in self.interfaces),
            usd_per_hour=self.usd_per_hour,
            node_labels={POOL_LABEL: self.name},
            taints=self.taints,
        )
