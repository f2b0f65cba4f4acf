"""TrainingCluster: an EKS cluster with GPU pools that grow and shrink with a queue of jobs."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from groundplan import arguments, iam, tags
from groundplan.problems import MISSING, Problem, under
from groundplan.storage.key import EncryptionKey
from groundplan.training import access, addons, autoscaler, charts, kubeconfig, nodes, pools, roles, versions, volumes
from groundplan.training.autoscaler import AutoscalerIdentity
from groundplan.training.choices import CapacityType
from groundplan.training.control_plane import ControlPlane, private_access
from groundplan.training.control_plane import administrators as grant_administrators
from groundplan.training.nodes import NodePool
from groundplan.training.pool import SYSTEM
from groundplan.training.queues import Queues

LOG_RETENTION_DAYS = 90


class SystemPoolArgs(TypedDict):
    """The nodes that carry the cluster's own software."""

    instance_type: NotRequired[str]
    """EC2 instance type, without accelerator. Default: m7i.large. Changing it replaces the node group, new nodes first."""
    min_size: NotRequired[int]
    """Fewest nodes. Default: 2. Updates in place."""
    max_size: NotRequired[int]
    """Most nodes. Default: 4. Updates in place."""


class AcceleratedPoolArgs(TypedDict):
    """A pool of GPU nodes of one instance type.

    After the autoscaler has changed the number of nodes, change sizes with `pulumi up --refresh`: an update of the sizes sends
    EKS the desired size that Pulumi last saw.
    """

    instance_type: str
    """EC2 instance type with NVIDIA GPUs: g5.xlarge. Changing it replaces the node group, new nodes first."""
    max_size: int
    """Most nodes, up to 450: the pool's spending ceiling, and what jobs can be admitted to. Updates in place."""
    min_size: NotRequired[int]
    """Fewest nodes. Default: 0, so that an idle pool costs nothing. Updates in place."""
    desired_size: NotRequired[int]
    """Nodes to start with. Default: `min_size`. Changing it does nothing: the autoscaler decides."""
    capacity_type: NotRequired[CapacityType]
    """`on-demand`, or `spot`: cheaper, and taken back with two minutes' notice. Default: on-demand. Changing it replaces the
    node group."""
    disk_gib: NotRequired[int]
    """Size of each node's encrypted disk in GiB, 50 to 16384. Default: 200. Changing it replaces the nodes one by one."""
    subnet_ids: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Subnets of the pool: one, to hold all nodes of a job in one zone, or to go where a reservation is. Default: all of the
    cluster's. Changing it replaces the node group."""
    labels: NotRequired[Mapping[str, str]]
    """Kubernetes labels of the nodes beside the standard ones. Updates in place."""


class TrainingClusterArgs(TypedDict):
    """What a `TrainingCluster` can be told."""

    private_subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Subnets for nodes and for the control plane's network interfaces, in at least two zones. Updates in place; other
    subnets replace the node groups."""
    administrators: Sequence[pulumi.Input[str]]
    """ARNs of the IAM roles and users that administer the cluster. The one that runs `pulumi up` has to be among them: EKS
    would admit the cluster's creator only by a flag that can't be changed later without a new cluster. Updates in place."""
    cluster_name: NotRequired[str]
    """The cluster's name in AWS. Default: `<project>-<stack>-<name>`. Changing it replaces the cluster."""
    kubernetes_version: NotRequired[str]
    """Kubernetes minor version, one of `versions.KUBERNETES`. Default: the newest there. Raise it by one at a time: control
    plane, add-ons and nodes are updated in place, nodes one by one; EKS never goes back."""
    public_access_cidrs: NotRequired[Sequence[str]]
    """Networks that may reach the API server over the internet, at most 40. Default: none; then Pulumi has to run in one of
    `private_access_cidrs`. Updates in place."""
    private_access_cidrs: NotRequired[Sequence[str]]
    """Networks inside the VPC, or connected to it, that may reach the API server's private endpoint beside the nodes. Needs
    `vpc_id`. Default: none. Updates in place."""
    vpc_id: NotRequired[pulumi.Input[str]]
    """ID of the subnets' VPC, for `private_access_cidrs`. A cluster can't move to another one."""
    system_pool: NotRequired[SystemPoolArgs]
    """The nodes that carry the cluster's own software. Default: two to four m7i.large."""
    pools: NotRequired[Mapping[str, AcceleratedPoolArgs]]
    """GPU pools by name. Default: none. Jobs go to the first pool, in the order of their names, that has room for them."""
    log_retention_days: NotRequired[int]
    """Days that the control plane's logs are kept, one of the values that CloudWatch Logs has. Default: 90. In place."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """A KMS key for Kubernetes secrets and the logs, in place of an own one. CloudWatch Logs has to be allowed to use it.
    Changing it replaces the cluster."""
    deletion_protection: NotRequired[bool]
    """Whether AWS and Pulumi refuse to delete the cluster, and its logs and key stay in AWS when the stack lets go of them.
    Default: true. Updates in place."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all AWS children, of instances, volumes and network interfaces too. Updates in place; nodes one by one."""


def problems(args: TrainingClusterArgs) -> list[Problem]:
    """What is wrong with the values of `args`."""
    found = access.problems(args)
    if args.get("private_access_cidrs") and "vpc_id" not in args:
        found.append(Problem("vpc_id", MISSING, "the VPC of the subnets, for private_access_cidrs", "give Network.vpc_id"))
    found += under("system_pool", pools.system_problems(args.get("system_pool", {})))
    found += under("pools", pools.problems(args.get("pools", {})))
    subnets = args.get("private_subnet_ids")
    if isinstance(subnets, list) and len(subnets) < 2:
        allowed = "at least two subnets, in different zones"
        found.append(
            Problem("private_subnet_ids", len(subnets), allowed, "EKS places its control plane in two zones: add one")
        )
    return found


class TrainingCluster(pulumi.ComponentResource):
    """An EKS cluster for training: private API server, encrypted secrets, audit logs, GPU pools that scale from zero, Kueue.

    The control plane answers to the administrators only. Its first node group carries the cluster's own software; GPU nodes
    are tainted, so that nothing else keeps them busy.
    """

    cluster_name: pulumi.Output[str]
    """The cluster's name, told once Kueue answers: until then its webhooks refuse jobs and deployments in every namespace but
    kube-system, and with them a Helm release of whoever uses the name."""
    cluster_arn: pulumi.Output[str]
    """ARN of the cluster."""
    cluster_endpoint: pulumi.Output[str]
    """URL of the API server."""
    security_group_id: pulumi.Output[str]
    """ID of the security group that EKS gives to the control plane and all nodes."""
    kubeconfig: pulumi.Output[str]
    """Kubeconfig, as JSON. It holds no secret: it asks the AWS CLI for a token."""
    node_role_arn: pulumi.Output[str]
    """ARN of the role of all nodes."""

    def __init__(self, name: str, args: TrainingClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("groundplan:index:TrainingCluster", name, {}, opts)
        checked, found = arguments.read(TrainingClusterArgs, args)
        default_name = f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}"
        self._physical = checked.get("cluster_name", default_name)
        found += problems(checked)
        if "cluster_name" not in checked:
            found += access.name_problems("cluster_name", default_name)
        arguments.require("TrainingCluster", name, found)

        self._name = name
        self._tags = tags.merged(name, checked.get("tags"))
        self._pins = versions.KUBERNETES[checked.get("kubernetes_version", versions.NEWEST)]
        region = iam.region(pulumi.InvokeOptions(parent=self))

        keep = checked.get("deletion_protection", True)
        self.key = None if "kms_key_arn" in checked else self._key(keep)
        """None if a key was handed in."""
        self.api_security_group: aws.ec2.SecurityGroup | None = None
        """Lets `private_access_cidrs` in; None if there are none."""
        doors: list[pulumi.Resource] = []
        if networks := checked.get("private_access_cidrs"):
            self.api_security_group, doors = private_access(
                name, networks, vpc_id=checked["vpc_id"], resource_tags=self._tags, parent=self
            )
        control_plane = ControlPlane(
            name,
            self._physical,
            kubernetes_version=checked.get("kubernetes_version", versions.NEWEST),
            subnet_ids=checked["private_subnet_ids"],
            public_access_cidrs=checked.get("public_access_cidrs", []),
            security_group=self.api_security_group,
            key_arn=self.key.arn if self.key else checked["kms_key_arn"],
            log_retention_days=checked.get("log_retention_days", LOG_RETENTION_DAYS),
            keep=keep,
            resource_tags=self._tags,
            parent=self,
        )
        self.log_group, self.cluster_role = control_plane.log_group, control_plane.role.role
        self.cluster = control_plane.cluster
        administrators = grant_administrators(
            name, checked["administrators"], cluster=self.cluster, resource_tags=self._tags, parent=self
        )
        self._nodes(checked)
        self.kubeconfig = kubeconfig.of(self.cluster, region)
        self.kubernetes_provider = kubernetes.Provider(
            f"{name}-kubernetes",
            kubeconfig=self.kubeconfig,
            # Only another cluster replaces what is in this one, not a new certificate or endpoint.
            cluster_identifier=self.cluster.arn,
            # Whatever uses the provider waits for a cluster that admits us and can run pods, and is deleted before it.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*administrators, *doors, *self.addons.values()]),
        )
        """What reaches the cluster, for Kubernetes resources: they come when nodes are ready, and go before the nodes."""
        self._software(checked, region)

        # A chart whose hook is a Job fails for good while Kueue starts (oracle-quickstart/oci-hpc-oke pull request 297). The
        # release's URN and not its ID: it is known in a preview too, so that nothing looks as if it got another name.
        kueue = self.releases[versions.KUEUE.name]
        self.cluster_name = pulumi.Output.all(self.cluster.name, kueue.urn).apply(lambda told: str(told[0]))
        self.cluster_arn = self.cluster.arn
        self.cluster_endpoint = self.cluster.endpoint
        self.security_group_id = self.cluster.vpc_config.cluster_security_group_id
        self.node_role_arn = self.node_role.arn
        self.register_outputs(
            {
                "clusterName": self.cluster_name,
                "clusterArn": self.cluster_arn,
                "clusterEndpoint": self.cluster_endpoint,
                "securityGroupId": self.security_group_id,
                "kubeconfig": self.kubeconfig,
                "nodeRoleArn": self.node_role_arn,
            }
        )

    def _key(self, keep: bool) -> EncryptionKey:
        return EncryptionKey(
            f"{self._name}-key",
            {
                "description": f"Secrets and control-plane logs of the cluster {self._physical}",
                "services": ["logs"],
                "deletion_protection": keep,
                "tags": self._tags,
            },
            pulumi.ResourceOptions(parent=self),
        )

    def _nodes(self, args: TrainingClusterArgs) -> None:
        """Add-ons and node groups: what nodes need, the system pool, what needs the system pool, and the GPU pools."""
        role = roles.managed(
            f"{self._name}-node-role",
            iam.trust("ec2.amazonaws.com"),
            nodes.POLICIES,
            parent=self,
            resource_tags=self._tags,
        )
        self.node_role = role.role
        self.addons = self._install(addons.BEFORE_NODES, [])
        """By name."""
        before = list(self.addons.values())
        self.node_groups: dict[str, aws.eks.NodeGroup] = {}
        """By the pool's name; the system pool's is `system`."""
        self.launch_templates: dict[str, aws.ec2.LaunchTemplate] = {}
        """By the pool's name."""
        given = args.get("pools", {})
        for pool in [pools.system_pool(args.get("system_pool", {})), *pools.accelerated_pools(given)]:
            own = given[pool.name].get("subnet_ids") if pool.name in given else None
            made = NodePool(
                self._name,
                pool,
                cluster=self.cluster,
                role=role,
                subnet_ids=args["private_subnet_ids"] if own is None else own,
                depends_on=before,
                resource_tags=self._tags,
                parent=self,
            )
            self.node_groups[pool.name], self.launch_templates[pool.name] = made.group, made.template
        self.addons |= self._install(addons.AFTER_NODES, [self.node_groups[SYSTEM]])

    def _install(self, names: Sequence[str], depends_on: Sequence[pulumi.Resource]) -> dict[str, aws.eks.Addon]:
        return addons.install(
            self._name,
            names,
            self._pins.addons,
            cluster=self.cluster,
            depends_on=depends_on,
            resource_tags=self._tags,
            parent=self,
        )

    def _software(self, args: TrainingClusterArgs, region: pulumi.Input[str]) -> None:
        """What runs in the cluster: the default storage class, the autoscaler, Kueue, NVIDIA's device plugin if need be."""
        name, inside = self._name, pulumi.ResourceOptions(parent=self, provider=self.kubernetes_provider)
        accelerated = pools.accelerated_pools(args.get("pools", {}))
        self.storage_class = volumes.default_storage_class(f"{name}-storage-class", inside)
        identity = AutoscalerIdentity(name, self._physical, cluster=self.cluster, resource_tags=self._tags, parent=self)
        self.releases: dict[str, kubernetes.helm.v3.Release] = {
            versions.AUTOSCALER.name: charts.release(
                f"{name}-cluster-autoscaler",
                versions.AUTOSCALER,
                autoscaler.values(self._physical, self._pins.autoscaler, region),
                namespace=autoscaler.NAMESPACE,
                depends_on=identity.resources,
                opts=inside,
            ),
            versions.KUEUE.name: charts.release(
                f"{name}-kueue",
                versions.KUEUE,
                charts.KUEUE_VALUES,
                namespace="kueue-system",
                create_namespace=True,
                opts=inside,
            ),
        }
        """By the chart's name."""
        if any(pool.needs_device_plugin for pool in accelerated):
            self.releases[versions.DEVICE_PLUGIN.name] = charts.release(
                f"{name}-nvidia-device-plugin",
                versions.DEVICE_PLUGIN,
                charts.DEVICE_PLUGIN_VALUES,
                namespace="kube-system",
                opts=inside,
            )
        self.queues = Queues(name, accelerated, kueue=self.releases[versions.KUEUE.name], opts=inside)
        """The namespace with Kueue's objects."""
