"""Providers: whether a changed configuration means another cluster or region, so that
all that they manage is made anew.

A resource whose provider is another one is replaced where the two configurations differ
in what the provider says replaces it (the engine asks the new provider's DiffConfig,
pulumi/pulumi#18509): the same question as for a provider that changes.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.diff.changes import PropertyChange
from groundplan.diff.pending_changes import Draft
from groundplan.manifest import documents
from groundplan.manifest.property_paths import bare

KUBERNETES = "pulumi:providers:kubernetes"
PREFIX = "pulumi:providers:"

CLUSTER = ("kubeconfig", "context", "cluster")
"""What tells a Kubernetes provider which cluster to talk to, where it has no
`clusterIdentifier`."""

FALSE = (
    "a provider change: the engine may show the resources of {name} as replaced. A false replacement, as the cluster is the "
    "same; clusterIdentifier keeps it away (pulumi-eks#764, pulumi-aws-native#1217)"
)


def settle(draft: Draft, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Judge what changes from one configuration of a Kubernetes provider to another.

    As its DiffConfig does it: `clusterIdentifier` alone decides where both have one,
    else the entry of the active cluster in the kubeconfig (pulumi-kubernetes,
    provider/pkg/provider/provider.go and provider_diffconfig_test.go).
    """
    if draft.after.type != KUBERNETES or not draft.properties:
        return
    verdict = _same_cluster(old, new)
    draft.properties = [
        change
        if change.replaces is not None
        else PropertyChange(change.path, change.old, change.new, verdict)
        for change in draft.properties
    ]


def notes(draft: Draft) -> Iterator[str]:
    """What a reader should know of a provider that changes."""
    if not is_provider(draft.after.type) or draft.replaced:
        return
    unsure = {
        bare(change.path.split(":")[0])[0] for change in draft.properties if change.replaces is None
    }
    if draft.after.type == KUBERNETES and unsure & {*CLUSTER}:
        yield FALSE.format(name=draft.after.name)
    elif draft.properties and not unsure:
        yield "a provider change: what it manages stays"
    elif "region" in unsure:
        yield "a provider change: what it manages may be replaced, as each resource says of its region"


def _same_cluster(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool | None:
    """Whether the changes replace the provider; `None` where the kubeconfig doesn't say
    which cluster it is for."""
    identifiers = old.get("clusterIdentifier"), new.get("clusterIdentifier")
    if all(identifiers):
        return identifiers[0] != identifiers[1]
    before, after = _active_cluster(old), _active_cluster(new)
    if old.get("kubeconfig") == new.get("kubeconfig") and before == after:
        return False
    if before is None or after is None:
        return None
    return True if before != after else None if _unsettled(new) else False


def _unsettled(inputs: Mapping[str, Any]) -> bool:
    """Whether the kubeconfig isn't known before the deployment: the provider then
    announces a replacement, to be safe."""
    return "${" in str(inputs.get("kubeconfig"))


def _active_cluster(inputs: Mapping[str, Any]) -> Any:
    """The entry of the cluster that a kubeconfig is for, `None` where it can't be read."""
    text = inputs.get("kubeconfig")
    config = documents.read(text) or documents.read_yaml(text) if isinstance(text, str) else text
    if not isinstance(config, Mapping):
        return None
    context = inputs.get("context") or config.get("current-context")
    active = inputs.get("cluster") or _named(config.get("contexts"), context, "context").get(
        "cluster"
    )
    return _named(config.get("clusters"), active, "cluster") or None


def _named(entries: Any, name: Any, kind: str) -> Mapping[str, Any]:
    for entry in entries if isinstance(entries, list) else ():
        if (
            isinstance(entry, Mapping)
            and entry.get("name") == name
            and isinstance(entry.get(kind), Mapping)
        ):
            found: Mapping[str, Any] = entry[kind]
            return found
    return {}


def is_provider(token: str) -> bool:
    """Whether a type is a provider."""
    return token.startswith(PREFIX)
