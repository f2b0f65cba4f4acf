"""Imports provider SDKs lazily: a class is created when a program first uses it.

A provider SDK has thousands of classes, and a program uses a few dozen. `install` adds
a finder for modules that Pulumi generated (`pulumi_aws.ec2`); importing one executes
its header only. `Names` creates the rest on first use, for each of the ways in which
Python looks up a name:

- an attribute of the module, `from ... import` too (PEP 562);
- a global variable of the module's own code, and the name in an annotation that is a
  string. Both end in the mapping that is the module's `__builtins__`.

No installed file changes. A module of another shape is imported as usual.
`GROUNDPLAN_LAZY_PROVIDERS=0` in the environment turns it off.
"""

import builtins
import importlib.util
import inspect
import os
import pathlib
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import decode_source
from types import ModuleType
from typing import Any, is_typeddict

from groundplan.manifest.provider_modules import GENERATED, Parts, split

VARIABLE = "GROUNDPLAN_LAZY_PROVIDERS"
CHUNK = 1 << 12
STRING = re.compile(r"['\"](\w+)['\"]")
NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
MISSING = object()


def install() -> None:
    """Imports provider SDKs lazily from now on, unless the environment turns it off."""
    if os.environ.get(VARIABLE) == "0":
        return
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())


class Finder(MetaPathFinder):
    """Finds the modules of provider SDKs."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith("pulumi_"):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = Loader(spec.loader.name, spec.loader.path)
        return spec


class Loader(SourceFileLoader):
    """Loads a module lazily if it is of the generated shape."""

    def exec_module(self, module: ModuleType) -> None:
        parts = self._parts() if _lazy_package(module) else None
        if parts is None:
            super().exec_module(module)
            return
        namespace = module.__dict__
        names = Names(module, parts, self.path)
        if isinstance(module, LazyModule):  # importlib.reload
            for name in names.all():
                namespace.pop(name, None)
        namespace["__builtins__"] = names
        module.__class__ = LazyModule
        exec(compile(parts.header, self.path, "exec", dont_inherit=True), namespace)  # noqa: S102 (as every loader)

    def _parts(self) -> Parts | None:
        data = self.get_data(self.path)
        if GENERATED not in data[:400]:
            return None
        code = self.get_code(self.name)
        return split(decode_source(data), code) if code else None


class LazyModule(ModuleType):
    """A module whose definitions are created on first use."""

    def __getattr__(self, name: str) -> Any:
        names = _names(self)
        if name == "__all__":
            # Without it, `from ... import *` would take only what exists already.
            return [public for public in dir(self) if not public.startswith("_")]
        value = names.resolve(name) if names else MISSING
        if value is MISSING:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        # importlib sets a submodule as an attribute of its package. Where a function
        # has the same name (`get_queue`), the package's `import *` then replaces the
        # module.
        names = _names(self)
        submodule = isinstance(value, ModuleType) and value.__name__ == f"{self.__name__}.{name}"
        if submodule and names and names.exported(name):
            return
        super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        names = _names(self)
        return sorted({*self.__dict__, *(names.all() if names else ())})


def _lazy_package(module: ModuleType) -> bool:
    """Returns whether the package of a module is loaded lazily too: one that is not may
    rely on what its modules import."""
    parent = module.__name__.rpartition(".")[0]
    return not parent or isinstance(sys.modules.get(parent), LazyModule)


def created(module: ModuleType) -> list[str]:
    """Returns the names of a module that have been created; none of one that is not
    lazy."""
    names = _names(module)
    return names.created() if names else []


def _names(module: ModuleType) -> "Names | None":
    names = module.__dict__.get("__builtins__")
    return names if isinstance(names, Names) else None


class Names(dict[str, Any]):
    """The names of a module that don't exist yet, and Python's built-in names.

    Python looks up a global variable in the module and then in `__builtins__`, and
    calls `__missing__` of a subclass of `dict`. This also holds for a copy of the
    module's namespace, as in `typing.get_type_hints(globalns=...)`.
    """

    def __init__(self, module: ModuleType, parts: Parts, file: str) -> None:
        # Python reads these two without `__missing__`.
        super().__init__(__import__=builtins.__import__, __build_class__=builtins.__build_class__)
        self._module = module
        self._parts = parts
        self._file = file
        self._folder = pathlib.Path(file).parent
        self._created: dict[str, Any] = {}
        self._index: dict[str, str] | None = None

    def __missing__(self, name: str) -> Any:
        value = self.resolve(name)
        if value is MISSING:
            value = self[name] = vars(builtins)[name]
        return value

    def resolve(self, name: str) -> Any:
        """Returns the value of a name, created on the first call; `MISSING` if there is
        no such name."""
        if name not in self._created:
            value = self._create(name)
            if value is MISSING:
                return MISSING
            # Of two threads, both get the value of the first.
            first = self._created.setdefault(name, value) is value
            if first and name in self._parts.definitions:
                self._resolve_annotations(value)
        return self._module.__dict__.setdefault(name, self._created[name])

    def _resolve_annotations(self, value: Any) -> None:
        """Creates what the annotations of a class mention: `typing.get_type_hints`
        looks these names up in the module's namespace, but not in its `__builtins__`.

        The SDK looks up the annotations of properties in the namespaces of all base
        classes, with the `__builtins__` of the last. For a subclass in another module
        they are created with the subclass.
        """
        if not isinstance(value, type) or is_typeddict(value) or issubclass(value, Enum):
            return
        self._resolve_mentioned(inspect.get_annotations(value))
        properties = [p.fget for p in vars(value).values() if isinstance(p, property) and p.fget]
        if not properties:
            return

        def init_subclass(subclass: Any, /, **arguments: Any) -> None:
            super(value, subclass).__init_subclass__(**arguments)  # type: ignore[misc]
            if subclass.__module__ != value.__module__:
                for function in properties:
                    self._resolve_mentioned(function.__annotations__)

        type.__setattr__(value, "__init_subclass__", classmethod(init_subclass))

    def _resolve_mentioned(self, annotations: Mapping[str, Any]) -> None:
        for annotation in annotations.values():
            for name in NAME.findall(str(annotation)):
                self.resolve(name)

    def exported(self, name: str) -> bool:
        """Returns whether the module re-exports `name` from its submodule of that
        name."""
        return name in self._parts.stars and name in self._exports(name)

    def created(self) -> list[str]:
        """Returns the names that exist already."""
        return sorted(self._created)

    def all(self) -> set[str]:
        """Returns all names, whether they exist yet or not."""
        parts = self._parts
        names = {*parts.definitions, *parts.imports, *parts.modules, *self._origins()}
        return names | set(parts.stars if self._is_package else ())

    @property
    def _is_package(self) -> bool:
        return hasattr(self._module, "__path__")

    @property
    def _package(self) -> str:
        spec = self._module.__spec__
        return (spec.parent if spec else None) or self._module.__name__

    def _create(self, name: str) -> Any:
        parts = self._parts
        if definition := parts.definitions.get(name):
            created: dict[str, Any] = {}
            exec(definition.compiled(self._file), self._module.__dict__, created)  # noqa: S102 (as the import would)
            return created[name]
        if imported := parts.imports.get(name):
            dots = "." * imported.level
            source = importlib.util.resolve_name(f"{dots}{imported.package}", self._package)
            if source == self._module.__name__:
                return importlib.import_module(f"{source}.{imported.name}")
            module = importlib.import_module(source)
            value = getattr(module, imported.name, MISSING)
            return (
                importlib.import_module(f"{source}.{imported.name}") if value is MISSING else value
            )
        if subpackage := parts.modules.get(name):
            return importlib.import_module(subpackage)
        if name.startswith("__"):
            return MISSING
        if origin := self._origin(name):
            return getattr(importlib.import_module(f"{self._package}.{origin}"), name)
        if self._is_package and name in parts.stars:
            return importlib.import_module(f"{self._package}.{name}")
        return MISSING

    def _origin(self, name: str) -> str | None:
        """Returns the module that defines a re-exported name."""
        # By Pulumi's convention; reading one file saves reading hundreds.
        words = WORD.sub("_", name).lower()
        for star in (name, words, "_inputs" if name.endswith(("Args", "ArgsDict")) else ""):
            if star in self._parts.stars and name in self._exports(star):
                return star
        return self._origins().get(name)

    def _origins(self) -> dict[str, str]:
        """Re-exported name -> the module that defines it."""
        if self._index is None:
            self._index = {name: star for star in self._parts.stars for name in self._exports(star)}
        return self._index

    def _exports(self, star: str) -> Collection[str]:
        return exports(self._folder, f"{self._package}.{star}")


@cache
def exports(folder: pathlib.Path, module: str) -> Collection[str]:
    """Returns the `__all__` of a module without importing it, if its source states
    it."""
    text = _head(folder / f"{module.rpartition('.')[2]}.py")
    if text:
        return frozenset(STRING.findall(text))
    imported = importlib.import_module(module)
    names: Sequence[str] | None = getattr(imported, "__all__", None)
    return [n for n in vars(imported) if not n.startswith("_")] if names is None else names


def _head(file: pathlib.Path) -> str:
    """Returns the list that is a module's `__all__`, as its source; empty if there is
    none."""
    try:
        with file.open(encoding="utf-8") as source:
            text = source.read(CHUNK)
            start = text.find("\n__all__ = [")
            if start < 0:
                return ""
            while (end := text.find("]", start)) < 0:
                more = source.read(CHUNK)
                if not more:
                    return ""
                text += more
    except OSError:
        return ""
    return text[start:end]
