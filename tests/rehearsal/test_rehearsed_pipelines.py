"""Jobs of pipelines in the account of the rehearsal."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from rehearsal import pipelines
from rehearsal.account import Account, opened
from rehearsal.expectations import Unexpected
from rehearsal.stack import manifest


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
    assert pipelines.read_state(account, job) == 2
    with pytest.raises(ClientError, match="ci-plan-role may not s3:PutObject"):
        pipelines.write_state(account, job, "{}")


def test_the_job_of_another_environment_does_not_deploy(account: Account) -> None:
    with pytest.raises(Unexpected, match="environment:staging"):
        pipelines.deploying(account, "staging")
