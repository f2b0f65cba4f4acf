"""Which resources belong to the environment: those that its exports name, those in its
VPC, those of its cluster, and those with its tags.

Its tags are those of the artifact bucket that are the environment's own
(`groundplan:tags`). Unattached volumes, addresses, notebooks and functions have nothing
else that leads to the environment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.operations.utilization.account import Account, tags_of

COMPONENT, TEAM = "groundplan:component", "groundplan:team"
NOT_OWN = ("aws:", "groundplan:")
TEAM_TAGS = (TEAM, "team", "Team")

CLUSTER_TAGS = (
    "aws:eks:cluster-name",
    "eks:cluster-name",
    "eks:eks-cluster-name",
    "ebs.csi.aws.com/cluster-name",
)
"""Tags whose value is the cluster's name: `operations.leftovers` has their sources."""
NAMESPACE_TAG = "kubernetes.io/created-for/pvc/namespace"


@dataclass(frozen=True)
class Scope:
    """What is looked at."""

    endpoints: Mapping[str, str] = field(default_factory=dict)
    """Name in the settings -> name in AWS."""
    cluster: str = ""
    vpc_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags that a resource of the environment has, all of them; none if it has no tags
    of its own."""
    whole_region: bool = False
    """Whether everything in the region is looked at."""
    namespace: str = "groundplan"
    """The project's name, with which keys of stack files begin."""
    minimum_instances: int = 1
    """Instances that no recommendation goes below."""

    @classmethod
    def of_exports(cls, exports: Mapping[str, Any], **more: Any) -> "Scope":
        """Returns the scope of a stack's exports."""
        endpoints = exports.get("endpoints") or {}
        return cls(
            endpoints={str(k): str(v) for k, v in endpoints.items()},
            cluster=str(exports.get("clusterName") or ""),
            vpc_id=str(exports.get("vpcId") or ""),
            **more,
        )

    def has(self, tags: Mapping[str, str], vpc_id: str | None = None) -> bool:
        """Returns whether a resource with these tags, in this VPC, is the
        environment's."""
        if self.whole_region or (vpc_id and vpc_id == self.vpc_id):
            return True
        if self.cluster and (
            tags.get(f"kubernetes.io/cluster/{self.cluster}") == "owned"
            or any(tags.get(name) == self.cluster for name in CLUSTER_TAGS)
        ):
            return True
        return bool(self.tags) and all(tags.get(k) == v for k, v in self.tags.items())

    @property
    def knows_tags(self) -> bool:
        """Whether resources can be looked up by tags."""
        return bool(self.tags) or self.whole_region


def team(tags: Mapping[str, str]) -> str:
    """Returns the team of a resource; empty without one."""
    named = (tags.get(name, "") for name in (*TEAM_TAGS, NAMESPACE_TAG))
    return next((name for name in named if name), "")


def bucket_tags(account: Account, bucket: str) -> dict[str, str]:
    """Returns the environment's own tags, those of its artifact bucket."""
    try:
        answer = account.client("s3").get_bucket_tagging(Bucket=bucket)
    except ClientError as error:
        if aws.code(error) == "NoSuchTagSet":
            return {}
        raise
    found = tags_of(answer, "TagSet")
    return {k: v for k, v in found.items() if k != "Name" and not k.startswith(NOT_OWN)}
