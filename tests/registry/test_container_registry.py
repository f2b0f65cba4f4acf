"""The registry of container images."""

import json
import re
from typing import Any

import pulumi_aws as aws
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.registry.container_registry.container_registry import ContainerRegistry
from groundplan.testing import deploy, policy

REPOSITORY = "aws:ecr/repository:Repository"
LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy"
GRANT = "aws:iam/rolePolicy:RolePolicy"


def test_a_minimal_registry_has_immutable_tags_and_scans_on_push() -> None:
    plan = deploy(
        lambda: ContainerRegistry("images", {"repositories": ["trainer"]}),
        project="ml",
        stack="prod",
    )

    repository = plan.one(REPOSITORY, "images-trainer")
    assert repository.inputs == {
        "name": "ml-prod/trainer",
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": {"scanOnPush": True},
        "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": "${images-key-key.arn}"}],
        "forceDelete": False,
        "tags": repository.inputs["tags"],
    }
    assert (repository.option("protect"), repository.option("retainOnDelete")) == (True, True)
    component = plan.one("groundplan:index:ContainerRegistry", "images")
    assert plan.parent(repository) == component
    assert component.outputs == {
        "repositoryUrls": {"trainer": "${images-trainer.repositoryUrl}"},
        "repositoryArns": {"trainer": "${images-trainer.arn}"},
        "kmsKeyArn": "${images-key-key.arn}",
    }
    assert plan.all(POLICY) == {}


def test_tagged_images_expire_only_by_the_prefix_of_their_tag() -> None:
    args: Any = {
        "repositories": ["trainer"],
        "expire": {"pr-": 30, "nightly-": 7},
        "untagged_days": 3,
    }
    plan = deploy(lambda: ContainerRegistry("images", args))

    rules = json.loads(plan.one(LIFECYCLE, "images-trainer-lifecycle").inputs["policy"])["rules"]
    assert [(r["rulePriority"], r["selection"]) for r in rules] == [
        (1, {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 3}),  # noqa: E501
        (2, {"tagStatus": "tagged", "tagPrefixList": ["nightly-"], "countType": "sinceImagePushed", "countUnit": "days",  # noqa: E501
             "countNumber": 7}),
        (3, {"tagStatus": "tagged", "tagPrefixList": ["pr-"], "countType": "sinceImagePushed", "countUnit": "days",  # noqa: E501
             "countNumber": 30}),
    ]  # fmt: skip


def test_by_default_only_untagged_images_expire() -> None:
    plan = deploy(lambda: ContainerRegistry("images", {"repositories": ["trainer"]}))

    (rule,) = json.loads(plan.one(LIFECYCLE).inputs["policy"])["rules"]
    assert rule["selection"]["tagStatus"] == "untagged"


def test_other_accounts_may_pull_and_nothing_else() -> None:
    args: Any = {
        "repositories": ["serving/churn"],
        "pull_accounts": ["222222222222", "111111111111"],
    }
    plan = deploy(lambda: ContainerRegistry("images", args))

    created = plan.one(POLICY, "images-serving-churn-policy")
    assert policy(created.inputs["policy"])["PullFromOtherAccounts"] == {
        "Sid": "PullFromOtherAccounts",
        "Effect": "Allow",
        "Principal": {"AWS": ["arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:root"]},
        "Action": [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        ],
    }


def test_public_registries_are_cached_with_their_own_credentials() -> None:
    secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/hub-AbCdEf"
    args: Any = {
        "repositories": ["trainer"],
        "prefix": "ml/",
        "pull_through": {"docker-hub": {"credential_arn": secret}, "kubernetes": {}},
    }
    plan = deploy(lambda: ContainerRegistry("images", args))

    rule = plan.one("aws:ecr/pullThroughCacheRule:PullThroughCacheRule", "images-docker-hub")
    assert rule.inputs == {
        "ecrRepositoryPrefix": "ml/docker-hub",
        "upstreamRegistryUrl": "registry-1.docker.io",
        "credentialArn": secret,
    }
    assert "images-docker-hub-template" in plan.dependencies(rule)
    template = plan.one(
        "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
        "images-kubernetes-template",
    )
    assert (template.inputs["prefix"], template.inputs["appliedFors"]) == (
        "ml/kubernetes",
        ["PULL_THROUGH_CACHE"],
    )


def test_roles_are_granted_the_repositories_that_they_need() -> None:
    def program() -> None:
        registry = ContainerRegistry("images", {"repositories": ["trainer", "serving/churn"]})
        role = aws.iam.Role("ci", assume_role_policy="{}")
        registry.grant_push(role, "serving/churn")
        registry.grant_pull(role)

    plan = deploy(program)

    push = policy(plan.one(GRANT, "images-push-ci-serving-churn").inputs["policy"])["Push"]
    assert push["Resource"] == ["${images-serving-churn.arn}"]
    assert "ecr:PutImage" in push["Action"]
    pull = policy(plan.one(GRANT, "images-pull-ci").inputs["policy"])
    assert pull["Pull"]["Resource"] == ["${images-trainer.arn}", "${images-serving-churn.arn}"]
    assert "ecr:PutImage" not in pull["Pull"]["Action"]
    assert pull["LogIn"]["Action"] == "ecr:GetAuthorizationToken"


def test_a_grant_of_an_unknown_repository_is_refused() -> None:
    def program() -> None:
        registry = ContainerRegistry("images", {"repositories": ["trainer"]})
        registry.grant_pull(aws.iam.Role("ci", assume_role_policy="{}"), "traner")

    with pytest.raises(InvalidArguments, match="traner"):
        deploy(program)


def test_an_existing_key() -> None:
    arn = "arn:aws:kms:us-east-1:123456789012:key/abc"
    plan = deploy(
        lambda: ContainerRegistry("images", {"repositories": ["trainer"], "kms_key_arn": arn})
    )

    assert plan.all("aws:kms/key:Key") == {}
    assert plan.one(REPOSITORY).inputs["encryptionConfigurations"] == [
        {"encryptionType": "KMS", "kmsKey": arn}
    ]


def test_repositories_are_deleted_only_without_deletion_protection() -> None:
    args: Any = {"repositories": ["trainer"], "deletion_protection": False}
    repository = deploy(lambda: ContainerRegistry("images", args)).one(REPOSITORY)

    assert (repository.option("protect"), repository.option("retainOnDelete")) == (False, False)
    assert repository.inputs["forceDelete"] is True


def cached(stack: str, **args: Any) -> dict[str, str]:
    """Returns upstream -> the prefix of its repositories."""
    values: Any = {"repositories": ["trainer"], "pull_through": {"quay": {}, "ecr-public": {}}}
    values |= args
    plan = deploy(lambda: ContainerRegistry("images", values), project="groundplan", stack=stack)
    rules = plan.all("aws:ecr/pullThroughCacheRule:PullThroughCacheRule")
    templates = plan.all("aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate")
    found = {name: rule.inputs["ecrRepositoryPrefix"] for name, rule in rules.items()}
    assert found == {
        name.removesuffix("-template"): template.inputs["prefix"]
        for name, template in templates.items()
    }
    return {name.removeprefix("images-"): prefix for name, prefix in found.items()}


def test_a_default_prefix_of_a_cache_always_fits() -> None:
    assert cached("prod") == {
        "quay": "groundplan-prod/quay",
        "ecr-public": "groundplan-prod/ecr-public",
    }
    long = cached("rich-sagemaker")
    assert long["quay"] == "groundplan-rich-sagemaker/quay"
    assert re.fullmatch(r"groundplan-r-[0-9a-f]{6}/ecr-public", long["ecr-public"])
    assert long["ecr-public"] != cached("rich-serving")["ecr-public"]
    for stack in ("a" * 100, "production-eu-central-1-blue", "x.y_z-" + "1" * 90):
        assert all(2 <= len(prefix) <= 30 for prefix in cached(stack).values())


@pytest.mark.parametrize("prefix", ["machine-learning-team/", "ml-platform-production/x/"])
def test_a_prefix_that_is_too_long_for_a_cache_is_refused(prefix: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        cached("prod", prefix=prefix)
    (problem,) = caught.value.problems
    assert problem.key == "pull_through.ecr-public"
    assert "set a prefix of at most 20 such characters" in problem.fix


def test_a_policy_has_at_most_fifty_rules() -> None:
    args: Any = {"repositories": ["trainer"], "expire": {f"pr{n}-": 1 for n in range(50)}}
    with pytest.raises(InvalidArguments, match="at most 49 prefixes"):
        deploy(lambda: ContainerRegistry("images", args))


def test_all_problems_are_reported_at_once() -> None:
    wrong: Any = {
        "repositories": ["Trainer", "a--b", "ok", "ok"],
        "expire": {"*": 3, "pr-": 0},
        "untagged_days": 0,
        "pull_accounts": ["12"],
        "kms_key_arn": "alias/x",
        "pull_through": {
            "docker-hub": {},
            "quay": {"credential_arn": "x"},
            "dockerhub": {},
            "github": {"credential_arn": "arn"},
        },
    }

    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: ContainerRegistry("images", wrong))

    assert {problem.key for problem in caught.value.problems} == {
        "repositories[0]",
        "repositories[1]",
        "repositories[3]",
        "expire.*",
        "expire.pr-",
        "untagged_days",
        "pull_accounts[0]",
        "kms_key_arn",
        "pull_through.docker-hub.credential_arn",
        "pull_through.quay.credential_arn",
        "pull_through.dockerhub",
        "pull_through.github.credential_arn",
    }


def test_a_registry_without_repositories_is_refused() -> None:
    with pytest.raises(InvalidArguments, match="at least one name"):
        deploy(lambda: ContainerRegistry("images", {"repositories": []}))
