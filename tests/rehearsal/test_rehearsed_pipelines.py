"""Jobs of pipelines in the account of the rehearsal."""

import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from groundplan.operations.drift.types import READABLE

from rehearsal.account import cloud_control, images
from rehearsal.account.account import Account, opened
from rehearsal.expectations import Unexpected
from rehearsal.life import pipelines
from rehearsal.permissions import aws_policies
from rehearsal.permissions.guard import acting, person
from rehearsal.permissions.policies import Need
from rehearsal.stack import ROOT, manifest


@pytest.fixture
def account() -> Iterator[Account]:
    with opened(manifest()) as found:
        pipelines.create_state(found)
        yield found


def test_a_job_of_a_pull_request_does_not_deploy(account: Account) -> None:
    claims = {"sub": f"repo:{pipelines.REPOSITORY}:pull_request", "aud": "sts.amazonaws.com"}
    with pytest.raises(Unexpected, match="ci-deploy-role does not trust"):
        pipelines.assumed(account, "deploy", claims)


def test_a_job_of_a_pull_request_does_not_write_the_state(account: Account) -> None:
    pipelines.write_state(account, pipelines.deploying(account, "rehearsal"), "{}")
    job = pipelines.planning(account)
    assert pipelines.read_state(account, job) == "{}"
    with pytest.raises(ClientError, match="ci-plan-role may not s3:PutObject"):
        pipelines.write_state(account, job, "{}")


def test_the_job_of_another_environment_does_not_deploy(account: Account) -> None:
    with pytest.raises(Unexpected, match="environment:staging"):
        pipelines.deploying(account, "staging")


REPOSITORY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/tumors"


def test_only_the_job_that_deploys_pushes_images(account: Account) -> None:
    ecr = account.client("ecr")
    with acting(person("sam", "administrators")):
        ecr.create_repository(repositoryName="tumors", imageTagMutability="IMMUTABLE")
    with (
        acting(pipelines.planning(account)),
        pytest.raises(ClientError, match="DenyData denies it"),
    ):
        images.build_and_push(ecr, REPOSITORY, "a" * 40)
    with acting(pipelines.deploying(account, "rehearsal")):
        digest = images.build_and_push(ecr, REPOSITORY, "a" * 40)
        assert images.build_and_push(ecr, REPOSITORY, "a" * 40) == ""
    assert digest.startswith("sha256:")


def test_the_roles_of_pipelines_have_the_policies_of_aws(account: Account) -> None:
    reads = Need("aps:DescribeWorkspace", "arn:aws:aps:eu-west-1:123456789012:workspace/w")
    logs = Need("logs:FilterLogEvents", "arn:aws:logs:eu-west-1:123456789012:log-group:x")
    with acting(pipelines.planning(account)):
        assert account.guard.allows(reads)
        assert not account.guard.allows(logs)
    with acting(pipelines.deploying(account, "rehearsal")):
        assert not account.guard.allows(Need("iam:CreateUser", "*"))
        assert not account.guard.allows(Need("iam:GetAccountSummary", "*"))
    with pytest.raises(aws_policies.NoSuchPolicy):
        aws_policies.document("arn:aws:iam::aws:policy/NoSuchAccess")


def test_each_type_that_drift_reads_has_the_actions_of_its_read_handler() -> None:
    assert {readable.type for readable in READABLE.values()} == set(cloud_control.HANDLERS)


def test_the_plan_role_may_read_all_that_a_preflight_reads(account: Account) -> None:
    guide = (ROOT / "docs/guides/preflight.md").read_text(encoding="utf-8")
    actions = json.loads(guide.partition("```json\n")[2].partition("```")[0])["Statement"][0][
        "Action"
    ]
    assert len(actions) > 30
    with acting(pipelines.planning(account)):
        assert [a for a in actions if not account.guard.allows(Need(a, "*"))] == []
