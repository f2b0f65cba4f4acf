"""The manifest: what a program registers, as plain data.

All packages that analyze a program read its manifest and nothing else. The same program
with the same settings has the same manifest, byte for byte: resources are ordered by
URN, keys by name, and it contains nothing of the machine, the folder or the time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from groundplan.manifest import json_text

FORMAT = 1
"""The version of the manifest format; a reader refuses any other."""

SECRET = "[secret]"
"""The text in a manifest for a secret value."""

STACK_TYPE = "pulumi:pulumi:Stack"


def symbol(path: str) -> str:
    """Returns the text for a value that only the cloud knows:
    `${artifacts-bucket.arn}`."""
    return "${" + path + "}"


@dataclass(frozen=True)
class Resource:
    """One registered resource."""

    urn: str
    type: str
    """The type token: `aws:s3/bucket:Bucket`."""
    name: str
    """The logical name, as in the program."""
    parent: str | None
    """The URN of the parent; `None` for a top-level resource."""
    custom: bool
    """Whether a provider manages it; false for a component."""
    inputs: Mapping[str, Any]
    """The inputs as the provider receives them. A value that only the cloud knows is
    `${name.property}`."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """The outputs that a component registered."""
    dependencies: tuple[str, ...] = ()
    """URNs of all resources that it depends on."""
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Input name -> URNs of the resources that the input comes from."""
    source: str = ""
    """The line of the program that registers it: `infra/environment.py:48`, relative to
    the project's folder."""
    setting: str = ""
    """The key of the settings that a top-level resource is registered from, without the
    project's namespace: `endpoints.churn`. Empty where the program doesn't say."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """The resource options that are set, by engine name: `protect`, `ignoreChanges`,
    `deleteBeforeReplace`."""

    def option(self, name: str) -> Any:
        """Returns the value of a resource option, `None` if it is not set."""
        return self.options.get(name)


@dataclass(frozen=True)
class Invoke:
    """A provider function that the program called while it ran, and the result that it
    received in place of the cloud's."""

    token: str
    arguments: Mapping[str, Any]
    answer: Mapping[str, Any]


@dataclass(frozen=True)
class Manifest:
    """All resources and outputs that a program registers."""

    project: str
    stack: str
    resources: tuple[Resource, ...]
    """Ordered by URN."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """The stack outputs."""
    invokes: tuple[Invoke, ...] = ()
    providers: Mapping[str, str] = field(default_factory=dict)
    """Provider package -> the version that the program requires."""
    default_providers: Mapping[str, Mapping[str, Any]] | None = None
    """Provider package -> the configuration of its default provider, where a resource
    uses that. `None` in a manifest of an older version, which doesn't have it."""
    tagged_types: tuple[str, ...] = ()
    """Types that the provider's default tags are added to."""
    aws_region: str = ""
    """`aws:region` of the stack's configuration, also where no AWS resource uses the
    default provider: what is in Kubernetes is there, too."""
    locked: bool = False
    """Whether the stack has a lock file, `lock.<stack>.yaml`."""
    accepted_findings: tuple[Mapping[str, Any], ...] = ()
    """The accepted findings of the stack's files, as they are written, with their
    `source`. Whether one has expired is for a report to say."""

    @cached_property
    def by_urn(self) -> Mapping[str, Resource]:
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def _children(self) -> Mapping[str | None, tuple[Resource, ...]]:
        children: dict[str | None, list[Resource]] = {}
        for resource in self.resources:
            children.setdefault(resource.parent, []).append(resource)
        return {parent: tuple(resources) for parent, resources in children.items()}

    def children(self, parent: Resource | None) -> tuple[Resource, ...]:
        """Returns the resources directly below `parent`, or below the stack."""
        return self._children.get(parent.urn if parent else None, ())

    def of_type(self, token: str) -> tuple[Resource, ...]:
        """Returns all resources of a type, by URN."""
        return tuple(resource for resource in self.resources if resource.type == token)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources)

    def to_data(self) -> dict[str, Any]:
        """Returns the manifest as data for JSON; empty fields are omitted."""
        configured: dict[str, Any] = {}
        if self.default_providers is not None:
            configured = {
                "default_providers": {k: dict(v) for k, v in self.default_providers.items()},
                "tagged_types": list(self.tagged_types),
            }
        if self.aws_region:
            configured["aws_region"] = self.aws_region
        if self.locked:
            configured["locked"] = True
        if self.accepted_findings:
            configured["accepted_findings"] = [dict(entry) for entry in self.accepted_findings]
        return {
            **configured,
            "format": FORMAT,
            "project": self.project,
            "stack": self.stack,
            "providers": dict(self.providers),
            "resources": [_plain(resource) for resource in self.resources],
            "outputs": dict(self.outputs),
            "invokes": [_plain(invoke) for invoke in self.invokes],
        }

    def to_json(self) -> str:
        """Returns the manifest as JSON text, the same bytes on every machine."""
        return json_text.dumps(self.to_data()) + "\n"

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Manifest":
        """Returns the manifest in the data that `to_data` returns. Raises `ValueError`
        for any other data."""
        if data.get("format") != FORMAT:
            raise ValueError(
                f"not a manifest of format {FORMAT}: its format is {data.get('format')!r}"
            )
        return cls(
            project=data["project"],
            stack=data["stack"],
            providers=data["providers"],
            resources=tuple(_resource(entry) for entry in data["resources"]),
            outputs=data["outputs"],
            invokes=tuple(Invoke(**entry) for entry in data["invokes"]),
            default_providers=data.get("default_providers"),
            tagged_types=tuple(data.get("tagged_types", ())),
            aws_region=data.get("aws_region", ""),
            locked=bool(data.get("locked", False)),
            accepted_findings=tuple(data.get("accepted_findings", ())),
        )


REQUIRED = {"urn", "type", "name", "parent", "custom", "inputs", "token", "arguments", "answer"}


def _plain(entry: Resource | Invoke) -> dict[str, Any]:
    values = {f.name: getattr(entry, f.name) for f in fields(entry)}
    return {key: value for key, value in values.items() if value or key in REQUIRED}


def _resource(entry: Mapping[str, Any]) -> Resource:
    listed = {
        "dependencies": tuple(entry.get("dependencies", ())),
        "property_dependencies": {
            k: tuple(v) for k, v in entry.get("property_dependencies", {}).items()
        },
    }
    return Resource(**{**entry, **listed})
