import json
from typing import Any

import pulumi
import pytest
from groundplan.storage.access import ArtifactAccessArgs
from groundplan.testing import deploy, policy
from groundplan.testing.deploy import Plan
from groundplan.training.teams import team_access
from groundplan.training.teams.data_grants import DataGrants

ARTIFACTS: ArtifactAccessArgs = {
    "bucket_name": "ml-artifacts",
    "bucket_arn": "arn:aws:s3:::ml-artifacts",
    "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k",
}
GRANTS = {
    "training": DataGrants(models=("ranker",)),
    "vision": DataGrants({"clicks": "datasets/clicks/", "ads": "datasets/ads/2026/"}, ("churn",)),
    "speech": DataGrants(),
}
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"


class Parent(pulumi.ComponentResource):
    def __init__(self) -> None:
        super().__init__("test:index:Parent", "ml")
        team_access.grant(
            "ml",
            GRANTS,
            ARTIFACTS,
            cluster_name="ml-cluster",
            resource_tags={"env": "dev"},
            parent=self,
        )


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(Parent)


BUCKET = "arn:aws:s3:::ml-artifacts"


def statements(plan: Plan, role: str = "ml-team-vision-access") -> dict[str, dict[str, Any]]:
    return policy(plan.one("aws:iam/rolePolicy:RolePolicy", f"{role}-policy").inputs["policy"])


def folders(plan: Plan, role: str, action: str) -> set[str]:
    """Returns the folders of the bucket in which a role may do something."""
    allowed = [s["Resource"] for s in statements(plan, role).values() if action in s["Action"]]
    resources = [r for one in allowed for r in ([one] if isinstance(one, str) else one)]
    return {r.removeprefix(f"{BUCKET}/") for r in resources}


def test_the_jobs_of_a_team_take_on_its_role_by_their_service_account(plan: Plan) -> None:
    association = plan.one(ASSOCIATION, "ml-team-vision-identity")

    keys = ("clusterName", "namespace", "serviceAccount", "roleArn")
    assert {key: association.inputs[key] for key in keys} == {
        "clusterName": "ml-cluster",
        "namespace": "vision",
        "serviceAccount": "training",
        "roleArn": "${ml-team-vision-access.arn}",
    }
    assert "ml-team-vision-access-policy" in plan.dependencies(association)
    trust = json.loads(
        plan.one("aws:iam/role:Role", "ml-team-vision-access").inputs["assumeRolePolicy"]
    )
    assert trust["Statement"][0]["Principal"] == {"Service": "pods.eks.amazonaws.com"}


def test_a_team_reads_and_writes_what_is_its_own(plan: Plan) -> None:
    by_sid = statements(plan)

    own = "arn:aws:s3:::ml-artifacts/teams/vision/*"
    assert by_sid["ReadObjects"]["Resource"] == by_sid["WriteObjects"]["Resource"] == own
    assert by_sid["ListObjects"]["Condition"] == {"StringLike": {"s3:prefix": "teams/vision/*"}}
    assert (
        by_sid["DecryptObjects"]["Resource"]
        == by_sid["EncryptObjects"]["Resource"]
        == ARTIFACTS["kms_key_arn"]
    )


def test_a_team_reads_the_datasets_that_it_is_granted_and_no_others(plan: Plan) -> None:
    by_sid = statements(plan)

    granted = ["datasets/ads/2026/*", "datasets/clicks/*"]
    assert by_sid["ReadDatasets"]["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]
    assert sorted(by_sid["ReadDatasets"]["Resource"]) == [f"{BUCKET}/{f}" for f in granted]
    assert sorted(by_sid["ListDatasets"]["Condition"]["StringLike"]["s3:prefix"]) == granted
    assert folders(plan, "ml-team-speech-access", "s3:GetObject") == {"teams/speech/*"}


def test_a_team_writes_the_models_that_it_is_granted_and_no_others(plan: Plan) -> None:
    own = {"teams/vision/*", "models/churn/*", "checkpoints/churn/*"}
    assert folders(plan, "ml-team-vision-access", "s3:PutObject") == own
    assert folders(plan, "ml-team-speech-access", "s3:PutObject") == {"teams/speech/*"}


@pytest.mark.parametrize("role", ["ml-team-vision-access", "ml-jobs-access"])
def test_jobs_delete_nothing_and_list_only_what_they_read(plan: Plan, role: str) -> None:
    by_sid = statements(plan, role)
    assert not [action for s in by_sid.values() for action in s["Action"] if "Delete" in action]
    listed: set[str] = set()
    for statement in by_sid.values():
        if "s3:ListBucket" in statement["Action"]:
            prefixes = statement["Condition"]["StringLike"]["s3:prefix"]
            listed |= {prefixes} if isinstance(prefixes, str) else set(prefixes)
    assert listed == folders(plan, role, "s3:GetObject")


def test_each_team_has_a_role_of_its_own_with_its_name_on_it(plan: Plan) -> None:
    roles = plan.all("aws:iam/role:Role")

    assert set(roles) == {"ml-jobs-access", "ml-team-vision-access", "ml-team-speech-access"}
    assert roles["ml-team-speech-access"].inputs["tags"] == {
        "env": "dev",
        "groundplan:team": "speech",
    }
    assert plan.one(ASSOCIATION, "ml-team-speech-identity").inputs["tags"] == {
        "env": "dev",
        "groundplan:team": "speech",
    }


def test_jobs_of_no_team_have_a_folder_and_grants_as_those_of_teams(plan: Plan) -> None:
    association = plan.one(ASSOCIATION, "ml-jobs-identity")
    assert (association.inputs["namespace"], association.inputs["serviceAccount"]) == (
        "training",
        "training",
    )
    own = {"training/*", "models/ranker/*", "checkpoints/ranker/*"}
    assert folders(plan, "ml-jobs-access", "s3:PutObject") == own
    assert folders(plan, "ml-jobs-access", "s3:GetObject") == own
