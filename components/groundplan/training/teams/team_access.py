"""What the jobs of a team may do with the artifact bucket, on EKS: by pod identity, as
the team's service account."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.kubernetes import pod_identity
from groundplan.kubernetes.pod_identity import Role
from groundplan.storage.access import ArtifactAccessArgs, read_statements, write_statements
from groundplan.training.queues.queue import NAMESPACE, SERVICE_ACCOUNT

DATASETS = "datasets/"
"""What every team may read."""


MODELS, CHECKPOINTS = "models/", "checkpoints/"
"""What jobs of no team write, each run in a folder of its own (`TrainingJob`)."""


def prefix(team: str) -> str:
    """The folder of the bucket that is a team's own."""
    return f"teams/{team}/"


def statements(team: str, artifacts: ArtifactAccessArgs) -> list[iam.Statement]:
    """Reads and writes the team's own folder, and reads the datasets. Deletes nothing:
    old versions are the lifecycle's."""
    arn, key, own = artifacts["bucket_arn"], artifacts["kms_key_arn"], prefix(team)
    return [
        *read_statements(arn, key, own),
        *write_statements(arn, key, own),
        *_reading(arn, DATASETS, "Datasets"),
    ]


def teamless_statements(artifacts: ArtifactAccessArgs) -> list[iam.Statement]:
    """Of jobs in the namespace `training`: reads and writes models and checkpoints, and
    reads the datasets."""
    arn, key = artifacts["bucket_arn"], artifacts["kms_key_arn"]
    checkpoints = {**write_statements(arn, None, CHECKPOINTS)[0], "Sid": "WriteCheckpoints"}
    return [
        *read_statements(arn, key, MODELS),
        *write_statements(arn, key, MODELS),
        *_reading(arn, CHECKPOINTS, "Checkpoints"),
        checkpoints,
        *_reading(arn, DATASETS, "Datasets"),
    ]


def _reading(bucket_arn: pulumi.Input[str], folder: str, what: str) -> list[iam.Statement]:
    """The statements that differ from folder to folder, under names of their own."""
    renamed = {"ReadObjects": f"Read{what}", "ListObjects": f"List{what}"}
    found = read_statements(bucket_arn, None, folder)
    return [
        {**statement, "Sid": renamed[statement["Sid"]]}
        for statement in found
        if statement["Sid"] in renamed
    ]


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
    teams: Sequence[str] | Mapping[str, object],
    artifacts: ArtifactAccessArgs,
    *,
    cluster_name: pulumi.Input[str],
    resource_tags: tags.Tags,
    parent: pulumi.Resource,
) -> dict[str, TeamAccess]:
    """The access of each team, by its name, and of the namespace `training`."""
    access = {
        NAMESPACE: TeamAccess(
            f"{name}-jobs",
            NAMESPACE,
            teamless_statements(artifacts),
            cluster_name=cluster_name,
            resource_tags=resource_tags,
            parent=parent,
        )
    }
    return access | {
        team: TeamAccess(
            f"{name}-team-{team}",
            team,
            statements(team, artifacts),
            cluster_name=cluster_name,
            resource_tags={**resource_tags, "groundplan:team": team},
            parent=parent,
        )
        for team in teams
    }
