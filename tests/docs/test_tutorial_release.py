"""The tutorial of releases, walked through: its commands in their order, and its
program, against moto."""

import hashlib
import importlib.util
import json
import pathlib
import re
import shlex
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result
from groundplan.cli import main
from groundplan.data.versions import documents, manifest
from groundplan.data.versions.keys import DatasetKeys
from groundplan.release.engine import handler
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.target import Target
from groundplan.release.engine.waiting import Patience

ROOT = pathlib.Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guides" / "tutorial-release.md").read_text(encoding="utf-8")
GROUP = ENDPOINT = "ml-prod-churn"
DIGEST = "sha256:" + "0123456789abcdef" * 4


def load_runtime_fixtures() -> Any:
    """The fixtures of tests/runtime by their path: tests are no package."""
    name = "runtime_fixtures"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            name, ROOT / "tests" / "release" / "engine" / "conftest.py"
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


runtime = load_runtime_fixtures()


def commands() -> list[list[str]]:
    """What the page has somebody type, of `groundplan release`, in its order."""
    return [
        shlex.split(line)[1:]
        for line in PAGE.splitlines()
        if line.startswith("groundplan release ")
    ]


def script() -> str:
    """The page's program that registers a version."""
    (found,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


class CachedSession:
    """A session that makes each client once."""

    def client(self, service: str, **_: Any) -> Any:
        return runtime.fake.client(service)


class Walk:
    """Somebody who does what the page says."""

    def __init__(self, cloud: Any, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cloud, self.left = cloud, commands()
        self.target = {**runtime.EXPORT, "endpoint": ENDPOINT, "model_package_group": GROUP}
        outputs = folder / "outputs.json"
        outputs.write_text(json.dumps({"releaseTargets": {"churn": self.target}}))
        (folder / "smoke.json").write_text('{"tenure": 3}')
        monkeypatch.chdir(folder)
        monkeypatch.setenv("GROUNDPLAN_OUTPUTS", str(outputs))
        monkeypatch.setenv("COLUMNS", "200")  # of the terminal
        self.environment = monkeypatch
        cloud.client("sagemaker").create_model_package_group(ModelPackageGroupName=GROUP)

    def types(self, *expected: str, exits: int = 0) -> Result:
        """The next command of the page, which has to be this one."""
        command = self.left.pop(0)
        assert command[: len(expected)] == list(expected)
        result = CliRunner().invoke(main, command, catch_exceptions=False)
        assert result.exit_code == exits, result.output
        return result

    def registers(self, number: int) -> None:
        """Train another model, and run the page's script."""
        version = manifest.written("churn", (), manifest.Description({"number": number}))
        digest = documents.digest(version)
        record = json.dumps(
            {
                "name": "churn",
                "image": f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/churn@{DIGEST}",
                "code": {"repository": "https://git.example.com/churn", "revision": "89abcdef" * 5},
                "datasets": {
                    "train": {"uri": "s3://example-data/churn/", "version": f"churn@{digest}"}
                },
            }
        )
        run = hashlib.sha256(record.encode()).hexdigest()
        files = {
            f"runs/churn/{run}/run.json": record,
            f"models/churn/{run}/output/model.tar.gz": "model",
            "manifests/prod.json": "{}",
            DatasetKeys("churn").version(digest): version.decode(),
        }
        for key, body in files.items():
            self.cloud.client("s3").put_object(Bucket="artifacts", Key=key, Body=body.encode())
        self.environment.setenv("BUCKET", "artifacts")
        self.environment.setenv("RECORD", f"s3://artifacts/runs/churn/{run}/run.json")
        self.environment.setenv("MODEL", f"s3://artifacts/models/churn/{run}/output/model.tar.gz")
        names: dict[str, Any] = {}
        exec(compile(script(), "tutorial-release.md", "exec"), names)  # noqa: S102 (our own page)
        assert names["registered"].version == number

    def hears(self, event: dict[str, Any]) -> dict[str, str] | None:
        """What the function answers to an event."""
        target = Target.read("churn", self.target)
        return handler.answer(event, [target], lambda place: Clients.connect(place.region)).get(
            ENDPOINT
        )

    def settles(self) -> None:
        for _ in range(self.cloud.ticks + 1):
            self.cloud.client("sagemaker").describe_endpoint(EndpointName=ENDPOINT)


@pytest.fixture
def walk(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Iterator[Walk]:
    import boto3  # type: ignore[import-untyped]

    with runtime.furnished(monkeypatch) as cloud:
        monkeypatch.setattr(boto3.session, "Session", CachedSession)
        monkeypatch.setattr(Patience, "seconds", lambda _self, _attempt: 0.0)
        yield Walk(cloud, tmp_path, monkeypatch)


def test_the_page_does_what_it_says(walk: Walk) -> None:
    walk.registers(1)
    assert "PendingManualApproval" in walk.types("release", "list").stdout
    walk.types("release", "gate", "churn", "1")
    walk.types("release", "approve", "churn", "1")

    arn = f"arn:aws:sagemaker:eu-west-1:123456789012:model-package/{GROUP}/1"
    version = {"ModelPackageGroupName": GROUP, "ModelPackageVersion": 1, "ModelPackageArn": arn}
    approval = {
        "detail-type": "SageMaker Model Package State Change",
        "time": "2026-01-01T00:00:00Z",
        "detail": {**version, "ModelApprovalStatus": "Approved"},
    }
    begun = walk.hears(approval)
    assert begun is not None
    assert begun["outcome"] == "in-progress"
    assert "Updating" in walk.types("release", "status").stdout
    walk.settles()
    ended = walk.hears(
        {"detail-type": "SageMaker Endpoint State Change", "detail": {"EndpointName": ENDPOINT}}
    )
    assert ended is not None
    assert ended["outcome"] == "succeeded"

    walk.registers(2)
    walk.types("release", "approve", "churn", "2")
    walk.cloud.ends = ["rolled-back"]
    told = walk.types("release", "deploy", "churn", "2", exits=3).stdout
    assert (
        f"deploy of version 2 on {ENDPOINT} was rolled back: SageMaker went back to {ENDPOINT}-v1-"
        in told
    )
    assert f"Live is {ENDPOINT}-v1-" in told
    assert "rolled-back" in walk.types("release", "show", "churn", "2").stdout
    walk.types("release", "approve", "churn", "2", "--reject")

    walk.registers(3)
    walk.types("release", "approve", "churn", "3")
    walk.types("release", "deploy", "churn", "3")
    assert "rollback of version 1" in walk.types("release", "rollback").stdout
    assert "version 1" in walk.types("release", "status").stdout
    walk.types("release", "prune", "churn")
    assert walk.left == []

    kept = walk.cloud.client("s3").list_objects_v2(
        Bucket="artifacts", Prefix=f"releases/{ENDPOINT}/records/"
    )
    assert "Four records" in PAGE
    assert kept["KeyCount"] == 4


def test_the_page_names_no_option_that_a_command_does_not_have() -> None:
    release = main.commands["release"]
    for _, name, *rest in commands():
        known = {option for parameter in release.commands[name].params for option in parameter.opts}  # type: ignore[attr-defined]
        assert {word for word in rest if word.startswith("--")} <= known, name
