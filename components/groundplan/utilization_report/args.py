"""The arguments of a UtilizationReport."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults
from groundplan.lambda_functions.operation_args import (
    FUNCTION_OPERATION_DEFAULTS,
    FunctionOperationArgs,
)
from groundplan.storage.access import ArtifactAccessArgs


class PrometheusSourceArgs(TypedDict):
    """The Prometheus that knows GPUs and queues."""

    url: pulumi.Input[str]
    """URL of its API's root, which Lambda can reach: that of a workspace of Amazon
    Managed Service for Prometheus. A service inside of a cluster has none: GPUs and
    queues are reported as unknown then, and `groundplan utilization` reads them
    through a forwarded port. Updates in place."""
    workspace_arn: NotRequired[pulumi.Input[str]]
    """ARN of the workspace, which the function may query. Updates in place. Default:
    none."""


class UtilizationReportArgs(FunctionOperationArgs):
    """The arguments of a UtilizationReport."""

    bucket: ArtifactAccessArgs
    """The bucket of the reports: `ArtifactBucket.access`. Updates in place; reports of
    before stay where they are."""
    endpoints: NotRequired[Mapping[str, pulumi.Input[str]]]
    """SageMaker endpoints, name in the settings -> name in AWS:
    `ModelEndpoint.endpoint_name`. Updates in place. Default: none."""
    cluster_name: NotRequired[pulumi.Input[str]]
    """Name of the EKS cluster. Updates in place. Default: none."""
    vpc_id: NotRequired[pulumi.Input[str]]
    """ID of the VPC, whose NAT gateways and file systems are looked at. Updates in
    place. Default: none."""
    report_prefix: NotRequired[str]
    """Folder of the reports. Updates in place. Default: reports/utilization/."""
    schedule_expression: NotRequired[str]
    """When the report is written: an expression of EventBridge Scheduler, in UTC.
    Updates in place. Default: cron(0 6 ? * MON *)."""
    days: NotRequired[int]
    """Days before that are looked at, 7 to 63. Updates in place. Default: 14."""
    minimum_instances: NotRequired[int]
    """Instances of an endpoint that no advice goes below, 1 to 100. Updates in place.
    Default: 2, which survive the loss of one."""
    prometheus: NotRequired[PrometheusSourceArgs]
    """The Prometheus that knows GPUs and queues. Updates in place. Default: none; they
    are reported as unknown."""
    open_cost_url: NotRequired[pulumi.Input[str]]
    """URL of OpenCost's API, which Lambda can reach, for the costs of namespaces.
    Updates in place. Default: none; they are reported as unknown."""
    cost_explorer: NotRequired[bool]
    """Whether Cost Explorer is asked for billed costs, for 0.01 USD a report. Updates
    in place. Default: true."""
    topic_arn: NotRequired[pulumi.Input[str]]
    """ARN of the SNS topic that gets a summary: `MonitoringStack.topic_arn`. Updates in
    place. Default: none."""
    topic_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key that encrypts the topic: `MonitoringStack.key_arn`. Updates in
    place. Default: none."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key of the logs and of failed events; its policy has to let
    CloudWatch Logs use it, as an `EncryptionKey` with the service `logs` does. Updates
    in place. Default: a key of its own."""
    memory_mb: NotRequired[int]
    """Memory of the function in MB, 256 to 10240. Updates in place. Default: 512, for
    some 10,000 resources."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children, and those by which the environment's notebooks, volumes,
    addresses, log groups and functions are known. Updates in place. Default: none; the
    bucket's own."""


UTILIZATION_REPORT_DEFAULTS = defaults(
    UtilizationReportArgs,
    **FUNCTION_OPERATION_DEFAULTS,
    report_prefix="reports/utilization/",
    schedule_expression="cron(0 6 ? * MON *)",
    days=14,
    minimum_instances=2,
    cost_explorer=True,
    memory_mb=512,
)
