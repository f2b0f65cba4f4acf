"""The providers of resources, explicit and default ones, and the changes of default
providers between two manifests."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from groundplan.manifest.model import Manifest, Resource
from groundplan.manifest.provider_configuration import PREFIX

COMPARABLE = frozenset(
    {
        *("allowedAccountIds", "forbiddenAccountIds", "assumeRoles", "defaultTags", "ignoreTags"),
        *("assumeRoleWithWebIdentity", "endpoints", "context", "cluster", "clusterIdentifier"),
        *("namespace", "renderYamlToDirectory", "defaultLabels"),
    }
)
"""Keys that are in a deployed state only if the stack's configuration had them. Any
other may come from an environment variable or be the provider's default, so that it
isn't compared where the program doesn't set it."""


class Providers:
    """The providers of a manifest."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._defaults: dict[str, Resource] = {}

    def of(self, resource: Resource) -> Resource | None:
        """Returns the provider of a resource; `None` where its configuration isn't
        known."""
        explicit = resource.option("provider")
        if explicit:
            return self._manifest.by_urn.get(explicit)
        return self.default(resource.type.split(":")[0])

    def default(self, package: str) -> Resource | None:
        """Returns the default provider of a package, as a resource."""
        inputs = (self._manifest.default_providers or {}).get(package)
        if inputs is None:
            return None
        if package not in self._defaults:
            urn = default_urn(self._manifest.stack, self._manifest.project, package)
            self._defaults[package] = Resource(
                urn, f"{PREFIX}{package}", "default", None, True, inputs
            )
        return self._defaults[package]


def default_urn(stack: str, project: str, package: str) -> str:
    """Returns the URN of a package's default provider, without its version."""
    return f"urn:pulumi:{stack}::{project}::{PREFIX}{package}::default"


def urn_of_provider(resource: Resource) -> str:
    """Returns the URN of a resource's provider."""
    stack, project, *_ = resource.urn.removeprefix("urn:pulumi:").split("::")
    package = resource.type.split(":")[0]
    return resource.option("provider") or default_urn(stack, project, package)


def with_changed(before: Manifest, after: Manifest, deployed: bool) -> tuple[Manifest, Manifest]:
    """Both manifests with the default providers whose configuration differs, as
    resources."""
    if before.default_providers is None or after.default_providers is None:
        return before, after
    if deployed:
        before = replace(before, default_providers=_comparable(before, after.default_providers))
    changed = [
        package
        for package, inputs in sorted(after.default_providers.items())
        if package in (before.default_providers or {})
        and (before.default_providers or {})[package] != inputs
    ]
    return _with(before, changed), _with(after, changed)


def _comparable(
    state: Manifest, program: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    return {
        package: {
            key: value
            for key, value in inputs.items()
            if key in program.get(package, {}) or key in COMPARABLE
        }
        for package, inputs in (state.default_providers or {}).items()
    }


def _with(manifest: Manifest, packages: list[str]) -> Manifest:
    providers = Providers(manifest)
    defaults = [provider for p in packages if (provider := providers.default(p))]
    resources = sorted((*manifest.resources, *defaults), key=lambda resource: resource.urn)
    return replace(manifest, resources=tuple(resources)) if defaults else manifest
