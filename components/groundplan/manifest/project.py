"""Reads a Pulumi project: `Pulumi.yaml`, and the configuration of a stack as the engine
passes it."""

import json
import pathlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from groundplan.excerpts import YamlFile
from groundplan.manifest import interpreter, namespaces, text_files
from groundplan.manifest.interpreter import Interpreter
from groundplan.manifest.model import symbol
from groundplan.problems import one_of, shown

NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
"""The name of a project or stack (pulumi, sdk/go/common/tokens)."""


class ProjectError(Exception):
    """An invalid project or configuration; the message names the file, the key and the
    fix."""


@dataclass(frozen=True)
class Project:
    """The content of `Pulumi.yaml`."""

    root: pathlib.Path
    name: str
    entry: pathlib.Path
    """The file that Python runs; it may be outside of `root` (`main: ../infra`)."""
    declared: Mapping[str, Any]
    """The configuration keys that the project declares, with type and default."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """`runtime.options`: toolchain, virtualenv."""
    config_folder: pathlib.Path | None = None
    """`stackConfigDir`: the folder of the stacks' files. Default: `root`."""

    @cached_property
    def interpreter(self) -> Interpreter:
        """The Python that the project means."""
        return interpreter.of_project(self.root, self.entry.parent, self.options)

    @property
    def python(self) -> pathlib.Path | None:
        """The interpreter of the project's environment, `None` where there is none."""
        return self.interpreter.path

    @property
    def stacks(self) -> list[str]:
        """The stacks that have a settings file."""
        files = (self.config_folder or self.root).glob("Pulumi.*.yaml")
        return sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in files)

    def settings_file(self, stack: str) -> pathlib.Path:
        """Returns the settings file of a stack, whether it exists or not."""
        return (self.config_folder or self.root) / f"Pulumi.{stack}.yaml"


@dataclass(frozen=True)
class Configuration:
    """The configuration of a stack: `namespace:key` -> text, objects as JSON, and the
    keys that are secret."""

    values: Mapping[str, str]
    secrets: frozenset[str]


def load(folder: pathlib.Path) -> Project:
    """Returns the project that `folder` belongs to. Raises `ProjectError` where there
    is none, or it isn't a Python project."""
    start = folder.resolve()
    root = next((at for at in (start, *start.parents) if (at / "Pulumi.yaml").is_file()), None)
    if root is None:
        raise ProjectError(
            f"no Pulumi.yaml in {folder} or above it. "
            "Fix: name a Pulumi project's folder with --project"
        )
    return _project(root, _read(root / "Pulumi.yaml"))


def _project(root: pathlib.Path, data: Mapping[str, Any]) -> Project:
    file = root / "Pulumi.yaml"
    name = data.get("name")
    if not isinstance(name, str) or not name:
        raise ProjectError(f"{_at(file, 'name')} has no name. Fix: set `name`")
    if not NAME.fullmatch(name):
        raise ProjectError(
            f"{_at(file, 'name')}: name is {shown(name)}. "
            "Allowed: at most 100 letters, digits, `-`, `_` and `.`"
        )
    runtime = data.get("runtime")
    language = runtime.get("name") if isinstance(runtime, dict) else runtime
    if language != "python":
        at = _at(file, "runtime.name" if isinstance(runtime, dict) else "runtime")
        raise ProjectError(f"{at} has the runtime {shown(language)}. Allowed: python")
    main = (root / (_path(file, "main", data.get("main")) or ".")).resolve()
    entry = main / "__main__.py" if main.is_dir() else main
    if not entry.is_file():
        raise ProjectError(
            f"{_at(file, 'main')} names the program {entry}, which does not exist. "
            "Fix: correct its `main`"
        )
    declared = data.get("config") or {}
    if not isinstance(declared, dict | str):
        at = _at(file, "config")
        raise ProjectError(f"{at}: config is {shown(declared)}. Allowed: a mapping of keys")
    folder = _path(file, "stackConfigDir", data.get("stackConfigDir")) or (
        _path(file, "config", declared) if isinstance(declared, str) else ""
    )
    return Project(
        root,
        name,
        entry,
        declared if isinstance(declared, dict) else {},
        _options(file, runtime),
        root / folder if folder else None,
    )


def _check_namespaces(project: Project, settings: Mapping[str, Any], file: pathlib.Path) -> None:
    """Refuses keys that nothing reads because their namespace is misspelt."""
    folders = {project.root, project.entry.parent}
    for source, keys in ((project.root / "Pulumi.yaml", project.declared), (file, settings)):
        wrong = namespaces.misspelt(map(str, keys), project.name, folders)
        if wrong:
            named = "; ".join(f"{key} (did you mean {meant}?)" for key, meant in wrong.items())
            at = _at(source, f"config.{next(iter(wrong))}")
            raise ProjectError(f"{at}: nothing reads {named}. Fix: correct the namespace")


def _options(file: pathlib.Path, runtime: Any) -> Mapping[str, Any]:
    """`runtime.options`, whose toolchain and virtualenv are read."""
    options = runtime.get("options") if isinstance(runtime, dict) else None
    if not isinstance(options, dict | None):
        raise ProjectError(
            f"{_at(file, 'runtime.options')}: runtime.options is {shown(options)}. "
            "Allowed: a mapping, such as {virtualenv: .venv}"
        )
    options = options or {}
    toolchain = options.get("toolchain")
    if toolchain is not None and toolchain not in interpreter.TOOLCHAINS:
        allowed = ", ".join(interpreter.TOOLCHAINS)
        key = "runtime.options.toolchain"
        raise ProjectError(f"{_at(file, key)}: {key} is {shown(toolchain)}. Allowed: {allowed}")
    _path(file, "runtime.options.virtualenv", options.get("virtualenv"))
    return options


def _path(file: pathlib.Path, key: str, value: Any) -> str:
    """A path in Pulumi.yaml; empty where it is absent."""
    if value is None:
        return ""
    if isinstance(value, str) and "\0" not in value:
        return value
    raise ProjectError(f"{_at(file, key)}: {key} is {shown(value)}. Allowed: a path")


def _at(file: pathlib.Path, key: str) -> str:
    """A file with the line of a key, or of the nearest one above it."""
    return YamlFile.read(file, str(file)).at(key)


def configuration(project: Project, stack: str, overrides: Mapping[str, str]) -> Configuration:
    """Returns the configuration of `stack`: the project's defaults, the stack's
    settings file, then `overrides`. Raises `ProjectError`."""
    if project.stacks and stack not in project.stacks:
        existing = ", ".join(project.stacks)
        fix = one_of("stack", stack, project.stacks)[0].fix or f"write Pulumi.{stack}.yaml"
        raise ProjectError(
            f"stack {stack!r} has no file Pulumi.{stack}.yaml. "
            f"The stacks here: {existing}. Fix: {fix}"
        )
    if not NAME.fullmatch(stack):
        raise ProjectError(
            f"stack {shown(stack)}: allowed are at most 100 letters, digits, `-`, `_` and `.`"
        )
    # In a project without settings files, every stack has the project's defaults.
    settings = (_read(project.settings_file(stack)).get("config") or {}) if project.stacks else {}
    if not isinstance(settings, dict):
        raise ProjectError(
            f"{_at(project.settings_file(stack), 'config')}: config of Pulumi.{stack}.yaml is no "
            "mapping. "
            "Fix: write one key and value per line below it"
        )
    _check_namespaces(project, settings, project.settings_file(stack))
    values: dict[str, Any] = {}
    missing = []
    for key, declared in project.declared.items():
        qualified = _qualified(project, key)
        if not isinstance(declared, dict):
            values[qualified] = declared
        elif "default" in declared or "value" in declared:
            values[qualified] = declared.get("default", declared.get("value"))
        elif qualified not in {_qualified(project, k) for k in settings} | set(overrides):
            missing.append(qualified)
    if missing:
        raise ProjectError(
            f"stack {stack!r} lacks {', '.join(missing)}, which Pulumi.yaml declares without a "
            f"default. Fix: set it in Pulumi.{stack}.yaml, below config"
        )
    values |= {_qualified(project, key): value for key, value in settings.items()}
    values |= {_qualified(project, key): value for key, value in overrides.items()}
    secrets = frozenset(key for key, value in values.items() if _has_secret(value))
    return Configuration(
        {key: _text(_without_ciphertext(key, value)) for key, value in sorted(values.items())},
        secrets,
    )


def _read(file: pathlib.Path) -> dict[str, Any]:
    try:
        data = text_files.read_yaml(file)
    except text_files.FileError as error:
        raise ProjectError(str(error)) from None
    if not isinstance(data, dict | None):
        raise ProjectError(f"{file} is not a mapping of keys to values")
    return data or {}


def _qualified(project: Project, key: object) -> str:
    key = str(key)  # YAML parses `on` and `1` as other types
    return key if ":" in key else f"{project.name}:{key}"


def _is_secret(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"secure"}


def _has_secret(value: Any) -> bool:
    if _is_secret(value):
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_has_secret(item) for item in inner)


def _without_ciphertext(key: str, value: Any) -> Any:
    """Returns the value with a symbol for each encrypted part: the preview has no key
    to decrypt it."""
    if _is_secret(value):
        return symbol(f"secret {key}")
    if isinstance(value, dict):
        return {k: _without_ciphertext(f"{key}.{k}", item) for k, item in value.items()}
    if isinstance(value, list):
        return [_without_ciphertext(f"{key}[{index}]", item) for index, item in enumerate(value)]
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
