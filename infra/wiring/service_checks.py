"""Scheduled checks of services, on the training cluster."""

from collections.abc import Iterator
from typing import Any

import component_names
from description import Component, Reference
from description import service as service_of
from groundplan.arguments import with_defaults
from groundplan.model_monitoring.kubernetes.validation import MAX_NAME
from groundplan.serving.kubernetes_endpoint.capture_args import KubernetesCaptureArgs
from references import ACCESS, CLUSTER_NAME
from settings import Settings

from wiring import serving
from wiring.components import component, notes


def described(settings: Settings) -> Iterator[Component]:
    """Yields the checks of each service. The rules of the environment report checks
    without a service, and of one that captures nothing."""
    services = settings.get("services", {})
    if "training" not in settings:
        return
    for name, own in settings.get("service_monitoring", {}).items():
        if "capture" not in services.get(name, {}):
            continue
        service: dict[str, Any] = {**services[name]}
        capture = with_defaults(KubernetesCaptureArgs, service["capture"])
        store = capture.get("object_store")
        place: dict[str, Any] = {"bucket": ACCESS, "cluster_name": CLUSTER_NAME}
        if store:
            place = {"object_store": store}
        if "namespace" in service:
            place["namespace"] = service["namespace"]
        watched = own.get("prometheus", service.get("prometheus", True))
        yield component(
            settings,
            "KubernetesModelMonitoring",
            named(name),
            {
                "endpoint": service_of(name, "endpoint_name"),
                "capture_prefix": capture["prefix"],
                "prometheus": watched,
                **place,
                **(notes(settings) if watched else {}),
                **(serving.rules_of(settings, service) if watched else {}),
                **own,
            },
            key=f"service_monitoring.{name}",
            provider=Reference("services"),
        )


def named(service: str) -> str:
    """Returns the name of the component that checks a service, which is also that of
    its objects and its namespace."""
    return component_names.of_endpoint(service, "checks", MAX_NAME)
