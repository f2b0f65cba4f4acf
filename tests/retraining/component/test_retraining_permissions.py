"""Roles of a RetrainingPipeline: no more than their part of a run."""

import json
import pathlib
import re
from collections.abc import Mapping
from typing import Any

import pytest
from groundplan.arguments import InvalidArguments
from groundplan.retraining import engine
from groundplan.retraining.component import function_permissions
from groundplan.testing import policy
from retraining_pipelines import MINIMAL, POLICY, TOPIC, TOPIC_KEY, complete, minimal, plan_of

JOURNAL = "arn:aws:s3:::artifacts-1/retraining/churn/"
WILD = {
    "DeliverLogs", "WriteTraces", "LogInToRegistry", "WriteMetrics", "ReadNetwork", "LookAtAlarms",
}  # fmt: skip
"""Statements whose actions have no resource."""
QUOTA = 10_240
"""Characters of all inline policies of a role, without white space (IAM quotas)."""


def statements(plan: Any, role: str) -> dict[str, dict[str, Any]]:
    return policy(plan.one(POLICY, f"again-{role}-policy").inputs["policy"])


@pytest.mark.parametrize("plan", [minimal, complete])
def test_only_actions_without_a_resource_are_allowed_on_everything(plan: Any) -> None:
    wild = {
        sid
        for document in plan().all(POLICY).values()
        for sid, statement in policy(document.inputs["policy"]).items()
        if statement["Resource"] in ("*", ["*"])
    }
    assert wild <= WILD


def test_the_function_starts_jobs_of_its_own_names_only() -> None:
    own = statements(minimal(), "role")
    training = own["RunTraining"]
    assert training["Resource"] == [
        "arn:aws:sagemaker:us-east-1:${aws.accountId}:training-job/ml-prod-again-*"
    ]
    assert "sagemaker:CreateTrainingJob" in training["Action"]
    assert own["RunEvaluations"]["Resource"] == [
        "arn:aws:sagemaker:us-east-1:${aws.accountId}:processing-job/ml-prod-again-*"
    ]


def test_the_function_passes_the_roles_of_its_jobs_to_sagemaker_only() -> None:
    passed = statements(minimal(), "role")["PassJobRoles"]
    assert passed["Resource"] == ["${again-training-role.arn}", "${again-evaluation-role.arn}"]
    assert passed["Condition"] == {
        "StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}
    }


def test_the_function_writes_its_journal_once_and_deletes_only_the_lock() -> None:
    own = statements(minimal(), "role")
    assert own["WriteJournal"]["Resource"] == [f"{JOURNAL}*"]
    assert own["DenyOverwrites"]["Effect"] == "Deny"
    assert own["DenyOverwrites"]["Resource"] == [f"{JOURNAL}*"]
    deleting = [s for s in own.values() if "s3:DeleteObject" in s["Action"]]
    assert [s["Resource"] for s in deleting] == [[f"{JOURNAL}lock.json"]]


def test_the_function_reads_the_datasets_of_its_runs_and_writes_their_records() -> None:
    own = statements(minimal(), "role")
    bucket = "arn:aws:s3:::artifacts-1"
    assert own["ReadVersions"]["Resource"] == [
        f"{bucket}/datasets/churn-held-out/*",
        f"{bucket}/datasets/churn/*",
        f"{bucket}/manifests/*",
        f"{bucket}/models/churn-model/*",
    ]
    assert own["WriteRecords"]["Resource"] == [f"{bucket}/runs/churn-model/*"]
    read = statements(complete(), "role")["ReadVersions"]["Resource"]
    assert f"{bucket}/datasets/churn-recent/*" in read
    assert f"{bucket}/environments/*" in read
    assert f"{bucket}/archives/*" in read


@pytest.mark.parametrize(("required", "decisions"), [(True, 1), (False, 2)])
def test_the_function_registers_for_approval_and_approves_only_where_gates_are_enough(
    required: bool, decisions: int
) -> None:
    plan = plan_of({**MINIMAL, "approval": {"required": required}})
    own = statements(plan, "role")
    groups = own["RegisterVersions"]["Resource"]
    assert all(arn.split("model-package", 1)[1] in ("-group/churn", "/churn/*") for arn in groups)
    assert own["RegisterVersions"]["Condition"] == {
        "StringEqualsIfExists": {"sagemaker:ModelApprovalStatus": "PendingManualApproval"}
    }
    allowed = own["DecideOnVersions"]["Condition"]["StringEquals"]["sagemaker:ModelApprovalStatus"]
    assert allowed == ["Approved", "Rejected"][-decisions:]


def test_the_function_releases_to_its_endpoint_only() -> None:
    own = statements(minimal(), "release")
    assert own["CallEndpoints"]["Resource"] == [
        "arn:aws:sagemaker:us-east-1:${aws.accountId}:endpoint/churn"
    ]
    assert own["PassExecutionRoles"]["Resource"] == ["arn:aws:iam::123456789012:role/churn"]
    assert own["WriteTrail"]["Resource"] == ["arn:aws:s3:::artifacts-1/releases/*"]


def test_the_function_wakes_executions_of_its_own_state_machine() -> None:
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:again-machine-1"
    by_sid = {s["Sid"]: s for s in function_permissions.execution_statements(machine)}
    assert by_sid["WakeExecutions"]["Resource"] == [machine]
    assert by_sid["LookAtExecutions"]["Resource"] == [
        "arn:aws:states:us-east-1:123456789012:execution:again-machine-1:*"
    ]
    assert statements(minimal(), "execution")["WakeExecutions"]["Resource"] == [
        "${again-machine.arn}"
    ]


def test_the_policies_of_the_function_fit_its_role() -> None:
    long = {**MINIMAL["release_target"], "endpoint": "e" * 63, "model_package_group": "g" * 63}
    plan = plan_of({**MINIMAL, "endpoint": "e" * 63, "release_target": long, "tracing": True})
    texts = [
        plan.one(POLICY, f"again-{role}-policy").inputs["policy"]
        for role in ("role", "release", "execution")
    ]
    # What is a symbol here is an ARN of some 100 characters there.
    symbols = sum(text.count("${") for text in texts)
    assert sum(len(text.replace(" ", "")) for text in texts) + 80 * symbols < QUOTA


def test_the_state_machine_calls_its_function_and_notifies_its_topic() -> None:
    own = statements(complete(), "machine")
    assert own["CallSteps"]["Resource"] == ["${again-function.arn}"]
    assert own["NotifyPeople"]["Resource"] == [TOPIC]
    assert own["EncryptNotifications"]["Resource"] == [TOPIC_KEY]
    assert "EncryptNotifications" not in statements(minimal(), "machine")
    condition = own["EncryptRuns"]["Condition"]["StringLike"]
    assert condition == {
        "kms:EncryptionContext:aws:states:stateMachineArn": "arn:aws:states:us-east-1:"
        "${aws.accountId}:stateMachine:again-machine-*"
    }


def test_the_key_lets_log_delivery_read_encrypted_logs() -> None:
    key = policy(minimal().one("aws:kms/key:Key").inputs["policy"])
    assert key["UseLogDelivery"]["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert {"UseEvents", "UseLogs"} <= set(key)


@pytest.mark.parametrize(
    ("role", "service"),
    [("events", "events"), ("schedule", "scheduler"), ("machine", "states"),
     ("training", "sagemaker"), ("evaluation", "sagemaker")],
)  # fmt: skip
def test_roles_are_assumed_by_their_service_for_this_account_only(role: str, service: str) -> None:
    trust = json.loads(
        complete().one("aws:iam/role:Role", f"again-{role}-role").inputs["assumeRolePolicy"]
    )
    (statement,) = trust["Statement"]
    assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "${aws.accountId}"}}


@pytest.mark.parametrize("role", ["events", "schedule"])
def test_what_starts_executions_does_nothing_else(role: str) -> None:
    own = statements(complete(), role)
    assert own["StartRuns"]["Resource"] == ["${again-machine.arn}"]
    assert own["StartRuns"]["Action"] == ["states:StartExecution"]
    assert set(own) - {"StartRuns", "EncryptRuns"} == (
        {"KeepFailedEvents"} if role == "schedule" else set()
    )


def reads(own: Mapping[str, Any]) -> list[str]:
    return [
        arn
        for statement in own.values()
        if "s3:GetObject" in statement["Action"]
        for arn in (
            [statement["Resource"]]
            if isinstance(statement["Resource"], str)
            else statement["Resource"]
        )
    ]


@pytest.mark.parametrize("role", ["training", "evaluation"])
def test_jobs_do_not_read_the_tokens_that_lie_in_the_journal(role: str) -> None:
    # `runs/<run>/tokens/<digest>.json`
    journal = [arn for arn in reads(statements(minimal(), role)) if arn.startswith(JOURNAL)]
    assert journal
    assert all(arn.endswith(".manifest.json") for arn in journal)


def test_training_reads_its_dataset_and_writes_models_and_checkpoints() -> None:
    own = statements(minimal(), "training")
    assert own["ReadDatasets"]["Resource"] == ["arn:aws:s3:::artifacts-1/datasets/churn/*"]
    assert own["WriteResults"]["Resource"] == [
        "arn:aws:s3:::artifacts-1/checkpoints/churn-model/*",
        "arn:aws:s3:::artifacts-1/models/churn-model/*",
    ]
    assert "churn-held-out" not in json.dumps(own)
    assert statements(complete(), "training")["WriteResults"]["Resource"] == [
        "arn:aws:s3:::artifacts-1/points/*",
        "arn:aws:s3:::artifacts-1/archives/*",
    ]


@pytest.mark.parametrize("role", ["training", "evaluation"])
def test_jobs_read_objects_that_versions_name_where_they_were(role: str) -> None:
    further = statements(complete(), role)["ReadFurtherData"]
    assert further["Resource"] == ["arn:aws:s3:::artifacts-1/raw/churn/*"]
    assert "ReadFurtherData" not in statements(minimal(), role)


def test_evaluations_read_both_models_and_the_held_out_data_and_write_metrics() -> None:
    own = statements(minimal(), "evaluation")
    assert own["ReadData"]["Resource"] == ["arn:aws:s3:::artifacts-1/datasets/churn-held-out/*"]
    assert own["WriteResults"]["Resource"] == [f"{JOURNAL}runs/*/evaluation/*"]
    assert "arn:aws:s3:::artifacts-1/models/churn-model/*" in own["ReadModels"]["Resource"]
    more = statements(complete(), "evaluation")
    assert more["ReadData"]["Resource"] == [
        "arn:aws:s3:::held-out-data/churn/*",
        "arn:aws:s3:::artifacts-1/datasets/churn-recent/*",
    ]
    assert "ManageNetworkInterfaces" in more
    assert more["PullImage"]["Resource"].endswith("repository/evaluation")


def test_the_function_is_allowed_what_its_engine_calls() -> None:
    """The release engine's calls are those of a release runtime, whose tests have
    them."""
    folder = pathlib.Path(engine.__file__).parent
    found = {
        name
        for file in folder.rglob("*.py")
        for name in re.findall(
            r"(?:_client|clients\.sagemaker|self\.client)\.([a-z]+(?:_[a-z]+)+)", file.read_text()
        )
    }
    assert {"create_training_job", "send_task_success"} <= found
    called = {"".join(word.capitalize() for word in name.split("_")) for name in found}
    allowed = {
        action.partition(":")[2]
        for role in ("role", "release", "execution")
        for statement in statements(minimal(), role).values()
        if statement["Effect"] == "Allow"
        for action in statement["Action"]
    }
    assert called <= allowed


SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:hub-AbCdEf"


def test_the_training_role_reads_the_secrets_that_are_named_and_no_others() -> None:
    training = {**MINIMAL["training"], "secret_arns": [SECRET]}
    own = statements(plan_of({**MINIMAL, "training": training}), "training")
    assert own["ReadSecrets"]["Resource"] in (SECRET, [SECRET])
    assert "ReadSecrets" not in statements(minimal(), "training")


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"secret_arns": ["hub"]}, "training.secret_arns[0]"),
        (
            {"secret_arns": [SECRET], "role_arn": "arn:aws:iam::123456789012:role/training"},
            "training.secret_arns",
        ),
    ],
)
def test_secrets_that_no_role_could_read_are_refused(changes: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        plan_of({**MINIMAL, "training": {**MINIMAL["training"], **changes}})
    assert [problem.key for problem in caught.value.problems] == [key]
