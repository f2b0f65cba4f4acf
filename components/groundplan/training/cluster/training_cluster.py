"""TrainingCluster: an EKS cluster with GPU pools that grow and shrink with a queue of
jobs."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from groundplan import arguments, iam, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.kubernetes import pod_identity
from groundplan.storage.encryption_key.encryption_key import EncryptionKey
from groundplan.training import versions
from groundplan.training.auto_mode.auto_mode import AutoMode
from groundplan.training.choices import Provisioner, VolumeDriver
from groundplan.training.cluster import addons, kubeconfig
from groundplan.training.cluster.args import TrainingClusterArgs as TrainingClusterArgs
from groundplan.training.cluster.cluster_mount import ClusterMount, mount_problems
from groundplan.training.cluster.control_plane import ControlPlane, private_access
from groundplan.training.cluster.control_plane import administrators as grant_administrators
from groundplan.training.cluster.spec import ClusterSpec
from groundplan.training.cluster.validation import examine
from groundplan.training.karpenter.karpenter import Karpenter
from groundplan.training.nodes import autoscaler, device_plugins
from groundplan.training.nodes import node_group as nodes
from groundplan.training.nodes.node_group import NodePool
from groundplan.training.nodes.placement import Places
from groundplan.training.nodes.pool import SYSTEM, Pool
from groundplan.training.nodes.prefetch import Prefetch
from groundplan.training.platform.platform import Platform
from groundplan.training.queues.remote import RemoteQueue
from groundplan.training.teams import team_access
from groundplan.training.teams.team_access import TeamAccess
from groundplan.training.volumes import storage_class as volumes
from groundplan.training.volumes.dataset_volumes import dataset_volumes
from groundplan.training.volumes.lustre_volumes import LustreMount
from groundplan.training.volumes.s3_volumes import S3Volume


class TrainingCluster(Component):
    """An EKS cluster for training: private API server, encrypted secrets, audit logs,
    GPU pools that scale from zero, Kueue.

    Only the administrators have access to the API server. The system pool runs the
    cluster's own software; the nodes of other pools are tainted, so that only jobs run
    there.
    """

    cluster_name: pulumi.Output[str]
    """The cluster's name, which depends on Kueue's release: until Kueue is ready its
    webhooks refuse jobs in queued namespaces, and Helm releases with jobs there."""
    cluster_arn: pulumi.Output[str]
    """ARN of the cluster."""
    cluster_endpoint: pulumi.Output[str]
    """URL of the API server."""
    security_group_id: pulumi.Output[str]
    """ID of the security group that EKS attaches to the control plane and all nodes."""
    kubeconfig: pulumi.Output[str]
    """Kubeconfig as JSON, without secrets: it gets tokens from the AWS CLI."""
    node_role_arn: pulumi.Output[str]
    """ARN of the role of all nodes."""

    def __init__(
        self, name: str, args: TrainingClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:TrainingCluster", name, {}, opts)
        read, problems = arguments.read(TrainingClusterArgs, args)
        invalid, spec = examine(read, Context.of(name, opts))
        arguments.require("TrainingCluster", name, [*problems, *invalid])
        if spec is None:
            raise ValueError("arguments without problems have no spec")

        self._name, self._cluster_name = name, spec.cluster_name
        self._tags = tags.merged(name, spec.tags)
        self._pins = versions.KUBERNETES[spec.kubernetes_version]
        region = iam.region(pulumi.InvokeOptions(parent=self))

        self.key = self._key(spec.deletion_protection) if spec.kms_key_arn is None else None
        """None with an existing key."""
        self.api_security_group, access_rules = private_access(
            name,
            spec.private_access_cidrs,
            vpc_id=spec.vpc_id,
            resource_tags=self._tags,
            parent=self,
        )
        """Allows `private_access_cidrs`; None if there are none."""
        control_plane = ControlPlane(
            name,
            spec.cluster_name,
            kubernetes_version=spec.kubernetes_version,
            subnet_ids=spec.private_subnet_ids,
            public_access_cidrs=spec.public_access_cidrs,
            security_group=self.api_security_group,
            key_arn=self.key.arn if self.key else spec.kms_key_arn,
            log_retention_days=spec.log_retention_days,
            keep=spec.deletion_protection,
            auto_mode=bool(spec.pools_of(Provisioner.AUTO_MODE)),
            resource_tags=self._tags,
            parent=self,
        )
        self.log_group, self.cluster_role = control_plane.log_group, control_plane.role.role
        self.cluster = control_plane.cluster
        administrators = grant_administrators(
            name,
            spec.administrators,
            cluster=self.cluster,
            resource_tags=self._tags,
            parent=self,
        )
        self._nodes(spec)
        self.kubeconfig = kubeconfig.of(self.cluster, region)
        self.kubernetes_provider = kubernetes.Provider(
            f"{name}-kubernetes",
            kubeconfig=self.kubeconfig,
            # Only another cluster replaces what is in this one, not a new certificate
            # or endpoint.
            cluster_identifier=self.cluster.arn,
            # Whatever uses the provider waits for a cluster that admits us and can run
            # pods, and is deleted before it.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[*administrators, *access_rules, *self.addons.values()]
            ),
        )
        """What reaches the cluster, for Kubernetes resources: they come when nodes are
        ready, and go before the nodes."""
        self._software(spec, region)

        # A chart whose hook is a Job fails for good while Kueue starts
        # (oracle-quickstart/oci-hpc-oke pull request 297). The release's URN and not
        # its ID: it is known in a preview too, so that nothing looks as if it got
        # another name.
        kueue = self.releases[versions.KUEUE.name]
        self.cluster_name = pulumi.Output.all(self.cluster.name, kueue.urn).apply(
            lambda values: str(values[0])
        )
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
                "description": f"Secrets and control-plane logs of the cluster {self._cluster_name}",  # noqa: E501
                "services": ["logs"],
                "deletion_protection": keep,
                "tags": self._tags,
            },
            pulumi.ResourceOptions(parent=self),
        )

    def _nodes(self, spec: ClusterSpec) -> None:
        """Add-ons and node groups: what nodes need, the system pool, what needs the
        system pool, and the jobs' pools."""
        self._role = pod_identity.managed(
            f"{self._name}-node-role",
            # EC2 User Guide, "IAM roles for Amazon EC2", documents no condition: a role
            # is only passed within its account.
            iam.trust("ec2.amazonaws.com"),
            nodes.POLICIES,
            parent=self,
            resource_tags=self._tags,
        )
        self.node_role = self._role.role
        self.addons = self._install(addons.BEFORE_NODES, [])
        """By name."""
        self.node_groups: dict[str, aws.eks.NodeGroup] = {}
        """By the pool's name; the system pool's is `system`. Pools whose nodes
        Karpenter starts have none."""
        self.launch_templates: dict[str, aws.ec2.LaunchTemplate] = {}
        """By the pool's name."""
        self.schedules: dict[str, aws.autoscaling.Schedule] = {}
        """What starts the nodes of Capacity Blocks, by the pool's name."""
        self.places = Places(
            self._name,
            spec.pools,
            cluster=self.cluster,
            subnet_ids=spec.private_subnet_ids,
            zones=spec.zones,
            resource_tags=self._tags,
            parent=self,
        )
        """The pools' subnets, security groups and placement groups."""
        self.karpenter_pools = spec.pools_of(Provisioner.KARPENTER)
        """The pools whose nodes Karpenter starts."""
        self._node_pool(spec.system_pool)
        drivers = [addons.VOLUME_DRIVERS[driver] for driver in spec.volume_drivers]
        self.addons |= self._install([*addons.AFTER_NODES, *drivers], [self.node_groups[SYSTEM]])
        # After the CSI drivers, which run on the system pool: they detach volumes while
        # these nodes terminate.
        for pool in spec.pools_of(Provisioner.MANAGED):
            self._node_pool(pool)

    def _node_pool(self, pool: Pool) -> None:
        """A managed node group, for which the add-ons have to be there that are
        installed by then."""
        node_pool = NodePool(
            self._name,
            pool,
            cluster=self.cluster,
            role=self._role,
            places=self.places,
            depends_on=list(self.addons.values()),
            resource_tags=self._tags,
            parent=self,
        )
        self.node_groups[pool.name] = node_pool.group
        self.launch_templates[pool.name] = node_pool.template
        if node_pool.schedule:
            self.schedules[pool.name] = node_pool.schedule

    def _install(
        self, names: Sequence[str], depends_on: Sequence[pulumi.Resource]
    ) -> dict[str, aws.eks.Addon]:
        return addons.install(
            self._name,
            names,
            self._pins.addons,
            cluster_name=self._cluster_name,
            cluster=self.cluster,
            depends_on=depends_on,
            resource_tags=self._tags,
            parent=self,
        )

    def _software(self, spec: ClusterSpec, region: pulumi.Input[str]) -> None:
        """Creates the Kubernetes resources: the default storage class, the node
        provisioners, device plugins, queues and teams."""
        name = self._name
        inside = pulumi.ResourceOptions(parent=self, provider=self.kubernetes_provider)
        self.storage_class = volumes.default_storage_class(f"{name}-storage-class", inside)
        self.karpenter = self._karpenter(spec, inside)
        """What starts the nodes of its pools; None without any."""
        self.auto_mode = self._auto_mode(spec, inside)
        """The pools that EKS Auto Mode starts nodes for; None without any."""
        self.releases: dict[str, kubernetes.helm.v3.Release] = {
            versions.AUTOSCALER.name: autoscaler.install(
                name,
                self._cluster_name,
                image_tag=self._pins.autoscaler,
                region=region,
                cluster=self.cluster,
                resource_tags=self._tags,
                parent=self,
                opts=inside,
            )
        }
        """By the chart's name."""
        self.releases |= device_plugins.install(name, spec.pools, opts=inside)
        self.team_access: dict[str, TeamAccess] = {}
        """What jobs may do in AWS, by their namespace; empty without `artifacts`."""
        if spec.artifacts is not None:
            self.team_access = team_access.grant(
                name,
                spec.grants,
                spec.artifacts,
                cluster_name=self.cluster.name,
                resource_tags=self._tags,
                parent=self,
            )
        self._jobs(spec, inside)
        fetching = [pool for pool in spec.pools if pool.prefetch]
        self.prefetches = {
            pool.name: Prefetch(name, pool.flavor, pool.prefetch, opts=inside) for pool in fetching
        }
        """What brings large images to nodes, by the pool's name."""
        self.datasets = self._datasets(spec, region)
        """The datasets as read-only volumes, by namespace and dataset; empty without
        the driver `s3`."""

    def _jobs(self, spec: ClusterSpec, inside: pulumi.ResourceOptions) -> None:
        """Creates what jobs find in the cluster, and the queue of jobs that run in
        others."""
        name = self._name
        node_pools = [
            pool
            for started in (self.karpenter, self.auto_mode)
            if started
            for pool in started.node_pools.values()
        ]
        self.platform = Platform(
            name,
            [pool.flavor for pool in spec.pools],
            teams=spec.teams,
            connections=spec.connections,
            frameworks=spec.frameworks,
            schedule=spec.schedule,
            nodes=[self.storage_class, *self.node_groups.values(), *node_pools],
            identities={team: access.association for team, access in self.team_access.items()},
            keep=spec.deletion_protection,
            opts=inside,
        )
        """What is in the cluster for jobs: queues, teams, frameworks."""
        self.releases |= self.platform.releases
        self.remote_queue: RemoteQueue | None = None
        """The queue whose jobs run in other clusters; None without one."""
        if spec.remote_queue is not None:
            self.remote_queue = RemoteQueue(
                name,
                spec.remote_queue,
                namespace=self.platform.queues.namespace,
                kueue=self.platform.releases[versions.KUEUE.name],
                opts=inside,
            )
        self.queues = self.platform.queues
        """The namespace with Kueue's objects."""

    def _datasets(
        self, spec: ClusterSpec, region: pulumi.Input[str]
    ) -> dict[tuple[str, str], S3Volume]:
        if spec.artifacts is None or VolumeDriver.S3 not in spec.volume_drivers:
            return {}
        return dataset_volumes(
            self._name,
            spec.artifacts["bucket_name"],
            region,
            spec.grants,
            {namespace: self._namespace(namespace) for namespace in spec.grants},
            self._mounted_by(addons.S3_CSI_DRIVER),
        )

    def mount(
        self, name: str, file_system: LustreMount, *, claim_name: str = "lustre"
    ) -> ClusterMount:
        """Lets the pods of all teams, and of the namespace `training`, mount a file
        system: `LustreFileSystem.mount`.

        Each namespace gets a directory of its own, `/teams/vision`, as the claim
        `claim_name`; the readers of a shared directory get the claim
        `<claim_name>-<directory>`, read-only. Needs the driver `lustre` in
        `volume_drivers`.
        """
        known = {namespace: self._namespace(namespace) for namespace in self.platform.namespaces}
        arguments.require(
            "TrainingCluster.mount", self._name, mount_problems(file_system, self.addons, known)
        )
        return ClusterMount(
            f"{self._name}-{name}",
            file_system,
            known,
            claim_name=claim_name,
            opts=self._mounted_by(addons.FSX_CSI_DRIVER),
        )

    def _namespace(self, name: str) -> pulumi.Resource:
        team = self.platform.teams.get(name)
        return team.namespace if team else self.platform.queues.namespace

    def _mounted_by(self, driver: str) -> pulumi.ResourceOptions:
        """Options of a volume in the cluster: its driver is there before it, and until
        it is gone."""
        return pulumi.ResourceOptions(
            parent=self, provider=self.kubernetes_provider, depends_on=[self.addons[driver]]
        )

    def _karpenter(self, spec: ClusterSpec, inside: pulumi.ResourceOptions) -> Karpenter | None:
        if not self.karpenter_pools:
            return None
        return Karpenter(
            self._name,
            self.karpenter_pools,
            cluster=self.cluster,
            cluster_name=self._cluster_name,
            node_role=self._role,
            places=self.places,
            resource_tags=self._tags,
            parent=self,
            opts=inside,
            beside_auto_mode=bool(spec.pools_of(Provisioner.AUTO_MODE)),
        )

    def _auto_mode(self, spec: ClusterSpec, inside: pulumi.ResourceOptions) -> AutoMode | None:
        pools = spec.pools_of(Provisioner.AUTO_MODE)
        if not pools:
            return None
        definitions = [self.karpenter.custom_resource_definitions] if self.karpenter else []
        return AutoMode(
            self._name,
            pools,
            cluster=self.cluster,
            places=self.places,
            depends_on=definitions,
            resource_tags=self._tags,
            parent=self,
            opts=inside,
        )
