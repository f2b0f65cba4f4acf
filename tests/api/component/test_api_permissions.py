"""All that the API calls in AWS is allowed by the registered policy of its role, on the
resources that it names; and the policy allows nothing else."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import delivery_apis as apis
import pytest
from api_world import APPROVER, World, world
from groundplan.policy_documents import matches
from groundplan.release.engine.plan import Smoke
from groundplan.retraining.engine.beginning import Beginning
from groundplan.retraining.engine.pipeline import Pipeline
from groundplan.retraining.engine.sagemaker.services import connect
from groundplan.testing import Plan
from retraining_world import DRIFT, REGION, SETTINGS, dataset

ACCOUNT = "123456789012"
INLINE, MANAGED = "aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy"
SAGEMAKER = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
CHURN = "/v1/endpoints/churn"
KINDS = {
    "EndpointName": "endpoint",
    "EndpointConfigName": "endpoint-config",
    "ModelName": "model",
    "ModelPackageGroupName": "model-package-group",
}
SERVICES = {
    "Invoke": "sagemaker",
    "DescribeAlarms": "cloudwatch",
    "DescribeAlarmHistory": "cloudwatch",
    "StartExecution": "states",
    "GetObject": "s3",
    "PutObject": "s3",
    "HeadObject": "s3",
    "DeleteObject": "s3",
    "ListObjectsV2": "s3",
}
NAMES = {"HeadObject": "GetObject", "ListObjectsV2": "ListBucket"}
NOT_CALLED = {
    # With the creation of what has tags.
    "MakeModels sagemaker:AddTags",
    "MakeConfigurations sagemaker:AddTags",
    # Of S3's and CloudWatch Logs' own accord.
    "EncryptTrail kms:Decrypt",
    "EncryptTrail kms:GenerateDataKey",
    "WriteLogs logs:CreateLogStream",
    "WriteLogs logs:PutLogEvents",
    # Denials.
    "DenyOverwrites s3:PutObject",
    "DenyOverwritesOfRuns s3:PutObject",
}
"""What the policy has and no call of the API's own needs."""


@cache
def statements() -> tuple[Mapping[str, Any], ...]:
    found: list[Mapping[str, Any]] = []
    for text in documents(apis.serving()):
        found += json.loads(text)["Statement"]
    return tuple(found)


def documents(plan: Plan) -> list[str]:
    """The policies of the role: the inline one first."""
    resources = [plan.one(INLINE), *plan.all(MANAGED).values()]
    return [each.inputs["policy"].replace("${aws.accountId}", ACCOUNT) for each in resources]


def needed(name: str, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yields the actions of a call, with the resource of each."""
    service = SERVICES.get(name, "sagemaker")
    action = f"{service}:{NAMES.get(name, name)}"
    if service == "s3":
        key = f"/{params['Key']}" if "Key" in params else ""
        yield action, f"arn:aws:s3:::{params['Bucket']}{key}"
    elif service == "cloudwatch":
        yield action, "*"
    elif service == "states":
        yield action, params["stateMachineArn"]
    else:
        named = [params[key] for key in ("ModelPackageName", "ModelPackageArn") if key in params]
        named += [
            f"{SAGEMAKER}:{kind}/{params[key]}" for key, kind in KINDS.items() if key in params
        ]
        container = params.get("PrimaryContainer", {})
        named += [container["ModelPackageName"]] if "ModelPackageName" in container else []
        yield from ((action, arn) for arn in named)
        if "ExecutionRoleArn" in params:
            yield "iam:PassRole", params["ExecutionRoleArn"]


def uses(account: World, registration: Mapping[str, Any]) -> None:
    """Calls each operation, to its end and in trouble."""
    trainer, approver = account.caller(), account.caller(APPROVER)
    for path in ("/v1/datasets/churn/versions", CHURN, f"{CHURN}/versions", f"{CHURN}/releases"):
        assert trainer.get(path)[0] == 200
    assert trainer.get(f"/v1/datasets/churn/versions/{dataset(2)[2]}")[0] == 200
    _, found = trainer.post(f"{CHURN}/versions", registration)
    version = found["version"]
    decision = {"decision": "approve", "reason": "better"}
    assert approver.post(f"{CHURN}/versions/{version}/decision", decision)[0] == 200
    assert trainer.get(f"{CHURN}/versions/{version}")[0] == 200
    body = {"version": version, "reason": "better"}
    # Lost in the middle; the same request, when the endpoint has settled, ends it.
    account.cloud.fail("UpdateEndpoint", "ReadTimeout", after=True)
    assert approver.post(f"{CHURN}/releases", body, "k")[0] == 503
    account.settle()
    assert approver.post(f"{CHURN}/releases", body, "k")[1]["outcome"] == "succeeded"
    # A person's, begun with a request that the model must answer, and undone by the
    # alarms: who asks for the same continues it.
    seen = list(account.cloud.requests)
    account.cloud.ends.append("rolled-back")
    account.releases().rollback(smoke=Smoke.of(b"{}"), wait=False)
    account.cloud.requests[:] = seen
    account.settle()
    worse = approver.post(f"{CHURN}/rollbacks", {"reason": "worse"}, "l")
    assert worse[1]["outcome"] == "rolled-back", worse
    seen = list(account.cloud.requests)
    account.releases().rollback(smoke=Smoke.of(b"{}"), wait=False)
    account.cloud.requests[:] = seen
    account.settle()
    worse = approver.post(f"{CHURN}/rollbacks", {"reason": "worse"}, "m")
    assert worse[1]["outcome"] == "succeeded", worse
    assert trainer.post(f"{CHURN}/trainings", {"reason": "a new season"})[0] == 202
    assert trainer.get(f"{CHURN}/trainings")[0] == 200


@pytest.fixture(scope="module")
def calls() -> Iterator[list[tuple[str, Mapping[str, Any]]]]:
    with pytest.MonkeyPatch.context() as patched, world(patched) as account:
        context = Pipeline(SETTINGS, connect(SETTINGS, account.session)).context
        Beginning(context).decide(DRIFT, "")
        registration = account.registration()
        account.cloud.requests.clear()
        uses(account, registration)
        yield list(account.cloud.requests)


def applies(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    resources = statement["Resource"]
    resources = [resources] if isinstance(resources, str) else resources
    return action in statement["Action"] and any(matches(p, resource) for p in resources)


def test_the_role_allows_all_calls(calls: list[tuple[str, Mapping[str, Any]]]) -> None:
    refused = set()
    for name, params in calls:
        for action, resource in needed(name, params):
            fits = [s for s in statements() if applies(s, action, resource)]
            is_denied = "IfNoneMatch" not in params and any(s["Effect"] == "Deny" for s in fits)
            if is_denied or not any(s["Effect"] == "Allow" for s in fits):
                refused.add(f"{action} on {resource}")
    assert refused == set()


def test_the_role_allows_nothing_that_no_operation_calls(
    calls: list[tuple[str, Mapping[str, Any]]],
) -> None:
    used = {
        f"{statement['Sid']} {action}"
        for name, params in calls
        for action, resource in needed(name, params)
        for statement in statements()
        if statement["Effect"] == "Allow" and applies(statement, action, resource)
    }
    allowed = {
        f"{statement['Sid']} {action}"
        for statement in statements()
        for action in statement["Action"]
    }
    assert allowed - used == NOT_CALLED


def test_conditions_are_what_the_calls_say(calls: list[tuple[str, Mapping[str, Any]]]) -> None:
    """A version is registered for approval, and only approved or rejected after."""
    by_sid = {statement["Sid"]: statement for statement in statements()}
    statuses = by_sid["DecideOnVersions"]["Condition"]["StringEquals"]
    for name, params in calls:
        if name == "CreateModelPackage":
            assert params["ModelApprovalStatus"] == "PendingManualApproval"
        if name == "UpdateModelPackage":
            assert params["ModelApprovalStatus"] in statuses["sagemaker:ModelApprovalStatus"]


def test_who_starts_runs_of_an_encrypted_state_machine_uses_its_key_and_no_other() -> None:
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/of-the-machine"
    pipeline = {**apis.SERVING["pipelines"]["churn"], "state_machine_key_arn": key}
    plan = apis.registered({**apis.SERVING, "pipelines": {"churn": pipeline}})
    granted = [s for t in documents(plan) for s in json.loads(t)["Statement"] if "Runs" in s["Sid"]]
    encrypts = next(s for s in granted if s["Sid"] == "EncryptRuns")
    assert encrypts["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert encrypts["Resource"] == [key]


def test_the_policy_of_the_most_endpoints_with_the_longest_names_fits_into_a_role() -> None:
    def name(number: int) -> str:
        return f"{number}" + "e" * 62

    targets, pipelines = {}, {}
    for number in range(7):
        own = name(number)
        targets[own] = {
            **apis.MINIMAL["targets"]["churn"],
            "endpoint": own,
            "model_package_group": own,
            "role_arn": f"arn:aws:iam::{ACCOUNT}:role/{own}",
            "kms_key_arn": apis.KEY_ARN,
        }
        pipelines[own] = {
            **apis.SERVING["pipelines"]["churn"],
            "endpoint": own,
            "state_machine_arn": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{own}",
            "state_machine_key_arn": f"{apis.KEY_ARN.partition('key/')[0]}key/{'0' * 36}",
        }
    plan = apis.registered({**apis.SERVING, "targets": targets, "pipelines": pipelines})
    inline, *managed = [len(text.replace(" ", "")) for text in documents(plan)]
    assert inline <= 10_240
    assert len(managed) == 7
    assert max(managed) <= 6_144
