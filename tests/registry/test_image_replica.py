"""The copies of pushed images in another region."""

import json
from typing import Any

import pytest
from groundplan import ContainerRegistry
from groundplan.arguments import InvalidArguments
from groundplan.testing import Plan, deploy

CONFIGURATION = "aws:ecr/replicationConfiguration:ReplicationConfiguration"
TEMPLATE = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"


def registry(**args: Any) -> Plan:
    every: Any = {"repositories": ["trainer", "serving/churn"], **args}
    return deploy(
        lambda: ContainerRegistry("images", every),
        project="ml",
        stack="prod",
        region="us-east-1",
    )


def test_images_of_these_repositories_are_copied_and_of_no_others() -> None:
    plan = registry(replica={"region": "us-west-2"})

    configuration = plan.one(CONFIGURATION, "images-replica")
    (rule,) = configuration.inputs["replicationConfiguration"]["rules"]
    assert rule["destinations"] == [{"region": "us-west-2", "registryId": "${aws.accountId}"}]
    assert rule["repositoryFilters"] == [
        {"filter": "ml-prod/trainer", "filterType": "PREFIX_MATCH"},
        {"filter": "ml-prod/serving/churn", "filterType": "PREFIX_MATCH"},
    ]


def test_the_repositories_of_copies_have_immutable_tags_and_the_same_lifecycle() -> None:
    plan = registry(replica={"region": "us-west-2"}, expire={"pr-": 30})

    template = plan.one(TEMPLATE, "images-replica-template")
    assert template.inputs["region"] == "us-west-2"
    assert template.inputs["prefix"] == "ml-prod"
    assert template.inputs["appliedFors"] == ["REPLICATION"]
    assert template.inputs["imageTagMutability"] == "IMMUTABLE"
    own = plan.one("aws:ecr/lifecyclePolicy:LifecyclePolicy", "images-trainer-lifecycle")
    assert json.loads(template.inputs["lifecyclePolicy"]) == json.loads(own.inputs["policy"])
    assert "images-replica-template" in plan.dependencies(plan.one(CONFIGURATION))


def test_by_default_the_configuration_of_the_account_is_left_alone() -> None:
    assert not registry().all(CONFIGURATION)


@pytest.mark.parametrize(
    "args",
    [
        {"replica": {}},
        {"replica": {"region": "us-east-1"}},
        {"replica": {"region": "cn-north-1"}},
        {"replica": {"region": "us-west-2"}, "prefix": "ml-"},
        {"replica": {"region": "us-west-2"}, "repositories": [f"r{i}" for i in range(101)]},
    ],
)
def test_what_ecr_would_not_copy_is_refused(args: dict[str, Any]) -> None:
    with pytest.raises(InvalidArguments) as caught:
        registry(**args)
    assert [problem.key for problem in caught.value.problems] == ["replica.region"]
