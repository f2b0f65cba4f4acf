"""The rules of checks of endpoints: what is checked is captured."""

from collections.abc import Iterator, Mapping
from typing import Any

import model_checks
from groundplan.problems import Problem, one_of
from groundplan.serving.model_endpoint.variants import PRIMARY
from known_names import taken_name, unknown_name
from settings import Settings


def problems(settings: Settings) -> Iterator[Problem]:
    """Returns a problem for each check of requests that no endpoint captures."""
    endpoints = settings.get("endpoints", {})
    others = {*endpoints, *settings.get("services", {})}
    others |= {*settings.get("training", {}).get("file_systems", {})}
    for name, monitoring in settings.get("model_monitoring", {}).items():
        key = f"model_monitoring.{name}"
        if name not in endpoints:
            yield from unknown_name(key, name, endpoints, "endpoints")
            continue
        yield from taken_name(key, name, model_checks.named(name), others)
        endpoint = endpoints[name]
        uncaptured = [k for k in ("serverless", "asynchronous") if k in endpoint]
        if uncaptured:
            allowed = f"a real-time endpoint: one that is {uncaptured[0]} captures no requests"
            yield Problem(key, name, allowed, "remove it")
        if endpoint.get("capture", {}).get("percent") == 0:
            fix = f"set endpoints.{name}.capture.percent"
            yield Problem(key, name, "an endpoint that captures requests", fix)
        variants: Mapping[str, Any] = endpoint.get("variants", {PRIMARY: {}})
        if monitoring.get("variant", PRIMARY) not in variants:
            yield from one_of(f"{key}.variant", monitoring.get("variant", PRIMARY), variants)
