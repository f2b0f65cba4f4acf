"""The minor version of Kubernetes that a resource of EKS is for."""

import re

from groundplan.manifest.model import Manifest, Resource

CLUSTER = "aws:eks/cluster:Cluster"
SYMBOL = re.compile(r"\$\{([^}]+)\.[^.}]+\}")


def of(resource: Resource, manifest: Manifest) -> str:
    """Returns the version of the cluster that `clusterName` refers to; empty where the
    manifest doesn't say."""
    named = resource.inputs.get("clusterName")
    match = SYMBOL.fullmatch(str(named))
    clusters = [
        cluster
        for cluster in manifest.of_type(CLUSTER)
        if (match and cluster.name == match[1])
        or (named is not None and cluster.inputs.get("name") == named)
    ]
    version = clusters[0].inputs.get("version") if clusters else None
    return version if isinstance(version, str) and "${" not in version else ""
