"""The CloudWatch dashboard: a row for each watched resource, from plain data.

A dashboard is 24 columns wide (CloudWatch API Reference, "Dashboard Body Structure and
Syntax").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundplan.monitoring.alarms import INSTANCES, INVOCATIONS, NAT

WIDTH = 24
HEIGHT = 6
DAY = 86_400

Widget = dict[str, Any]
Metric = list[Any]
"""`[namespace, metric, dimension, value, ..., {options}]`, or `[{"expression":
...}]`."""


@dataclass(frozen=True)
class Endpoint:
    """A variant of an endpoint."""

    name: str
    variant: str
    gpu: bool = True
    """Whether its instances have GPUs, or are unknown."""
    serverless: bool = False
    """Whether it has no instances."""


@dataclass(frozen=True)
class View:
    """The content of a dashboard."""

    title: str
    region: str
    runbooks: Sequence[str] = ()
    """Files in docs/runbooks."""
    runbooks_url: str = ""
    """URL of that folder; without it the header names paths."""
    alarms: Sequence[str] = ()
    """ARNs of alarms."""
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    """Label -> variant of an endpoint."""
    cluster: str = ""
    """Name of the EKS cluster."""
    nat_gateways: Sequence[str] = ()
    """Their IDs."""
    buckets: Mapping[str, str] = field(default_factory=dict)
    """Label -> bucket name."""


def body(view: View) -> dict[str, Any]:
    """Returns the body of the dashboard."""
    rows: list[list[Widget]] = [[_text(_header(view), 3)]]
    if view.alarms:
        rows.append(
            [
                {
                    "type": "alarm",
                    "height": 3,
                    "properties": {"title": "Alarms", "alarms": list(view.alarms)},
                }
            ]
        )
    for label, endpoint in view.endpoints.items():
        rows += [[_text(f"## Endpoint {label}", 1)], _endpoint(endpoint, view.region)]
    if view.cluster:
        rows += [[_text(f"## Cluster {view.cluster}", 1)], _cluster(view.cluster, view.region)]
    if view.nat_gateways:
        rows += [[_text("## Way out: NAT gateways", 1)], _network(view.nat_gateways, view.region)]
    if view.buckets:
        rows += [[_text("## Buckets", 1)], _buckets(view.buckets, view.region)]
    return {"widgets": _placed(rows)}


def _placed(rows: Sequence[Sequence[Widget]]) -> list[Widget]:
    """Returns the widgets of all rows, each row as wide as the dashboard and below the
    previous one."""
    placed: list[Widget] = []
    top = 0
    for row in rows:
        width = WIDTH // len(row)
        placed += [
            {**widget, "x": index * width, "y": top, "width": width}
            for index, widget in enumerate(row)
        ]
        top += row[0]["height"]
    return placed


def _header(view: View) -> str:
    if view.runbooks_url:
        links = [
            f"[{file.removesuffix('.md')}]({view.runbooks_url.rstrip('/')}/{file})"
            for file in view.runbooks
        ]
    else:
        links = [f"`docs/runbooks/{file}`" for file in view.runbooks]
    lines = [f"# {view.title}"]
    if links:
        lines.append(f"Runbooks: {', '.join(links)}")
    return "\n\n".join(lines)


def _endpoint(endpoint: Endpoint, region: str) -> list[Widget]:
    at = ["EndpointName", endpoint.name, "VariantName", endpoint.variant]
    latency = [
        Metric(
            [INVOCATIONS, "ModelLatency", *at, {"id": f"us{p}", "stat": f"p{p}", "visible": False}]
        )
        for p in (50, 99)
    ]
    # The metric is in microseconds.
    latency += [
        [{"expression": f"us{p} / 1000", "label": f"model p{p}", "id": f"ms{p}"}] for p in (50, 99)
    ]
    row = [
        _graph(
            "Requests and failures per minute",
            region,
            [
                [INVOCATIONS, name, *at]
                for name in ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors")
            ],
            stat="Sum",
        ),
        _graph("Latency in ms", region, latency),
        _graph(
            "Use of memory in %"
            if endpoint.serverless
            else "Use of instances in % (CPU: sum of all cores)",
            region,
            [
                [INSTANCES, name, *at]
                for name in ("CPUUtilization", "MemoryUtilization", "DiskUtilization")
                if not endpoint.serverless or name == "MemoryUtilization"
            ],
        ),
    ]
    if endpoint.gpu and not endpoint.serverless:
        gpu = [[INSTANCES, name, *at] for name in ("GPUUtilization", "GPUMemoryUtilization")]
        row.append(_graph("Use of GPUs in % (sum of all GPUs)", region, gpu))
    return row


def _cluster(name: str, region: str) -> list[Widget]:
    """Returns graphs of the control plane's metrics, which EKS publishes at no charge
    (Amazon EKS User Guide, "Monitor your cluster with CloudWatch")."""

    def graph(title: str, stat: str, *metrics: str) -> Widget:
        return _graph(
            title,
            region,
            [["AWS/EKS", metric, "ClusterName", name] for metric in metrics],
            stat=stat,
        )

    return [
        graph(
            "Pods that wait",
            "Maximum",
            "scheduler_pending_pods_UNSCHEDULABLE",
            "scheduler_pending_pods_GATED",
        ),
        graph("API requests per minute", "Sum", "apiserver_request_total"),
        graph(
            "API requests that fail",
            "Sum",
            "apiserver_request_total_5XX",
            "apiserver_request_total_429",
        ),
        graph("API server's storage in bytes", "Maximum", "apiserver_storage_size_bytes"),
    ]


def _network(gateways: Sequence[str], region: str) -> list[Widget]:
    def graph(title: str, stat: str, *metrics: str) -> Widget:
        lines = [
            [NAT, metric, "NatGatewayId", gateway] for metric in metrics for gateway in gateways
        ]
        return _graph(title, region, lines, stat=stat)

    return [
        graph(
            "Bytes to and from outside",
            "Sum",
            "BytesOutToDestination",
            "BytesInFromDestination",
        ),
        graph("Open connections", "Maximum", "ActiveConnectionCount"),
        graph(
            "Refused connections and dropped packets",
            "Sum",
            "ErrorPortAllocation",
            "PacketsDropCount",
        ),
    ]


def _buckets(buckets: Mapping[str, str], region: str) -> list[Widget]:
    """Returns graphs of metrics that S3 publishes once a day. Sizes are by storage
    class, so a search expression adds up all classes of a bucket."""
    sizes: list[Metric] = []
    for index, (label, bucket) in enumerate(buckets.items()):
        search = (
            f'{{AWS/S3,BucketName,StorageType}} MetricName="BucketSizeBytes" BucketName="{bucket}"'
        )
        sizes.append(
            [
                {
                    "expression": f"SUM(SEARCH('{search}', 'Average', {DAY}))",
                    "label": label,
                    "id": f"b{index}",
                }
            ]
        )
    counts = [
        [
            "AWS/S3",
            "NumberOfObjects",
            "BucketName",
            bucket,
            "StorageType",
            "AllStorageTypes",
            {"label": label},
        ]
        for label, bucket in buckets.items()
    ]
    return [
        _graph("Size in bytes", region, sizes, stat="Average", period=DAY),
        _graph("Objects", region, counts, stat="Average", period=DAY),
    ]


def _text(markdown: str, height: int) -> Widget:
    return {"type": "text", "height": height, "properties": {"markdown": markdown}}


def _graph(
    title: str, region: str, metrics: Sequence[Metric], stat: str = "Average", period: int = 60
) -> Widget:
    properties = {
        "title": title,
        "region": region,
        "metrics": list(metrics),
        "stat": stat,
        "period": period,
        "view": "timeSeries",
    }
    return {"type": "metric", "height": HEIGHT, "properties": properties}
