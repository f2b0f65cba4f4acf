"""What the jobs of a team may do with the artifact bucket, on EKS: by pod identity, as the team's service account."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.storage.access import ArtifactAccessArgs, read_statements, write_statements
from groundplan.training import roles
from groundplan.training.roles import Role
from groundplan.training.teams import SERVICE_ACCOUNT

DATASETS = "datasets/"
"""What every team may read."""


def prefix(team: str) -> str:
    """The folder of the bucket that is a team's own."""
    return f"teams/{team}/"


def statements(team: str, artifacts: ArtifactAccessArgs) -> list[iam.Statement]:
    """Reads and writes the team's own folder, and reads the datasets. Deletes nothing: old versions are the lifecycle's."""
    arn, key, own = artifacts["bucket_arn"], artifacts["kms_key_arn"], prefix(team)
    datasets = {
        statement["Sid"]: {**statement, "Sid": renamed}
        for statement in read_statements(arn, None, DATASETS)
        if (renamed := {"ReadObjects": "ReadDatasets", "ListObjects": "ListDatasets"}.get(statement["Sid"]))
    }
    return [*read_statements(arn, key, own), *write_statements(arn, key, own), *datasets.values()]


class TeamAccess:
    """A team's role, and its association with the service account `training` of the team's namespace."""

    role: Role
    association: aws.eks.PodIdentityAssociation

    def __init__(
        self,
        name: str,
        team: str,
        artifacts: ArtifactAccessArgs,
        *,
        cluster_name: pulumi.Input[str],
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        named = f"{name}-team-{team}"
        tagged = {**resource_tags, "groundplan:team": team}
        self.role = roles.own(
            f"{named}-access",
            iam.pod_identity_trust(),
            statements(team, artifacts),
            parent=parent,
            resource_tags=tagged,
        )
        self.association = aws.eks.PodIdentityAssociation(
            f"{named}-identity",
            cluster_name=cluster_name,
            namespace=team,
            service_account=SERVICE_ACCOUNT,
            role_arn=self.role.arn,
            tags=tagged,
            # Credentials are given to pods when they are made: a role that may nothing yet would fail their first request.
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
    """The access of each team, by its name."""
    return {
        team: TeamAccess(name, team, artifacts, cluster_name=cluster_name, resource_tags=resource_tags, parent=parent)
        for team in teams
    }
