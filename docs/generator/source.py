"""The classes of the package, read as text (`ast`): the reference says what they
say."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.paths import PACKAGE


@dataclass(frozen=True)
class Field:
    """An annotated attribute of a class, or a member of an enum."""

    name: str
    type: str
    text: str

    @property
    def required(self) -> bool:
        return not self.type.startswith("NotRequired[")


WITHOUT_ARGUMENTS = frozenset(
    (
        "analysis",
        "catalog",
        "cli",
        "commands",
        "cost",
        "diff",
        "engine",
        "machine",
        "manifest",
        "operations",
        "policy",
        "proof",
        "report",
        "risk",
        "versions",
    )
)
"""Packages of the library in which no component is defined."""


class Source:
    """The classes of the package, by name."""

    def __init__(self) -> None:
        init = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
        modules = _assigned(init, "MODULES")
        self.public = sorted(modules)
        self.classes: dict[str, ast.ClassDef] = {}
        repeated = set()
        for file in sorted(PACKAGE.rglob("*.py")):
            path = file.relative_to(PACKAGE).with_suffix("").parts
            if WITHOUT_ARGUMENTS & set(path[:2]):
                continue
            module = ".".join(("groundplan", *path)).removesuffix(".__init__")
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                # A name that is public is the class of its public module.
                if isinstance(node, ast.ClassDef) and modules.get(node.name, module) == module:
                    repeated |= {node.name} & self.classes.keys()
                    self.classes[node.name] = node
        self.shown = [name for name in self.classes if self.is_args(name) or self.is_enum(name)]
        if wrong := sorted(repeated & set(self.shown)):
            raise SystemExit(
                f"two classes of one name: {', '.join(wrong)}. "
                "Names of arguments are unique in the package."
            )

    def bases(self, name: str) -> set[str]:
        return {ast.unparse(base).rsplit(".", 1)[-1] for base in self.classes[name].bases}

    def is_component(self, name: str) -> bool:
        return bool({"Component", "ComponentResource"} & self.bases(name)) and name != "Component"

    def is_args(self, name: str) -> bool:
        """Whether it is a TypedDict, or inherits the keys of one."""
        bases = self.bases(name)
        return "TypedDict" in bases or any(b in self.classes and self.is_args(b) for b in bases)

    def is_enum(self, name: str) -> bool:
        return "Enum" in self.bases(name)

    def doc(self, name: str) -> str:
        return ast.get_docstring(self.classes[name]) or ""

    def fields(self, name: str) -> Iterator[Field]:
        """The annotated attributes, and an enum's members, each with the docstring
        after it; those that a TypedDict inherits come last."""
        body = self.classes[name].body
        for node, after in zip(body, [*body[1:], None], strict=True):
            text = _text(after)
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                yield Field(node.target.id, self._type(node.annotation), text)
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                yield Field(str(node.value.value), "", text)
        for base in self.bases(name) & self.classes.keys():
            if self.is_args(base):
                yield from self.fields(base)

    def _type(self, annotation: ast.expr) -> str:
        """Returns a type as text, with the enum in place of the union with its
        literals.

        `NatGatewaysValue` is `NatGateways | Literal[...]` for type checkers.
        """
        return re.sub(
            r"\b(\w+)Value\b",
            lambda word: word[1] if word[1] in self.classes else word[0],
            ast.unparse(annotation),
        )

    def children(self, name: str) -> list[str]:
        """The public attributes that the class annotates or that its methods assign."""
        stores = (
            n
            for n in ast.walk(self.classes[name])
            if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)
        )
        assigned = {node.attr for node in stores if ast.unparse(node.value) == "self"}
        annotated = {field.name for field in self.fields(name)}
        return sorted(child for child in assigned | annotated if not child.startswith("_"))

    def methods(self, name: str) -> Iterator[ast.FunctionDef]:
        """What somebody else may call."""
        for node in self.classes[name].body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield node

    def used(self, name: str) -> list[str]:
        """The argument types and choices that a type's fields name, directly or not, in
        their order."""
        found: list[str] = []
        for field in self.fields(name):
            for word in re.findall(r"\w+", field.type):
                if word in self.shown and word != name:
                    found += [word, *self.used(word)]
        return list(dict.fromkeys(found))


def _assigned(tree: ast.Module, name: str) -> Mapping[str, Any]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            found: Mapping[str, Any] = ast.literal_eval(node.value)
            return found
    raise SystemExit(f"{name} is not assigned in groundplan/__init__.py")


def _text(node: ast.stmt | None) -> str:
    if (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ):
        return node.value.value
    return ""
