"""The specification of a UtilizationReport: its arguments, with every default."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.lambda_functions import operation
from groundplan.storage.access import ArtifactAccessArgs
from groundplan.utilization_report.args import UtilizationReportArgs


@dataclass(frozen=True)
class UtilizationReportSpec(operation.FunctionOperation):
    """A scheduled report, complete."""

    bucket: ArtifactAccessArgs
    endpoints: Mapping[str, pulumi.Input[str]]
    cluster_name: pulumi.Input[str]
    """Empty without a cluster."""
    vpc_id: pulumi.Input[str]
    """Empty without a VPC."""
    report_prefix: str
    schedule_expression: str
    prometheus_url: pulumi.Input[str]
    workspace_arn: pulumi.Input[str] | None
    open_cost_url: pulumi.Input[str]
    topic_arn: pulumi.Input[str] | None
    topic_key_arn: pulumi.Input[str] | None
    memory_mb: int
    plain: Mapping[str, Any]
    """Settings of the function that depend on no resource."""

    @property
    def settings(self) -> pulumi.Output[Mapping[str, Any]]:
        """Returns the settings of the function
        (`operations.utilization.handler.Settings`)."""
        known: Mapping[str, Any] = {
            **self.plain,
            "bucket": self.bucket["bucket_name"],
            "prefix": self.report_prefix,
            "topic_arn": self.topic_arn or "",
            "endpoints": dict(self.endpoints),
            "cluster": self.cluster_name,
            "vpc_id": self.vpc_id,
            "tags": dict(self.tags),
            "prometheus_url": self.prometheus_url,
            "opencost_url": self.open_cost_url,
        }
        return pulumi.Output.from_input(known)


def resolve(args: UtilizationReportArgs, context: Context) -> UtilizationReportSpec:
    """Returns the specification of valid arguments."""
    filled: Mapping[str, Any] = with_defaults(UtilizationReportArgs, args)
    prometheus: Mapping[str, Any] = args.get("prometheus", {})
    return UtilizationReportSpec(
        **operation.of(filled),
        bucket=args["bucket"],
        endpoints=args.get("endpoints", {}),
        cluster_name=args.get("cluster_name", ""),
        vpc_id=args.get("vpc_id", ""),
        report_prefix=filled["report_prefix"],
        schedule_expression=filled["schedule_expression"],
        prometheus_url=prometheus.get("url", ""),
        workspace_arn=prometheus.get("workspace_arn"),
        open_cost_url=args.get("open_cost_url", ""),
        topic_arn=args.get("topic_arn"),
        topic_key_arn=args.get("topic_key_arn"),
        memory_mb=filled["memory_mb"],
        plain={
            "environment": f"{context.project}-{context.stack}",
            "namespace": context.project,
            "minimum_instances": filled["minimum_instances"],
            "days": filled["days"],
            "cost_explorer": filled["cost_explorer"],
        },
    )
