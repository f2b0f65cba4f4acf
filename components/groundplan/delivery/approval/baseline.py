"""The live baseline: the deployed state of a stack, as digests of each property.

A state holds what the cloud returns, addresses and kubeconfigs too. A document that
people exchange has digests of them, with the document's own salt. Secrets are the
ciphertext of the state, never their values.
"""

from collections.abc import Mapping
from typing import Any

from groundplan.delivery.approval.canonical import keyed_digest, leaves

NOT_STATE = frozenset({"urn", "created", "modified", "sourcePosition", "stackTrace"})
"""Fields of a resource that say when and by which line it was written: an update
without changes can change them."""

Values = Mapping[str, Mapping[str, Any]]
"""URN -> path of a property -> its value."""

DEPLOYMENT = "the deployment"
"""Where the fields of the deployment itself are in `Values`, in place of a URN."""


def state(export: Mapping[str, Any]) -> Values:
    """The deployed resources of `pulumi stack export`, by URN."""
    deployment = export.get("deployment") or {}
    found: dict[str, Mapping[str, Any]] = {}
    for entry in deployment.get("resources") or ():
        # One that waits for its deletion has the URN of its replacement.
        urn = f"{entry['urn']} (to be deleted)" if entry.get("delete") else entry["urn"]
        found[urn] = leaves({key: value for key, value in entry.items() if key not in NOT_STATE})
    pending = deployment.get("pending_operations")
    if pending:
        found[DEPLOYMENT] = leaves(
            {"pending_operations": [[op.get("type"), op["resource"]["urn"]] for op in pending]}
        )
    return found


def digests(values: Values, salt: str) -> dict[str, dict[str, str]]:
    """The values as digests."""
    return {
        urn: {path: keyed_digest(value, salt) for path, value in properties.items()}
        for urn, properties in sorted(values.items())
    }
