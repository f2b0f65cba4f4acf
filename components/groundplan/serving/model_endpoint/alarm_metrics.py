"""CloudWatch metrics and metric math of the alarms of an endpoint."""

from collections.abc import Mapping

import pulumi_aws as aws

INVOCATIONS = "AWS/SageMaker"
"""Namespace of the metrics of requests."""
INSTANCES = "/aws/sagemaker/Endpoints"
"""Namespace of the metrics of instances."""
PERIOD = 60
"""Seconds; SageMaker publishes these metrics once a minute."""


def dimensions(endpoint: str, variant: str) -> dict[str, str]:
    """Returns the dimensions of a variant's metrics."""
    return {"EndpointName": endpoint, "VariantName": variant}


def query(
    id: str, namespace: str, metric: str, of: Mapping[str, str], statistic: str
) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
    """Returns the query of a metric that an expression uses."""
    return aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id=id,
        metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
            namespace=namespace, metric_name=metric, dimensions=of, stat=statistic, period=PERIOD
        ),
    )


def expression(id: str, formula: str, label: str) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
    """Returns the expression that the alarm compares with its threshold."""
    return aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id=id, expression=formula, label=label, return_data=True
    )
