"""The alarms of a SageMaker endpoint's objectives: a pair of metric alarms for each
burn rate, without actions, and composite alarms that notify when both of a pair are in
ALARM state.

All but `create` is plain data.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan.kubernetes.alert_rules import AlertSeverity
from groundplan.monitoring.notifications import Notifications
from groundplan.monitoring.spec import MonitoringSpec, WatchedEndpoint, WatchedVariant
from groundplan.objectives.burn_rates import BURN_RATES, LATER, LEAST_FAILURES, URGENT, BurnRate
from groundplan.objectives.objective import Objective
from groundplan.sagemaker.endpoint_kind import EndpointKind

NAMESPACE = "AWS/SageMaker"


@dataclass(frozen=True)
class WindowAlarm:
    """A metric alarm on the burn rate in one window."""

    name: str
    """Its logical name without the component's."""
    description: str
    settings: Mapping[str, Any]
    """Arguments of `aws.cloudwatch.MetricAlarm`."""


@dataclass(frozen=True)
class Notification:
    """A composite alarm: what notifies somebody of an objective."""

    name: str
    summary: str
    runbook: str
    pairs: Sequence[tuple[str, str]]
    """Names of window alarms: in ALARM state if both of a pair are."""
    severity: AlertSeverity
    unless: str | None = None
    """Name of the notification that takes its place."""

    def rule(
        self,
        windows: Mapping[str, aws.cloudwatch.MetricAlarm],
        notifications: Mapping[str, aws.cloudwatch.CompositeAlarm],
    ) -> pulumi.Output[str]:
        """Returns the alarm rule."""

        def text(names: Mapping[str, str]) -> str:
            both = (f"(ALARM({names[a]}) AND ALARM({names[b]}))" for a, b in self.pairs)
            rule = " OR ".join(both)
            return f"({rule}) AND NOT ALARM({names[self.unless]})" if self.unless else rule

        alarms = {name: windows[name].name for pair in self.pairs for name in pair}
        if self.unless:
            alarms[self.unless] = notifications[self.unless].alarm_name
        return pulumi.Output.all(**alarms).apply(text)


SUPPRESSED_SECONDS = {"wait_period": 60, "extension_period": 300}
"""An outage is an alarm on errors some minutes before it is one on the budget, and may
end and begin again within minutes."""


def create(
    spec: MonitoringSpec,
    notified: Notifications,
    alarms: Mapping[str, aws.cloudwatch.MetricAlarm],
    parent: pulumi.Resource,
) -> dict[str, aws.cloudwatch.CompositeAlarm]:
    """Creates the alarms of objectives as children of `parent`, and returns those that
    notify: those of windows notify nobody by themselves.

    `alarms`: by the logical name, those that notify of a threshold. One fault pages
    once: while the urgent alarm on errors is in ALARM state, that on their budget does
    not notify.
    """
    child = pulumi.ResourceOptions(parent=parent)
    metric_alarms = {
        window.name: aws.cloudwatch.MetricAlarm(
            f"{spec.name}-{window.name}",
            alarm_description=f"{spec.environment}: {window.description}",
            tags=spec.tags,
            opts=child,
            **window.settings,
        )
        for endpoint in spec.endpoints
        for window in windows(endpoint)
    }
    created: dict[str, aws.cloudwatch.CompositeAlarm] = {}
    for endpoint in spec.endpoints:
        for notification in notifications(endpoint):
            name = f"{spec.name}-{notification.name}"
            actions = notified.topic_arns(notification.severity)
            created[notification.name] = aws.cloudwatch.CompositeAlarm(
                name,
                # Required; a name is Pulumi's elsewhere.
                alarm_name=f"{spec.environment}-{name}",
                alarm_rule=notification.rule(metric_alarms, created),
                alarm_description=spec.message(
                    notification.summary, notification.severity, notification.runbook
                ),
                alarm_actions=actions,
                ok_actions=actions,
                actions_suppressor=_suppressor(spec, endpoint, notification, alarms),
                tags=spec.tags,
                opts=child,
            )
    return created


def _suppressor(
    spec: MonitoringSpec,
    endpoint: WatchedEndpoint,
    notification: Notification,
    alarms: Mapping[str, aws.cloudwatch.MetricAlarm],
) -> aws.cloudwatch.CompositeAlarmActionsSuppressorArgs | None:
    of_errors = f"endpoint-{endpoint.key}-availability-burns-fast"
    if notification.name != of_errors:
        return None  # no threshold on the same measure is as urgent
    alarm = alarms[f"{spec.name}-endpoint-{endpoint.key}-errors"]
    return aws.cloudwatch.CompositeAlarmActionsSuppressorArgs(
        alarm=alarm.name, **SUPPRESSED_SECONDS
    )


def windows(endpoint: WatchedEndpoint) -> Iterator[WindowAlarm]:
    """Returns the metric alarms of an endpoint's objectives."""
    for objective in endpoint.objectives:
        for burn in BURN_RATES:
            limit = burn.rate * objective.budget * 100
            for minutes in (burn.long_minutes, burn.short_minutes):
                least = LEAST_FAILURES if minutes == burn.long_minutes else 1
                yield WindowAlarm(
                    _window_name(endpoint, objective, burn, minutes),
                    f"More than {limit:g} % of the requests to endpoint {endpoint.key} in "
                    f"{_span(minutes)} do not meet the objective. Part of a composite alarm.",
                    {
                        "comparison_operator": "GreaterThanThreshold",
                        "threshold": round(limit, 6),
                        "evaluation_periods": 1,
                        # Without requests none is bad.
                        "treat_missing_data": "notBreaching",
                        "metric_queries": _bad_percent(endpoint, objective, minutes * 60, least),
                    },
                )


def notifications(endpoint: WatchedEndpoint) -> Iterator[Notification]:
    """Returns the composite alarms of an endpoint's objectives: the urgent one of each
    first."""
    for objective in endpoint.objectives:
        prefix = f"endpoint-{endpoint.key}-{objective.role}"
        goal = f"The objective of endpoint {endpoint.key} is {objective.summary}."
        budgets = " or ".join(f"{b.budget_percent:g} % in {_span(b.long_minutes)}" for b in URGENT)
        yield Notification(
            f"{prefix}-burns-fast",
            f"{goal} Its error budget of 30 days is spent fast: {budgets}.",
            objective.runbook,
            [_pair(endpoint, objective, burn) for burn in URGENT],
            AlertSeverity.CRITICAL,
        )
        budgets = " or ".join(f"{b.budget_percent:g} % in {_span(b.long_minutes)}" for b in LATER)
        yield Notification(
            f"{prefix}-burns",
            f"{goal} Its error budget of 30 days is spent before their end: {budgets}.",
            objective.runbook,
            [_pair(endpoint, objective, burn) for burn in LATER],
            AlertSeverity.WARNING,
            unless=f"{prefix}-burns-fast",
        )


def _pair(endpoint: WatchedEndpoint, objective: Objective, burn: BurnRate) -> tuple[str, str]:
    return (
        _window_name(endpoint, objective, burn, burn.long_minutes),
        _window_name(endpoint, objective, burn, burn.short_minutes),
    )


def _window_name(
    endpoint: WatchedEndpoint, objective: Objective, burn: BurnRate, minutes: int
) -> str:
    window = "long" if minutes == burn.long_minutes else "short"
    return f"endpoint-{endpoint.key}-{objective.role}-{burn.role}-{window}"


def _span(minutes: int) -> str:
    if minutes % 60:
        return f"{minutes} minutes"
    hours = minutes // 60
    return "a day" if hours == 24 else ("an hour" if hours == 1 else f"{hours} hours")


def _bad_percent(
    endpoint: WatchedEndpoint, objective: Objective, seconds: int, least: int
) -> list[aws.cloudwatch.MetricAlarmMetricQueryArgs]:
    """Returns the percentage of bad requests to all variants in a period; 0 if fewer
    than `least` are bad."""
    queries: list[aws.cloudwatch.MetricAlarmMetricQueryArgs] = []
    bad, all_requests = [], []
    for number, variant in enumerate(endpoint.variants, 1):
        requests, measure = f"n{number}", f"m{number}"
        if objective.latency_ms is None:
            queries.append(
                _query(measure, "Invocation5XXErrors", endpoint, variant, "Sum", seconds)
            )
            bad.append(f"FILL({measure}, 0)")
        else:
            # The percentile rank: the percentage of values up to one, in microseconds.
            rank = f"PR(:{objective.latency_ms * 1000:.0f})"
            queries.append(_query(measure, "ModelLatency", endpoint, variant, rank, seconds))
            bad.append(f"FILL({requests}, 0) * (100 - FILL({measure}, 100)) / 100")
        # Published as 0 or 1 for each request, of asynchronous endpoints too, which
        # have no `Invocations`.
        counted = "Invocation5XXErrors" if _is_async(endpoint) else "Invocations"
        statistic = "SampleCount" if _is_async(endpoint) else "Sum"
        queries.append(_query(requests, counted, endpoint, variant, statistic, seconds))
        all_requests.append(f"FILL({requests}, 0)")
    failures, total = " + ".join(bad), " + ".join(all_requests)
    return [
        *queries,
        aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id="bad",
            expression=f"IF(({failures}) >= {least}, 100 * ({failures}) / ({total}), 0)",
            label="requests that do not meet the objective, in percent",
            return_data=True,
        ),
    ]


def _is_async(endpoint: WatchedEndpoint) -> bool:
    return endpoint.kind is EndpointKind.ASYNCHRONOUS


def _query(
    query_id: str,
    metric: str,
    endpoint: WatchedEndpoint,
    variant: WatchedVariant,
    statistic: str,
    seconds: int,
) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
    return aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id=query_id,
        metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
            namespace=NAMESPACE,
            metric_name=metric,
            dimensions={"EndpointName": endpoint.endpoint_name, "VariantName": variant.name},
            stat=statistic,
            period=seconds,
        ),
        return_data=False,
    )
