"""What watches: alarms, dashboards, logs, managed Prometheus and Grafana."""

from collections.abc import Iterator, Mapping

from groundplan.cost.assumptions import told
from groundplan.cost.reckoning import (
    Charge,
    Context,
    Free,
    Reckoner,
    Unknown,
    mapping,
    mappings,
    number,
)
from groundplan.manifest.model import Resource

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"

DAYS = 365 / 12
"""Days a month."""


def alarm(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """An alarm is paid by its metrics. A band of expected values counts as two more;
    several looks a minute cost more."""
    queries = mappings(resource.inputs.get("metricQueries"))
    expressions = [str(query.get("expression", "")).strip().upper() for query in queries]
    if any(text.startswith("SELECT") for text in expressions):
        yield Unknown("it looks at every metric that its query finds, and nobody knows how many")
        return
    metrics = sum(1 for query in queries if query.get("metric")) or 1
    if any("ANOMALY_DETECTION_BAND" in text for text in expressions):
        metrics += 2
    periods = [number(resource.inputs.get("period"))]
    periods += [
        number(mapping(query.get("metric")).get("period", query.get("period"))) for query in queries
    ]
    quick = any(period is not None and period < 60 for period in periods)
    words = (
        f"{metrics} metric{'s' if metrics > 1 else ''}{' more than once a minute' if quick else ''}"
    )
    yield ctx.charge(f"alarm-{'high-resolution-' if quick else ''}metric-month", metrics, words)


def tracking_alarms(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """Target tracking makes two alarms of its own, one to scale out and one to scale
    in."""
    if resource.inputs.get("policyType") == "TargetTrackingScaling":
        yield ctx.charge("alarm-metric-month", 2, "2 alarms that target tracking makes")
    else:
        yield Free("what it reacts to are alarms of their own")


def dashboard(_resource: Resource, ctx: Context) -> Iterator[Charge]:
    yield ctx.charge("dashboard-month", 1, "dashboard")


def metric_filter(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A metric filter makes custom metrics."""
    metrics = ctx.assume("custom_metrics", resource)
    yield ctx.charge("custom-metric-month", metrics, f"{metrics:g} custom metrics")


def log_group(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """What is written, and what is kept until it is deleted. What fills the group of a
    flow log is reckoned there."""
    if resource.urn in ctx.referrers(FLOW_LOG, "logDestination") or resource.urn in ctx.referrers(
        FLOW_LOG, "logGroupName"
    ):
        yield Free("the flow log that fills it pays")
        return
    if resource.inputs.get("logGroupClass") not in (None, "STANDARD"):
        yield Unknown(f"no price for logs of the class {resource.inputs['logGroupClass']}")
        return
    name = str(resource.inputs.get("name", ""))
    control_plane = name.startswith("/aws/eks/") and name.endswith("/cluster")
    written = ctx.assume("control_plane_log_gb" if control_plane else "log_gb", resource)
    yield ctx.charge(
        "vended-log-gb" if control_plane else "log-ingestion-gb",
        written,
        f"{told(written)} GB written",
    )
    yield _kept(resource, written, ctx)


def flow_log(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """What a flow log writes to a log group, and what is kept there."""
    kind = resource.inputs.get("logDestinationType") or "cloud-watch-logs"
    if kind != "cloud-watch-logs":
        yield Unknown(f"no price for flow logs to {kind}")
        return
    written = ctx.assume("flow_log_gb", resource)
    yield ctx.charge("vended-log-gb", written, f"{told(written)} GB written")
    path = "logDestination" if resource.inputs.get("logDestination") else "logGroupName"
    group = ctx.referenced(resource, path, LOG_GROUP)
    yield (
        _kept(group, written, ctx)
        if group
        else Unknown("how long its logs are kept isn't in the plan")
    )


def _kept(group: Resource, written: float, ctx: Context) -> Charge:
    days = number(group.inputs.get("retentionInDays"))
    months = days / DAYS if days else ctx.assume("log_months", group)
    ctx.note("stored logs", "as large as they were written; CloudWatch compresses them")
    return ctx.charge("log-storage-gb-month", written * months, f"{written * months:,.1f} GB kept")


def prometheus(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A managed Prometheus workspace: samples taken in. What it keeps has no price
    here."""
    samples = ctx.assume("prometheus_samples", resource)
    yield ctx.charge("prometheus-sample", samples, f"{told(samples)} samples")
    yield Unknown("no price for the metrics that it keeps")


def grafana(resource: Resource, ctx: Context) -> Iterator[Charge]:
    editors = ctx.assume("grafana_editors", resource)
    yield ctx.charge("grafana-editor-month", editors, f"{editors:g} editors")


RECKONERS: Mapping[str, Reckoner] = {
    "aws:amp/workspace:Workspace": prometheus,
    "aws:appautoscaling/policy:Policy": tracking_alarms,
    "aws:cloudwatch/dashboard:Dashboard": dashboard,
    "aws:cloudwatch/logGroup:LogGroup": log_group,
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": metric_filter,
    "aws:cloudwatch/metricAlarm:MetricAlarm": alarm,
    "aws:ec2/flowLog:FlowLog": flow_log,
    "aws:grafana/workspace:Workspace": grafana,
}
