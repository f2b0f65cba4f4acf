"""Alertmanager's configuration: what the plan sets, in that of the chart."""

from collections.abc import Mapping
from typing import Any

from groundplan.kubernetes.prometheus import RELEASE
from groundplan.manifest.model import Manifest, Resource

from rehearsal.account.names import Names
from rehearsal.expectations import Unexpected

CHART: Mapping[str, Any] = {
    "global": {"resolve_timeout": "5m"},
    "route": {"group_wait": "30s", "group_interval": "5m", "repeat_interval": "12h"},
}
"""What the chart's own values say where the plan says nothing (charts/kube-prometheus-
stack/values.yaml, `alertmanager.config`): Helm merges mappings, and replaces lists."""


def values(manifest: Manifest) -> Mapping[str, Any]:
    """Returns the values of the release of Prometheus."""
    return release(manifest).inputs["values"]  # type: ignore[no-any-return]


def release(manifest: Manifest) -> Resource:
    """Returns the release of Prometheus in the plan."""
    for resource in manifest:
        if resource.custom and resource.inputs.get("chart") == RELEASE:
            return resource
    raise Unexpected(f"The plan has no release of {RELEASE}")


def configuration(manifest: Manifest, names: Names, api_url: str) -> dict[str, Any]:
    """Returns the configuration whose notifications go to `api_url` in place of SNS:
    all else is the plan's."""
    own = names.value(values(manifest)["alertmanager"]["config"])
    merged = {**CHART, **own, "route": {**CHART["route"], **own["route"]}}
    merged["receivers"] = [_receiver(one, api_url) for one in own["receivers"]]
    return merged


def _receiver(receiver: Mapping[str, Any], api_url: str) -> dict[str, Any]:
    others = set(receiver) - {"name", "sns_configs"}
    if others:
        raise Unexpected(f"Receiver {receiver['name']}: {', '.join(others)} are not rehearsed")
    sent = [{**one, "api_url": api_url} for one in receiver.get("sns_configs", ())]
    return {**receiver, **({"sns_configs": sent} if sent else {})}
