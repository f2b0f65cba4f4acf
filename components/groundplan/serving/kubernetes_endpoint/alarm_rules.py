"""Validates the metrics and the alerts of an endpoint."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.kubernetes import managed_prometheus
from groundplan.problems import Problem, under, whole_number
from groundplan.serving.kubernetes_endpoint import resolution
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.web_addresses import http_problems, url_path_problems

SERIES = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
"""Prometheus documentation, "Data model", metric names."""
MAX_MINUTES = 60


def problems(args: KubernetesEndpointArgs) -> list[Problem]:
    """Returns the problems of `alarms` and `metrics`."""
    if not resolution.argument(args, "prometheus"):
        unused: Mapping[str, Any] = {
            key: value
            for key, value in args.items()
            if key in ("alarms", "metrics", "managed_prometheus")
        }
        fix = "remove it, or install MonitoringStack"
        return [
            Problem(key, value, "nothing where prometheus is false", fix)
            for key, value in unused.items()
        ]
    workspace = managed_prometheus.problems(args.get("managed_prometheus", {}))
    return [
        *_metrics(args),
        *_limits(args),
        *_unmeasured(args),
        *under("managed_prometheus", workspace),
    ]


def _metrics(args: KubernetesEndpointArgs) -> Iterator[Problem]:
    metrics: Mapping[str, Any] = dict(args.get("metrics", {}))
    path = metrics.get("path")
    yield from url_path_problems("metrics.path", path)
    for key in ("requests", "latency"):
        name = metrics.get(key)
        if name is None:
            continue
        if not SERIES.fullmatch(name):
            allowed = "the name of a Prometheus metric: letters, digits, _ and :"
            yield Problem(f"metrics.{key}", name, allowed, "use the name that /metrics shows")
        elif name.endswith("_bucket"):
            fix = f"use {name.removesuffix('_bucket')}"
            yield Problem(f"metrics.{key}", name, "a name without _bucket", fix)


def _limits(args: KubernetesEndpointArgs) -> list[Problem]:
    alarms: Mapping[str, Any] = dict(args.get("alarms", {}))
    minutes = alarms.get("evaluation_minutes")
    problems = whole_number("alarms.evaluation_minutes", minutes, 1, MAX_MINUTES, "minutes")
    waiting = alarms.get("max_waiting_requests")
    problems += whole_number("alarms.max_waiting_requests", waiting, 1, 100_000, "requests")
    percent = alarms.get("max_error_percent")
    if percent is not None and not 0 < percent <= 100:
        allowed = "a number above 0 and up to 100 (percent)"
        problems.append(Problem("alarms.max_error_percent", percent, allowed, "use 1"))
    for key in ("max_latency_ms", "max_first_token_ms"):
        if key in alarms and alarms[key] <= 0:
            allowed = "a number above 0 (milliseconds)"
            problems.append(Problem(f"alarms.{key}", alarms[key], allowed, "use 1000"))
    url = alarms.get("runbooks_url")
    return problems + http_problems("alarms.runbooks_url", url, "https://example.com/runbooks")


def _unmeasured(args: KubernetesEndpointArgs) -> list[Problem]:
    """Returns a problem for each threshold of a metric that the pods do not export."""
    if resolution.is_vllm(args):
        return []
    alarms: Mapping[str, Any] = dict(args.get("alarms", {}))
    of_vllm = "nothing without vllm, which exports that metric", "remove it"
    unmeasured = {"max_first_token_ms": of_vllm, "max_waiting_requests": of_vllm}
    if "metrics" not in args:
        unknown = (
            "nothing without metrics: the container's are unknown",
            "remove it, or set metrics where the container has some",
        )
        unmeasured |= {"max_error_percent": unknown, "max_latency_ms": unknown}
    return [
        Problem(f"alarms.{key}", alarms[key], allowed, fix)
        for key, (allowed, fix) in unmeasured.items()
        if key in alarms
    ]
