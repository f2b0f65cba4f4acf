"""Checks that namespaces enforce a Pod Security Standard."""

from collections.abc import Iterator

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import at, unknown

NAMESPACES = ("kubernetes:core/v1:Namespace", "kubernetes:core/v1:NamespacePatch")
LABEL = "pod-security.kubernetes.io/enforce"


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.type not in NAMESPACES:
        return
    labels = at(resource.inputs, "metadata", "labels")
    # `privileged` is a level too: what watches nodes needs it, and then says so.
    if not unknown(labels) and not at(labels, LABEL):
        reason = f"the namespace {resource.name} admits all pods, including privileged ones"
        yield Breach(resource.urn, reason, f'metadata.labels["{LABEL}"]')


RULE = Rule(
    name="namespace-enforces-pod-security",
    severity=Severity.MEDIUM,
    summary="Namespaces enforce a Pod Security Standard.",
    reason=(
        "Without a standard, a namespace admits privileged pods, which have root access to their "
        "node."
    ),
    fix=(
        "set the label pod-security.kubernetes.io/enforce to restricted, or to baseline for pods "
        "that need more"
    ),
    settings_fix=(
        "set podSecurity of the team to restricted, or to baseline for pods that need more"
    ),
    check=check,
    url="https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces",
)
