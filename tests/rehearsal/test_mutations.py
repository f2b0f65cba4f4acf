"""A plan that is wrong in one place does not pass: the rehearsal names the step."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from groundplan.data.quality import rules
from groundplan.manifest.model import Manifest
from rehearsed import Lived

from rehearsal.account.deployment import DEPLOYER
from rehearsal.life import feeding
from rehearsal.life.life import Life, beginning
from rehearsal.permissions.guard import acting
from rehearsal.report.timeline import StepFailed
from rehearsal.stack import manifest

Change = Callable[[dict[str, Any]], None]


def changed(name: str, change: Change) -> Manifest:
    """The manifest with another input of one resource."""
    data = json.loads(manifest().to_json())
    found = [r for r in data["resources"] if r["name"] == name and r["custom"]]
    assert len(found) == 1
    change(found[0]["inputs"])
    return Manifest.from_data(data)


def without(sid: str) -> Change:
    """Removes a statement of a policy."""

    def change(inputs: dict[str, Any]) -> None:
        document = json.loads(inputs["policy"])
        kept = [s for s in document["Statement"] if s["Sid"] != sid]
        assert len(kept) < len(document["Statement"])
        inputs["policy"] = json.dumps({**document, "Statement": kept})

    return change


def renamed_variable(inputs: dict[str, Any]) -> None:
    variables: Mapping[str, str] = inputs["environment"]["variables"]
    inputs["environment"]["variables"] = {f"{k}_OLD": v for k, v in variables.items()}


def replaced(old: str, new: str) -> Change:
    """Replaces a text everywhere in the inputs."""

    def change(inputs: dict[str, Any]) -> None:
        text = json.dumps(inputs)
        assert old in text
        inputs |= json.loads(text.replace(old, new))

    return change


def live_from(trained: Lived, life: Life) -> None:
    """Goes through a life from the release of its first model to traffic. That model
    was trained in another: the same for every plan that is right so far."""
    life.deploy()
    with acting(DEPLOYER):
        s3 = life.account.client("s3")
        deployed = s3.list_objects_v2(Bucket=life.people.bucket).get("Contents", ())
        there = {item["Key"] for item in deployed}
        for key, body in trained.objects:
            if key.startswith(OF_PIPELINES) or key in there:
                continue
            s3.put_object(Bucket=life.people.bucket, Key=key, Body=body, IfNoneMatch="*")
    life.runs.append(dict(trained.run))
    life.release(life.runs[-1], "the first model")
    life.serve()


def with_input(key: str, value: Any) -> Change:
    """Sets an input."""

    def change(inputs: dict[str, Any]) -> None:
        assert inputs[key] != value
        inputs[key] = value

    return change


DEPLOY = "the plan is deployed"
REGISTER, RELEASE, CHECK = (
    "the first model is registered",
    "the first model is released by canary",
    "traffic is served, and a check finds nothing",
)
ARRIVES, QUARANTINE = "raw data arrives", "a bad batch is quarantined"
OF_PIPELINES = ("raw/", "pipelines/")
"""What begins runs, and what a deployment writes."""
BUCKET, LOGS = "${artifacts-bucket.bucket}", "${artifacts-logs-bucket.bucket}"


@pytest.mark.parametrize(
    ("name", "change", "step", "reason"),
    [
        ("api-role", with_input("path", "/"), DEPLOY, "ci-deploy-role may not iam:CreateRole"),
        (
            "tumors-role",
            with_input("permissionsBoundary", "arn:aws:iam::aws:policy/PowerUserAccess"),
            DEPLOY,
            "DenyRolesWithoutBoundary",
        ),
        (
            "network-flow-log-policy",
            without("WriteFlowLogs"),
            DEPLOY,
            "network-flow-log-role may not logs:CreateLogStream",
        ),
        (
            "tumors-retraining-machine-policy",
            without("EncryptLogs"),
            DEPLOY,
            "tumors-retraining-machine-role may not kms:GenerateDataKey",
        ),
        ("api-role-policy", without("WriteMetrics"), REGISTER, "api-role may not s3:PutObject"),
        (
            "api-integration",
            replaced("api-function.invokeArn", "releases-function.invokeArn"),
            REGISTER,
            "apigateway.amazonaws.com may not lambda:InvokeFunction",
        ),
        (
            "api-tumors-policy",
            without("DecideOnVersions"),
            "the first model is approved",
            "api-role",
        ),
        ("tumors-role-policy", without("ReadObjects"), RELEASE, "tumors-role may not s3:GetObject"),
        ("releases-role-policy", without("WriteTrail"), RELEASE, "releases-role may not s3:"),
        ("releases-function", renamed_variable, RELEASE, "no release targets"),
        ("releases-approvals", replaced("Approved", "Agreed"), RELEASE, "no release began"),
        (
            "releases-approvals-permission",
            replaced("releases-approvals.arn", "releases-clock.arn"),
            RELEASE,
            "may not lambda:InvokeFunction",
        ),
        ("tumors-checks-function", replaced(BUCKET, LOGS), CHECK, "tumors-checks-role may not"),
        (
            "tumors-checks-function",
            replaced(BUCKET, "${artifact-bucket.bucket}"),
            "the plan is read",
            "is no output of a resource",
        ),
        (
            "tumors-role",
            replaced("sagemaker.amazonaws.com", "ec2.amazonaws.com"),
            RELEASE,
            "sts:AssumeRole",
        ),
    ],
)
def test_a_mutation_of_the_plan_fails_the_step_that_needs_it(
    whole: Lived, name: str, change: Change, step: str, reason: str
) -> None:
    with pytest.raises(StepFailed) as raised, beginning(changed(name, change)) as life:
        live_from(whole, life)
    assert raised.value.step == step
    assert reason in raised.value.reason


def fed(life: Life) -> None:
    """Goes through a life from its raw data to a bad batch of it."""
    life.deploy()
    feeding.first(life)
    feeding.broken(life)


def without_rule(name: str) -> Change:
    """Removes a rule of a check."""

    def change(inputs: dict[str, Any]) -> None:
        asked = rules.read(inputs["defaultArguments"]["--rules"])
        kept = tuple(rule for rule in asked if rule.name != name)
        assert len(kept) < len(asked)
        inputs["defaultArguments"]["--rules"] = rules.text(kept)

    return change


def without_file(name: str) -> Change:
    """Removes a file of an archive."""
    return lambda inputs: inputs["source"]["archive"].pop(name) and None


@pytest.mark.parametrize(
    ("name", "change", "step", "reason"),
    [
        (
            "tumors-pipeline-objects",
            replaced("raw/tumors/", "raw/tumours/"),
            ARRIVES,
            "the executions: ['Published']",
        ),
        (
            "tumors-pipeline-events-policy",
            without("StartRuns"),
            ARRIVES,
            "tumors-pipeline-events-role may not states:StartExecution",
        ),
        (
            "tumors-pipeline-function",
            renamed_variable,
            ARRIVES,
            "KeyError: 'GROUNDPLAN_PIPELINE'",
        ),
        (
            "tumors-pipeline-machine-policy",
            without("RunJob"),
            ARRIVES,
            "tumors-pipeline-machine-role may not glue:StartJobRun",
        ),
        (
            "tumors-pipeline-job-policy",
            without("ReadInputs"),
            ARRIVES,
            "tumors-pipeline-job-role may not s3:GetObject",
        ),
        (
            "tumors-pipeline-encryption",
            replaced("artifacts-key-key", "tumors-pipeline-key-key"),
            ARRIVES,
            "DenyOtherKeys, denies it",
        ),
        (
            "tumors-pipeline-job",
            replaced("/aws-glue/jobs/groundplan", "/aws-glue/jobs/other"),
            ARRIVES,
            "tumors-pipeline-job-role may not logs:CreateLogGroup",
        ),
        (
            "tumors-pipeline-check-code",
            without_file("groundplan/data/quality/glue_check.py"),
            ARRIVES,
            "NotInArchive",
        ),
        (
            "tumors-pipeline-check-policy",
            without("WriteResults"),
            ARRIVES,
            "tumors-pipeline-check-role may not s3:PutObject",
        ),
        (
            "tumors-pipeline-role-policy",
            without("AddVersionsAndTags"),
            ARRIVES,
            "tumors-pipeline-role may not s3:PutObject",
        ),
        (
            "tumors-pipeline-key-key",
            without("UseLogs"),
            DEPLOY,
            "logs.eu-west-1.amazonaws.com may not kms:GenerateDataKey",
        ),
        (
            "tumors-pipeline-check",
            without_rule("radius: max 100"),
            QUARANTINE,
            "the bad batch was published",
        ),
        (
            "tumors-pipeline-quarantined",
            with_input("alarmActions", []),
            QUARANTINE,
            "notifies nobody",
        ),
    ],
)
def test_a_mutation_of_a_pipeline_fails_the_step_that_needs_it(
    name: str, change: Change, step: str, reason: str
) -> None:
    with pytest.raises(StepFailed) as raised, beginning(changed(name, change)) as life:
        fed(life)
    assert raised.value.step == step
    assert reason in raised.value.reason
