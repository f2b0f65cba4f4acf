"""Packages and modules of which nothing costs anything, but for the types that the
catalog says otherwise of."""

from collections.abc import Mapping

from groundplan.catalog.resource_type import ACCESS, ON_NODES

FREE_PACKAGES: Mapping[str, str] = {
    "command": "it runs where the program runs",
    "kubernetes": ON_NODES.reason,
    "null": "nothing in the cloud",
    "pulumi": "Pulumi's own",
    "random": "nothing in the cloud",
    "time": "nothing in the cloud",
    "tls": "nothing in the cloud",
}
"""Package -> why its resources cost nothing."""

FREE_MODULES: Mapping[str, str] = {"aws:iam": ACCESS.reason}
"""Module of a package -> why its resources cost nothing."""


def free_reason(token: str) -> str | None:
    """Returns why the types of a token's package or module cost nothing; `None` if that
    isn't known."""
    module, package = token.split("/", 1)[0], token.split(":", 1)[0]
    return FREE_MODULES.get(module) or FREE_PACKAGES.get(package)
