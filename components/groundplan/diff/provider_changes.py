"""Changes of providers: whether a changed configuration means another cluster or
region, which forces replacement of all resources that the provider manages.

A resource whose provider is a different one is replaced where the two configurations
differ in a property that forces replacement of the provider (the engine calls the new
provider's DiffConfig, pulumi/pulumi#18509): the same question as for a provider that
changes.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from groundplan.diff.pending_changes import PendingChange
from groundplan.manifest import documents
from groundplan.manifest.property_paths import keys_of

KUBERNETES, AWS = "pulumi:providers:kubernetes", "pulumi:providers:aws"
PREFIX = "pulumi:providers:"

CLUSTER = ("kubeconfig", "context", "cluster")
"""Properties that select the cluster of a Kubernetes provider that has no
`clusterIdentifier`."""

ACCOUNT = frozenset(
    {
        *("allowedAccountIds", "forbiddenAccountIds", "assumeRoles", "profile", "accessKey"),
        *("assumeRoleWithWebIdentity", "sharedCredentialsFiles", "sharedConfigFiles"),
    }
)
"""Properties of the AWS provider that select the account, or say which one it is."""

FALSE_REPLACEMENT = (
    "provider change: Pulumi may show the resources of {name} as replaced. This is a false "
    "replacement, as the cluster is the same; clusterIdentifier prevents it (pulumi-eks#764, "
    "pulumi-aws-native#1217)"
)


def set_replaces(pending: PendingChange, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Sets whether the changed properties of a Kubernetes provider force replacement.

    As its DiffConfig does: `clusterIdentifier` alone decides where both sides have one,
    else the entry of the active cluster in the kubeconfig (pulumi-kubernetes,
    provider/pkg/provider/provider.go and provider_diffconfig_test.go).
    """
    if pending.after.type != KUBERNETES or not pending.properties:
        return
    replaces = _cluster_changes(old, new)
    pending.properties = [
        change if change.replaces is not None else replace(change, replaces=replaces)
        for change in pending.properties
    ]


def notes(pending: PendingChange) -> Iterator[str]:
    """Yields the notes on a provider that changes."""
    if not is_provider(pending.after.type) or pending.replaced:
        return
    changed = {keys_of(change.path.split(":")[0])[0] for change in pending.properties}
    unknown = {
        keys_of(change.path.split(":")[0])[0]
        for change in pending.properties
        if change.replaces is None
    }
    yield from _place_notes(pending, changed)
    if changed & {*CLUSTER} and not unknown and not _has_kubeconfig(pending):
        return
    if changed & {"defaultTags"} and not unknown:
        return
    if pending.after.type == KUBERNETES and unknown & {*CLUSTER}:
        yield FALSE_REPLACEMENT.format(name=pending.after.name)
    elif pending.properties and not unknown:
        yield "provider change: the resources that it manages are not replaced"
    elif "region" in unknown:
        yield (
            "provider change: the resources that it manages may be replaced, depending on the "
            "region of each"
        )


def _place_notes(pending: PendingChange, changed: AbstractSet[str]) -> Iterator[str]:
    """Yields the notes on configuration that selects an account or a cluster, where
    Pulumi doesn't notice that it is another one."""
    if pending.after.type == AWS and changed & ACCOUNT:
        yield (
            f"provider change: {', '.join(sorted(changed & ACCOUNT))} selects the account. If it "
            "is another one, what is deployed stays in the old account, and is missing in the new"
        )
    if pending.after.type == KUBERNETES and changed & {*CLUSTER} and not _has_kubeconfig(pending):
        yield (
            "provider change: the kubeconfig of the machine that runs Pulumi decides which cluster "
            "this is. If it is another one, Pulumi replaces nothing: what is deployed stays in the "
            "old cluster, and is missing in the new"
        )
    if pending.after.type == AWS and "defaultTags" in changed:
        yield "provider change: the tags of the resources that it manages are updated"


def _has_kubeconfig(pending: PendingChange) -> bool:
    return any(side.inputs.get("kubeconfig") for side in (pending.before, pending.after))


def _cluster_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool | None:
    """Returns whether the provider's cluster is a different one; `None` where the
    kubeconfig doesn't say."""
    identifiers = old.get("clusterIdentifier"), new.get("clusterIdentifier")
    if all(identifiers):
        return identifiers[0] != identifiers[1]
    before, after = _active_cluster(old), _active_cluster(new)
    if old.get("kubeconfig") == new.get("kubeconfig") and before == after:
        return False
    if before is None or after is None:
        return None
    return True if before != after else None if _has_unknown_kubeconfig(new) else False


def _has_unknown_kubeconfig(inputs: Mapping[str, Any]) -> bool:
    """Returns whether the kubeconfig isn't known before the deployment: the provider
    then announces a replacement, to be safe."""
    return "${" in str(inputs.get("kubeconfig"))


def _active_cluster(inputs: Mapping[str, Any]) -> Any:
    """Returns the active cluster's entry in the kubeconfig, `None` where it can't be
    read."""
    text = inputs.get("kubeconfig")
    config: Any = text
    if isinstance(text, str):
        config = documents.parse_json(text) or documents.parse_yaml(text)
    if not isinstance(config, Mapping):
        return None
    context = inputs.get("context") or config.get("current-context")
    cluster = inputs.get("cluster") or _entry(config.get("contexts"), context, "context").get(
        "cluster"
    )
    return _entry(config.get("clusters"), cluster, "cluster") or None


def _entry(entries: Any, name: Any, kind: str) -> Mapping[str, Any]:
    """Returns the entry of that name in a list of a kubeconfig."""
    for entry in entries if isinstance(entries, list) else ():
        if (
            isinstance(entry, Mapping)
            and entry.get("name") == name
            and isinstance(entry.get(kind), Mapping)
        ):
            content: Mapping[str, Any] = entry[kind]
            return content
    return {}


def is_provider(token: str) -> bool:
    """Returns whether a type is a provider."""
    return token.startswith(PREFIX)
