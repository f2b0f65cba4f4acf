"""Installs Helm charts."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_kubernetes import helm

from groundplan.kubernetes.chart_reference import Chart

TIMEOUT_SECONDS = 600
"""Helm's default of 300 is too short where nodes that have just started pull images."""


def release(
    name: str,
    chart: Chart,
    values: Mapping[str, Any],
    *,
    namespace: str,
    opts: pulumi.ResourceOptions,
    create_namespace: bool = False,
    depends_on: Sequence[pulumi.Resource] = (),
    take_ownership: bool = False,
) -> helm.v3.Release:
    """Creates a release with the name of its chart, since services and webhooks derive
    their names from it. `take_ownership`: of objects that are there without Helm, which
    otherwise refuses to install."""
    oci = chart.repository.startswith("oci://")
    return helm.v3.Release(
        name,
        name=chart.name,
        chart=chart.reference,
        version=chart.version,
        repository_opts=None if oci else helm.v3.RepositoryOptsArgs(repo=chart.repository),
        namespace=namespace,
        create_namespace=create_namespace,
        timeout=TIMEOUT_SECONDS,
        values=dict(values),
        take_ownership=take_ownership or None,
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(depends_on=list(depends_on))
        ),
    )
