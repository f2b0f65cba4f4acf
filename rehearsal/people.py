"""What people do, each with a role of their own: publish data, train a first model,
register it, approve. They use the library as the commands do."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas  # type: ignore[import-untyped]
from groundplan import RunsOn, TrainingJob
from groundplan.data import versions
from groundplan.data.quality import checks
from groundplan.data.quality.result import QualityResult
from groundplan.data.quality.rules import QualityRule, RuleKind
from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.commit import Options, commit
from groundplan.data.versions.contents import Stored
from groundplan.manifest.model import Manifest
from groundplan.release.engine import gate_report, registration, registry
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.target import Target
from groundplan.release.engine.version_record import ModelTask
from groundplan.testing import deploy

from rehearsal import data
from rehearsal.account import Account
from rehearsal.containers import evaluate, folders, model
from rehearsal.guard import acting, person

SCIENTIST = person("jo", "data-science")
APPROVER = person("kim", "approvers")
RULES = (
    QualityRule(RuleKind.ROWS, limit=200),
    QualityRule(RuleKind.COMPLETE, "radius", 1.0),
    QualityRule(RuleKind.COMPLETE, "concavity", 0.8),
    QualityRule(RuleKind.MIN, "radius", 0.0),
    QualityRule(RuleKind.MAX, "radius", 100.0),
)


class BrokenRules(Exception):
    """The data broke rules of quality."""


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

    def check(self, dataset: str, scanner: int, name: str) -> QualityResult:
        """Checks the rows of a part by the rules."""
        features, labels = data.part(scanner, name)
        table = pandas.DataFrame(features, columns=list(model.FEATURES))
        table[model.LABEL] = labels
        run = f"scanner-{scanner}"
        return checks.check(table, RULES, dataset=dataset, run=run, now=self.account.clock.now)

    def publish(self, dataset: str, scanner: int, name: str, checked: QualityResult) -> str:
        """Publishes the rows of a part as a dataset version. Returns its reference."""
        if not checked.passed:
            raise BrokenRules("; ".join(rule.rule for rule in checked.failed))
        folder = f"datasets/{dataset}/data/scanner-{scanner}/"
        with acting(SCIENTIST):
            s3 = self.account.client("s3")
            text = data.csv(*data.part(scanner, name))
            s3.put_object(Bucket=self.bucket, Key=f"{folder}{name}.csv", Body=text.encode())
            quality = {"passed": checked.passed, "rules": len(checked.rules)}
            options = Options(by=SCIENTIST.caller, reason=f"scanner {scanner}", quality=quality)
            bucket = Bucket(s3, self.bucket)
            return commit(bucket, dataset, Stored(folder), options).version.reference

    def training(self, dataset: str, scanner: int, imputes: bool) -> Manifest:
        """Returns the plan of a training run, as `TrainingJob` registers it."""
        with acting(SCIENTIST):
            version = versions.read(self.account.client("s3"), self.bucket, f"{dataset}:latest")
        folder = f"s3://{self.bucket}/datasets/{dataset}/data/scanner-{scanner}/"
        args: Any = {
            "on": RunsOn.SAGEMAKER,
            "image": self.image,
            "command": ["python", "train.py"],
            "code": {"repository": "https://git.example.com/tumors", "revision": "89abcdef" * 5},
            "datasets": {"train": {"uri": folder, "version": version.reference}},
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
        region = self.account.names.region
        return deploy(
            lambda: TrainingJob(dataset, args),
            project="tumors",
            stack=f"run-{scanner}-{imputes}".lower(),
            region=region,
        ).manifest

    def measure(self, uri: str, dataset: str) -> dict[str, Any]:
        """Returns the metrics of a model on a dataset version, as the evaluation has
        them."""
        with acting(SCIENTIST):
            s3 = self.account.client("s3")
            version = versions.read(s3, self.bucket, f"{dataset}:latest")
            texts = [
                s3.get_object(Bucket=self.bucket, Key=item.key)["Body"].read().decode()
                for item in version.objects
            ]
            archive = s3.get_object(Bucket=self.bucket, Key=uri.split("/", 3)[3])["Body"].read()
        features, labels = model.table(texts[0])
        return evaluate.of(folders.opened(archive), features, labels)

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
