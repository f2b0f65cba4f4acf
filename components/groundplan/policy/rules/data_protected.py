"""Checks that data stores are protected against deletion."""

from collections.abc import Iterator

from groundplan import catalog
from groundplan.catalog.aws.kms import KEY
from groundplan.catalog.kubernetes.core import PERSISTENT_VOLUME, PERSISTENT_VOLUME_CLAIM
from groundplan.catalog.resource_type import DataStore
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import at, on, unknown

OWN_PROTECTION = ("deletionProtection", "deletionProtectionEnabled")
"""Inputs for AWS's deletion protection."""


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    entry = catalog.by_token(resource.type)
    if not entry or not entry.data or not entry.data.needs_protection or _retained(resource):
        return
    protected = resource.option("protect") or resource.option("retainOnDelete")
    own = [resource.inputs.get(name) for name in OWN_PROTECTION]
    if protected or any(on(value) or unknown(value) or value == "ACTIVE" for value in own):
        return
    reason = f"{entry.name} {resource.name} is not protected: {_loss(resource, entry.data)}"
    yield Breach(resource.urn, reason, "protect")


def _retained(resource: Resource) -> bool:
    """Returns whether the data of a Kubernetes object is retained when the object is
    deleted."""
    spec = resource.inputs.get("spec")
    if resource.type == PERSISTENT_VOLUME.token:
        # A volume that is created by hand is retained by default (Kubernetes API,
        # PersistentVolumeSpec).
        return at(spec, "persistentVolumeReclaimPolicy") in (None, "Retain")
    return resource.type == PERSISTENT_VOLUME_CLAIM.token and at(spec, "storageClassName") == ""


def _loss(resource: Resource, data: DataStore) -> str:
    forced = data.deletes_contents_if
    if forced and not on(resource.inputs.get(forced)):
        return "it is deleted if it is empty, once it leaves the program"
    if resource.type == KEY.token:
        return "what it encrypted can't be read any more once it leaves the program"
    return f"it is deleted, with {data.contents}, once it leaves the program"


RULE = Rule(
    name="data-protected",
    severity=Severity.MEDIUM,
    summary="Data stores are protected, or retained on delete.",
    reason=(
        "A resource that is removed from the program, or renamed by mistake, is deleted with its "
        "data on the next deployment."
    ),
    fix="set pulumi.ResourceOptions(protect=True, retain_on_delete=True) on it",
    settings_fix="set deletionProtection to true",
    check=check,
    url="https://www.pulumi.com/docs/iac/concepts/resources/options/protect/",
)
