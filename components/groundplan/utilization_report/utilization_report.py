"""UtilizationReport: what of an environment idles and what is too small, each week."""

from collections.abc import Mapping
from typing import Any

import pulumi

from groundplan import arguments, iam, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.eventbridge.queue_policy import create_queue_policy
from groundplan.lambda_functions import event_function, function_role
from groundplan.lambda_functions.alarms import create_alarms, errors, undelivered
from groundplan.lambda_functions.function_schedule import create_function_schedule
from groundplan.lambda_functions.permissions import Place
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
        resource_tags = tags.merged(name, spec.tags)

        self._create_stores(name, spec)
        self._create_role(name, spec)
        self._create_function(name, spec)
        self._create_schedule(name, spec, resource_tags)
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

    def _create_role(self, name: str, spec: UtilizationReportSpec) -> None:
        self.role = function_role.create_role(
            name, spec, description=f"What the report of {name} may read", parent=self
        )
        needed = {
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

        def statements(known: Mapping[str, Any]) -> list[iam.Statement]:
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

        self.policy = function_role.create_policy(
            name,
            spec,
            role=self.role,
            stores=self._stores,
            needed=needed,
            statements=statements,
            parent=self,
        )

    def _create_function(self, name: str, spec: UtilizationReportSpec) -> None:
        region = iam.region(pulumi.InvokeOptions(parent=self))
        code = pulumi.Output.all(spec.settings, region).apply(lambda known: package.archive(*known))
        self.function, self.failed_events = event_function.create_function(
            name,
            spec,
            description="Reports what of the environment idles and what is too small",
            handler=package.HANDLER,
            code=code,
            memory_mb=spec.memory_mb,
            environment={package.VARIABLE: package.SETTINGS_FILE},
            max_age_seconds=MAX_AGE_SECONDS,
            stores=self._stores,
            policy=self.policy,
            role=self.role,
            parent=self,
        )

    def _create_schedule(
        self, name: str, spec: UtilizationReportSpec, resource_tags: tags.Tags
    ) -> None:
        schedule = create_function_schedule(
            name,
            spec.schedule_expression,
            self.function,
            starts=f"the report of {name}",
            max_age_seconds=MAX_AGE_SECONDS,
            stores=self._stores,
            tags=resource_tags,
            parent=self,
        )
        self.schedule, self.schedule_role = schedule.schedule, schedule.role
        self.schedule_policy = schedule.policy
