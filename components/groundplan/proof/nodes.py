"""The roles of nodes whose credentials pods reach: by the instance metadata service."""

from collections.abc import Iterator, Mapping

from groundplan import catalog
from groundplan.manifest.model import Manifest, Resource
from groundplan.proof.mounts import file_system as named_by

HOP_LIMIT = "httpPutResponseHopLimit"
"""With 1, answers of the metadata service don't reach a pod that has a network of its
own; without a launch template EKS sets 2 (EKS best practices guide, "Restrict access to
the instance profile assigned to the worker node")."""


def roles_in_reach(manifest: Manifest) -> Iterator[tuple[str, Resource]]:
    """Yields the role of each node group whose pods reach the metadata service, and the
    node group."""
    templates = {
        resource.name: resource
        for resource in manifest
        if catalog.key(resource.type) == "ec2.LaunchTemplate"
    }
    for group in manifest:
        if catalog.key(group.type) != "eks.NodeGroup":
            continue
        reference = group.inputs.get("launchTemplate")
        reference = reference if isinstance(reference, Mapping) else {}
        template = templates.get(named_by(str(reference.get("id") or reference.get("name"))))
        options = template.inputs.get("metadataOptions") if template else None
        limit = options.get(HOP_LIMIT) if isinstance(options, Mapping) else None
        if limit != 1:
            yield str(group.inputs.get("nodeRoleArn")), group
