"""Resolves the lines of a resource's settings in `Pulumi.<stack>.yaml`, so that a
finding has the line to edit."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import yaml

from groundplan.manifest.ancestry import outermost
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.check import component

DEEPEST = 2
"""Levels that are searched for a component's own key: `groundplan:network`, and `churn`
below `groundplan:endpoints`."""

DEEPEST_BELOW = 4
"""Levels below a component's key that are searched for its parts: `pools.gpu`."""

PROVIDERS = "pulumi:providers:"
"""The beginning of a provider's type."""

PROTECTION = ("protect", "retainOnDelete")
"""Resource options that the setting `deletionProtection` sets."""


@dataclass(frozen=True)
class Place:
    """Where a resource is configured."""

    source: str = ""
    """`Pulumi.prod.yaml:12`, else the program's `infra/environment.py:48`."""
    setting: str = ""
    """The key of the settings: `groundplan:training.pools.gpu`; empty where the program
    configures it."""


class Places:
    """The places of a manifest's resources, in a stack file or in the program.

    A resource has its settings' place where the program says which settings it is
    registered from (`groundplan.settings_key`). Elsewhere, where a key has its name and
    the program either reads that key or doesn't write the name itself."""

    def __init__(
        self,
        manifest: Manifest,
        text: str,
        file: str,
        program: Callable[[str], str] = lambda _: "",
    ) -> None:
        """`text` of the stack file `file`; `program` returns the text of a file of the
        program."""
        self._manifest, self._file = manifest, file
        self._settings = _Settings.read(text, manifest.project)
        self._program = program
        self._texts: dict[str, str] = {}

    def of(self, resource: Resource, path: str = "") -> Place:
        """Returns the place of a resource; with the path of an input, of the setting
        with that name, if there is one."""
        if resource.type.startswith(PROVIDERS) and not resource.source:
            return self._of_default_provider(resource, path)
        top = outermost(resource, self._manifest.by_urn)
        name = component(resource, self._manifest) or resource.name
        if top.setting:
            key = self._settings.at(top.setting, resource.name.removeprefix(name))
            if key is None:  # removed from the settings
                setting = f"{self._manifest.project}:{top.setting}"
                return Place(f"{self._file}:{self._settings.start}", setting)
        else:
            key = self._settings.key(name, resource.name)
            if key is None or not self._is_read(top, name):
                return Place(resource.source or top.source)
        key = self._of_input(key, path) if path else key
        return Place(f"{self._file}:{key.line}", key.path)

    def _of_default_provider(self, resource: Resource, path: str) -> Place:
        """Returns the place of a default provider's input: the key
        `aws:defaultTags`."""
        name = f"{resource.type.removeprefix(PROVIDERS)}:{path.split('.')[0]}"
        key = next((one for one in self._settings.others if one.path == name), None)
        return Place(f"{self._file}:{key.line}", key.path) if key else Place()

    def _is_read(self, top: Resource, name: str) -> bool:
        """Returns whether the settings of that name configure a resource, rather than
        the program alone."""
        file = top.source.rpartition(":")[0]
        if file not in self._texts:
            self._texts[file] = self._program(file) if file else ""
        text, quoted = self._texts[file], rf"[\"']{re.escape(name)}[\"']"
        if not re.search(quoted, text):
            return True
        return re.search(rf"(?:require|get)\w*\(\s*{quoted}", text) is not None

    def _of_input(self, key: "_Key", path: str) -> "_Key":
        region = next((one for one in self._settings.others if one.path == "aws:region"), None)
        if path == "region" and region:
            return region
        if path in PROTECTION:
            wanted = ["deletionProtection"]
            levels = [list(_keys(key.below, key.path)), list(self._settings.top)]
        else:
            wanted = [re.sub(r"\[.*?\]", "", step) for step in reversed(path.split("."))]
            below = list(_keys(key.below, key.path))
            deeper = [inner for one in below for inner in _keys(one.below, one.path)]
            levels = [below, deeper]
        for name in wanted:
            for level in levels:
                for one in level:
                    if _plain(one.name) == _plain(name):
                        return one
        return key


@dataclass(frozen=True)
class _Key:
    """A key of the settings, with the node below it."""

    name: str
    path: str
    """The key with all above it: `groundplan:training.pools`."""
    line: int
    below: yaml.Node


@dataclass(frozen=True)
class _Settings:
    """The keys of a stack file that belong to a project."""

    top: tuple[_Key, ...]
    start: int = 1
    """The line of the key `config`."""
    others: tuple[_Key, ...] = ()
    """The keys of providers: `aws:region`."""

    @classmethod
    def read(cls, text: str, project: str) -> "_Settings":
        try:
            document = yaml.compose(text, Loader=yaml.SafeLoader)
        except (yaml.YAMLError, RecursionError):
            return cls(())
        config = next((key for key in _keys(document) if key.name == "config"), None)
        top, others = [], []
        for key in _keys(config.below if config else None):
            namespace, _, name = key.name.rpartition(":")
            if not project or namespace in ("", project):
                top.append(_Key(name, key.name, key.line, key.below))
            else:
                others.append(key)
        return cls(tuple(top), config.line if config else 1, tuple(others))

    def key(self, component: str, resource: str) -> _Key | None:
        """Returns the shallowest key with the component's name, or that of its part
        that the resource belongs to."""
        level = list(self.top)
        for _ in range(DEEPEST):
            for key in level:
                if _plain(key.name) == _plain(component):
                    return _part(key, resource.removeprefix(component).strip("-"))
            level = [below for key in level for below in _keys(key.below, key.path)]
        return None

    def at(self, path: str, rest: str) -> _Key | None:
        """Returns the key at a path, or of its part that the rest of a resource's name
        belongs to; the nearest one above it where the settings don't have it."""
        found, level = None, list(self.top)
        for step in path.split("."):
            key = next((one for one in level if _plain(one.name) == _plain(step)), None)
            if key is None:
                return found
            found, level = key, list(_keys(key.below, key.path))
        return _part(found, rest.strip("-")) if found else None


def _part(key: _Key, rest: str) -> _Key:
    """Returns the longest key below `key` that is a prefix of `rest`
    (`gpu-spot-nodes`); else itself.

    A key may be the plural: `flow-log-role` belongs to `flowLogs`."""
    words = rest.split("-")
    for end in range(len(words), 0, -1):
        wanted = _plain("".join(words[:end]))
        level = list(_keys(key.below, key.path))
        for _ in range(DEEPEST_BELOW):
            for below in level:
                if wanted and _plain(below.name) in (wanted, f"{wanted}s"):
                    return below
            level = [deeper for below in level for deeper in _keys(below.below, below.path)]
    return key


def _keys(node: yaml.Node | None, path: str = "") -> Iterator[_Key]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                whole = f"{path}.{key.value}" if path else key.value
                yield _Key(key.value, whole, key.start_mark.line + 1, value)


def _plain(name: str) -> str:
    """A name in lower case without separators: `flowLogs` and `flow-logs` are the
    same."""
    return name.replace("-", "").replace("_", "").lower()
