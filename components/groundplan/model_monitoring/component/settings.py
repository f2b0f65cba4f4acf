"""The settings of a scheduled check, wherever it runs (`analysis.handler.Settings`)."""

from collections.abc import Mapping
from typing import Any


def monitor_name(endpoint: str, variant: str, default: str) -> str:
    """Returns the name of the results and metrics: the endpoint's, and that of a
    variant that is not the default, after a dot, which no endpoint's name has."""
    return endpoint if variant == default else f"{endpoint}.{variant}"


def check_settings(
    bucket: str,
    endpoint: str,
    *,
    monitor: str,
    variant: str,
    capture_prefix: str,
    baseline_key: str,
    label_prefix: str,
    label_delay_hours: int,
    limits: Mapping[str, Any],
    result_prefix: str,
    window_hours: int,
) -> dict[str, Any]:
    """Returns the settings. An empty `label_prefix` is none."""
    base = f"s3://{bucket}/"
    return {
        "job": {
            "monitor": monitor,
            "captures": f"{base}{capture_prefix}{endpoint}/{variant}",
            "baseline": f"{base}{baseline_key}",
            "labels": f"{base}{label_prefix}" if label_prefix else "",
            "label_delay_hours": label_delay_hours,
            "limits": dict(limits),
        },
        "results": f"{base}{result_prefix}{monitor}",
        "window_hours": window_hours,
        "event_bus": "default",
    }
