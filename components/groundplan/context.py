"""The context of a component: what its validation may read beside the arguments."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

NAMESPACE = "kubernetes:core/v1:Namespace"
AWS_RESOURCE = "aws:ec2/vpc:Vpc"


@dataclass(frozen=True)
class Context:
    """Where a component is registered. Validation reads it; it holds no resources."""

    name: str
    """The logical name of the component."""
    project: str
    """The Pulumi project."""
    stack: str
    """The Pulumi stack."""
    has_kubernetes_provider: bool = False
    """Whether the component's options carry a Kubernetes provider."""
    region: str | None = None
    """The AWS region of the component's resources, where the configuration says it:
    `aws:region`. `None` with an explicit AWS provider, whose region is an output."""

    @classmethod
    def of(cls, name: str, opts: pulumi.ResourceOptions | None = None) -> "Context":
        """Returns the context of a component in the running program."""
        return cls(
            name,
            pulumi.get_project(),
            pulumi.get_stack(),
            _has_kubernetes(opts),
            _region(opts),
        )

    @property
    def qualified_name(self) -> str:
        """`<project>-<stack>-<name>`: the default of physical names that are fixed."""
        return f"{self.project}-{self.stack}-{self.name}"

    @property
    def plain_name(self) -> str:
        """The qualified name with a hyphen for each character but letters, digits, -
        and _: stacks can have dots in their names, of which aliases and dashboards have
        none."""
        return re.sub(r"[^A-Za-z0-9_-]", "-", self.qualified_name)


def _region(opts: pulumi.ResourceOptions | None) -> str | None:
    if _has_provider(opts, "aws", AWS_RESOURCE):
        return None
    return pulumi.Config("aws").get("region")


def _has_kubernetes(opts: pulumi.ResourceOptions | None) -> bool:
    return _has_provider(opts, "kubernetes", NAMESPACE)


def _has_provider(opts: pulumi.ResourceOptions | None, package: str, type_: str) -> bool:
    """Returns whether an explicit provider of a package applies to a resource type."""
    if opts is None:
        return False
    several: Any = opts.providers or []
    listed = list(several.values()) if isinstance(several, Mapping) else list(several)
    if opts.provider is not None:
        listed.append(opts.provider)
    if any(provider.package == package for provider in listed):
        return True
    # Providers are inherited: a type of the package finds the parent's.
    return opts.parent is not None and opts.parent.get_provider(type_) is not None
