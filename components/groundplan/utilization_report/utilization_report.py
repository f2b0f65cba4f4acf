"""UtilizationReport: what of an environment idles and what is too small, each week."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pulumi

from groundplan import arguments, iam
from groundplan.component import Component
from groundplan.context import Context
from groundplan.eventbridge.queue_policy import create_queue_policy
from groundplan.lambda_functions import event_function, function_role
from groundplan.lambda_functions.alarms import create_alarms, errors, undelivered
from groundplan.lambda_functions.permissions import Place
from groundplan.lambda_functions.scheduled_function import (
    Access,
    Code,
    Schedule,
    create_scheduled_function,
)
from groundplan.utilization_report import package, permissions
from groundplan.utilization_report.args import UtilizationReportArgs
from groundplan.utilization_report.spec import UtilizationReportSpec, resolve
from groundplan.utilization_report.validation import validate

RUNBOOK = "utilization-report.md"
MAX_AGE_SECONDS = 21_600


class UtilizationReport(Component):
    """A report on a schedule: what of an environment idles, what is too small, what it
    costs and what could be saved, per team.

    A Lambda function reads AWS, and Prometheus and OpenCost where it can reach them.
    It writes JSON and a page of HTML to the bucket, and sends a summary to a topic. It
    changes nothing.
    """

    function_name: pulumi.Output[str]
    """Name of the function."""
    function_arn: pulumi.Output[str]
    """ARN of the function."""
    role_arn: pulumi.Output[str]
    """ARN of the function's role."""
    queue_url: pulumi.Output[str]
    """URL of the queue of reports that were given up."""
    reports_uri: pulumi.Output[str]
    """S3 URI of the folder of reports: one folder per report."""

    def __init__(
        self, name: str, args: UtilizationReportArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:UtilizationReport", name, {}, opts)
        context = Context.of(name, opts)
        valid = arguments.validated(
            "UtilizationReport", UtilizationReportArgs, args, validate, context
        )
        spec = resolve(valid, context)

        self._create_stores(name, spec)
        self._create_function(name, spec)
        self.alarms = create_alarms(
            name,
            {
                "errors": errors(
                    f"The report of {name} ended with an error.", RUNBOOK, self.function.name
                ),
                "undelivered": undelivered(
                    f"The report of {name} was given up: its queue is not empty.",
                    RUNBOOK,
                    self.queue.name,
                ),
            },
            spec,
            self,
        )
        """By what they watch: errors, undelivered."""

        self.function_name, self.function_arn = self.function.name, self.function.arn
        self.role_arn, self.queue_url = self.role.arn, self.queue.url
        self.reports_uri = pulumi.Output.format(
            "s3://{0}/{1}", spec.bucket["bucket_name"], spec.report_prefix
        )
        self.register_outputs(
            {
                "functionName": self.function_name,
                "functionArn": self.function_arn,
                "roleArn": self.role_arn,
                "queueUrl": self.queue_url,
                "reportsUri": self.reports_uri,
            }
        )

    def _create_stores(self, name: str, spec: UtilizationReportSpec) -> None:
        """Creates the log group and the queue of reports that failed."""
        self._stores = event_function.create_stores(
            name,
            spec,
            services=["logs"],
            parent=self,
        )
        self.key, self.log_group = self._stores.key, self._stores.log_group
        self.queue = self._stores.queue
        self.queue_policy = create_queue_policy(name, self.queue, [], self)

    def _create_function(self, name: str, spec: UtilizationReportSpec) -> None:
        """Creates the function, its role and its schedule."""
        region = iam.region(pulumi.InvokeOptions(parent=self))
        code = pulumi.Output.all(spec.settings, region).apply(lambda known: package.archive(*known))
        created = create_scheduled_function(
            name,
            spec,
            access=Access(
                f"What the report of {name} may read",
                self._needed(spec),
                partial(_statements, spec),
            ),
            code=Code(
                "Reports what of the environment idles and what is too small",
                package.HANDLER,
                code,
                spec.memory_mb,
                {package.VARIABLE: package.SETTINGS_FILE},
            ),
            schedule=Schedule(spec.schedule_expression, f"the report of {name}", MAX_AGE_SECONDS),
            stores=self._stores,
            parent=self,
        )
        self.role, self.policy = created.role, created.policy
        self.function, self.failed_events = created.function, created.failed_events
        self.schedule, self.schedule_role = created.schedule, created.schedule_role
        self.schedule_policy = created.schedule_policy

    def _needed(self, spec: UtilizationReportSpec) -> Mapping[str, Any]:
        """Returns what the policy is written from."""
        return {
            "place": function_role.place(self),
            "endpoints": list(spec.endpoints.values()),
            "cluster": spec.cluster_name,
            "bucket": [spec.bucket["bucket_arn"], spec.bucket["kms_key_arn"]],
            "sources": {
                "topic": spec.topic_arn,
                "topic_key": spec.topic_key_arn,
                "workspace": spec.workspace_arn,
            },
        }


def _statements(spec: UtilizationReportSpec, known: Mapping[str, Any]) -> list[iam.Statement]:
    return [
        *permissions.read_statements(
            Place(*known["place"]),
            known["endpoints"],
            known["cluster"],
            cost_explorer=spec.plain["cost_explorer"],
        ),
        *permissions.write_statements(*known["bucket"], prefix=spec.report_prefix),
        *permissions.source_statements(known["sources"]),
    ]
