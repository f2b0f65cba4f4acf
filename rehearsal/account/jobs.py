"""SageMaker's training and processing jobs, which really run: their data comes from S3
with the permissions of their role, their script runs in this process, and what it
writes goes back to S3."""

import contextlib
import importlib
import io
import json
import os
import pathlib
import sys
import tarfile
import tempfile
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from groundplan.sagemaker import images

from rehearsal.account.names import ACCOUNT
from rehearsal.account.tracking import Tracking
from rehearsal.clock import Clock
from rehearsal.permissions.guard import Guard, acting
from rehearsal.permissions.policies import Need

ML = "/opt/ml"
MINUTES = 12
"""Minutes that a job takes: most of it is the start of its instance."""
Read = Callable[[str], Mapping[str, bytes]]


@dataclass
class Job:
    """A training or processing job."""

    request: Mapping[str, Any]
    status: str = "InProgress"
    reason: str = ""
    outcome: dict[str, Any] = field(default_factory=dict)


@dataclass
class Jobs:
    """All jobs of the account."""

    clock: Clock
    guard: Guard
    client: Callable[[str], Any]
    region: str
    tracking: Tracking
    jobs: dict[str, Job] = field(default_factory=dict)

    def start(self, name: str, kind: str, request: Mapping[str, Any]) -> None:
        """Starts a job; it has ended when the clock says so."""
        principal = self.guard.require_assumed(request["RoleArn"], "sagemaker.amazonaws.com")
        job = self.jobs[name] = Job(request)

        def end() -> None:
            try:
                with acting(principal), tempfile.TemporaryDirectory() as folder:
                    root = pathlib.Path(folder)
                    self._surroundings(request, kind)
                    isolated = request.get("EnableNetworkIsolation", False)
                    run = _Run(self.client("s3"), request, root, self.tracking.module(isolated))
                    job.outcome = run.train(name) if kind == "TrainingJobs" else run.process()
                job.status = "Completed"
            except Exception as error:  # noqa: BLE001 (what SageMaker reports)
                job.status, job.reason = "Failed", f"{type(error).__name__}: {error}"
            job.outcome |= {"ended": self.clock.now, "seconds": MINUTES * 60}

        self.clock.after(MINUTES * 60, end)

    def _surroundings(self, request: Mapping[str, Any], kind: str) -> None:
        """What SageMaker does with a job's role beside its data (Developer Guide,
        "CreateTrainingJob API: Execution Role Permissions")."""
        specification = request.get("AlgorithmSpecification") or request["AppSpecification"]
        image = specification.get("TrainingImage") or specification["ImageUri"]
        group = f"arn:aws:logs:{self.region}:{ACCOUNT}:log-group:/aws/sagemaker/{kind}"
        resources = request.get("ResourceConfig") or request["ProcessingResources"]["ClusterConfig"]
        self.guard.require(
            *pulled(image),
            *logged(group),
            Need(
                "cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": f"/aws/sagemaker/{kind}"}
            ),
            *volume(resources.get("VolumeKmsKeyId", "")),
        )


def pulled(image: str) -> list[Need]:
    """Returns what pulling an image needs."""
    repository = images.repository_arn(image)
    actions = ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")
    return [
        Need("ecr:GetAuthorizationToken", "*"),
        *(Need(f"ecr:{action}", str(repository)) for action in actions),
    ]


def logged(group: str) -> list[Need]:
    """Returns what writing to a log group needs."""
    return [
        Need("logs:CreateLogGroup", group),
        Need("logs:CreateLogStream", f"{group}:log-stream:one"),
        Need("logs:DescribeLogStreams", group),
        Need("logs:PutLogEvents", f"{group}:log-stream:one"),
    ]


def volume(key: str) -> list[Need]:
    """Returns what an encrypted volume needs of its key."""
    if not key:
        return []
    grant = {"kms:GrantIsForAWSResource": "true"}
    return [Need("kms:CreateGrant", key, grant), Need("kms:DescribeKey", key)]


@dataclass(frozen=True)
class _Run:
    """A job's container, in a folder of its own."""

    s3: Any
    request: Mapping[str, Any]
    root: pathlib.Path
    mlflow: types.ModuleType

    def train(self, name: str) -> dict[str, Any]:
        """Runs a training job. Returns where its model is."""
        for channel in self.request["InputDataConfig"]:
            place = f"{ML}/input/data/{channel['ChannelName']}"
            self._bring(channel["DataSource"]["S3DataSource"], place)
        parameters = json.dumps(self.request.get("HyperParameters", {}))
        self._file(f"{ML}/input/config/hyperparameters.json", parameters.encode())
        output = self._place(f"{ML}/model")
        output.mkdir(parents=True)
        self._script(self.request["AlgorithmSpecification"].get("ContainerEntrypoint"))
        folder = self.request["OutputDataConfig"]["S3OutputPath"]
        uri = f"{folder}/{name}/output/model.tar.gz"
        key = self.request["OutputDataConfig"].get("KmsKeyId")
        self._put(uri, _archive(output), key)
        return {"model": uri}

    def process(self) -> dict[str, Any]:
        """Runs a processing job."""
        for item in self.request["ProcessingInputs"]:
            self._bring(item["S3Input"], item["S3Input"]["LocalPath"])
        config = self.request["ProcessingOutputConfig"]
        for item in config["Outputs"]:
            self._place(item["S3Output"]["LocalPath"]).mkdir(parents=True)
        self._script(self.request["AppSpecification"].get("ContainerEntrypoint"))
        for item in config["Outputs"]:
            place = self._place(item["S3Output"]["LocalPath"])
            for file in sorted(place.rglob("*")):
                uri = f"{item['S3Output']['S3Uri']}/{file.relative_to(place)}"
                self._put(uri, file.read_bytes(), config.get("KmsKeyId"))
        return {}

    def _script(self, entry: list[str] | None) -> None:
        if not entry or entry[0] != "python":
            raise ValueError(f"The image has no entry point {entry}")
        script = importlib.import_module(f"rehearsal.containers.{pathlib.Path(entry[1]).stem}")
        values = {k: v.replace(ML, str(self._place(ML))) for k, v in self._environment().items()}
        with (
            mock.patch.dict(os.environ, values),
            mock.patch.dict(sys.modules, {"mlflow": self.mlflow}),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            script.main()

    def _environment(self) -> Mapping[str, str]:
        found: Mapping[str, str] = self.request.get("Environment", {})
        return found

    def _bring(self, source: Mapping[str, Any], place: str) -> None:
        bucket, _, key = source["S3Uri"].removeprefix("s3://").partition("/")
        if source["S3DataType"] == "ManifestFile":
            first, *names = json.loads(self._get(bucket, key))
            bucket, _, prefix = first["prefix"].removeprefix("s3://").partition("/")
            keys = [f"{prefix}{name}" for name in names]
        else:
            listed = self.s3.list_objects_v2(Bucket=bucket, Prefix=key)
            keys = [item["Key"] for item in listed.get("Contents", ())]
            prefix = key.rpartition("/")[0] + "/"
        if not keys:
            raise ValueError(f"No S3 objects found under {source['S3Uri']}")
        for each in keys:
            name = each.removeprefix(prefix)
            self._file(f"{place}/{name}", self._get(bucket, each))

    def _get(self, bucket: str, key: str) -> bytes:
        content: bytes = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return content

    def _put(self, uri: str, content: bytes, key_arn: str | None) -> None:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_arn} if key_arn else {}
        self.s3.put_object(Bucket=bucket, Key=key, Body=content, **encryption)

    def _place(self, path: str) -> pathlib.Path:
        return self.root / path.strip("/")

    def _file(self, path: str, content: bytes) -> None:
        place = self._place(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def _archive(folder: pathlib.Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for file in sorted(folder.iterdir()):
            archive.add(file, arcname=file.name)
    return buffer.getvalue()
