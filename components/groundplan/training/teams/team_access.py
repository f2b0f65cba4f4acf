"""What the jobs of a team may do with the artifact bucket, on EKS: by pod identity, as
the team's service account."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.kubernetes import pod_identity
from groundplan.kubernetes.pod_identity import Role
from groundplan.storage.access import ArtifactAccessArgs, read_statements, write_statements
from groundplan.training import namespace_folders
from groundplan.training.queues.queue import NAMESPACE, SERVICE_ACCOUNT
from groundplan.training.teams.data_grants import DataGrants

MODELS, CHECKPOINTS = "models/", "checkpoints/"
"""Each has a folder for each model."""


def statements(
    namespace: str, artifacts: ArtifactAccessArgs, grants: DataGrants
) -> list[iam.Statement]:
    """Returns the permissions of a namespace's jobs: to read and write its own folder
    and its models, and to read its datasets. They delete nothing: old versions are the
    lifecycle's."""
    arn, key = artifacts["bucket_arn"], artifacts["kms_key_arn"]
    own = namespace_folders.prefix(namespace)
    folders = [f"{kind}{model}/" for kind in (MODELS, CHECKPOINTS) for model in grants.models]
    found = [*read_statements(arn, key, own), *write_statements(arn, key, own)]
    if grants.datasets:
        found += _reading(arn, list(grants.datasets.values()), "Datasets")
    if folders:
        reading, listing = _reading(arn, folders, "Models")
        (writing,) = write_statements(arn, None, "")
        # One statement for both: it names all folders.
        actions = [*reading["Action"], *writing["Action"]]
        found += [{**reading, "Sid": "UseModels", "Action": actions}, listing]
    return found


def _reading(
    bucket_arn: pulumi.Input[str], folders: Sequence[str], what: str
) -> list[iam.Statement]:
    """Returns the statements that allow to list and read folders."""
    read, listing = read_statements(bucket_arn, None, "")[:2]
    prefixes = [f"{folder}*" for folder in folders]
    return [
        {**read, "Sid": f"Read{what}", "Resource": _objects(bucket_arn, folders)},
        {
            **listing,
            "Sid": f"List{what}",
            "Condition": {"StringLike": {"s3:prefix": prefixes}},
        },
    ]


def _objects(bucket_arn: pulumi.Input[str], folders: Sequence[str]) -> list[pulumi.Output[str]]:
    return [pulumi.Output.concat(bucket_arn, f"/{folder}*") for folder in folders]


class TeamAccess:
    """A role, and its association with the service account `training` of a
    namespace."""

    role: Role
    association: aws.eks.PodIdentityAssociation

    def __init__(
        self,
        name: str,
        namespace: str,
        allowed: Sequence[iam.Statement],
        *,
        cluster_name: pulumi.Input[str],
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        self.role = pod_identity.own(
            f"{name}-access",
            iam.pod_identity_trust(cluster_name, pulumi.InvokeOptions(parent=parent)),
            allowed,
            parent=parent,
            resource_tags=resource_tags,
        )
        self.association = aws.eks.PodIdentityAssociation(
            f"{name}-identity",
            cluster_name=cluster_name,
            namespace=namespace,
            service_account=SERVICE_ACCOUNT,
            role_arn=self.role.arn,
            tags=dict(resource_tags),
            # Credentials are injected into pods when they are created: a role without
            # permissions would fail their first request.
            opts=pulumi.ResourceOptions(parent=parent, depends_on=list(self.role.permissions)),
        )


def grant(
    name: str,
    namespaces: Mapping[str, DataGrants],
    artifacts: ArtifactAccessArgs,
    *,
    cluster_name: pulumi.Input[str],
    resource_tags: tags.Tags,
    parent: pulumi.Resource,
) -> dict[str, TeamAccess]:
    """Returns the access of the jobs of each namespace, by its name."""

    def access(namespace: str, grants: DataGrants) -> TeamAccess:
        team = namespace != NAMESPACE
        return TeamAccess(
            f"{name}-team-{namespace}" if team else f"{name}-jobs",
            namespace,
            statements(namespace, artifacts, grants),
            cluster_name=cluster_name,
            resource_tags={**resource_tags, "groundplan:team": namespace}
            if team
            else resource_tags,
            parent=parent,
        )

    return {namespace: access(namespace, grants) for namespace, grants in namespaces.items()}
