"""The alarms of a DataPipeline: runs that fail, that cost too much, that do not come,
and events that were not delivered."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import runbooks, tags
from groundplan.data.pipeline.engine.names import DATASET, FAILED_RULES, NAMESPACE, PIPELINE
from groundplan.data.pipeline.machine.definition import PUBLISHED
from groundplan.data.pipeline.spec import GluePipelineSpec
from groundplan.kubernetes.alert_rules import AlertSeverity
from groundplan.lambda_functions.alarms import PERIOD, Watched, create_alarms, undelivered
from groundplan.lambda_functions.log_metrics import create_count

FAILED, LATE, QUALITY = "pipeline-failed.md", "pipeline-late.md", "data-quality.md"
HOUR = 3600
ENTERED = '{{ ($.type = "{0}StateEntered") && ($.details.name = "{1}") }}'
"""Step Functions Developer Guide, "Using CloudWatch Logs": the events of an execution's
history."""


class PipelineAlarms:
    """The alarms by what they watch, and the filters that count states."""

    def __init__(
        self,
        spec: GluePipelineSpec,
        *,
        machine_arn: pulumi.Input[str],
        machine_logs: pulumi.Input[str],
        queue_name: pulumi.Input[str],
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        self._spec, self._parent, self._logs = spec, parent, machine_logs
        self._tags = resource_tags
        over = self._counted("over-limit", ENTERED.format("Fail", "OverLimit"))
        self.all = create_alarms(
            spec.name,
            {
                "failed": _executions(
                    "ExecutionsFailed",
                    f"A run of {spec.name} failed: nothing was published.",
                    machine_arn,
                ),
                "timed-out": _executions(
                    "ExecutionsTimedOut",
                    f"A run of {spec.name} was open for too long.",
                    machine_arn,
                ),
                "over-limit": Watched(
                    f"A run of {spec.name} was refused: the DPU hours of the month are used.",
                    FAILED,
                    over["namespace"],
                    over["metric_name"],
                ),
                "undelivered": undelivered(
                    f"An event that begins a run of {spec.name} was given up.", FAILED, queue_name
                ),
            },
            spec,
            parent,
        )
        if spec.quality:
            self.all["quarantined"] = self._quarantined()
        if spec.triggers.expected_within_hours is not None:
            self.all["late"] = self._late(spec.triggers.expected_within_hours)

    def _quarantined(self) -> aws.cloudwatch.MetricAlarm:
        spec, actions = self._spec, list(self._spec.alarm_actions)
        text = f"What the last run of {spec.name} wrote broke quality rules: it is in quarantine."
        return aws.cloudwatch.MetricAlarm(
            f"{spec.name}-quarantined",
            alarm_description=runbooks.message(
                text, AlertSeverity.WARNING.value, spec.owner, QUALITY, spec.runbooks_url
            ),
            namespace=NAMESPACE,
            metric_name=FAILED_RULES,
            dimensions={DATASET: spec.dataset, PIPELINE: spec.name},
            statistic="Maximum",
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            period=PERIOD,
            evaluation_periods=1,
            # What a check came to holds until the next one.
            treat_missing_data="ignore",
            alarm_actions=actions,
            ok_actions=actions,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self._parent),
        )

    def _late(self, hours: int) -> aws.cloudwatch.MetricAlarm:
        spec, actions = self._spec, list(self._spec.alarm_actions)
        text = f"No run of {spec.name} published within {hours} hours."
        return aws.cloudwatch.MetricAlarm(
            f"{spec.name}-late",
            alarm_description=runbooks.message(
                text, AlertSeverity.WARNING.value, spec.owner, LATE, spec.runbooks_url
            ),
            **self._counted("published", ENTERED.format("Succeed", PUBLISHED)),
            statistic="Sum",
            comparison_operator="LessThanThreshold",
            threshold=1,
            period=HOUR,
            evaluation_periods=hours,
            # Without executions there are no log entries, and nothing is published.
            treat_missing_data="breaching",
            alarm_actions=actions,
            ok_actions=actions,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self._parent),
        )

    def _counted(self, role: str, pattern: str) -> Mapping[str, Any]:
        """Creates the filter that counts a state, and returns its metric."""
        name = f"{self._spec.name}-{role}"
        return create_count(
            f"{name}-count", name, log_group=self._logs, pattern=pattern, parent=self._parent
        )[1]


def _executions(metric: str, text: str, machine_arn: pulumi.Input[str]) -> Watched:
    return Watched(text, FAILED, "AWS/States", metric, {"StateMachineArn": machine_arn})
