"""The settings of a model endpoint."""

from typing import Annotated

from groundplan.serving.model_endpoint.choices import ReleaseMode, RoutingStrategy
from groundplan.serving.model_endpoint.rollout import RolloutStrategy
from pydantic import Field
from section import NotNegative, Percent, Positive, Section


class Scaling(Section):
    """Target-tracking autoscaling of an endpoint."""

    min_instances: NotNegative | None = None
    """Fewest instances. Default: the endpoint's instance count; 0 for an asynchronous
    endpoint."""
    max_instances: Positive | None = None
    """Most instances: the endpoint's spending ceiling. Default: twice the instance
    count."""
    invocations_per_instance: Positive | None = None
    """Invocations a minute that one instance should get. Default: 600."""
    concurrent_requests_per_instance: Positive | None = None
    """Requests that one instance should work on at once, in place of
    invocationsPerInstance: for language models."""
    backlog_per_instance: Positive | None = None
    """Requests in the queue of an asynchronous endpoint that one instance should have
    to work off. Default: 5."""


class Rollout(Section):
    """How a new model replaces the old one."""

    strategy: RolloutStrategy | None = None
    """canary, linear, rolling or all-at-once; each rolls back by alarm. Default:
    canary; all-at-once for one instance."""
    canary_percent: Positive | None = None
    """Share of the capacity that gets the first traffic, at most 50. Default: one
    instance, but at least 20: the latency alarm watches p90, and can't see a share of
    10 or less."""
    step_percent: Positive | None = None
    """Share of the capacity that each linear step moves, 10 to 50. Default: one
    instance, but at least 20."""
    batch_percent: Positive | None = None
    """Share of the fleet that each batch of a rolling update replaces, 5 to 50.
    Default: one instance, but at least 20."""
    rollback_batch_percent: Positive | None = None
    """Share of the fleet that each batch brings back when a rolling update is rolled
    back, 5 to 100. Default: 100."""
    wait_seconds: NotNegative | None = None
    """Seconds that alarms are watched after each shift of traffic, at most 3600.
    Default: 300."""


class EndpointAlarms(Section):
    """When a rollout is rolled back, and when somebody is called."""

    max_error_percent: Percent | None = None
    """Share of invocations that may fail with 5xx. Default: 1."""
    max_latency_ms: Annotated[float, Field(gt=0)] | None = None
    """Model latency in milliseconds: its p90 rolls a release back, its p99 calls
    somebody. Default: 1000."""
    max_disk_percent: Percent | None = None
    """Share of the disk that may be in use. Default: 90."""
    max_memory_percent: Percent | None = None
    """Share of the memory that may be in use. Default: 95."""
    max_gpu_memory_percent: Percent | None = None
    """Share of the GPUs' memory that may be in use. Default: 98."""
    max_gpu_percent: Percent | None = None
    """Share of the time that the GPUs may be busy. Default: none."""
    max_backlog_age_seconds: Positive | None = None
    """Seconds that a request may be in the queue of an asynchronous endpoint. Default:
    1800."""
    evaluation_minutes: Positive | None = None
    """Minutes in a row that must be over the limit. Default: 3."""


class Serverless(Section):
    """Capacity by request in place of instances: no accelerators, no VPC, no capture."""

    memory_mb: Positive | None = None
    """Megabytes of memory: 1024 to 6144 in steps of 1024. Default: 2048."""
    max_concurrency: Positive | None = None
    """The most requests at once, 1 to 200. Default: 20."""
    provisioned_concurrency: Positive | None = None
    """Requests at once for which capacity is kept warm. Default: none."""
    max_provisioned_concurrency: Positive | None = None
    """The most that autoscaling keeps warm. Default: twice provisionedConcurrency."""
    target_utilization_percent: Positive | None = None
    """Share of the warm capacity that should be busy. Default: 70."""


class Asynchronous(Section):
    """A queue before the instances, which scale to zero: payloads and responses lie in
    the artifact bucket."""

    input_prefix: str | None = None
    """Folder of requests. Default: requests/."""
    output_prefix: str | None = None
    """Folder of responses and failures. Default: responses/."""
    max_concurrent_invocations_per_instance: Positive | None = None
    """Requests that an instance works on at once. Default: SageMaker chooses."""
    include_response: bool | None = None
    """Whether messages of success hold the response itself. Default: false."""


class Variant(Section):
    """One of several production variants; what it doesn't say is as the endpoint says."""

    image: str | None = None
    """The serving image in ECR."""
    model_data: str | None = None
    """Key of the model archive in the artifact bucket."""
    environment: dict[str, str] | None = None
    """Environment variables on top of the endpoint's. No secrets."""
    instance_type: str | None = None
    """SageMaker instance type."""
    instance_count: Positive | None = None
    """Instances at the start."""
    weight: Annotated[float, Field(ge=0)] | None = None
    """Share of the requests, as a weight. Default: 1."""
    scaling: Scaling | None = None
    """Autoscaling."""


class Shadow(Section):
    """A variant that gets copies of requests, whose responses nobody sees."""

    image: str | None = None
    """The serving image in ECR."""
    model_data: str | None = None
    """Key of the model archive in the artifact bucket."""
    environment: dict[str, str] | None = None
    """Environment variables on top of the endpoint's. No secrets."""
    instance_type: str | None = None
    """SageMaker instance type."""
    instance_count: Positive | None = None
    """Instances at the start."""
    sample_percent: Annotated[int, Field(ge=1, le=100)] | None = None
    """Share of the requests that it gets a copy of. Default: 100."""
    scaling: Scaling | None = None
    """Autoscaling."""


class Capture(Section):
    """Capture of requests and responses to the artifact bucket."""

    percent: Annotated[int, Field(ge=0, le=100)] | None = None
    """Share of requests that is captured, in percent; 0 captures none. Default: 100."""


class SliceGate(Section):
    """What a metric must keep to in one slice; what it doesn't say is as the metric
    says."""

    min: float | None = None
    """The least it may be."""
    max: float | None = None
    """The most it may be."""
    max_regression: Annotated[float, Field(ge=0)] | None = None
    """How much worse than the champion's it may be."""
    max_regression_percent: Annotated[float, Field(ge=0)] | None = None
    """The same in percent of the champion's."""
    min_count: Positive | None = None
    """Rows that it must have been measured on."""
    required: bool | None = None
    """Whether a version that wasn't measured on the slice is refused."""


class MetricGate(SliceGate):
    """What a metric must keep to, on the whole and in slices."""

    higher_is_better: bool | None = None
    """Which way is better. Default: what the metrics' document says."""
    slices: dict[str, SliceGate] | None = None
    """Slices by name or pattern: country=DE, country=*. Default: only the whole is
    judged."""


class SmokeTest(Section):
    """Recorded requests that a new version must answer as expected."""

    payloads: str
    """A file of JSON lines in S3, or a folder of them, with a slash at the end."""
    max_latency_ms: Annotated[float, Field(gt=0)] | None = None
    """The longest that any answer may take. Default: none."""
    timeout_seconds: Positive | None = None
    """Seconds for all requests together, 10 to 600. Default: 120."""
    staging: bool | None = None
    """Whether a short-lived endpoint of the version's own must have answered them
    before. Default: false."""


class SignOff(Section):
    """A person's approval of the gate report."""

    required: bool | None = None
    """Whether a release needs it. Default: true if there are approvers."""
    approvers: list[str] | None = None
    """ARNs of the IAM roles and users that may give it. Default: all who may approve
    versions."""


class Gates(Section):
    """What a version must show before it is released from the registry."""

    metrics: dict[str, MetricGate] | None = None
    """Metric -> what it must keep to. Default: none."""
    confidence: Annotated[float, Field(gt=0, lt=1)] | None = None
    """How sure a regression must be before it breaks a gate, 0.5 to 0.9999. Default:
    each difference counts."""
    smoke: SmokeTest | None = None
    """Recorded requests. Default: none."""
    sign_off: SignOff | None = None
    """A person's approval. Default: not required."""


class EndpointSettings(Section):
    """A model behind an HTTPS endpoint."""

    image: str | None = None
    """The serving image in ECR, by digest or an exact tag. Needed, unless all variants
    have their own."""
    instance_type: str | None = None
    """SageMaker instance type: ml.m5.large. Needed, unless the endpoint is serverless
    or all variants have their own."""
    model_data: str | None = None
    """Key of the model archive in the artifact bucket: models/churn/1/model.tar.gz.
    Default: the image holds the model."""
    instance_count: Positive | None = None
    """Instances at the start. Default: 2."""
    environment: dict[str, str] | None = None
    """Environment variables of the container. No secrets: they are shown in plans."""
    variants: dict[str, Variant] | None = None
    """Several production variants by name, among which requests are shared by weight.
    Default: one, primary."""
    shadow: Shadow | None = None
    """A variant that gets copies of the requests, to try a model on. Default: none."""
    serverless: Serverless | None = None
    """Capacity by request in place of instances."""
    asynchronous: Asynchronous | None = None
    """A queue before the instances, which scale to zero."""
    release: ReleaseMode | None = None
    """Who rolls out a new model: declared (these settings, by `pulumi up`) or registry
    (`groundplan release`, an approved version of modelPackageGroup). Default:
    declared."""
    model_package_group: str | None = None
    """The model package group whose versions are released. Needed for registry."""
    gates: Gates | None = None
    """What a version must show before it is released from the registry. Only for
    registry."""
    scaling: Scaling | None = None
    """Autoscaling."""
    rollout: Rollout | None = None
    """How a new model replaces the old one."""
    alarms: EndpointAlarms | None = None
    """When a rollout is rolled back, and when somebody is called."""
    capture: Capture | None = None
    """Capture of requests and responses."""
    health_check_timeout_seconds: Positive | None = None
    """Seconds that the container has to answer its first health check, 60 to 3600: more
    for large models."""
    model_download_timeout_seconds: Positive | None = None
    """Seconds that an instance has to download the model, 60 to 3600: more for models
    over 40 GB."""
    volume_size_gb: Positive | None = None
    """Gigabytes of each instance's volume, 1 to 512; not for instance types with local
    NVMe."""
    routing: RoutingStrategy | None = None
    """Which instance gets a request: random or least-outstanding-requests."""
    log_retention_days: int | None = None
    """Days that the container's logs are kept. Default: 90."""
