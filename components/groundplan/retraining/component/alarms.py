"""The alarms of a RetrainingPipeline: runs that fail, that wait for too long, that do
not come, and events that were not delivered."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import runbooks, tags
from groundplan.kubernetes.alert_rules import AlertSeverity
from groundplan.lambda_functions.alarms import PERIOD, Watched, create_alarms, undelivered
from groundplan.lambda_functions.log_metrics import create_count
from groundplan.retraining.component.spec import RetrainingPipelineSpec
from groundplan.retraining.component.state_machine import LOOK_SECONDS

FAILED, APPROVAL, LATE = (
    "retraining-failed.md",
    "retraining-approval.md",
    "retraining-late.md",
)
WAIT_PERIOD = 2 * LOOK_SECONDS
"""Seconds of a period in which a run that waits looks at least once."""
HOUR = 3600
VERDICTS = ("Released", "Rejected", "Refused")
"""States in which a run ends that did its work: a worse candidate is a verdict too."""


@dataclass(frozen=True)
class Counted:
    """States of executions that a metric filter counts."""

    role: str
    pattern: str


# Step Functions Developer Guide, "Using CloudWatch Logs": the events of an execution's
# history, here without their data.
WAITING = Counted("waiting", '{ ($.type = "TaskStateEntered") && ($.details.name = "Ask") }')
JUDGED = Counted(
    "judged",
    '{ ($.type = "SucceedStateEntered") && ('
    + " || ".join(f'($.details.name = "{state}")' for state in VERDICTS)
    + ") }",
)
BACK = Counted(
    "taken-back", '{ ($.type = "SucceedStateEntered") && ($.details.name = "RolledBack") }'
)


class Alarms:
    """The alarms, by what they watch, and the filters that count states."""

    def __init__(
        self,
        spec: RetrainingPipelineSpec,
        *,
        machine_arn: pulumi.Input[str],
        machine_logs: pulumi.Input[str],
        queue_name: pulumi.Input[str],
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        self._spec, self._parent, self._logs = spec, parent, machine_logs
        self._shared: dict[str, Any] = {
            "tags": resource_tags,
            "opts": pulumi.ResourceOptions(parent=parent),
        }
        self.filters: dict[str, aws.cloudwatch.LogMetricFilter] = {}
        self.all = create_alarms(
            spec.name,
            _watched(spec.name, machine_arn, queue_name),
            spec,
            parent,
        )
        self.all["rolled-back"] = self._rolled_back()
        # Without `approval.required` too: the release target may demand a sign-off.
        self.all["overdue"] = self._overdue()
        within = spec.triggers.expected_within_hours
        if within is not None:
            self.all["late"] = self._late(within)

    def _rolled_back(self) -> aws.cloudwatch.MetricAlarm:
        return self._alarm(
            "rolled-back",
            self._counted(BACK),
            f"A version that {self._spec.name} released was taken back.",
            FAILED,
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            period=PERIOD,
            evaluation_periods=1,
            treat_missing_data="notBreaching",
        )

    def _overdue(self) -> aws.cloudwatch.MetricAlarm:
        hours = self._spec.overdue_hours
        # The first period has begun before the wait.
        periods = math.ceil(hours * HOUR / WAIT_PERIOD) + 1
        return self._alarm(
            "overdue",
            self._counted(WAITING),
            f"A version of {self._spec.name} waits for its approval for {hours} hours.",
            APPROVAL,
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            period=WAIT_PERIOD,
            evaluation_periods=periods,
            treat_missing_data="notBreaching",
        )

    def _late(self, hours: int) -> aws.cloudwatch.MetricAlarm:
        # The clock starts an execution each hour, and each entry of the log counts, if
        # only as 0: without data, nothing is carried at all.
        return self._alarm(
            "late",
            self._counted(JUDGED),
            f"No run of {self._spec.name} came to a verdict in {hours} hours.",
            LATE,
            comparison_operator="LessThanThreshold",
            threshold=1,
            period=HOUR,
            evaluation_periods=hours,
            treat_missing_data="missing",
            insufficient_data_actions=list(self._spec.alarm_actions),
        )

    def _counted(self, counted: Counted) -> Mapping[str, Any]:
        """Creates the filter, and returns its metric: 0 for all other entries."""
        name = f"{self._spec.name}-{counted.role}"
        self.filters[counted.role], metric = create_count(
            name,
            name,
            log_group=self._logs,
            pattern=counted.pattern,
            default="0",
            parent=self._parent,
        )
        return metric

    def _alarm(
        self, role: str, metric: Mapping[str, Any], text: str, runbook: str, **settings: Any
    ) -> aws.cloudwatch.MetricAlarm:
        actions: Sequence[pulumi.Input[str]] = list(self._spec.alarm_actions)
        return aws.cloudwatch.MetricAlarm(
            f"{self._spec.name}-{role}",
            alarm_description=runbooks.message(
                text,
                AlertSeverity.WARNING.value,
                self._spec.owner,
                runbook,
                self._spec.runbooks_url,
            ),
            statistic="Sum",
            alarm_actions=actions,
            ok_actions=actions,
            **metric,
            **settings,
            **self._shared,
        )


def _watched(
    name: str, machine_arn: pulumi.Input[str], queue_name: pulumi.Input[str]
) -> dict[str, Watched]:
    """Returns what is in alarm while its metric is above zero."""

    def executions(metric: str, text: str) -> Watched:
        return Watched(text, FAILED, "AWS/States", metric, {"StateMachineArn": machine_arn})

    return {
        "failed": executions(
            "ExecutionsFailed",
            f"A run of {name} failed; the champion serves on.",
        ),
        "timed-out": executions(
            "ExecutionsTimedOut", f"An execution of {name} was open for too long."
        ),
        "undelivered": undelivered(
            f"An event was given up: the queue of {name} is not empty.", FAILED, queue_name
        ),
    }
