from collections.abc import Callable

import pulumi
import pulumi_aws as aws
import pytest
from groundplan import iam
from groundplan.arguments import InvalidArguments
from groundplan.storage.artifact_bucket.artifact_bucket import ArtifactBucket
from groundplan.testing import Plan, deploy, policy

POLICY = "aws:iam/rolePolicy:RolePolicy"


def granted(grant: Callable[[ArtifactBucket, aws.iam.Role], object]) -> Plan:
    def program() -> None:
        role = aws.iam.Role("trainer", assume_role_policy=iam.trust("ec2.amazonaws.com"))
        grant(ArtifactBucket("data"), role)

    return deploy(program)


def test_a_role_reads_below_a_prefix() -> None:
    plan = granted(lambda bucket, role: bucket.grant_read(role, "datasets/"))

    found = plan.one(POLICY, "data-read-trainer-datasets")
    assert found.inputs["role"] == "${trainer.name}"
    assert plan.parent(found) == plan.one("groundplan:index:ArtifactBucket", "data")
    statements = policy(found.inputs["policy"])
    assert set(statements) == {"ReadObjects", "ListObjects", "LocateBucket", "DecryptObjects"}
    assert statements["ReadObjects"]["Resource"] == "${data-bucket.arn}/datasets/*"
    assert statements["DecryptObjects"]["Resource"] == "${data-key-key.arn}"


def test_a_role_writes_below_a_prefix() -> None:
    plan = granted(lambda bucket, role: bucket.grant_write(role, "runs/2026/"))

    statements = policy(plan.one(POLICY, "data-write-trainer-runs-2026").inputs["policy"])
    assert set(statements) == {"WriteObjects", "EncryptObjects"}
    assert statements["WriteObjects"]["Resource"] == "${data-bucket.arn}/runs/2026/*"
    assert statements["EncryptObjects"]["Resource"] == "${data-key-key.arn}"


def test_without_a_prefix_a_grant_is_for_the_whole_bucket() -> None:
    plan = granted(lambda bucket, role: bucket.grant_read(role))

    statements = policy(plan.one(POLICY, "data-read-trainer").inputs["policy"])
    assert statements["ReadObjects"]["Resource"] == "${data-bucket.arn}/*"


def test_a_role_can_be_passed_by_its_name() -> None:
    plan = granted(lambda bucket, _: bucket.grant_read("team/analyst"))

    assert plan.one(POLICY, "data-read-team-analyst").inputs["role"] == "team/analyst"


def test_a_role_whose_name_is_an_output_is_granted_under_a_name() -> None:
    plan = granted(lambda bucket, role: bucket.grant_write(role.name, "models/", name="registry"))

    assert plan.one(POLICY, "data-write-registry").inputs["role"] == "${trainer.name}"


def test_a_role_whose_name_is_an_output_needs_that_name() -> None:
    with pytest.raises(InvalidArguments, match="grant_read") as caught:
        granted(lambda bucket, role: bucket.grant_read(role.name))

    assert [problem.key for problem in caught.value.problems] == ["name"]
    assert not caught.value.manifest.of_type(POLICY)  # type: ignore[attr-defined]


def test_all_problems_of_a_grant_are_reported_at_once() -> None:
    with pytest.raises(InvalidArguments) as caught:
        granted(
            lambda bucket, _: bucket.grant_write(
                "arn:aws:iam::111122223333:role/trainer", "/models"
            )
        )

    assert {problem.key for problem in caught.value.problems} == {"role", "prefix"}


def test_a_bucket_is_handed_on_as_an_argument() -> None:
    def program() -> None:
        for key, value in ArtifactBucket("data").access.items():
            pulumi.export(key, value)

    assert deploy(program).manifest.outputs == {
        "bucket_name": "${data-bucket.bucket}",
        "bucket_arn": "${data-bucket.arn}",
        "kms_key_arn": "${data-key-key.arn}",
    }
