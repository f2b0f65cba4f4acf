"""What is done by the API and what is done by commands leaves the same records."""

import json
import pathlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from api_world import API_SETTINGS, APPROVER, TRAINER, World, world
from click.testing import CliRunner
from groundplan.cli import main
from groundplan.release.engine.candidates import Candidate
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.registration import register
from groundplan.release.engine.version_record import ModelTask
from retraining_world import BUCKET, ENDPOINT, REGION

CHURN = "/v1/endpoints/churn"
PIPELINE = API_SETTINGS.pipelines["churn"]
REASON = "AUC 0.92,\nchampion 0.90"
NAME = re.compile(r"\d{8}T\d{6}\.\d+Z-[\w-]+|\d{4}-\d\d-\d\dT[\d:.]+(\+00:00)?")
"""Names of releases, and times."""


def settled(account: World) -> None:
    """The release runtime ends what was begun."""
    who, account.cloud.who = account.cloud.who, "assumed-role/runtime/function"
    account.settle()
    assert account.resume().outcome == "succeeded"
    account.cloud.who = who


def by_api(account: World, _folder: pathlib.Path) -> None:
    trainer, approver = account.caller(TRAINER), account.caller(APPROVER)
    _, found = trainer.post(f"{CHURN}/versions", account.registration())
    path = f"{CHURN}/versions/{found['version']}/decision"
    approver.post(path, {"decision": "approve", "reason": REASON})
    for path in ("releases", "rollbacks"):
        status, _ = approver.post(f"{CHURN}/{path}", {"reason": REASON})
        assert status == 202
        settled(account)
    status, _ = approver.post(f"{CHURN}/versions/2/decision", {"decision": "reject", "reason": "x"})
    assert status == 200
    trainer.post(f"{CHURN}/trainings", {"reason": REASON})


def by_commands(account: World, folder: pathlib.Path) -> None:
    outputs = folder / "outputs.json"
    exports = {
        "releaseTargets": dict(account.settings.targets),
        "retraining": {"churn": PIPELINE},
    }
    outputs.write_text(json.dumps(exports, default=list))

    def run(*words: str) -> None:
        done = CliRunner().invoke(main, [*words, "--outputs", str(outputs)], catch_exceptions=False)
        assert done.exit_code == 0, done.output

    body = account.registration()
    document = json.loads(_read(account, body.pop("evaluation_uri")))
    account.cloud.who = TRAINER.rpartition(":")[2]
    task = ModelTask(body.pop("task"))
    candidate = Candidate(group="churn", task=task, document=document, **body)
    register(Clients.connect(REGION, account.session), candidate)
    account.cloud.who = APPROVER.rpartition(":")[2]
    run("release", "approve", "churn", "2", "--reason", REASON)
    for command in ("deploy", "rollback"):
        run("release", command, "churn", "--reason", REASON, "--no-wait")
        settled(account)
    run("release", "approve", "churn", "2", "--reject", "--reason", "x")
    account.cloud.who = TRAINER.rpartition(":")[2]
    run("retraining", "start", "churn", "--reason", REASON)


def _read(account: World, uri: str) -> bytes:
    key = uri.removeprefix(f"s3://{BUCKET}/")
    content: bytes = account.cloud.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return content


@contextmanager
def there() -> Iterator[tuple[pytest.MonkeyPatch, World]]:
    with pytest.MonkeyPatch.context() as patched, world(patched) as account:
        patched.setattr(boto3.session, "Session", lambda: account.session)
        yield patched, account


def records(account: World) -> dict[str, Any]:
    """Returns what the registry, the audit trail and the journal hold, without what
    differs between any two requests."""
    sagemaker, s3 = account.cloud.client("sagemaker"), account.cloud.client("s3")
    (version, *_) = sagemaker.list_model_packages(
        ModelPackageGroupName="churn", SortBy="CreationTime", SortOrder="Descending"
    )["ModelPackageSummaryList"]
    package = sagemaker.describe_model_package(ModelPackageName=version["ModelPackageArn"])
    found: dict[str, Any] = {
        "approval": (package["ModelApprovalStatus"], package["ApprovalDescription"]),
        "properties": package["CustomerMetadataProperties"],
        "description": package["ModelPackageDescription"],
        "serving": account.cloud.endpoint(ENDPOINT).endpoint_config_name,
    }
    for item in s3.list_objects_v2(Bucket=BUCKET)["Contents"]:
        key = item["Key"]
        if any(f"/{folder}/" in key for folder in ("records", "triggers")):
            found.setdefault(key.rpartition("/")[0], []).append(
                json.loads(_read(account, f"s3://{BUCKET}/{key}"))
            )
    for trigger in found[f"retraining/{ENDPOINT}/triggers"]:
        del trigger["id"], trigger["kind"]
    return dict(json.loads(NAME.sub("...", json.dumps(found, sort_keys=True, default=str))))


def test_the_api_and_the_commands_leave_the_same_records(tmp_path: pathlib.Path) -> None:
    left: list[dict[str, Any]] = []
    ways: tuple[Callable[[World, pathlib.Path], None], ...] = (by_api, by_commands)
    for way in ways:
        with there() as (_, account):
            way(account, tmp_path)
            left.append(records(account))
    assert left[0] == left[1]
