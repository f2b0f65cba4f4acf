"""Monitoring: alarms, dashboards, logs, managed Prometheus and Grafana."""

from collections.abc import Iterator, Mapping

from groundplan.catalog.aws.cloudwatch import LOG_GROUP
from groundplan.catalog.aws.ec2 import FLOW_LOG
from groundplan.cost.assumptions import amount_text
from groundplan.cost.estimation import (
    Charge,
    Context,
    Estimator,
    Free,
    Unknown,
    mapping,
    mappings,
    number,
)
from groundplan.manifest.model import Resource

DAYS = 365 / 12
"""Days a month."""

WORKSPACE_CONFIGURATION = "aws:amp/workspaceConfiguration:WorkspaceConfiguration"
WORKSPACE_DAYS = 150
"""Days that a workspace retains metrics where nothing configures it (Amazon Managed
Service for Prometheus User Guide, "Service quotas")."""
SAMPLE_BYTES = 2
"""Bytes of a stored sample: "typically 1 or 2 bytes" (Amazon Managed Service for
Prometheus, pricing)."""
FREE_STORED_GB = 10
"""GB that are stored at no charge (same page)."""


def alarm(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """An alarm is charged by its metrics. Anomaly detection counts as two more; a
    period below a minute costs more."""
    queries = mappings(resource.inputs.get("metricQueries"))
    expressions = [str(query.get("expression", "")).strip().upper() for query in queries]
    if any(text.startswith("SELECT") for text in expressions):
        yield Unknown("how many metrics its query matches isn't known")
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


def composite_alarm(_resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A composite alarm; the alarms of its rule are charged too."""
    yield ctx.charge("composite-alarm-month", 1, "composite alarm")


def tracking_alarms(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """Target tracking creates two alarms, one to scale out and one to scale in."""
    if resource.inputs.get("policyType") == "TargetTrackingScaling":
        yield ctx.charge("alarm-metric-month", 2, "2 alarms that target tracking creates")
    else:
        yield Free("the alarms that it reacts to are charged")


def dashboard(_resource: Resource, ctx: Context) -> Iterator[Charge]:
    yield ctx.charge("dashboard-month", 1, "dashboard")


def metric_filter(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A metric filter publishes custom metrics."""
    metrics = ctx.assume("custom_metrics", resource)
    yield ctx.charge("custom-metric-month", metrics, f"{metrics:g} custom metrics")


def log_group(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """Ingestion, and storage until the retention period ends. Ingestion by a flow log
    is charged to the flow log."""
    inputs = ("logDestination", "logGroupName")
    if any(resource.urn in ctx.referrers(FLOW_LOG.token, name) for name in inputs):
        yield Free("it is charged to the flow log that writes to it")
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
        f"{amount_text(written)} GB written",
    )
    yield _storage(resource, written, ctx)


def data_protection(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """All that is written to the log group is scanned."""
    group = ctx.referenced(resource, "logGroupName", LOG_GROUP.token)
    written = ctx.assume("log_gb", group or resource)
    yield ctx.charge("log-data-protection-gb", written, f"{amount_text(written)} GB scanned")


def flow_log(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """Ingestion into a log group, and storage there."""
    kind = resource.inputs.get("logDestinationType") or "cloud-watch-logs"
    if kind != "cloud-watch-logs":
        yield Unknown(f"no price for flow logs to {kind}")
        return
    written = ctx.assume("flow_log_gb", resource)
    yield ctx.charge("vended-log-gb", written, f"{amount_text(written)} GB written")
    path = "logDestination" if resource.inputs.get("logDestination") else "logGroupName"
    group = ctx.referenced(resource, path, LOG_GROUP.token)
    yield (
        _storage(group, written, ctx)
        if group
        else Unknown("the retention of its logs isn't in the plan")
    )


def _storage(group: Resource, written: float, ctx: Context) -> Charge:
    days = number(group.inputs.get("retentionInDays"))
    months = days / DAYS if days else ctx.assume("log_months", group)
    ctx.note("stored logs", "as large as they were written; CloudWatch compresses them")
    return ctx.charge(
        "log-storage-gb-month", written * months, f"{written * months:,.1f} GB stored"
    )


def prometheus(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A managed Prometheus workspace: samples that it ingests, that queries read, and
    that it stores."""
    samples = ctx.assume("prometheus_samples", resource)
    yield ctx.charge("prometheus-sample", samples, f"{amount_text(samples)} samples")
    queried = ctx.assume("prometheus_query_samples", resource)
    yield ctx.charge("prometheus-query-sample", queried, f"{amount_text(queried)} samples queried")
    configuration = ctx.referrers(WORKSPACE_CONFIGURATION, "workspaceId").get(resource.urn)
    own = configuration.inputs.get("retentionPeriodInDays") if configuration else None
    days = number(own) or WORKSPACE_DAYS
    stored = samples * SAMPLE_BYTES * days / DAYS / 2**30
    if stored > FREE_STORED_GB:
        yield Unknown(f"no price for the metrics that it stores beyond {FREE_STORED_GB} GB")


def grafana(resource: Resource, ctx: Context) -> Iterator[Charge]:
    editors = ctx.assume("grafana_editors", resource)
    yield ctx.charge("grafana-editor-month", editors, f"{editors:g} editors")


ESTIMATORS: Mapping[str, Estimator] = {
    "composite-alarm": composite_alarm,
    "prometheus-workspace": prometheus,
    "scaling-policy": tracking_alarms,
    "dashboard": dashboard,
    "log-data-protection": data_protection,
    "log-group": log_group,
    "log-metric-filter": metric_filter,
    "metric-alarm": alarm,
    "flow-log": flow_log,
    "grafana-workspace": grafana,
}
