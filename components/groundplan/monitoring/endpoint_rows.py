"""The rows of a dashboard for the variants of an endpoint."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from groundplan.monitoring.spec import WatchedEndpoint


def variants(endpoint: WatchedEndpoint) -> list[dict[str, pulumi.Input[Any]]]:
    """Returns the fields of a `dashboard.Endpoint` for each variant. An unknown
    instance type may have GPUs."""
    return [
        {
            "name": endpoint.endpoint_name,
            "variant": variant.name,
            "gpu": variant.instance is None or variant.instance.has_gpu,
            "serverless": endpoint.is_serverless,
        }
        for variant in endpoint.variants
    ]


def labelled(
    key: str, variants: Sequence[Mapping[str, Any]]
) -> list[tuple[str, Mapping[str, Any]]]:
    """Returns the variants with the labels of their rows."""
    if len(variants) == 1:
        return [(key, variants[0])]
    return [(f"{key}, variant {variant['variant']}", variant) for variant in variants]
