"""Scheduled checks of services, on their cluster."""

from collections.abc import Iterator
from typing import Any

import component_names
from description import Component
from description import service as service_of
from groundplan.arguments import with_defaults
from groundplan.model_monitoring.kubernetes.validation import MAX_NAME
from groundplan.serving.kubernetes_endpoint.capture_args import KubernetesCaptureArgs
from settings import Settings

from wiring import placement, serving
from wiring.components import component, notes


def described(settings: Settings) -> Iterator[Component]:
    """Yields the checks of each service. The rules of the environment report checks
    without a service, and of one that captures nothing."""
    services = settings.get("services", {})
    if not placement.has_cluster(settings):
        return
    for name, own in settings.get("service_monitoring", {}).items():
        if "capture" not in services.get(name, {}):
            continue
        service: dict[str, Any] = {**services[name]}
        capture = with_defaults(KubernetesCaptureArgs, service["capture"])
        store = capture.get("object_store")
        place = {"object_store": store} if store else placement.bucket(settings, "bucket")
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
            provider=placement.provider(settings),
        )


def named(service: str) -> str:
    """Returns the name of the component that checks a service, which is also that of
    its objects and its namespace."""
    return component_names.of_endpoint(service, "checks", MAX_NAME)
