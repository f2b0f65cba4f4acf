"""The settings of an environment: everything that `Pulumi.<env>.yaml` can say, typed, documented and defaulted.

The only place that knows a configuration key. It knows nothing of Pulumi: `read` takes the configuration as text and gives
`Settings`, or raises `InvalidSettings` with all that is wrong. Values that AWS or a component judges are judged here by the
library's own rules, before anything is registered.
"""

from typing import Annotated, Any

from groundplan.monitoring.choices import SubscriberProtocol
from groundplan.network.choices import NatGateways
from groundplan.serving.rollout import RolloutStrategy
from groundplan.storage.choices import ObjectLockMode
from groundplan.training.choices import CapacityType
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Positive = Annotated[int, Field(ge=1)]
NotNegative = Annotated[int, Field(ge=0)]
Percent = Annotated[float, Field(gt=0, le=100)]


class Section(BaseModel):
    """A group of settings: camelCase keys in YAML; fields are named like the component's arguments."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )

    def arguments(self) -> dict[str, Any]:
        """The settings as a component's arguments; what was not set is left to the component's own default."""
        return self.model_dump(exclude_none=True)


class FlowLogs(Section):
    """The VPC's flow logs."""

    enabled: bool | None = None
    """Whether all traffic is logged. Default: true."""
    retention_days: int | None = None
    """Days that flow logs are kept, one of CloudWatch's retention periods. Default: 90."""


class ExistingNetwork(Section):
    """A VPC that is there already; nothing of the network is created then."""

    vpc_id: str
    """ID of the VPC."""
    private_subnet_ids: Annotated[list[str], Field(min_length=1)]
    """IDs of its private subnets, in at least two zones for a training cluster."""
    public_subnet_ids: list[str] | None = None
    """IDs of its public subnets. Default: none."""


class NetworkSettings(Section):
    """The VPC."""

    cidr_block: str | None = None
    """The VPC's IPv4 network: /16 to /24 for up to 3 zones, /16 to /22 for more. Default: 10.0.0.0/16. Changing it replaces
    the VPC."""
    zone_count: int | None = None
    """Availability zones, 1 to 6. Default: 3. Crossing from 3 to 4 gives all subnets other addresses, which AWS refuses while
    the former ones stand."""
    availability_zones: list[str] | None = None
    """Names of the zones, in place of a count. Default: the first zones of the region by name."""
    nat_gateways: NatGateways | None = None
    """How private subnets reach the internet: per-zone (resilient), single (cheap), none. Default: per-zone."""
    interface_endpoints: list[str] | None = None
    """AWS services with an endpoint inside the VPC, about 7 USD a month per zone each; S3 has a free one always.
    Default: ecr.api, ecr.dkr, sts, logs, sagemaker.api, sagemaker.runtime."""
    flow_logs: FlowLogs | None = None
    """The VPC's flow logs."""
    existing: ExistingNetwork | None = None
    """A VPC to use in place of a new one."""


class Lifecycle(Section):
    """How long objects are kept."""

    noncurrent_days: NotNegative | None = None
    """Days after which overwritten and deleted versions are removed; 0 keeps them for ever. Default: 90."""
    intelligent_tiering_days: NotNegative | None = None
    """Days after which objects move to Intelligent-Tiering; 0 never moves them. Default: 30."""
    abort_multipart_days: Positive | None = None
    """Days after which unfinished uploads are removed. Default: 7."""
    expire: dict[str, Positive] | None = None
    """Prefix -> days after which current objects below it expire. Default: nothing expires."""


class AccessLogs(Section):
    """The bucket's server access logs."""

    enabled: bool | None = None
    """Whether each request is logged to a second bucket. Default: true."""
    retention_days: Positive | None = None
    """Days that access logs are kept. Default: 365."""


class Replication(Section):
    """A copy of the bucket elsewhere."""

    bucket_arn: str
    """ARN of the bucket that receives the copies; it must be versioned."""
    kms_key_arn: str
    """ARN of the KMS key that encrypts the copies."""
    account_id: str | None = None
    """The account that owns the copies. Default: this one."""
    prefix: str | None = None
    """What is copied. Default: everything."""


class ObjectLock(Section):
    """Write-once retention of every new object."""

    mode: ObjectLockMode
    """governance (can be lifted with a permission) or compliance (can't be lifted by anyone)."""
    days: Positive
    """Days that a version can't be deleted."""


class ArtifactSettings(Section):
    """The artifact bucket: datasets, models, captured requests."""

    lifecycle: Lifecycle | None = None
    """How long objects are kept."""
    access_logs: AccessLogs | None = None
    """The bucket's server access logs."""
    replication: Replication | None = None
    """A copy of the bucket in another region or account. Default: none."""
    object_lock: ObjectLock | None = None
    """Write-once retention. Default: none."""


class SystemPool(Section):
    """The nodes that carry the cluster's own software."""

    instance_type: str | None = None
    """EC2 instance type."""
    min_size: Positive | None = None
    """Fewest nodes. Default: 2."""
    max_size: Positive | None = None
    """Most nodes. Default: 4."""


class Pool(Section):
    """A pool of accelerated nodes."""

    instance_type: str
    """EC2 instance type with an accelerator: g5.xlarge."""
    max_size: Positive
    """Most nodes: the pool's spending ceiling."""
    min_size: NotNegative | None = None
    """Fewest nodes. Default: 0, so that an idle pool costs nothing."""
    capacity_type: CapacityType | None = None
    """on-demand or spot. Default: on-demand."""
    disk_gib: Positive | None = None
    """Size of each node's encrypted disk in GiB. Default: 200."""
    labels: dict[str, str] | None = None
    """Kubernetes labels beside the standard ones."""


class TrainingSettings(Section):
    """The training cluster."""

    administrators: Annotated[list[str], Field(min_length=1)]
    """ARNs of the IAM roles that administer the cluster. The role that runs `pulumi up` must be one of them."""
    kubernetes_version: str | None = None
    """Kubernetes minor version. Default: the newest that Groundplan pins add-ons for."""
    public_access_cidrs: list[str] | None = None
    """Networks from which the API server can be reached over the internet. Default: none, private only."""
    private_access_cidrs: list[str] | None = None
    """Private networks, a VPN's or a peered VPC's, from which the API server can be reached. Default: none, the nodes only.
    Whatever runs `pulumi up` must reach the API server by one of the two."""
    system_pool: SystemPool | None = None
    """The nodes that carry the cluster's own software."""
    pools: dict[str, Pool] = Field(default_factory=dict)
    """Pools of accelerated nodes, by name."""
    log_retention_days: int | None = None
    """Days that control-plane logs are kept. Default: 90."""


class Scaling(Section):
    """Target-tracking autoscaling of an endpoint."""

    min_instances: Positive | None = None
    """Fewest instances. Default: the endpoint's instance count."""
    max_instances: Positive | None = None
    """Most instances: the endpoint's spending ceiling. Default: twice the instance count."""
    invocations_per_instance: Positive | None = None
    """Invocations a minute that one instance should get. Default: 600."""


class Rollout(Section):
    """How a new model replaces the old one."""

    strategy: RolloutStrategy | None = None
    """canary, linear or all-at-once; each rolls back by alarm. Default: canary; all-at-once for one instance."""
    canary_percent: Positive | None = None
    """Share of the capacity that gets the first traffic, at most 50. Default: one instance, but at least 20: the latency alarm
    watches p90, and can't see a share of 10 or less."""
    step_percent: Positive | None = None
    """Share of the capacity that each linear step moves, 10 to 50. Default: one instance, but at least 20."""
    wait_seconds: NotNegative | None = None
    """Seconds that alarms are watched after each shift of traffic, at most 3600. Default: 300."""


class EndpointAlarms(Section):
    """When a rollout is rolled back, and when somebody is called."""

    max_error_percent: Percent | None = None
    """Share of invocations that may fail with 5xx. Default: 1."""
    max_latency_ms: Annotated[float, Field(gt=0)] | None = None
    """Model latency in milliseconds: its p90 rolls a release back, its p99 calls somebody. Default: 1000."""


class Capture(Section):
    """Capture of requests and responses to the artifact bucket."""

    percent: Annotated[int, Field(ge=0, le=100)] | None = None
    """Share of requests that is captured, in percent; 0 captures none. Default: 100."""


class EndpointSettings(Section):
    """A model behind an HTTPS endpoint."""

    image: str
    """The serving image in ECR, by digest or an exact tag."""
    instance_type: str
    """SageMaker instance type: ml.m5.large."""
    model_data: str | None = None
    """Key of the model archive in the artifact bucket: models/churn/1/model.tar.gz. Default: the image holds the model."""
    instance_count: Positive | None = None
    """Instances at the start. Default: 2."""
    environment: dict[str, str] | None = None
    """Environment variables of the container. No secrets: they are shown in plans."""
    scaling: Scaling | None = None
    """Autoscaling."""
    rollout: Rollout | None = None
    """How a new model replaces the old one."""
    alarms: EndpointAlarms | None = None
    """When a rollout is rolled back, and when somebody is called."""
    capture: Capture | None = None
    """Capture of requests and responses."""
    log_retention_days: int | None = None
    """Days that the container's logs are kept. Default: 90."""


class Subscriber(Section):
    """Somebody who is told of alarms."""

    protocol: SubscriberProtocol
    """email, https, sqs or lambda."""
    endpoint: str
    """The address: an e-mail address, a URL, an ARN."""


class Prometheus(Section):
    """Prometheus and Grafana on the training cluster."""

    retention_days: Positive | None = None
    """Days that metrics are kept. Default: 15."""
    storage_gib: Positive | None = None
    """Disk of each Prometheus replica in GiB. Default: 50."""
    replicas: Positive | None = None
    """Prometheus replicas. Default: 2."""


class MonitoringSettings(Section):
    """Alarms, dashboard, logs; Prometheus and Grafana where there is a cluster."""

    subscribers: dict[str, Subscriber] | None = None
    """Who is told of alarms, by name. Default: nobody."""
    prometheus: Prometheus | None = None
    """Prometheus and Grafana on the training cluster."""


class Settings(Section):
    """Everything that an environment can be told. The key of the region is `aws:region`."""

    region: str
    """The AWS region: us-east-1."""
    network: NetworkSettings = Field(default_factory=NetworkSettings)
    """The VPC."""
    artifacts: ArtifactSettings = Field(default_factory=ArtifactSettings)
    """The artifact bucket: datasets, models, captured requests."""
    training: TrainingSettings | None = None
    """The training cluster. Default: none."""
    endpoints: dict[str, EndpointSettings] = Field(default_factory=dict)
    """Model endpoints, by name. Default: none."""
    monitoring: MonitoringSettings = Field(default_factory=MonitoringSettings)
    """Alarms, dashboard, logs; Prometheus and Grafana where there is a cluster."""
    deletion_protection: bool = True
    """Whether what holds data can't be deleted, and stays in AWS when the stack lets go of it. False for scratch
    environments only."""
    tags: dict[str, str] = Field(default_factory=dict)
    """Tags of every resource."""
