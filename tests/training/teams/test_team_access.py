import json
from typing import Any

import pulumi
import pytest
from groundplan.storage.access import ArtifactAccessArgs
from groundplan.testing import deploy, policy
from groundplan.testing.deploy import Plan
from groundplan.training.teams import team_access

ARTIFACTS: ArtifactAccessArgs = {
    "bucket_name": "ml-artifacts",
    "bucket_arn": "arn:aws:s3:::ml-artifacts",
    "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k",
}
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"


class Parent(pulumi.ComponentResource):
    def __init__(self) -> None:
        super().__init__("test:index:Parent", "ml")
        team_access.grant(
            "ml",
            ["vision", "speech"],
            ARTIFACTS,
            cluster_name="ml-cluster",
            resource_tags={"env": "dev"},
            parent=self,
        )


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(Parent)


def statements(plan: Plan) -> dict[str, dict[str, Any]]:
    return policy(
        plan.one("aws:iam/rolePolicy:RolePolicy", "ml-team-vision-access-policy").inputs["policy"]
    )


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


def test_a_team_reads_the_datasets_and_changes_none(plan: Plan) -> None:
    by_sid = statements(plan)

    assert by_sid["ReadDatasets"]["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]
    assert by_sid["ReadDatasets"]["Resource"] == "arn:aws:s3:::ml-artifacts/datasets/*"
    assert by_sid["ListDatasets"]["Condition"] == {"StringLike": {"s3:prefix": "datasets/*"}}
    assert set(by_sid) == {
        "ReadObjects", "ListObjects", "LocateBucket", "DecryptObjects",
        "WriteObjects", "EncryptObjects",
        "ReadDatasets", "ListDatasets",
    }  # fmt: skip
    writing = [s for s in by_sid.values() if "s3:PutObject" in s["Action"]]
    assert [s["Resource"] for s in writing] == ["arn:aws:s3:::ml-artifacts/teams/vision/*"]
    assert not [action for s in by_sid.values() for action in s["Action"] if "Delete" in action]


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


def test_jobs_of_no_team_write_models_and_checkpoints_and_read_datasets(plan: Plan) -> None:
    association = plan.one(ASSOCIATION, "ml-jobs-identity")
    assert (association.inputs["namespace"], association.inputs["serviceAccount"]) == (
        "training",
        "training",
    )
    document = policy(
        plan.one("aws:iam/rolePolicy:RolePolicy", "ml-jobs-access-policy").inputs["policy"]
    )
    writing = {s["Resource"] for s in document.values() if "s3:PutObject" in s["Action"]}
    assert writing == {
        "arn:aws:s3:::ml-artifacts/models/*",
        "arn:aws:s3:::ml-artifacts/checkpoints/*",
    }
    reading = {s["Resource"] for s in document.values() if "s3:GetObject" in s["Action"]}
    assert reading == {
        f"arn:aws:s3:::ml-artifacts/{folder}/*" for folder in ("models", "checkpoints", "datasets")
    }
