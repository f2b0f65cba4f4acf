from typing import Any

import pytest
from groundplan import EncryptionKey
from groundplan.arguments import InvalidArguments
from groundplan.testing import deploy, policy

KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"


def test_a_minimal_key_rotates_and_outlives_its_stack() -> None:
    plan = deploy(lambda: EncryptionKey("artifacts"))

    key = plan.one(KEY, "artifacts-key")
    assert key.inputs["enableKeyRotation"] is True
    assert key.inputs["deletionWindowInDays"] == 30
    assert (key.option("protect"), key.option("retainOnDelete")) == (True, True)
    assert set(policy(key.inputs["policy"])) == {"AccountAdministration"}
    component = plan.one("groundplan:index:EncryptionKey", "artifacts")
    assert plan.parent(key) == component
    assert component.outputs == {"arn": "${artifacts-key.arn}", "keyId": "${artifacts-key.keyId}"}


def test_the_alias_names_the_environment() -> None:
    plan = deploy(lambda: EncryptionKey("artifacts"), project="ml", stack="prod")

    alias = plan.one(ALIAS, "artifacts-alias")
    assert alias.inputs == {
        "name": "alias/ml-prod-artifacts",
        "targetKeyId": "${artifacts-key.keyId}",
    }


def test_a_service_may_use_the_key_for_this_account_only() -> None:
    plan = deploy(lambda: EncryptionKey("topic", {"services": ["sns", "logs"]}), region="eu-west-1")

    statements = policy(plan.one(KEY).inputs["policy"])
    assert statements["UseSns"]["Principal"] == {"Service": "sns.amazonaws.com"}
    assert statements["UseSns"]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "${aws.accountId}"}
    }
    assert statements["UseLogs"]["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
    assert statements["UseLogs"]["Condition"] == {
        "ArnLike": {
            "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:${aws.accountId}:log-group:*"  # noqa: E501
        }
    }


def test_eventbridge_gets_no_condition_because_it_could_not_meet_one() -> None:
    plan = deploy(lambda: EncryptionKey("topic", {"services": ["events"]}))

    assert "Condition" not in policy(plan.one(KEY).inputs["policy"])["UseEvents"]


def test_the_roles_of_lustre_file_systems_may_use_the_key_by_way_of_s3_only() -> None:
    plan = deploy(lambda: EncryptionKey("artifacts", {"services": ["fsx"]}), region="eu-west-1")

    statement = policy(plan.one(KEY).inputs["policy"])["UseFsx"]
    assert statement["Principal"] == {"AWS": "*"}
    assert "kms:*" not in statement["Action"]
    assert statement["Condition"] == {
        "ArnLike": {
            "aws:PrincipalArn": "arn:aws:iam::${aws.accountId}:role/aws-service-role/"
            "s3.data-source.lustre.fsx.amazonaws.com/AWSServiceRoleForFSxS3Access_*"
        },
        "StringEquals": {
            "kms:CallerAccount": "${aws.accountId}",
            "kms:ViaService": "s3.eu-west-1.amazonaws.com",
        },
    }


def test_deleting_a_key_requires_an_explicit_argument() -> None:
    plan = deploy(
        lambda: EncryptionKey("scratch", {"deletion_protection": False, "deletion_window_days": 7})
    )

    key = plan.one(KEY)
    assert (key.option("protect"), key.option("retainOnDelete")) == (False, False)
    assert key.inputs["deletionWindowInDays"] == 7


def test_all_problems_are_reported_at_once() -> None:
    wrong: Any = {"services": ["log"], "deletion_window_days": 99, "descripton": "x"}

    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: EncryptionKey("k", wrong))
    assert {problem.key for problem in caught.value.problems} == {
        "services[0]",
        "deletion_window_days",
        "descripton",
    }
    assert 'did you mean "logs"' in str(caught.value)
    assert not caught.value.manifest.of_type(KEY)  # type: ignore[attr-defined]
