"""A node pool as plain data, and what its instance type implies: image, labels, taints,
flavor.

Nothing here knows Pulumi.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundplan.facts.instances import Instance
from groundplan.kubernetes.device_resources import GPU, NEURON
from groundplan.kubernetes.node_labels import POOL_LABEL
from groundplan.training.choices import CapacityType, ImageFamily, Provisioner
from groundplan.training.nodes import images, interfaces, network_topology
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
    """The initial number of nodes; afterwards the autoscaler sets it."""
    disk_gib: int
    capacity_type: CapacityType = CapacityType.ON_DEMAND
    provisioner: Provisioner = Provisioner.MANAGED
    image: ImageFamily = ImageFamily.AL2023
    release_version: str | None = None
    """The release of EKS' image; None: the newest, when the node group is created."""
    efa: bool = False
    """Whether the nodes have EFA interfaces, one per network card."""
    placement_group: bool = False
    """Whether the pool has a cluster placement group of its own."""
    placement_group_name: Any = None
    """The existing cluster placement group of the nodes: a string, or an `Output` of
    one. None without."""
    topology: bool = False
    """Whether Kueue places jobs by the nodes' position in the network."""
    dra: bool = False
    """Whether pods claim the GPUs by dynamic resource allocation."""
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
    own_taints: Sequence[Taint] = ()
    """Taints beside the standard one."""
    usd_per_hour: float | None = None
    """Price of a node: the one in the arguments, or AWS's on-demand price in the
    cluster's region; None where neither is known."""
    prefetch: Sequence[Any] = ()
    """Images that each new node pulls: strings, or `Output`s of them."""

    @property
    def is_static(self) -> bool:
        """Whether Karpenter, or Auto Mode, has a fixed number of nodes here, whatever
        pods wait."""
        return self.provisioner is not Provisioner.MANAGED and self.min_size > 0

    @property
    def is_auto(self) -> bool:
        """Whether EKS Auto Mode starts the nodes."""
        return self.provisioner is Provisioner.AUTO_MODE

    @property
    def ami_type(self) -> str:
        """EKS' name of the nodes' image."""
        found = images.ami_type(self.instance, self.image)
        if found is None:
            raise ValueError(
                f"there is no {self.image.value} image for {self.instance.name}: ask "
                "`problems` first"
            )
        return found

    @property
    def accelerator(self) -> str | None:
        """The Kubernetes resource that counts the accelerators; None without any."""
        return accelerator(self.instance)

    @property
    def needs_device_plugin(self) -> bool:
        """Whether the image leaves it to the cluster to install NVIDIA's device
        plugin."""
        return self.instance.has_gpu and not self.dra and not images.has_device_plugin(self.image)

    @property
    def interfaces(self) -> list[Interface]:
        """The nodes' network interfaces, if they have to be laid out: with EFA. Else
        EC2 creates the only one by itself."""
        return interfaces.layout(self.instance) if self.efa else []

    @property
    def labels(self) -> dict[str, str]:
        """All labels of the pool's nodes."""
        labels = {**self.own_labels, POOL_LABEL: self.name}
        if self.instance.has_gpu:
            # What the device plugin's default affinity asks for (its chart's
            # values.yaml, 0.20.0).
            labels["nvidia.com/gpu.present"] = "true"
            # With it the autoscaler waits for a new node's GPUs in place of adding
            # another node (its AWS README).
            labels["k8s.amazonaws.com/accelerator"] = f"nvidia-{self.instance.accelerator_name}"
        if self.instance.has_neuron:
            labels["aws.amazon.com/neuron.present"] = "true"
        if self.efa:
            labels["vpc.amazonaws.com/efa.present"] = "true"
        return labels

    @property
    def taints(self) -> Sequence[Taint]:
        """All taints of the pool's nodes; the system pool has none."""
        if self.name == SYSTEM:
            return ()
        return (standard_taint(self.name, self.instance), *self.own_taints)

    @property
    def flavor(self) -> Flavor:
        """The pool as the queues see it.

        The capacity is EC2's, a little more than what is allocatable: the kubelet and
        daemons reserve a part of each node.
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
            dra=self.dra,
            topology=network_topology.of(self.instance) if self.topology else None,
        )


def accelerator(instance: Instance) -> str | None:
    """Returns the Kubernetes resource that counts an instance's accelerators; None
    without any."""
    return GPU if instance.has_gpu else NEURON if instance.has_neuron else None


def standard_taint(name: str, instance: Instance) -> Taint:
    """Returns the taint that every pool but the system pool has: it keeps pods off the
    nodes that do not use the accelerator, or without accelerator the pool."""
    resource = accelerator(instance)
    return Taint(resource, TAINT_VALUE) if resource else Taint(POOL_LABEL, name)
