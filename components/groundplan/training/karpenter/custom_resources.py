"""The custom resources of a pool whose nodes Karpenter or EKS Auto Mode starts: a node
class and a NodePool."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from groundplan.training.karpenter import node_pool
from groundplan.training.nodes.pool import Pool

DELETION = pulumi.CustomTimeouts(delete="30m")
"""Jobs get their grace period, and large instances take minutes to end: the default of
10 minutes is short for both."""


def create_node_class(
    name: str,
    pool: Pool,
    *,
    api_version: str,
    kind: str,
    spec: Any,
    depends_on: Sequence[pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> kubernetes.apiextensions.CustomResource:
    """Creates the node class, which has the pool's name."""
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version=api_version,
        kind=kind,
        metadata=kubernetes.meta.v1.ObjectMetaArgs(name=pool.name),
        spec=spec,
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(depends_on=list(depends_on))
        ),
    )


def create_node_pool(
    name: str,
    pool: Pool,
    *,
    spec: Any,
    depends_on: Sequence[pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> kubernetes.apiextensions.CustomResource:
    """Creates the NodePool, whose deletion waits until its instances have ended."""
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version=node_pool.API_VERSION,
        kind=node_pool.KIND,
        metadata=kubernetes.meta.v1.ObjectMetaArgs(
            name=node_pool.object_name(pool), annotations=node_pool.FOREGROUND
        ),
        spec=spec,
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(depends_on=list(depends_on), custom_timeouts=DELETION),
        ),
    )
