"""Namespaces that say what pods in them may do."""

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
        reason = f"the namespace {resource.name} takes pods of any kind, ones that take over their machine among them"
        yield Breach(resource.urn, reason, f'metadata.labels["{LABEL}"]')


RULE = Rule(
    name="namespace-enforces-pod-security",
    severity=Severity.MEDIUM,
    summary="Namespaces enforce a Pod Security Standard.",
    fix=f"label it {LABEL}: restricted, or baseline for what needs more",
    check=check,
    url="https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces",
)
