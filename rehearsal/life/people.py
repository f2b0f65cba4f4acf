"""What people do, each with a role of their own: train a first model, register it,
approve. They use the library as the commands do."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundplan import RunsOn, TrainingJob
from groundplan.data.versions.manifest import DatasetVersion
from groundplan.manifest.model import Manifest
from groundplan.release.engine import gate_report, registration, registry
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.target import Target
from groundplan.release.engine.version_record import ModelTask
from groundplan.testing import deploy

from rehearsal.account.account import Account
from rehearsal.containers import evaluate, folders, tables
from rehearsal.life import data
from rehearsal.permissions.guard import acting, person

SCIENTIST = person("jo", "data-science")
APPROVER = person("kim", "approvers")


@dataclass
class People:
    """Those who work with one endpoint."""

    account: Account
    manifest: Manifest
    bucket: str
    key_arn: str
    target: Target
    image: str

    def clients(self) -> Clients:
        """Returns the clients of the release engine."""
        return Clients.connect(self.account.names.region)

    def training(self, version: DatasetVersion, imputes: bool) -> Manifest:
        """Returns the plan of a training run on a dataset version, as `TrainingJob`
        registers it."""
        dataset = version.reference.partition("@")[0]
        with acting(SCIENTIST):
            part = next(iter(version.objects))
        folder = part.key.removesuffix(part.path)
        args: Any = {
            "on": RunsOn.SAGEMAKER,
            "image": self.image,
            "command": ["python", "train.py"],
            "code": {"repository": "https://git.example.com/tumors", "revision": "89abcdef" * 5},
            "datasets": {
                "train": {"uri": f"s3://{self.bucket}/{folder}", "version": version.reference}
            },
            "parameters": {"regularization": 1.0, "imputes": imputes},
            "seed": data.SEED,
            "max_runtime_seconds": 3600,
            "artifacts": {
                "bucket_name": self.bucket,
                "bucket_arn": f"arn:aws:s3:::{self.bucket}",
                "kms_key_arn": self.key_arn,
            },
            "sagemaker": {"instance_type": "ml.m5.xlarge"},
        }
        if tracking := self._tracking():
            args["tracking"] = tracking
            args["sagemaker"]["network_isolation"] = False
        region = self.account.names.region
        return deploy(
            lambda: TrainingJob(dataset, args),
            project="tumors",
            stack=f"run-{version.digest[-8:]}-{imputes}".lower(),
            region=region,
        ).manifest

    def _tracking(self) -> dict[str, Any]:
        """Returns the access to the stack's MLflow, empty where it has none."""
        found = [r for r in self.manifest if r.type == "groundplan:index:ExperimentTracking"]
        if not found:
            return {}
        outputs = self.account.names.value(found[0].outputs)
        return {
            "tracking_uri": outputs["trackingUri"],
            "tracking_arn": outputs["trackingArn"],
            "bucket_arn": f"arn:aws:s3:::{self.bucket}",
            "kms_key_arn": self.key_arn,
            "prefix": f"{outputs['artifactUri'].split('/', 3)[3]}/",
        }

    def measure(self, uri: str, version: DatasetVersion) -> dict[str, Any]:
        """Returns the metrics of a model on a dataset version, as the evaluation has
        them."""
        with acting(SCIENTIST):
            s3 = self.account.client("s3")
            files = [
                (item.path, s3.get_object(Bucket=self.bucket, Key=item.key)["Body"].read())
                for item in version.objects
            ]
            archive = s3.get_object(Bucket=self.bucket, Key=uri.split("/", 3)[3])["Body"].read()
        return evaluate.of(folders.opened(archive), *tables.of(files))

    def _manifest_uri(self) -> str:
        """Uploads the manifest of the environment. Returns its URI."""
        key = f"manifests/{self.manifest.stack}.json"
        text = self.manifest.to_json().encode()
        self.account.client("s3").put_object(Bucket=self.bucket, Key=key, Body=text)
        return f"s3://{self.bucket}/{key}"

    def registration(self, run: Mapping[str, str], metrics: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the body that registers the model of a run through the API, once its
        evaluation is uploaded."""
        uri = f"{run['record'].rpartition('/')[0]}/evaluation.json"
        with acting(SCIENTIST):
            self.account.client("s3").put_object(
                Bucket=self.bucket,
                Key=uri.split("/", 3)[3],
                Body=json.dumps(_document(metrics)).encode(),
            )
            return {
                "record_uri": run["record"],
                "model": run["model"],
                "image": self.image,
                "task": "binary-classification",
                "metrics": {name: float(metric["value"]) for name, metric in metrics.items()},
                "manifest_uri": self._manifest_uri(),
                "evaluation_uri": uri,
            }

    def register(self, run: Mapping[str, str], metrics: Mapping[str, Any]) -> registry.Version:
        """Registers the model of a run, with the metrics of its evaluation."""
        with acting(SCIENTIST):
            candidate = registration.Candidate(
                group=self.target.model_package_group,
                record_uri=run["record"],
                model=run["model"],
                image=self.image,
                task=ModelTask("binary-classification"),
                metrics={name: float(metric["value"]) for name, metric in metrics.items()},
                manifest_uri=self._manifest_uri(),
                content_types=("text/csv",),
                response_types=("text/csv",),
                document=_document(metrics),
            )
            clients = self.clients()
            registered = registration.register(clients, candidate)
            return registry.describe(clients, registered.arn)

    def approve(self, arn: str, reason: str) -> None:
        """Approves a version, as an approver."""
        with acting(APPROVER):
            clients = self.clients()
            version = registry.describe(clients, arn)
            now = self.account.clock.now
            gate_report.approve(clients, self.target, version, reason, now)


def _document(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """The evaluation as gates read it."""
    document = {"schema": 1, "dataset": "held-out", "metrics": dict(metrics)}
    plain: dict[str, Any] = json.loads(json.dumps(document))
    return plain
