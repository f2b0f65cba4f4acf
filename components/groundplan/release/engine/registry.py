"""Versions in the model registry: what they are, who approved them, and who may."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.principals import PROPERTY_LENGTH as PROPERTY_LENGTH
from groundplan.release.engine.principals import as_property, is_same_person
from groundplan.release.engine.principals import person as person
from groundplan.release.engine.target import Target

APPROVED, PENDING, REJECTED = "Approved", "PendingManualApproval", "Rejected"
REGISTERED_BY = "groundplan:registered-by"
APPROVED_BY = "groundplan:approved-by"
APPROVED_AT = "groundplan:approved-at"
REASON_LENGTH = 1024
"""Characters of `ApprovalDescription` (botocore, sagemaker service-2.json)."""


@dataclass(frozen=True)
class Version:
    """One version of a model package group."""

    version: int
    arn: str
    approval: str
    """`Approved`, `PendingManualApproval` or `Rejected`."""
    status: str
    """`Completed` once the version can be used."""
    created: str
    description: str = ""
    reason: str = ""
    """Why it was approved or rejected."""
    properties: Mapping[str, str] = field(default_factory=dict)
    artifacts: Sequence[Mapping[str, str]] = ()
    """Image, its digest, model files and their ETag, of each container."""

    @property
    def registered_by(self) -> str:
        return self.properties.get(REGISTERED_BY, "")

    @property
    def approved_by(self) -> str:
        return self.properties.get(APPROVED_BY, "")

    def as_dict(self) -> dict[str, Any]:
        """As JSON shows it."""
        return {
            **asdict(self),
            "registered_by": self.registered_by,
            "approved_by": self.approved_by,
        }


def versions(
    clients: Clients, target: Target, limit: int = 50, below: int | None = None
) -> list[Version]:
    """Returns the newest versions of the target's group, of those below a number,
    newest first, as far as the list returns: without artifacts."""
    found: list[Version] = []
    pages = clients.sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=target.model_package_group,
        SortBy="CreationTime",
        SortOrder="Descending",
    )
    for page in pages:
        for summary in page["ModelPackageSummaryList"]:
            version = _summary(summary)
            if below is None or version.version < below:
                found.append(version)
            if len(found) >= limit:
                return found
    return found


def find(clients: Clients, target: Target, version: int) -> Version:
    """One version of the target's group. Raises `Refused` if there is none."""
    listed = versions(clients, target, limit=10_000)
    for candidate in listed:
        if candidate.version == version:
            return describe(clients, candidate.arn)
    near = ", ".join(str(candidate.version) for candidate in listed[:10]) or "none at all"
    raise Refused(
        f"{target.model_package_group} has no version {version}. There are: {near}. "
        "Fix: name one of them, see `groundplan release list`"
    )


def latest_approved(clients: Clients, target: Target) -> Version:
    """Returns the newest approved version. Raises `Refused` if there is none."""
    for candidate in versions(clients, target, limit=10_000):
        if candidate.approval == APPROVED and candidate.status == "Completed":
            return describe(clients, candidate.arn)
    raise Refused(
        f"{target.model_package_group} has no approved version. Fix: `groundplan release "
        "approve` one"
    )


def describe(clients: Clients, arn: str) -> Version:
    """A version with all that is known of it. Raises `Refused` if it is gone."""
    try:
        found = clients.sagemaker.describe_model_package(ModelPackageName=arn)
    except ClientError as error:
        if aws.is_missing(error):
            raise Refused(f"The model package {arn} does not exist (any more)") from None
        raise
    containers = found.get("InferenceSpecification", {}).get("Containers", [])
    kept = {
        "Image": "image",
        "ImageDigest": "image_digest",
        "ModelDataUrl": "model_data",
        "ModelDataETag": "model_data_etag",
    }
    artifacts = [
        {name: str(c[key]) for key, name in kept.items() if c.get(key)} for c in containers
    ]
    for artifact, container in zip(artifacts, containers, strict=True):
        source = container.get("ModelDataSource", {}).get("S3DataSource", {}).get("S3Uri")
        if source:
            artifact["model_data"] = str(source)
    base = _summary(found)
    return Version(
        **{
            **base.__dict__,
            "properties": dict(found.get("CustomerMetadataProperties", {})),
            "artifacts": artifacts,
            "reason": str(found.get("ApprovalDescription", "")),
        }
    )


def require_approved(target: Target, version: Version) -> None:
    """Raise `Refused` unless the version may be released."""
    name = f"Version {version.version} of {target.model_package_group}"
    if version.status != "Completed":
        raise Refused(f"{name} is {version.status}, not Completed. Fix: register it again")
    if version.approval != APPROVED:
        raise Refused(
            f"{name} is {version.approval}, not {APPROVED}. "
            f'Fix: groundplan release approve TARGET {version.version} --reason "..."'
        )
    if not target.require_second_approver:
        return
    # An approval from elsewhere, such as the console, leaves no name: then nobody knows
    # that it was a second person.
    if not version.registered_by or not version.approved_by:
        lacking = "who registered it" if not version.registered_by else "who approved it"
        raise Refused(
            f"{name} does not say {lacking}, and this endpoint asks for two persons. Fix: "
            "register with the property "
            f"{REGISTERED_BY}, and approve with `groundplan release approve`"
        )
    if is_same_person(version.registered_by, version.approved_by):
        raise Refused(
            f"{name} was registered and approved by {person(version.approved_by)}; two "
            "persons are asked for"
        )


def decide(
    clients: Clients,
    target: Target,
    version: Version,
    approve: bool,
    reason: str,
    now: datetime.datetime,
) -> Version:
    """Approve or reject a version, with the reason and who did it. Approving twice
    changes nothing."""
    # `ApprovalDescription` has no line breaks (botocore, sagemaker service-2.json).
    caller, reason = clients.caller(), " ".join(reason.split())
    if not reason:
        raise Refused("An approval needs a reason. Fix: --reason")
    if len(reason) > REASON_LENGTH:
        raise Refused(f"The reason has {len(reason)} characters. Allowed: {REASON_LENGTH}")
    if approve and target.require_second_approver:
        if not version.registered_by:
            raise Refused(
                f"Version {version.version} does not say who registered it, and this "
                "endpoint asks for two persons. "
                f"Fix: register it with the property {REGISTERED_BY}"
            )
        if is_same_person(caller, version.registered_by):
            raise Refused(
                f"{person(caller)} registered version {version.version} and can't approve it: "
                "this endpoint asks for two persons"
            )
    wanted = APPROVED if approve else REJECTED
    if version.approval == wanted and (version.approved_by or not approve):
        return version
    clients.sagemaker.update_model_package(
        ModelPackageArn=version.arn,
        ModelApprovalStatus=wanted,
        ApprovalDescription=reason,
        # All properties, in case the API takes them for the new whole.
        CustomerMetadataProperties={
            **version.properties,
            APPROVED_BY: as_property(caller),
            APPROVED_AT: now.isoformat(timespec="seconds"),
        },
    )
    return describe(clients, version.arn)


def _summary(found: Mapping[str, Any]) -> Version:
    created = found.get("CreationTime")
    return Version(
        version=int(found.get("ModelPackageVersion", 0)),
        arn=str(found["ModelPackageArn"]),
        approval=str(found.get("ModelApprovalStatus", PENDING)),
        status=str(found.get("ModelPackageStatus", "")),
        created=created.isoformat()
        if isinstance(created, datetime.datetime)
        else str(created or ""),
        description=str(found.get("ModelPackageDescription", "")),
    )
