"""The arguments of the inference options of a ModelEndpoint: serverless capacity, the
queue of asynchronous requests, data capture."""

from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults


class ServerlessArgs(TypedDict):
    """The arguments of serverless capacity. Changing any of it but the scaling starts a
    new rollout."""

    memory_mb: NotRequired[int]
    """Memory in MB: 1024, 2048, 3072, 4096, 5120 or 6144. vCPUs are allocated in
    proportion. Default: 2048."""
    max_concurrency: NotRequired[int]
    """Maximum of concurrent requests, 1 to 200; SageMaker throttles requests above it.
    Default: 20."""
    provisioned_concurrency: NotRequired[int]
    """Concurrent requests for which SageMaker keeps capacity warm, billed by the hour,
    1 to `max_concurrency`. Without it, the first request after a pause waits for a cold
    start. Default: none."""
    max_provisioned_concurrency: NotRequired[int]
    """Maximum provisioned concurrency that autoscaling sets. Default: twice the
    `provisioned_concurrency`, at most the `max_concurrency`. Equal to
    `provisioned_concurrency`, it turns autoscaling off. Updates in place."""
    target_utilization_percent: NotRequired[int]
    """Target utilization of the provisioned concurrency, in percent, 10 to 90; above
    it, autoscaling adds concurrency. Updates in place. Default: 70."""


SERVERLESS_DEFAULTS = defaults(
    ServerlessArgs,
    memory_mb=2048,
    # Of the 500 to 1000 that an account's serverless endpoints share in a region
    # (Developer Guide, "Concurrent invocations").
    max_concurrency=20,
    # Leaves warm capacity for a burst while more is provisioned, like AWS Lambda's
    # example for provisioned concurrency.
    target_utilization_percent=70,
)


class AsynchronousArgs(TypedDict):
    """The arguments of an asynchronous endpoint's queue. Changing any of it starts a
    new rollout."""

    input_prefix: NotRequired[str]
    """Folder in the artifact bucket for requests; clients write below it, into a folder
    of the endpoint's name. Default: requests/."""
    output_prefix: NotRequired[str]
    """Folder in the artifact bucket for responses and failures; SageMaker writes below
    it, into a folder of the endpoint's name. Default: responses/."""
    max_concurrent_invocations_per_instance: NotRequired[int]
    """Concurrent requests that SageMaker sends to an instance, 1 to 1000. Default:
    chosen by SageMaker."""
    success_topic_arn: NotRequired[pulumi.Input[str]]
    """ARN of an SNS topic to which SageMaker publishes successful responses. The key of
    an encrypted topic must allow the execution role to use it. Default: none."""
    error_topic_arn: NotRequired[pulumi.Input[str]]
    """ARN of an SNS topic to which SageMaker publishes failures. The key of an
    encrypted topic must allow the execution role to use it. Default: none."""
    include_response: NotRequired[bool]
    """Whether notifications include the response itself, up to 128 KB. Needs
    `success_topic_arn` or `error_topic_arn`. Default: false."""


ASYNCHRONOUS_DEFAULTS = defaults(
    AsynchronousArgs,
    input_prefix="requests/",
    output_prefix="responses/",
    include_response=False,
)


class CaptureArgs(TypedDict):
    """The arguments of data capture. Changing any of it starts a new rollout."""

    percent: NotRequired[int]
    """Share of the requests that SageMaker captures, in percent, 0 to 100; 0 turns
    capture off. AWS advises less than 100 for much traffic. Default: 100."""
    prefix: NotRequired[str]
    """Folder in the artifact bucket; SageMaker adds the endpoint's name, the variant
    and the hour. Default: capture/."""


CAPTURE_DEFAULTS = defaults(CaptureArgs, percent=100, prefix="capture/")
