"""The arguments of the rollouts of a ModelEndpoint, and of the alarms that roll
back."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults
from groundplan.serving.model_endpoint.choices import RolloutStrategyValue


class RolloutArgs(TypedDict):
    """The arguments of an endpoint's rollouts. Changing any of it updates the endpoint
    in place."""

    strategy: NotRequired[RolloutStrategyValue]
    """`canary`, `linear`, `rolling` or `all-at-once`; the alarms roll back each of
    them. Default: canary; all-at-once for one instance, which can't be split, and for
    Inf1 instances, for which SageMaker has no other."""
    canary_percent: NotRequired[int]
    """Share of the new fleet that receives traffic first, in percent, 1 to 50. The
    latency alarm (p90) doesn't detect a canary of 10 or less. Default: one instance,
    but at least 20."""
    step_percent: NotRequired[int]
    """Share of the new fleet that each linear step adds, in percent, 10 to 50. Default:
    one instance, but at least 20."""
    batch_percent: NotRequired[int]
    """Share of the fleet that each batch of a rolling update replaces, in percent, 5 to
    50. Default: one instance, but at least 20."""
    rollback_batch_percent: NotRequired[int]
    """Share of the fleet that each batch restores when a rolling update is rolled back,
    in percent, 5 to 100. Default: 100, SageMaker's, which is fastest and needs capacity
    for a whole second fleet."""
    wait_seconds: NotRequired[int]
    """Baking period after each step, in seconds, 0 to 3600. Must cover
    `alarms.evaluation_minutes`, or no alarm can go into ALARM state in time. Default:
    300."""
    termination_wait_seconds: NotRequired[int]
    """Seconds for which SageMaker retains the old fleet after all traffic has shifted,
    0 to 3600. Both fleets are billed. Not for a rolling update, which has no second
    fleet. Default: 300."""
    timeout_seconds: NotRequired[int]
    """Seconds after which SageMaker rolls back an unfinished rollout, 600 to 14400, and
    more than the sum of all waits. Pulumi itself waits 3600 seconds for an endpoint.
    Default: 3600."""


ROLLOUT_DEFAULTS = defaults(
    RolloutArgs, wait_seconds=300, termination_wait_seconds=300, timeout_seconds=3600
)


class EndpointAlarmsArgs(TypedDict):
    """The arguments of an endpoint's alarms. Changing any of it updates the alarms in
    place."""

    max_error_percent: NotRequired[float]
    """Threshold of the share of requests that fail with a 5xx error, in percent, from 0
    to below 100. Default: 1."""
    max_latency_ms: NotRequired[float]
    """Threshold of the model's latency (p90), in milliseconds, above 0 and below 60000;
    below 3600000 for an asynchronous endpoint. Adding or removing it on an asynchronous
    endpoint replaces the endpoint. Default: 1000; none, and no such alarm, for an
    asynchronous endpoint."""
    max_disk_percent: NotRequired[float]
    """Threshold of the disk utilization of the fullest instance, in percent, above 0,
    at most 100. Not for serverless endpoints. Default: 90."""
    max_memory_percent: NotRequired[float]
    """Threshold of the memory utilization of the fullest instance, in percent, above 0,
    at most 100. Default: 95."""
    max_gpu_memory_percent: NotRequired[float]
    """Threshold of the GPU memory utilization of the fullest instance, in percent of
    all its GPUs, above 0, at most 100. Part of the memory alarm. Only for instances
    with GPUs. Default: 98."""
    max_gpu_percent: NotRequired[float]
    """Threshold of the GPU utilization of the busiest instance, in percent of all its
    GPUs, above 0, at most 100. Only for instances with GPUs. Adding or removing it
    replaces the endpoint. Default: none, and no such alarm, as GPUs are meant to be
    busy."""
    max_backlog_age_seconds: NotRequired[int]
    """Threshold of the age of the oldest request in the queue, in seconds, 60 to 86400.
    Only for asynchronous endpoints. Default: 1800."""
    evaluation_minutes: NotRequired[int]
    """Consecutive minutes above a threshold after which an alarm goes into ALARM state,
    1 to 60; at most what `rollout.wait_seconds` covers. Default: 3."""
    actions: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs of SNS topics to which the alarms publish ALARM and OK states. Without them
    the alarms still roll back a new model; a serverless endpoint, which isn't rolled
    back, then has no alarms. Default: none."""
    runbooks_url: NotRequired[str]
    """URL of the folder docs/runbooks, for the links of the alarms. Default: none;
    alarms name paths."""


ALARMS_DEFAULTS = defaults(
    EndpointAlarmsArgs,
    max_error_percent=1.0,
    max_disk_percent=90.0,
    max_memory_percent=95.0,
    # Servers of language models allocate nine tenths of the GPUs' memory on purpose;
    # their kernels need the rest.
    max_gpu_memory_percent=98.0,
    # A quarter of an hour that SageMaker allows a request by default (API reference,
    # `InvokeEndpointAsync`, `InvocationTimeoutSeconds`), and one to start an instance
    # from zero.
    max_backlog_age_seconds=1800,
    evaluation_minutes=3,
)
