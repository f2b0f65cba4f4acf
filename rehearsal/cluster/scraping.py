"""Prometheus' configuration, as the Prometheus operator writes it: rules, targets and
labels come from the plan's objects."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.kubernetes.prometheus import NAMESPACE, RELEASE
from groundplan.manifest.model import Manifest, Resource

from rehearsal.account.names import Names
from rehearsal.cluster import alerting

INTERVAL = "30s"
"""Between scrapes and evaluations, unless an object says otherwise: the operator's
default (API reference, PrometheusSpec)."""
REPLICA = "prometheus_replica"
SELECTOR = re.compile(r'[a-zA-Z_:][\w:]*\{(?:[^"}]|"(?:\\.|[^"\\])*")*\}')
POD = "__meta_kubernetes_pod"
WATCHDOG = {
    "name": "general.rules",
    "rules": [{"alert": "Watchdog", "expr": "vector(1)", "labels": {"severity": "none"}}],
}
"""The chart's rule that always fires. Its others are not rehearsed."""


@dataclass(frozen=True)
class Places:
    """Where things are on this machine."""

    discovery: str
    """URL of the pods, as discovery of Kubernetes would show them."""
    state_metrics: str
    """Host and port of kube-state-metrics."""
    alertmanager: str


def kinds(manifest: Manifest, kind: str) -> list[Resource]:
    """Returns the Kubernetes objects of a kind."""
    return [r for r in manifest if r.custom and r.inputs.get("kind") == kind]


def rules(manifest: Manifest, names: Names) -> dict[str, list[dict[str, Any]]]:
    """Returns the groups of rules by the object that has them."""
    found = {
        f"{r.inputs['metadata']['namespace']}-{r.inputs['metadata']['name']}": names.value(
            r.inputs["spec"]["groups"]
        )
        for r in kinds(manifest, "PrometheusRule")
    }
    of_chart = names.value(alerting.values(manifest).get("additionalPrometheusRulesMap", {}))
    found |= {f"{RELEASE}-{name}": list(entry["groups"]) for name, entry in of_chart.items()}
    return {**found, "general": [WATCHDOG]}


def selectors(manifest: Manifest, names: Names) -> list[str]:
    """Returns the series that the rules of PrometheusRules select, each once."""
    found = [
        match[0]
        for each in kinds(manifest, "PrometheusRule")
        for group in names.value(each.inputs["spec"]["groups"])
        for rule in group["rules"]
        for match in SELECTOR.finditer(rule["expr"])
    ]
    return list(dict.fromkeys(found))


def configuration(manifest: Manifest, names: Names, places: Places) -> dict[str, Any]:
    """Returns the configuration of one replica of Prometheus."""
    spec = names.value(alerting.values(manifest)["prometheus"]["prometheusSpec"])
    labels = {
        **spec.get("externalLabels", {}),
        "prometheus": f"{NAMESPACE}/{RELEASE}-prometheus",
        REPLICA: f"prometheus-{RELEASE}-prometheus-0",
    }
    return {
        "global": {
            "scrape_interval": spec.get("scrapeInterval", INTERVAL),
            "evaluation_interval": spec.get("evaluationInterval", INTERVAL),
            "external_labels": labels,
        },
        "rule_files": ["rules/*.json"],
        "alerting": {
            # Alerts of both replicas are one.
            "alert_relabel_configs": [{"action": "labeldrop", "regex": REPLICA}],
            "alertmanagers": [{"static_configs": [{"targets": [places.alertmanager]}]}],
        },
        "scrape_configs": [
            *(
                job
                for monitor in kinds(manifest, "PodMonitor")
                for job in _jobs(names.value(monitor.inputs), places)
            ),
            _state_metrics(places),
        ],
    }


def _state_metrics(places: Places) -> dict[str, Any]:
    """Returns the job of the chart's ServiceMonitor of kube-state-metrics, which honors
    the labels of its series."""
    labels = {"namespace": NAMESPACE, "service": f"{RELEASE}-kube-state-metrics"}
    return {
        "job_name": f"serviceMonitor/{NAMESPACE}/{RELEASE}-kube-state-metrics/0",
        "honor_labels": True,
        "static_configs": [{"targets": [places.state_metrics], "labels": labels}],
    }


def _jobs(monitor: Mapping[str, Any], places: Places) -> list[dict[str, Any]]:
    metadata, spec = monitor["metadata"], monitor["spec"]
    namespaces = spec.get("namespaceSelector", {})
    found = []
    for number, endpoint in enumerate(spec["podMetricsEndpoints"]):
        relabelings = [
            *_selected(spec["selector"]["matchLabels"]),
            *_placed(endpoint),
            *([] if namespaces.get("any") else [_namespaces(metadata, namespaces)]),
            *_labels(metadata, spec.get("podTargetLabels", ())),
        ]
        job = {
            "job_name": f"podMonitor/{metadata['namespace']}/{metadata['name']}/{number}",
            "metrics_path": endpoint.get("path", "/metrics"),
            "honor_labels": endpoint.get("honorLabels", False),
            "http_sd_configs": [{"url": places.discovery, "refresh_interval": "1m"}],
            "relabel_configs": relabelings,
        }
        if "interval" in endpoint:
            job["scrape_interval"] = endpoint["interval"]
        found.append(job)
    return found


def _selected(labels: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "action": "keep",
            "source_labels": [
                f"{POD}_label_{series_label(label)}",
                f"{POD}_labelpresent_{series_label(label)}",
            ],
            "regex": f"({re.escape(value)});true",
        }
        for label, value in labels.items()
    ]


def _placed(endpoint: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Keeps the containers' ports that the endpoint names."""
    by = "number" if "portNumber" in endpoint else "name"
    port = str(endpoint.get("portNumber", endpoint.get("port", "")))
    source = f"{POD}_container_port_{by}"
    return [{"action": "keep", "source_labels": [source], "regex": re.escape(port)}]


def _namespaces(metadata: Mapping[str, Any], selector: Mapping[str, Any]) -> dict[str, Any]:
    names = selector.get("matchNames", [metadata["namespace"]])
    found = "|".join(re.escape(name) for name in names)
    return {"action": "keep", "source_labels": ["__meta_kubernetes_namespace"], "regex": found}


def _labels(metadata: Mapping[str, Any], of_pods: Any) -> list[dict[str, Any]]:
    sources = {
        "namespace": "__meta_kubernetes_namespace",
        "container": f"{POD}_container_name",
        "pod": f"{POD}_name",
        **{series_label(label): f"{POD}_label_{series_label(label)}" for label in of_pods},
    }
    job = {"target_label": "job", "replacement": f"{metadata['namespace']}/{metadata['name']}"}
    return [
        *({"source_labels": [source], "target_label": to} for to, source in sources.items()),
        job,
    ]


def series_label(label: str) -> str:
    """Returns the name that Prometheus gives a label of Kubernetes: what is neither a
    letter nor a digit is an underscore."""
    return re.sub(r"[^a-zA-Z0-9_]", "_", label)
