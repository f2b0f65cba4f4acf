"""The metrics that the alarms of an endpoint watch, in the words of CloudWatch's metric
math."""

from collections.abc import Mapping

import pulumi_aws as aws

INVOCATIONS = "AWS/SageMaker"
INSTANCES = "/aws/sagemaker/Endpoints"
"""Namespaces of what requests and what instances do."""
PERIOD = 60
"""Seconds; SageMaker publishes these metrics once a minute."""


def dimensions(endpoint: str, variant: str) -> dict[str, str]:
    """What tells the metrics of one variant from those of others."""
    return {"EndpointName": endpoint, "VariantName": variant}


def query(
    id: str, namespace: str, metric: str, of: Mapping[str, str], statistic: str
) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
    """A metric that an expression reckons with."""
    return aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id=id,
        metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
            namespace=namespace, metric_name=metric, dimensions=of, stat=statistic, period=PERIOD
        ),
    )


def expression(id: str, formula: str, label: str) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
    """What the alarm compares with its limit."""
    return aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id=id, expression=formula, label=label, return_data=True
    )
