"""Resolves the lines of a component's settings in `Pulumi.<stack>.yaml`, so that a
finding has the line to edit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import yaml

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.check import component

DEEPEST = 2
"""Levels that are searched for a component's own key: `groundplan:network`, and `churn`
below `groundplan:endpoints`."""

DEEPEST_BELOW = 4
"""Levels below a component's key that are searched for its parts: `pools.gpu`."""


def line_of(text: str, component: str, resource: str = "", project: str = "") -> int | None:
    """The line (from 1) of the key that configures `component`, by its name; `None`
    where there is none, or no YAML.

    With the name of one of its resources, the key of the part that it belongs to: `gpu`
    below `pools` for `training-gpu-nodes`. With a project, only that project's keys are
    read (not `aws:region`)."""
    return _Settings.read(text, project).line(component, resource)


def source_of(manifest: Manifest, text: str, file: str) -> Callable[[Resource], str]:
    """The argument `source_of` of `check`: the line of a resource's settings,
    `Pulumi.prod.yaml:12`; empty for a resource without any."""
    settings = _Settings.read(text, manifest.project)

    def source(resource: Resource) -> str:
        line = settings.line(component(resource, manifest) or resource.name, resource.name)
        return f"{file}:{line}" if line else ""

    return source


@dataclass(frozen=True)
class _Key:
    """A key of the settings, with the node below it."""

    name: str
    line: int
    below: yaml.Node


@dataclass(frozen=True)
class _Settings:
    """The keys of a stack file that belong to a project."""

    top: tuple[_Key, ...]

    @classmethod
    def read(cls, text: str, project: str) -> "_Settings":
        try:
            document = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError:
            return cls(())
        config = next((key.below for key in _keys(document) if key.name == "config"), None)
        top = []
        for key in _keys(config):
            namespace, _, name = key.name.rpartition(":")
            if not project or namespace in ("", project):
                top.append(_Key(name, key.line, key.below))
        return cls(tuple(top))

    def line(self, component: str, resource: str) -> int | None:
        """The line of the shallowest key with the component's name, or of its part that
        the resource belongs to."""
        level = list(self.top)
        for _ in range(DEEPEST):
            for key in level:
                if _plain(key.name) == _plain(component):
                    return _part(key, resource.removeprefix(component).strip("-"))
            level = [below for key in level for below in _keys(key.below)]
        return None


def _part(key: _Key, rest: str) -> int:
    """The line of the longest key below `key` that is a prefix of `rest`
    (`gpu-spot-nodes`); else its own.

    A key may be the plural: `flow-log-role` belongs to `flowLogs`."""
    words = rest.split("-")
    for end in range(len(words), 0, -1):
        wanted = _plain("".join(words[:end]))
        level = list(_keys(key.below))
        for _ in range(DEEPEST_BELOW):
            for below in level:
                if wanted and _plain(below.name) in (wanted, f"{wanted}s"):
                    return below.line
            level = [deeper for below in level for deeper in _keys(below.below)]
    return key.line


def _keys(node: yaml.Node | None) -> Iterator[_Key]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield _Key(key.value, key.start_mark.line + 1, value)


def _plain(name: str) -> str:
    """A name in lower case without separators: `flowLogs` and `flow-logs` are the
    same."""
    return name.replace("-", "").replace("_", "").lower()
