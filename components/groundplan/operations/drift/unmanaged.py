"""What has a stack's tags and is not in its state, by the Resource Groups Tagging
API."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.manifest.model import Manifest
from groundplan.operations.drift.difference import Difference, Kind, NotCompared
from groundplan.operations.preflight.reader import Reader, entries

CREATED_BY_SERVICES = (
    "aws:",
    "eks:",
    "karpenter.sh/",
    "karpenter.k8s.aws/",
    "kubernetes.io/created-for/",
    "elbv2.k8s.aws/",
    "ebs.csi.aws.com/",
    "node.k8s.amazonaws.com/",
)
"""The beginnings of tags of what a service or a controller creates for the stack:
instances, volumes, network interfaces."""


OBJECTS = "aws:s3/bucketObject"
"""The beginning of the types of objects: they have the component's tag alone, as S3
takes ten (`tags`)."""


def stack_tags(state: Manifest) -> Mapping[str, str]:
    """Returns the tags that all tagged resources of a state have: the stack's own.
    Empty where they have none in common."""
    common: dict[str, str] | None = None
    for resource in state:
        tags = resource.outputs.get("tagsAll") or resource.inputs.get("tags")
        if not resource.type.startswith("aws:") or not isinstance(tags, Mapping) or not tags:
            continue
        if resource.type.startswith(OBJECTS):
            continue
        found = {str(key): str(value) for key, value in tags.items()}
        common = found if common is None else {k: v for k, v in common.items() if found.get(k) == v}
    return {k: v for k, v in (common or {}).items() if k != "groundplan:component"}


def find(state: Manifest, region: str, account: Reader) -> Iterator[Difference | NotCompared]:
    """Yields what the stack's tags are on and the state does not have."""
    tags = stack_tags(state)
    if not tags:
        yield NotCompared(
            "what the state does not know",
            "its resources have no tag in common by which it could be identified",
        )
        return
    answer = account.read(
        "resourcegroupstaggingapi",
        "get_resources",
        region=region,
        TagFilters=[{"Key": key, "Values": [value]} for key, value in sorted(tags.items())],
    )
    managed = _known(state)
    for entry in entries(answer, "ResourceTagMappingList"):
        arn = str(entry["ResourceARN"])
        own = {str(tag["Key"]) for tag in entries(entry, "Tags")}
        if any(key.startswith(CREATED_BY_SERVICES) for key in own) or _is_known(arn, managed):
            continue
        yield Difference(Kind.UNMANAGED, arn)


def _known(state: Manifest) -> frozenset[str]:
    """IDs, names and ARNs of a state."""
    found: set[str] = set()
    for resource in state:
        for key in ("id", "arn", "name", "associationId", "allocationId"):
            value: Any = resource.outputs.get(key)
            if isinstance(value, str):
                found |= {value, value.replace(":", "/")}
    return frozenset(found)


def _is_known(arn: str, managed: frozenset[str]) -> bool:
    """Returns whether a state has an ARN, or the resource that it ends in: `vpc/vpc-1`,
    `log-group:/a/b`, `function:name`."""
    if arn in managed or arn.removesuffix(":*") in managed:
        return True
    resource = arn.split(":", 5)[-1]
    ends = {resource, re.split(r"[/:]", resource, maxsplit=1)[-1], re.split(r"[/:]", resource)[-1]}
    return bool(ends & managed)
