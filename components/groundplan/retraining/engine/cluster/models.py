"""The registry in the bucket, and which of its versions serves on the cluster."""

from collections.abc import Callable

from groundplan.release.cluster.registry import BucketRegistry
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import ReleaseError
from groundplan.release.engine.registry import APPROVED, PENDING, REJECTED
from groundplan.retraining.engine import candidate_version, training_record
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
        """Returns the version that serves, with the record that it was trained from."""
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
            record=training_record.read(
                self._clients.s3, version.record_uri, version.run, version.id
            ),
            model_uri=version.model_uri,
            image=version.image,
            environment=version.environment,
            manifest_uri=version.manifest["uri"],
        )

    def register(self, candidate: Candidate) -> str:
        wanted = candidate_version.of(candidate, self._registry.group, self._settings)
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
