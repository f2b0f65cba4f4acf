"""The arguments of OpenCost in a cluster."""

from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults


class OpenCostPricesArgs(TypedDict):
    """The prices of a cluster that no cloud bills."""

    cpu_usd_per_hour: float
    """Price of a core, in US dollars per hour, above 0. Updates in place."""
    memory_usd_per_gib_hour: float
    """Price of a GiB of memory, in US dollars per hour, above 0. Updates in place."""
    gpu_usd_per_hour: float
    """Price of an accelerator, in US dollars per hour, above 0. Updates in place."""
    storage_usd_per_gib_month: NotRequired[float]
    """Price of a GiB of a volume, in US dollars per month, above 0. Updates in place.
    Default: 0.04."""


OPEN_COST_PRICES_DEFAULTS = defaults(
    OpenCostPricesArgs,
    # OpenCost's own (opencost/opencost, configs/default.json); the chart's is 182.
    storage_usd_per_gib_month=0.04,
)


class OpenCostArgs(TypedDict):
    """OpenCost, which the component installs in the namespace `opencost`."""

    prometheus_url: pulumi.Input[str]
    """URL of the Prometheus that scrapes the cluster and OpenCost, as pods reach it:
    `http://prometheus-server.monitoring.svc`. It needs kube-state-metrics, cAdvisor
    and, for accelerators, the DCGM exporter. Updates in place."""
    prometheus_namespace: NotRequired[str]
    """Namespace of that Prometheus, from which OpenCost is scraped. Updates in place.
    Default: none; OpenCost is scraped by nothing, and its metrics are in no
    dashboard."""
    service_monitor: NotRequired[bool]
    """Whether Prometheus is run by the Prometheus operator, which a ServiceMonitor
    points to OpenCost. Updates in place. Default: false."""
    prices: NotRequired[OpenCostPricesArgs]
    """Prices of nodes that no cloud bills. Updates in place. Default: the list prices
    of the cloud that nodes run in, which OpenCost downloads."""


OPEN_COST_DEFAULTS = defaults(OpenCostArgs, service_monitor=False)
