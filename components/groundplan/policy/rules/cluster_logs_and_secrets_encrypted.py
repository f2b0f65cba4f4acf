"""Checks that EKS clusters have audit logs, and encrypt secrets with a customer managed
key."""

from collections.abc import Iterator

from groundplan.catalog.aws.eks import CLUSTER
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import at, objects, texts, unknown

NEEDED = ("audit", "authenticator")
"""The log types that record API calls and authentication."""


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.type != CLUSTER.token:
        return
    logs = resource.inputs.get("enabledClusterLogTypes")
    missing = [kind for kind in NEEDED if kind not in texts(logs)]
    if missing and not any(unknown(text) for text in texts(logs)):
        reason = (
            f"cluster {resource.name} doesn't have {' and '.join(missing)} logs: changes and "
            "access can't be traced"
        )
        fix = f"add {' and '.join(missing)} to enabled_cluster_log_types"
        yield Breach(resource.urn, reason, "enabledClusterLogTypes", fix=fix)
    given = resource.inputs.get("encryptionConfig")
    encrypted = any(
        at(entry, "provider", "keyArn") and "secrets" in texts(entry.get("resources"))
        for entry in objects(given)
    )
    if not encrypted and not unknown(given):
        reason = (
            f"the secrets of cluster {resource.name} are encrypted with AWS's own key only, "
            "whose use isn't recorded"
        )
        fix = (
            "set encryption_config with a KMS key for resources [secrets]; it is added in place, "
            "and can't be removed"
        )
        yield Breach(resource.urn, reason, "encryptionConfig", fix=fix)


RULE = Rule(
    name="cluster-logs-and-secrets-encrypted",
    severity=Severity.MEDIUM,
    summary="Clusters have audit logs, and encrypt secrets with a KMS key.",
    reason=(
        "Without audit and authenticator logs, changes and access can't be traced after an "
        "incident. AWS's own key has no key policy and no trace of its use."
    ),
    fix="enable the audit and authenticator logs, and encrypt secrets with a KMS key",
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/eks-controls.html#eks-8",
)
