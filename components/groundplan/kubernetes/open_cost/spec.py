"""The resolved arguments of OpenCost, and their rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.arguments import hints_of, with_defaults
from groundplan.kubernetes import namespaces
from groundplan.kubernetes.open_cost.args import OpenCostArgs, OpenCostPricesArgs
from groundplan.problems import Problem, under
from groundplan.web_addresses import http_problems

EXAMPLE = "http://prometheus-server.monitoring.svc"


@dataclass(frozen=True)
class OpenCostSpec:
    """OpenCost, complete."""

    prometheus_url: pulumi.Input[str]
    prometheus_namespace: str
    """Empty where the server is outside of the cluster."""
    service_monitor: bool
    prices: Mapping[str, float]
    """Key of the argument -> price; empty for those of the cloud."""
    cluster_id: pulumi.Input[str]


def resolve(args: OpenCostArgs, cluster_id: pulumi.Input[str]) -> OpenCostSpec:
    """Returns the specification of valid arguments."""
    own = with_defaults(OpenCostArgs, args)
    prices: Mapping[str, Any] = {}
    if "prices" in args:
        prices = with_defaults(OpenCostPricesArgs, args["prices"])
    return OpenCostSpec(
        prometheus_url=args["prometheus_url"],
        prometheus_namespace=args.get("prometheus_namespace", ""),
        service_monitor=own["service_monitor"],
        prices=dict(prices),
        cluster_id=cluster_id,
    )


def problems(args: OpenCostArgs) -> list[Problem]:
    """Returns the problems of the arguments."""
    found = http_problems("prometheus_url", args.get("prometheus_url"), EXAMPLE)
    found += namespaces.problems("prometheus_namespace", args.get("prometheus_namespace"))
    if args.get("service_monitor") and "prometheus_namespace" not in args:
        fix = "set prometheus_namespace, or remove it"
        allowed = "true only with prometheus_namespace, from which it is scraped"
        found.append(Problem("service_monitor", True, allowed, fix))
    return found + under("prices", _prices(args.get("prices", {})))


def _prices(prices: Mapping[str, Any]) -> list[Problem]:
    return [
        Problem(key, prices[key], "a price above 0 (USD)", "look it up, or remove prices")
        for key in hints_of(OpenCostPricesArgs)
        if key in prices and prices[key] <= 0
    ]
