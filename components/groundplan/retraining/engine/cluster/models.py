"""The registry in the bucket, and which of its versions serves on the cluster."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.release.cluster.registry import BucketRegistry, BucketVersion
from groundplan.release.engine import candidates
from groundplan.release.engine import metrics as documents
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import ReleaseError
from groundplan.release.engine.registry import APPROVED, PENDING, REJECTED
from groundplan.release.engine.version_record import ModelTask
from groundplan.retraining.engine.services import (
    Approval,
    Candidate,
    Champion,
    Decision,
    Refused,
)
from groundplan.retraining.engine.settings import RetrainingSettings

APPROVALS = {
    APPROVED: Approval.APPROVED,
    PENDING: Approval.PENDING,
    REJECTED: Approval.REJECTED,
}


class BucketModels:
    """The versions of an endpoint's group. `serving` returns the id of the version that
    serves; who approves on another computer than the cluster's needs none."""

    def __init__(
        self,
        clients: Clients,
        registry: BucketRegistry,
        settings: RetrainingSettings,
        serving: Callable[[], str],
    ) -> None:
        self._clients, self._registry = clients, registry
        self._settings, self._serving = settings, serving

    def champion(self) -> Champion:
        """The version that serves, with the record that it was trained from."""
        try:
            serving = self._serving()
            if self._registry.number(serving) is None:
                raise Refused(
                    f"Endpoint {self._settings.endpoint} serves {serving or 'a model'}, which is "
                    "no version of the registry. Fix: `groundplan release register` its model and "
                    "approve it first"
                )
            version = self._registry.find(serving)
        except ReleaseError as error:
            raise Refused(str(error)) from None
        return Champion(
            id=version.id,
            version=version.number,
            record_uri=version.record_uri,
            record=self._record(version),
            model_uri=version.model_uri,
            image=version.image,
            environment=version.environment,
            manifest_uri=version.manifest["uri"],
        )

    def register(self, candidate: Candidate) -> str:
        found = documents.parse(candidate.metrics, "of the evaluation").measured
        wanted = candidates.Candidate(
            group=self._registry.group,
            record_uri=candidate.training.record_uri,
            model=candidate.model_uri,
            image=candidate.champion.image,
            task=ModelTask(self._settings.evaluation.task),
            metrics={name: metric.value for name, metric in found.overall.items()},
            manifest_uri=self._settings.manifest_uri or candidate.champion.manifest_uri,
            description=candidate.description,
            environment=candidate.champion.environment,
            document=candidate.metrics,
        )
        try:
            return self._registry.register(wanted).id
        except ReleaseError as error:
            raise Refused(str(error)) from None

    def decision(self, version: str) -> Decision:
        try:
            found = self._registry.decision(self._registry.find(version).number)
        except ReleaseError as error:
            raise Refused(str(error)) from None
        return Decision(APPROVALS[found.approval], found.by, found.reason)

    def approve(self, version: str, reason: str) -> None:
        try:
            self._registry.approve(self._registry.find(version).number, reason)
        except ReleaseError as error:
            raise Refused(str(error)) from None

    def reject(self, version: str, reason: str) -> None:
        try:
            number = self._registry.find(version).number
            if self._registry.decision(number).approval == PENDING:
                self._registry.reject(number, reason)
        except ReleaseError as error:
            raise Refused(str(error)) from None

    def _record(self, version: BucketVersion) -> Mapping[str, Any]:
        """The record of the run that trained a version. Raises `Refused` if it is gone,
        or is another one."""
        bucket, _, key = version.record_uri.removeprefix("s3://").partition("/")
        name = f"Version {version.id}, which serves, was trained by {version.record_uri}, which"
        try:
            body: bytes = self._clients.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            if aws.is_missing(error):
                raise Refused(f"{name} is gone") from None
            raise
        if hashlib.sha256(body).hexdigest() != version.run:
            raise Refused(f"{name} somebody has changed since")
        found: Mapping[str, Any] = json.loads(body)
        return found
