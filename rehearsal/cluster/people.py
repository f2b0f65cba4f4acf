"""What people do for a service on a cluster: they train models, register and approve
them."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import joblib  # type: ignore[import-untyped]
from groundplan import RunsOn, TrainingJob
from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.commit import Options, commit
from groundplan.data.versions.contents import Stored
from groundplan.manifest.model import Manifest
from groundplan.release.cluster import connection
from groundplan.release.cluster.registry import BucketRegistry, BucketVersion
from groundplan.release.cluster.releases import registry_of
from groundplan.release.cluster.target import ClusterTarget
from groundplan.release.engine.candidates import Candidate
from groundplan.release.engine.version_record import ModelTask
from groundplan.testing import deploy

from rehearsal.account.account import Account
from rehearsal.account.names import Names
from rehearsal.containers import folders, model
from rehearsal.life import data
from rehearsal.life.people import APPROVER, SCIENTIST
from rehearsal.permissions.guard import acting


@dataclass
class People:
    """Those who work with one service."""

    account: Account
    manifest: Manifest
    target: ClusterTarget
    image: str
    key_arn: str

    def publish(self, dataset: str) -> str:
        """Publishes the training data as a dataset version. Returns its reference."""
        folder = f"datasets/{dataset}/data/"
        with acting(SCIENTIST):
            s3 = self.account.client("s3")
            text = data.csv(*data.part(1, "train"))
            s3.put_object(Bucket=self.target.bucket, Key=f"{folder}train.csv", Body=text.encode())
            options = Options(by=SCIENTIST.caller, reason="a rehearsal")
            bucket = Bucket(s3, self.target.bucket)
            return commit(bucket, dataset, Stored(folder), options).version.reference

    def train(self, number: int, imputes: bool) -> str:
        """Trains a model. Returns its URI."""
        features, labels = data.part(1, "train")
        if not imputes:
            complete = ~(features != features).any(axis=1)  # a missing value is not itself
            features, labels = features[complete], labels[complete]
        trained = model.pipeline(imputes, 1.0, data.SEED).fit(features, labels)
        key = f"{self.target.models}{number}/{folders.ARCHIVE}"
        with acting(SCIENTIST):
            self.account.client("s3").put_object(
                Bucket=self.target.bucket, Key=key, Body=folders.packed(_dumped(trained))
            )
        return f"s3://{self.target.bucket}/{key}"

    def recorded(self, dataset: str, version: str, imputes: bool) -> str:
        """Writes the record of a run, as `TrainingJob` registers it. Returns its
        URI."""
        args: Any = {
            "on": RunsOn.CLUSTER,
            "image": self.image,
            "code": {"repository": "https://git.example.com/offers", "revision": "89abcdef" * 5},
            "datasets": {
                "train": {
                    "uri": f"s3://{self.target.bucket}/datasets/{dataset}/data/",
                    "version": version,
                }
            },
            "parameters": {"imputes": imputes},
            "seed": data.SEED,
            "artifacts": {
                "bucket_name": self.target.bucket,
                "bucket_arn": f"arn:aws:s3:::{self.target.bucket}",
                "kms_key_arn": self.key_arn,
            },
        }
        plan = deploy(
            lambda: TrainingJob(dataset, args),
            project="offers",
            stack=f"run-{imputes}".lower(),
            region=self.account.names.region,
        ).manifest
        (record,) = [r for r in plan if r.custom and r.type.endswith(":BucketObjectv2")]
        inputs = Names(plan).value(record.inputs)
        with acting(SCIENTIST):
            self.account.client("s3").put_object(
                Bucket=inputs["bucket"], Key=inputs["key"], Body=inputs["content"].encode()
            )
        return f"s3://{inputs['bucket']}/{inputs['key']}"

    def propose(self, record: str, uri: str, metrics: Mapping[str, float]) -> BucketVersion:
        """Registers the model of a run, and approves it."""
        with acting(SCIENTIST):
            candidate = Candidate(
                group=self.target.endpoint,
                record_uri=record,
                model=uri,
                image=self.image,
                task=ModelTask.BINARY_CLASSIFICATION,
                metrics=metrics,
                manifest_uri=self._manifest_uri(),
            )
            version = self._registry().register(candidate)
        with acting(APPROVER):
            self._registry().approve(version.number, "it is better")
        return version

    def _registry(self) -> BucketRegistry:
        return registry_of(connection.clients(self.target.region), self.target)

    def _manifest_uri(self) -> str:
        key = f"manifests/{self.manifest.stack}.json"
        self.account.client("s3").put_object(
            Bucket=self.target.bucket, Key=key, Body=json.dumps({"stack": key}).encode()
        )
        return f"s3://{self.target.bucket}/{key}"


def _dumped(trained: Any) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(trained, buffer)
    return buffer.getvalue()
