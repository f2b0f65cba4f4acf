"""The settings of an environment: everything that `Pulumi.<env>.yaml` can say, typed,
documented and defaulted.

The only place that knows a configuration key. It knows nothing of Pulumi: `read` takes
the configuration as text and gives `Settings`, or raises `InvalidSettings` with all
that is wrong. Values that AWS or a component judges are judged here by the library's
own rules, before anything is registered.
"""

from typing import Annotated

from endpoint_settings import EndpointSettings
from groundplan.monitoring.choices import SubscriberProtocol
from groundplan.network.choices import NatGateways
from groundplan.storage.choices import ObjectLockMode
from platform_settings import PlatformSettings
from pydantic import Field
from registry_settings import ImageSettings, ModelSettings, TrackingSettings
from release_settings import ReleaseSettings
from section import NotNegative, Positive, Section
from service_settings import ServiceSettings
from training_settings import TrainingSettings


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
    """The VPC's IPv4 network: /16 to /24 for up to 3 zones, /16 to /22 for more.
    Default: 10.0.0.0/16. Changing it replaces the VPC."""
    zone_count: int | None = None
    """Availability zones, 1 to 6. Default: 3. Crossing from 3 to 4 gives all subnets
    other addresses, which AWS refuses while the former ones stand."""
    availability_zones: list[str] | None = None
    """Names of the zones, in place of a count. Default: the first zones of the region
    by name."""
    nat_gateways: NatGateways | None = None
    """How private subnets reach the internet: per-zone (resilient), single (cheap),
    none. Default: per-zone."""
    interface_endpoints: list[str] | None = None
    """AWS services with an endpoint inside the VPC, about 7 USD a month per zone each;
    S3 has a free one always. Default: ecr.api, ecr.dkr, sts, logs, sagemaker.api,
    sagemaker.runtime."""
    flow_logs: FlowLogs | None = None
    """The VPC's flow logs."""
    existing: ExistingNetwork | None = None
    """A VPC to use in place of a new one."""


class Lifecycle(Section):
    """How long objects are kept."""

    noncurrent_days: NotNegative | None = None
    """Days after which overwritten and deleted versions are removed; 0 keeps them for
    ever. Default: 90."""
    intelligent_tiering_days: NotNegative | None = None
    """Days after which objects move to Intelligent-Tiering; 0 never moves them.
    Default: 30."""
    abort_multipart_days: Positive | None = None
    """Days after which unfinished uploads are removed. Default: 7."""
    expire: dict[str, Positive] | None = None
    """Prefix -> days after which current objects below it expire. Default: nothing
    expires."""


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
    """governance (can be lifted with a permission) or compliance (can't be lifted by
    anyone)."""
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
    """Everything that an environment can be told. The key of the region is
    `aws:region`."""

    region: str | None = None
    """The AWS region: us-east-1. Needed for everything but platform."""
    network: NetworkSettings = Field(default_factory=NetworkSettings)
    """The VPC."""
    artifacts: ArtifactSettings = Field(default_factory=ArtifactSettings)
    """The artifact bucket: datasets, models, captured requests."""
    images: ImageSettings | None = None
    """Repositories of container images. Default: none."""
    models: ModelSettings | None = None
    """The model registry. Default: none."""
    tracking: TrackingSettings | None = None
    """Experiment tracking: MLflow. Default: none."""
    training: TrainingSettings | None = None
    """The training cluster. Default: none."""
    platform: PlatformSettings | None = None
    """A Kubernetes cluster that is there already. Without a region it is all that the
    environment has."""
    endpoints: dict[str, EndpointSettings] = Field(default_factory=dict)
    """Model endpoints, by name. Default: none."""
    services: dict[str, ServiceSettings] = Field(default_factory=dict)
    """Models that the training cluster serves, by name. Default: none."""
    releases: ReleaseSettings = Field(default_factory=ReleaseSettings)
    """What releases approved versions to the endpoints whose release is registry."""
    monitoring: MonitoringSettings = Field(default_factory=MonitoringSettings)
    """Alarms, dashboard, logs; Prometheus and Grafana where there is a cluster."""
    deletion_protection: bool = True
    """Whether what holds data can't be deleted, and stays in AWS when the stack lets go
    of it. False for scratch environments only."""
    tags: dict[str, str] = Field(default_factory=dict)
    """Tags of every resource."""
