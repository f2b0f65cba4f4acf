"""Scheduled checks of endpoints: what of the environment they read, and their names."""

from collections.abc import Iterator
from typing import Any

import component_names
from description import Reference
from groundplan.arguments import with_defaults
from groundplan.model_monitoring.component.validation import MAX_NAME
from groundplan.serving.model_endpoint.inference_args import CaptureArgs
from references import ACCESS
from settings import Settings


def described(settings: Settings) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields endpoints -> the arguments of their checks. The rules of the environment
    report checks without an endpoint."""
    endpoints = settings.get("endpoints", {})
    for name, monitoring in settings.get("model_monitoring", {}).items():
        if name in endpoints:
            capture = with_defaults(CaptureArgs, endpoints[name].get("capture"))
            yield (
                name,
                {
                    "endpoint": Reference(name, "endpoint_name"),
                    "bucket": ACCESS,
                    "capture_prefix": capture["prefix"],
                    "alarm_actions": [Reference("monitoring", "topic_arn")],
                    **monitoring,
                },
            )


def named(endpoint: str) -> str:
    """Returns the name of the component that checks an endpoint: short enough for the
    names of its roles."""
    return component_names.of_endpoint(endpoint, "checks", MAX_NAME)
