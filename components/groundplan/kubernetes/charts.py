"""How a chart is released into a cluster, and what Kueue's is told."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_kubernetes import helm

from groundplan.training.queues import kueue
from groundplan.training.versions import Chart

TIMEOUT_SECONDS = 600
"""Helm's default of 300 is short where images come to nodes that have just started."""

KUEUE_VALUES: Mapping[str, Any] = {
    # Kueue's webhooks fail closed: while no replica answers, no pod can start in the
    # namespaces whose jobs are queued.
    "controllerManager": {"replicas": 2, "podDisruptionBudget": {"enabled": True}},
    "managerConfig": {"controllerManagerConfigYaml": kueue.configuration()},
}


def release(
    name: str,
    chart: Chart,
    values: Mapping[str, Any],
    *,
    namespace: str,
    opts: pulumi.ResourceOptions,
    create_namespace: bool = False,
    depends_on: Sequence[pulumi.Resource] = (),
) -> helm.v3.Release:
    """A release that is named like its chart, since services and webhooks take their
    names from it."""
    oci = chart.repository.startswith("oci://")
    return helm.v3.Release(
        name,
        name=chart.name,
        chart=f"{chart.repository}/{chart.name}" if oci else chart.name,
        version=chart.version,
        repository_opts=None if oci else helm.v3.RepositoryOptsArgs(repo=chart.repository),
        namespace=namespace,
        create_namespace=create_namespace,
        timeout=TIMEOUT_SECONDS,
        values=dict(values),
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(depends_on=list(depends_on))
        ),
    )
