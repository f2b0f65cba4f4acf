import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach, Severity
from groundplan.policy.rules.no_secret_in_environment import RULE
from groundplan.secret_names import names_a_secret

FUNCTION = "aws:lambda/function:Function"
MODEL = "aws:sagemaker/model:Model"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"

# Put together here, so that no scanner of repositories takes this file for a leak.
AWS_KEY = "AKIA" + "Q" * 16
PRIVATE_KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE\n-----END"
SECRETS = [
    ("an AWS access key", AWS_KEY),
    ("a private key", PRIVATE_KEY),
    ("a GitHub token", "ghp_" + "a1" * 18),
    ("a Hugging Face token", "hf_" + "aB" * 17),
    ("an OpenAI or Anthropic key", "sk-" + "proj-" + "a1B2" * 10),
    ("a Slack token", "xoxb-" + "1234567890-abc"),
    ("a Pulumi token", "pul-" + "0a" * 20),
    ("a password in a web address", "postgres://ml:" + "hunter2@db.internal:5432/features"),
]

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


def function(variables: dict[str, str]) -> dict[str, Any]:
    return {"environment": {"variables": variables}}


@pytest.mark.parametrize(("kind", "value"), SECRETS)
def test_what_looks_like_a_secret_is_critical_in_every_place_and_never_quoted(
    build: Build, check_rule: CheckRule, kind: str, value: str
) -> None:
    note = build(
        "aws:ssm/document:Document", "note", {"content": {"steps": [f"export X='{value}'"]}}
    )
    (breach,) = check_rule(RULE, note)
    assert breach.reason == f"note has {kind} in plain text, at content.steps[0]"
    assert (breach.severity, breach.property) == (Severity.CRITICAL, "content.steps[0]")
    assert value not in repr(breach)


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "Q" * 15,
        "X" + AWS_KEY,
        "-----BEGIN CERTIFICATE-----",
        "https://example.com:8080/path@2",
        "s3://bucket/models/churn/1/model.tar.gz",
        "git@github.com:acme/ml.git",
        "postgres://${database.username}:${database.password}@${database.endpoint}/features",
        "s3://models/sk-learn-churn-random-forest-2026-08-01-with-all-features-of-the-year/model.tar.gz",
        "sha256:" + "0a" * 32,
    ],
)
def test_a_value_that_only_resembles_a_secret_complies(
    build: Build, check_rule: CheckRule, text: str
) -> None:
    assert check_rule(RULE, build("aws:ssm/document:Document", "note", {"content": text})) == []


def test_user_data_is_read_through_its_encoding(build: Build, check_rule: CheckRule) -> None:
    script = base64.b64encode(f"#!/bin/sh\nexport AWS_ACCESS_KEY_ID={AWS_KEY}\n".encode()).decode()
    template = "aws:ec2/launchTemplate:LaunchTemplate"
    (breach,) = check_rule(RULE, build(template, "node", {"userData": script}))
    assert breach.reason == "node has an AWS access key in plain text, at userData"
    assert (
        check_rule(RULE, build(template, "node", {"userData": "bm90IGEgc2VjcmV0", "other": script}))
        == []
    )


@pytest.mark.parametrize(
    ("kind", "inputs", "path"),
    [
        (FUNCTION, function({"DB_PASSWORD": "hunter2"}), "environment.variables.DB_PASSWORD"),
        (
            MODEL,
            {"primaryContainer": {"environment": {"HF_TOKEN": "letmein"}}},
            "primaryContainer.environment.HF_TOKEN",
        ),
        (
            MODEL,
            {"containers": [{}, {"environment": {"apiKey": "letmein"}}]},
            "containers[1].environment.apiKey",
        ),
        (
            DEPLOYMENT,
            {
                "spec": {
                    "template": {
                        "spec": {
                            "containers": [
                                {"name": "web", "env": [{"name": "SECRET", "value": "s3cr3t"}]}
                            ]
                        }
                    }
                }
            },
            "spec.template.spec.containers[0].env[0]",
        ),
        (
            "aws:ecs/taskDefinition:TaskDefinition",
            {
                "containerDefinitions": json.dumps(
                    [{"environment": [{"name": "API_KEY", "value": "letmein"}]}]
                )
            },
            "containerDefinitions[0].environment[0]",
        ),
        (
            "aws:batch/jobDefinition:JobDefinition",
            {
                "containerProperties": json.dumps(
                    {"environment": [{"name": "GIT_TOKEN", "value": "letmein"}]}
                )
            },
            "containerProperties.environment[0]",
        ),
        (
            "aws:codebuild/project:Project",
            {"environment": {"environmentVariables": [{"name": "PASSWORD", "value": "letmein"}]}},
            "environment.environmentVariables[0]",
        ),
        ("kubernetes:core/v1:ConfigMap", {"data": {"password": "letmein"}}, "data.password"),
    ],
)
def test_a_variable_that_is_named_like_a_secret_is_found(
    build: Build, check_rule: CheckRule, kind: str, inputs: dict[str, Any], path: str
) -> None:
    resource = build(kind, "app", inputs)
    (breach,) = check_rule(RULE, resource)
    assert (breach.urn, breach.property, breach.severity) == (resource.urn, path, None)
    assert "app has the environment variable" in breach.reason
    assert not any(value in repr(breach) for value in ("hunter2", "letmein", "s3cr3t"))


@pytest.mark.parametrize(
    "variables",
    [
        {"DB_PASSWORD": "[secret]"},
        {"DB_PASSWORD": "${database.password}"},
        {"DB_PASSWORD": ""},
        {"DB_PASSWORD_ARN": "some-name"},
        {"TOKEN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x"},
        {"TOKEN": "/run/secrets/token"},
        {"TOKEN": "true"},
        {"MAX_TOTAL_TOKENS": "4096", "TOKENIZERS_PARALLELISM": "false", "MONKEY": "see"},
        {"SECRET_TTL": "15m", "TOKEN_LIMIT": "many"},
    ],
)
def test_references_and_harmless_values_comply(
    build: Build, check_rule: CheckRule, variables: dict[str, str]
) -> None:
    assert check_rule(RULE, build(FUNCTION, "app", function(variables))) == []


def test_values_that_come_from_secrets_comply(build: Build, check_rule: CheckRule) -> None:
    reference = {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "token", "key": "value"}}}
    pod = {"spec": {"containers": [{"name": "web", "env": [reference]}]}}
    variable = {"name": "TOKEN", "value": "ci/token", "type": "SECRETS_MANAGER"}
    assert check_rule(RULE, build("kubernetes:core/v1:Pod", "pod", pod)) == []
    project = {"environment": {"environmentVariables": [variable]}}
    assert check_rule(RULE, build("aws:codebuild/project:Project", "build", project)) == []


def test_one_value_is_reported_once(build: Build, check_rule: CheckRule) -> None:
    (breach,) = check_rule(RULE, build(FUNCTION, "app", function({"SECRET_TOKEN": AWS_KEY})))
    assert breach.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    "name",
    ["PASSWORD", "db_password", "HF_TOKEN", "apiKey", "API_KEY", "AWS_SECRET_ACCESS_KEY", "Secret"],
)
def test_names_of_secrets(name: str) -> None:
    assert names_a_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "KEY",
        "MAX_TOKENS",
        "TOKENIZER",
        "API_KEY_NAME",
        "SECRET_ARN",
        "KEYBOARD",
        "",
        "1",
        "KMS_KEY_ID",
    ],
)
def test_names_of_other_things(name: str) -> None:
    assert not names_a_secret(name)


def test_a_plain_resource_has_no_findings(build: Build, check_rule: CheckRule) -> None:
    assert (
        check_rule(RULE, build("aws:sns/topic:Topic", "topic", {"displayName": "password"})) == []
    )


@pytest.mark.parametrize("key", ["environment", "hyperParameters"])
def test_the_environment_of_a_training_job_is_read(
    build: Callable[..., Resource], check_rule: Callable[..., list[Breach]], key: str
) -> None:
    job = build(
        "aws:sagemaker/trainingJob:TrainingJob", "run", {key: {"HF_TOKEN": "hf_" + "a" * 34}}
    )
    assert {breach.property for breach in check_rule(RULE, job)} == {f"{key}.HF_TOKEN"}


def test_a_program_in_a_config_map_is_no_variable(
    build: Callable[..., Resource], check_rule: Callable[..., list[Breach]]
) -> None:
    assert (
        check_rule(
            RULE,
            build(
                "kubernetes:core/v1:ConfigMap", "code", {"data": {"credentials.py": "import boto3"}}
            ),
        )
        == []
    )
    assert (
        len(
            check_rule(
                RULE,
                build(
                    "kubernetes:core/v1:ConfigMap",
                    "code",
                    {"data": {"credentials": "hunter2-hunter2"}},
                ),
            )
        )
        == 1
    )
    assert (
        len(
            check_rule(
                RULE,
                build(
                    "kubernetes:core/v1:ConfigMap",
                    "code",
                    {"data": {"x.py": "t = 'hf_" + "a" * 34 + "'"}},
                ),
            )
        )
        == 1
    )
