"""The code of a function: the modules that it runs and no others, so that the same
commit gives the same archive.

What the handler imports is read off the source, not listed: what it begins to use
tomorrow is in the archive tomorrow, and components, settings and Pulumi never are.
boto3 is Lambda's.
"""

import ast
import pathlib
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

import pulumi

import groundplan

TOP = '"""The part of Groundplan that runs in the cloud."""\n'
"""In place of the package's own `__init__`, which names all components: it would change
the archive with each of them."""

_ROOT = pathlib.Path(groundplan.__file__).parent


def archive(files: Mapping[str, str]) -> pulumi.AssetArchive:
    """Returns the archive of path -> text."""
    return pulumi.AssetArchive(
        {path: pulumi.StringAsset(text) for path, text in sorted(files.items())}
    )


@cache
def sources(entry: str) -> Mapping[str, str]:
    """Path in the archive -> source, of a module and of all that it imports of this
    package."""
    found: dict[str, str] = {}
    waiting = [entry]
    while waiting:
        module = waiting.pop()
        file = _file(module)
        path = f"groundplan/{file.relative_to(_ROOT).as_posix()}"
        if path in found:
            continue
        found[path], imported = _read(file)
        waiting += imported
        if "." in module:
            waiting.append(module.rpartition(".")[0])
    return MappingProxyType(dict(sorted(found.items())))


@cache
def _read(file: pathlib.Path) -> tuple[str, tuple[str, ...]]:
    """The source of a module, and what it imports. Functions share most modules."""
    is_top = file.parent == _ROOT and file.name == "__init__.py"
    text = TOP if is_top else file.read_text(encoding="utf-8")
    return text, tuple(_imported(ast.parse(text)))


def _file(module: str) -> pathlib.Path:
    path = _ROOT.joinpath(*module.split(".")[1:])
    package = path / "__init__.py"
    # A folder of data may have the name of a module beside it.
    return package if package.is_file() else path.with_suffix(".py")


def _imported(node: ast.AST) -> Iterator[str]:
    """Modules of this package that a piece of source imports when it runs: not those
    that only a type checker sees."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            continue  # most of the tree, and without statements
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names if _own(alias.name))
        elif isinstance(child, ast.ImportFrom) and child.module and _own(child.module):
            yield child.module
            members = (f"{child.module}.{alias.name}" for alias in child.names)
            yield from (member for member in members if _file(member).is_file())
        else:
            yield from _imported(child)


def _own(module: str) -> bool:
    return module == "groundplan" or module.startswith("groundplan.")
