"""All that the engine calls in AWS, of whole runs, is allowed by the registered
policies of its role, on the resources that it names."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
import retraining_pipelines as pipelines
import retraining_world as world
from groundplan.policy_documents import matches
from groundplan.retraining.engine import driver
from groundplan.retraining.engine.names import Outcome, Step
from groundplan.retraining.engine.pipeline import Pipeline
from groundplan.retraining.engine.sagemaker.services import connect
from groundplan.retraining.engine.settings import RetrainingSettings
from groundplan.testing import Plan
from retraining_account import ACCOUNT, REGION, Account

SAGEMAKER = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
KINDS = {
    "TrainingJobName": "training-job",
    "ProcessingJobName": "processing-job",
    "EndpointName": "endpoint",
    "EndpointConfigName": "endpoint-config",
    "ModelName": "model",
    "ModelPackageGroupName": "model-package-group",
}
S3 = {"HeadObject": "GetObject", "ListObjectsV2": "ListBucket"}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/"
ARGS: dict[str, Any] = {
    **pipelines.MINIMAL,
    "endpoint": world.ENDPOINT,
    "release_target": world.TARGET,
    "artifacts": {
        "bucket_name": "artifacts",
        "bucket_arn": "arn:aws:s3:::artifacts",
        "kms_key_arn": "arn:bucket-key",
    },
    "training": {
        **pipelines.MINIMAL["training"],
        "job": "churn",
        "usd_per_hour": 0.23,
        "nodes": 2,
        "role_arn": f"{ROLE}training",
    },
    "evaluation": {
        "held_out": "churn:held-out",
        "recent": "s3://artifacts/recent/",
        "usd_per_hour": 0.23,
        "role_arn": f"{ROLE}evaluation",
    },
    "watch_minutes": 5,
}


@cache
def plan() -> Plan:
    return pipelines.plan_of(ARGS, region=REGION)


@cache
def statements() -> tuple[Mapping[str, Any], ...]:
    """The statements of the function's role."""
    found: list[Mapping[str, Any]] = []
    for role in ("role", "release", "execution"):
        text = plan().one(pipelines.POLICY, f"again-{role}-policy").inputs["policy"]
        found += json.loads(text.replace("${aws.accountId}", ACCOUNT))["Statement"]
    return tuple(found)


@dataclass
class Recorded(Account):
    """An account that records requests."""

    requests: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)

    def call(self, service: str, operation: str, params: dict[str, Any]) -> Any:
        name = "".join(word.capitalize() for word in operation.split("_"))
        self.requests.append((service, name, params))
        return super().call(service, operation, params)


def needed(service: str, name: str, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yields the actions of a request, with the resource of each."""
    if service == "s3":
        key = f"/{params['Key']}" if "Key" in params else ""
        yield f"s3:{S3.get(name, name)}", f"arn:aws:s3:::{params['Bucket']}{key}"
    elif service == "cloudwatch":
        yield f"cloudwatch:{name}", "*"
    elif service == "stepfunctions":
        if "executionArn" in params:
            yield f"states:{name}", params["executionArn"]
    elif service == "sagemaker":
        named = [params[key] for key in ("ModelPackageName", "ModelPackageArn") if key in params]
        named += [
            f"{SAGEMAKER}:{kind}/{params[key]}" for key, kind in KINDS.items() if key in params
        ]
        yield from ((f"sagemaker:{name}", arn) for arn in named)
        yield from (
            ("iam:PassRole", params[key])
            for key in ("RoleArn", "ExecutionRoleArn")
            if key in params
        )


def applies(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    resources = statement["Resource"]
    resources = [resources] if isinstance(resources, str) else resources
    return action in statement["Action"] and any(matches(p, resource) for p in resources)


def refused(requests: list[tuple[str, str, Mapping[str, Any]]]) -> list[str]:
    found = []
    for service, name, params in requests:
        for action, resource in needed(service, name, params):
            fits = [s for s in statements() if applies(s, action, resource)]
            is_denied = "IfNoneMatch" not in params and any(s["Effect"] == "Deny" for s in fits)
            if is_denied or not any(s["Effect"] == "Allow" for s in fits):
                found.append(f"{action} on {resource}")
    return sorted(set(found))


def released(account: Account, retraining: Pipeline, step: Step) -> Iterator[Outcome | None]:
    """Carries a run; what happens outside happens before each look."""
    for _ in range(40):
        if step is not Step.APPROVAL:
            world.approve(account)
        answer = driver.advance(retraining, world.PERSON)
        yield answer.outcome
        if answer.step is Step.END:
            return
        account.pass_time(days=15 if answer.step is step else 0, minutes=1)
        if answer.step is Step.WATCH and step is Step.WATCH:
            account.alarms.add("errors")


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        (Step.END, Outcome.RELEASED),
        (Step.APPROVAL, Outcome.REFUSED),
        (Step.WATCH, Outcome.ROLLED_BACK),
        (Step.TRAIN, Outcome.FAILED),
    ],
)
def test_the_role_allows_all_calls_of_a_run(step: Step, outcome: Outcome) -> None:
    account = world.furnish(Recorded())
    world.publish(account, 4, tag="held-out")
    if step is Step.TRAIN:
        account.ticks = 1000
    exported = plan().one("groundplan:index:RetrainingPipeline").outputs["settings"]
    plain = {key: value for key, value in exported.items() if key != "state_machine_arn"}
    settings = RetrainingSettings.read(json.dumps(plain))
    account.requests.clear()
    retraining = Pipeline(settings, connect(settings, account))
    *_, last = released(account, retraining, step)
    assert last is outcome
    assert refused(account.requests) == []
