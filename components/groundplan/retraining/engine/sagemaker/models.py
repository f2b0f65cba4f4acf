"""SageMaker's model registry, and which of its versions serves."""

import datetime
from collections.abc import Mapping

from groundplan.release.engine import (
    gate_report,
    live,
    registration,
    registry,
    sign_off,
)
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import ReleaseError
from groundplan.release.engine.registry import Version
from groundplan.release.engine.target import Target
from groundplan.retraining.engine import candidate_version, training_record
from groundplan.retraining.engine.services import (
    Approval,
    Candidate,
    Champion,
    Decision,
    Refused,
)
from groundplan.retraining.engine.settings import RetrainingSettings

RUN, RECORD, MANIFEST = "groundplan:run", "groundplan:run-record", "groundplan:manifest"
"""Properties of a version (`groundplan.release.engine.version_record`)."""


class SageMakerModels:
    """The versions of the endpoint's model package group."""

    def __init__(self, clients: Clients, target: Target, settings: RetrainingSettings) -> None:
        self._clients, self._target, self._settings = clients, target, settings

    def champion(self) -> Champion:
        """Returns the version that serves, with the record that it was trained from."""
        try:
            endpoint = live.endpoint(self._clients, self._target.endpoint)
            config = live.config(self._clients, endpoint["EndpointConfigName"])
            model = live.model_of(config, self._target.variant)
            arn = live.package_of(self._clients, model)
            if arn is None:
                raise Refused(
                    f"Endpoint {self._target.endpoint} serves {model}, which is no version of "
                    "the registry. Fix: release a registered version first"
                )
            version = registry.describe(self._clients, arn)
        except ReleaseError as error:
            raise Refused(str(error)) from None
        uri = version.properties.get(RECORD, "")
        return Champion(
            id=arn,
            version=version.version,
            record_uri=uri,
            record=training_record.read(
                self._clients.s3, uri, version.properties.get(RUN), str(version.version)
            ),
            model_uri=str(version.artifacts[0].get("model_data", "")),
            image=_image(version),
            environment=self._environment(arn),
            manifest_uri=version.properties.get(MANIFEST, ""),
        )

    def register(self, candidate: Candidate) -> str:
        wanted = candidate_version.of(candidate, self._target.model_package_group, self._settings)
        try:
            return registration.register(self._clients, wanted).arn
        except ReleaseError as error:
            raise Refused(str(error)) from None

    def decision(self, version: str) -> Decision:
        """Returns what the registry says. An approval that lacks the sign-off that the
        endpoint demands is none yet."""
        try:
            found = registry.describe(self._clients, version)
            if found.approval == registry.REJECTED:
                return Decision(Approval.REJECTED, found.approved_by, found.reason)
            if found.approval != registry.APPROVED:
                return Decision(Approval.PENDING)
            if lacking := self._lacking(found):
                return Decision(Approval.PENDING, found.approved_by, lacking)
        except ReleaseError as error:
            raise Refused(str(error)) from None
        return Decision(Approval.APPROVED, found.approved_by, found.reason)

    def approve(self, version: str, reason: str) -> None:
        now = datetime.datetime.now(datetime.UTC)
        try:
            found = registry.describe(self._clients, version)
            gate_report.approve(self._clients, self._target, found, reason, now)
        except ReleaseError as error:
            raise Refused(str(error)) from None

    def reject(self, version: str, reason: str) -> None:
        now = datetime.datetime.now(datetime.UTC)
        found = registry.describe(self._clients, version)
        if found.approval == registry.PENDING:
            registry.decide(self._clients, self._target, found, False, reason, now)

    def _lacking(self, version: Version) -> str:
        if not self._target.gates:
            return ""
        report = gate_report.build(self._clients, self._target, version)
        return "; ".join(sign_off.sign_off_problems(version, report))

    def _environment(self, arn: str) -> Mapping[str, str]:
        found = self._clients.sagemaker.describe_model_package(ModelPackageName=arn)
        containers = found.get("InferenceSpecification", {}).get("Containers", [{}])
        return dict(containers[0].get("Environment", {}))


def _image(version: Version) -> str:
    """Returns the serving image by its digest."""
    artifact = version.artifacts[0]
    image, digest = str(artifact.get("image", "")), str(artifact.get("image_digest", ""))
    return image if "@" in image or not digest else f"{image.rpartition(':')[0]}@{digest}"
