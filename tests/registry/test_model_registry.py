"""The model registry: groups, their permissions, cards, and messages on
approvals."""

import json
from typing import Any

import pulumi_aws as aws
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.registry import model_packages
from groundplan.registry.model_registry.model_registry import ModelRegistry
from groundplan.testing import deploy, policy
from groundplan.testing.deploy import Plan

GROUP = "aws:sagemaker/modelPackageGroup:ModelPackageGroup"
POLICY = "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy"
CARD = "aws:sagemaker/modelCard:ModelCard"
RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
GRANT = "aws:iam/rolePolicy:RolePolicy"
TOPIC = "arn:aws:sns:us-east-1:123456789012:approvals"

CARD_ARGS: dict[str, Any] = {
    "owner": "growth@example.com",
    "purpose": "Predicts which customers may leave",
    "intended_uses": "Offers to customers",
    "risk_rating": "low",
}


def registry(args: dict[str, Any], **options: Any) -> Plan:
    return deploy(lambda: ModelRegistry("models", args), **options)  # type: ignore[arg-type]


def test_a_minimal_registry_is_a_group_that_is_retained_on_delete() -> None:
    plan = registry({"groups": {"churn": {}}}, project="ml", stack="prod")

    group = plan.one(GROUP, "models-churn")
    assert group.inputs == {
        "modelPackageGroupName": "ml-prod-churn",
        "modelPackageGroupDescription": "churn",
        "tags": {"groundplan:component": "models"},
    }
    assert (group.option("protect"), group.option("retainOnDelete")) == (True, True)
    assert group.option("ignoreChanges") == ["modelPackageGroupDescription"]
    component = plan.one("groundplan:index:ModelRegistry", "models")
    assert plan.parent(group) == component
    assert component.outputs == {
        "groupNames": {"churn": "ml-prod-churn"},
        "groupArns": {"churn": "${models-churn.arn}"},
    }
    assert {r.type for r in plan.manifest if r.custom} == {GROUP}


def test_other_accounts_read_and_deploy_or_register_and_nothing_else() -> None:
    group = {
        "read_accounts": ["222222222222", "111111111111"],
        "register_accounts": ["333333333333"],
    }
    plan = registry({"groups": {"churn": group, "fraud": {}}})

    assert list(plan.all(POLICY)) == ["models-churn-policy"]
    created = plan.one(POLICY)
    assert created.inputs["modelPackageGroupName"] == "project-test-churn"
    statements = policy(created.inputs["resourcePolicy"])
    readers = {"AWS": ["arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:root"]}
    writers = {"AWS": ["arn:aws:iam::333333333333:root"]}
    assert {sid: s["Principal"] for sid, s in statements.items()} == {
        "ReadGroup": readers,
        "ReadVersions": readers,
        "RegisterVersions": writers,
        "DescribeGroup": writers,
    }
    assert statements["ReadGroup"]["Resource"] == "${models-churn.arn}"
    assert statements["ReadVersions"]["Action"] == [
        "sagemaker:DescribeModelPackage",
        "sagemaker:ListModelPackages",
        "sagemaker:CreateModel",
    ]
    assert statements["RegisterVersions"]["Action"] == ["sagemaker:CreateModelPackage"]
    assert statements["RegisterVersions"]["Condition"] == {
        "StringEqualsIfExists": {"sagemaker:ModelApprovalStatus": "PendingManualApproval"}
    }


def test_the_versions_of_a_group_are_named_by_its_arn() -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:model-package-group/ml-churn"
    assert (
        model_packages.versions_arn(arn)
        == "arn:aws:sagemaker:us-east-1:123456789012:model-package/ml-churn/*"
    )


def granted(verb: str, *groups: str) -> dict[str, dict[str, Any]]:
    def program() -> None:
        created = ModelRegistry("models", {"groups": {"churn": {}, "fraud": {}}})
        getattr(created, f"grant_{verb}")(aws.iam.Role("someone", assume_role_policy="{}"), *groups)

    suffix = "".join(f"-{group}" for group in groups)
    created = deploy(program).one(GRANT, f"models-{verb}-someone{suffix}")
    assert created.inputs["role"] == "${someone.name}"
    return policy(created.inputs["policy"])


def actions(statements: dict[str, dict[str, Any]], effect: str = "Allow") -> set[str]:
    return {action for s in statements.values() if s["Effect"] == effect for action in s["Action"]}


def test_who_registers_cannot_approve() -> None:
    statements = granted("register", "churn")

    assert actions(statements) == {
        "sagemaker:CreateModelPackage",
        "sagemaker:DescribeModelPackage",
        "sagemaker:DescribeModelPackageGroup",
        "sagemaker:ListModelPackages",
    }
    assert statements["RegisterVersions"]["Condition"] == {
        "StringEqualsIfExists": {"sagemaker:ModelApprovalStatus": "PendingManualApproval"}
    }
    assert statements["ReadGroups"]["Resource"] == ["${models-churn.arn}"]


def test_who_approves_cannot_register_or_rewrite() -> None:
    statements = granted("approve")

    assert "sagemaker:CreateModelPackage" not in actions(statements)
    assert actions(statements, "Deny") == {"sagemaker:CreateModelPackage"}
    assert statements["ApproveOrRejectVersions"]["Action"] == ["sagemaker:UpdateModelPackage"]
    assert statements["ApproveOrRejectVersions"]["Condition"] == {
        "StringEquals": {"sagemaker:ModelApprovalStatus": ["Approved", "Rejected"]}
    }
    assert statements["ReadGroups"]["Resource"] == ["${models-churn.arn}", "${models-fraud.arn}"]


def test_who_reads_changes_nothing() -> None:
    assert actions(granted("read")) == {
        "sagemaker:DescribeModelPackage",
        "sagemaker:DescribeModelPackageGroup",
        "sagemaker:ListModelPackages",
    }


@pytest.mark.parametrize("verb", ["register", "approve", "read"])
def test_a_grant_of_an_unknown_group_is_refused(verb: str) -> None:
    with pytest.raises(InvalidArguments, match='did you mean "churn"'):
        granted(verb, "chrun")


def test_a_card_describes_the_model() -> None:
    plan = registry(
        {
            "groups": {"churn": {"card": CARD_ARGS, "description": "Churn"}, "fraud": {}},
            "prefix": "ml-",
        }
    )

    card = plan.one(CARD, "models-churn-card")
    assert (card.inputs["modelCardName"], card.inputs["modelCardStatus"]) == ("ml-churn", "Draft")
    assert json.loads(card.inputs["content"])["model_overview"] == {
        "model_name": "ml-churn",
        "model_description": "Churn",
        "model_owner": "growth@example.com",
    }
    assert "securityConfig" not in card.inputs
    assert (card.option("protect"), card.option("retainOnDelete")) == (True, True)
    assert plan.parent(card) == plan.one("groundplan:index:ModelRegistry")


def test_cards_with_an_existing_key() -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/abc"
    plan = registry({"groups": {"churn": {"card": CARD_ARGS}}, "card_key_arn": key})

    assert plan.one(CARD).inputs["securityConfig"] == {"kmsKeyId": key}


def test_registrations_approvals_and_rejections_are_published_to_a_topic() -> None:
    plan = registry(
        {"groups": {"fraud": {}, "churn": {}}, "prefix": "ml-", "approval_topic_arn": TOPIC}
    )

    rule = plan.one(RULE, "models-approvals")
    assert json.loads(rule.inputs["eventPattern"]) == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {
            "ModelPackageGroupName": ["ml-churn", "ml-fraud"],
            "ModelApprovalStatus": ["Approved", "PendingManualApproval", "Rejected"],
        },
    }
    target = plan.one(TARGET, "models-approvals-topic")
    assert (target.inputs["arn"], target.inputs["rule"]) == (TOPIC, "${models-approvals.name}")
    template, paths = (
        target.inputs["inputTransformer"][key] for key in ("inputTemplate", "inputPaths")
    )
    for name in paths:
        assert f"<{name}>" in template
    assert isinstance(json.loads(template), str)


def test_reading_accounts_are_those_that_deploy_versions() -> None:
    found: list[list[str]] = []

    def program() -> None:
        groups: Any = {
            "churn": {"read_accounts": ["222222222222"]},
            "fraud": {
                "read_accounts": ["222222222222", "111111111111"],
                "register_accounts": ["333333333333"],
            },
        }
        found.append(ModelRegistry("models", {"groups": groups}).reading_accounts)

    deploy(program)
    assert found == [["111111111111", "222222222222"]]


def test_groups_are_deleted_only_without_deletion_protection() -> None:
    plan = registry(
        {
            "groups": {"churn": {"card": CARD_ARGS}},
            "deletion_protection": False,
            "tags": {"team": "ml"},
        }
    )

    for kind in (GROUP, CARD):
        created = plan.one(kind)
        assert (created.option("protect"), created.option("retainOnDelete")) == (False, False)
        assert created.inputs["tags"]["team"] == "ml"


def test_all_problems_are_reported_at_once() -> None:
    wrong: Any = {
        "groups": {
            "churn_model": {"read_accounts": ["12"], "register_accounts": ["x"], "description": ""},
            "ok": {"card": {**CARD_ARGS, "risk_rating": "extreme", "owner": ""}},
            "high": {"card": {**CARD_ARGS, "risk_rating": "high"}},
            "y" * 60: {},
            "hidden": {"description": "a\u202eb"},
        },
        "approval_topic_arn": "approvals",
        "card_key_arn": "alias/x",
    }

    with pytest.raises(InvalidArguments) as caught:
        registry(wrong)
    assert {problem.key for problem in caught.value.problems} == {
        "groups.churn_model",
        "groups.churn_model.read_accounts[0]",
        "groups.churn_model.register_accounts[0]",
        "groups.churn_model.description",
        "groups.ok.card.risk_rating",
        "groups.ok.card.owner",
        "groups.high.card.risk_explanation",
        f"groups.{'y' * 60}",
        "groups.hidden.description",
        "approval_topic_arn",
        "card_key_arn",
    }
    assert not [r for r in caught.value.manifest if r.custom]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("args", "key"),
    [({"groups": {}}, "groups"), ({"groups": {"churn": {}}, "prefix": "p" * 41 + "-"}, "prefix")],
)
def test_groups_and_a_short_prefix_are_required(args: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        registry(args)
    assert key in {problem.key for problem in caught.value.problems}
