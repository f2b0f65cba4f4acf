"""Amazon CloudWatch, CloudWatch Logs and Amazon EventBridge: resource types."""

from groundplan.catalog.resource_type import (
    SETTING,
    DataStore,
    Free,
    Level,
    Priced,
    ResourceType,
    Safeguard,
    Unpriced,
)

COMPOSITE_ALARM = ResourceType(
    ("aws:cloudwatch/compositeAlarm:CompositeAlarm",),
    "alarm",
    cost=Priced("composite-alarm"),
    summary=("alarmName",),
)

LOG_GROUP = ResourceType(
    ("aws:cloudwatch/logGroup:LogGroup",),
    "log group",
    cost=Priced("log-group"),
    aliases=("logs.LogGroup",),
    summary=("name", "retentionInDays"),
    data=DataStore("all logs in it", level=Level.MEDIUM, retained_if="skipDestroy"),
)

METRIC_ALARM = ResourceType(
    ("aws:cloudwatch/metricAlarm:MetricAlarm",),
    "alarm",
    cost=Priced("metric-alarm"),
    aliases=("cloudwatch.Alarm",),
    summary=("metricName", "metricQueries[*].metric.metricName", "threshold"),
)

TYPES = (
    COMPOSITE_ALARM,
    ResourceType(
        ("aws:cloudwatch/dashboard:Dashboard",),
        "dashboard",
        cost=Priced("dashboard"),
        summary=("dashboardName",),
    ),
    ResourceType(
        ("aws:cloudwatch/eventArchive:EventArchive",),
        "event archive",
        cost=Unpriced(),
        data=DataStore("all events in it", level=Level.MEDIUM),
    ),
    ResourceType(
        ("aws:cloudwatch/eventBus:EventBus",),
        "event bus",
        cost=Priced("event-bus"),
    ),
    ResourceType(
        ("aws:cloudwatch/eventBusPolicy:EventBusPolicy",),
        "event bus policy",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:cloudwatch/eventPermission:EventPermission",),
        "event bus permission",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:cloudwatch/eventRule:EventRule",),
        "event rule",
        cost=Free("events of AWS services, and rules on them, are free"),
    ),
    ResourceType(
        ("aws:cloudwatch/eventTarget:EventTarget",),
        "event target",
        cost=SETTING,
        summary=("arn", "rule"),
    ),
    ResourceType(
        ("aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy",),
        "log data protection policy",
        cost=Priced("log-data-protection"),
        summary=("logGroupName",),
        safeguard=Safeguard("sensitive data in the logs is no longer masked"),
    ),
    LOG_GROUP,
    ResourceType(
        ("aws:cloudwatch/logMetricFilter:LogMetricFilter",),
        "log metric filter",
        cost=Priced("log-metric-filter"),
        safeguard=Safeguard("its metric gets no more values", level=Level.LOW),
    ),
    ResourceType(
        ("aws:cloudwatch/logResourcePolicy:LogResourcePolicy",),
        "log resource policy",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:cloudwatch/logStream:LogStream",),
        "log stream",
        cost=Free("streams are part of their log group"),
    ),
    ResourceType(
        ("aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",),
        "log subscription filter",
        cost=SETTING,
        safeguard=Safeguard("what reads the logs gets no more of them", level=Level.LOW),
    ),
    METRIC_ALARM,
    ResourceType(
        ("aws:cloudwatch/queryDefinition:QueryDefinition",),
        "saved log query",
        cost=Free("a saved query is free; running one is charged by the data it scans"),
        summary=("name",),
    ),
)
