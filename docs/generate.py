"""Writes what can be read off the source: docs/reference.md, docs/settings.md and the
README's excerpt. Run by `make docs`.

The components are read as text (`ast`), not imported: the reference says what their
docstrings say. The same source gives the same bytes.
"""

import ast
import io
import json
import pathlib
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "components" / "groundplan"
README = ROOT / "README.md"
NOTE = "<!-- Written by `make docs`; don't edit. -->"


def files() -> dict[pathlib.Path, str]:
    """Every generated file, with the text that it should have."""
    return {
        ROOT / "docs" / "reference.md": reference(),
        ROOT / "docs" / "settings.md": settings(),
        README: with_excerpt(README.read_text(encoding="utf-8")),
    }


# The reference of the components.


@dataclass(frozen=True)
class Field:
    """An annotated attribute of a class, or a member of an enum."""

    name: str
    type: str
    text: str

    @property
    def required(self) -> bool:
        return not self.type.startswith("NotRequired[")


class Source:
    """The classes of the package, by name."""

    def __init__(self) -> None:
        self.public: list[str] = []
        self.classes: dict[str, ast.ClassDef] = {}
        repeated = set()
        for file in sorted(PACKAGE.rglob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            if file == PACKAGE / "__init__.py":
                self.public = sorted(_assigned(tree, "MODULES"))
            for node in tree.body:
                if isinstance(node, ast.ClassDef):
                    repeated |= {node.name} & self.classes.keys()
                    self.classes[node.name] = node
        self.shown = [name for name in self.classes if self.is_args(name) or self.is_enum(name)]
        if wrong := sorted(repeated & {*self.public, *self.shown}):
            raise SystemExit(
                f"two classes of one name: {', '.join(wrong)}. Names of arguments are unique in the package."
            )

    def bases(self, name: str) -> set[str]:
        return {ast.unparse(base).rsplit(".", 1)[-1] for base in self.classes[name].bases}

    def is_component(self, name: str) -> bool:
        return "ComponentResource" in self.bases(name)

    def is_args(self, name: str) -> bool:
        return "TypedDict" in self.bases(name)

    def is_enum(self, name: str) -> bool:
        return "Enum" in self.bases(name)

    def doc(self, name: str) -> str:
        return ast.get_docstring(self.classes[name]) or ""

    def fields(self, name: str) -> Iterator[Field]:
        """The annotated attributes, and an enum's members, each with the docstring
        after it."""
        body = self.classes[name].body
        for node, after in zip(body, [*body[1:], None], strict=True):
            text = _text(after)
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                yield Field(node.target.id, ast.unparse(node.annotation), text)
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                yield Field(str(node.value.value), "", text)

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


def reference() -> str:
    """docs/reference.md: each component with its arguments, outputs, children and
    methods."""
    source = Source()
    components = [name for name in source.public if source.is_component(name)]
    told: set[str] = set()
    lines = [
        NOTE,
        "# The components",
        "",
        "Each is `Name(name, args, opts)`: `from groundplan import Network`. How to use them in a stack of your own:",
        "[Import a component](guides/import-a-component.md). What is not *required* may be left out.",
        "",
        *(
            f"- [{name}](#{_anchor(name)}): {_inline(_first(source.doc(name)))}"
            for name in components
        ),
        "",
    ]
    for name in components:
        lines += _component(source, name, told)
    rest = [name for name in source.public if name not in told and name not in components]
    lines += ["## Other names", ""]
    for name in rest:
        lines += _type(source, name)
    return "\n".join(lines).rstrip() + "\n"


def _component(source: Source, name: str, told: set[str]) -> list[str]:
    node = source.classes[name]
    lines = [f"## {name}", "", *_paragraphs(source.doc(name)), f"Type token: `{_token(node)}`.", ""]
    args = f"{name}Args"
    for part in [args, *source.used(args)]:
        if part not in told:
            lines += _type(source, part)
            told.add(part)
    outputs = [field for field in source.fields(name) if field.type.startswith("pulumi.Output[")]
    lines += [f"### Outputs of {name}", "", "| Output | Type | |", "| --- | --- | --- |"]
    for field in outputs:
        kind = field.type.removeprefix("pulumi.Output[").removesuffix("]")
        lines.append(f"| `{field.name}` | {_type_cell(source, kind)} | {_cell(field.text)} |")
    lines.append("")
    children = [
        child for child in source.children(name) if child not in {field.name for field in outputs}
    ]
    if children:
        lines += [
            f"Its children are attributes, `None` where there is none: {', '.join(f'`{child}`' for child in children)}.",
            "",
        ]
    for method in source.methods(name):
        lines += [f"### {name}.{method.name}", "", f"`{_signature(method)}`", ""]
        lines += _paragraphs(ast.get_docstring(method) or "")
    return lines


def _type(source: Source, name: str) -> list[str]:
    """The section of an argument type, a choice, or any other class."""
    lines = [f"### {name}", "", *_paragraphs(source.doc(name))]
    if source.is_args(name):
        lines += ["| Argument | Type | Default | |", "| --- | --- | --- | --- |"]
        for field in source.fields(name):
            kind = (
                field.type.removeprefix("NotRequired[").removesuffix("]")
                if not field.required
                else field.type
            )
            default, text = _default(field.text)
            cells = ["*required*" if field.required else _cell(default), _cell(text)]
            lines.append(f"| `{field.name}` | {_type_cell(source, kind)} | {' | '.join(cells)} |")
        lines.append("")
    elif source.is_enum(name):
        lines += [
            f"- `{field.name}`{f': {_inline(field.text)}' if field.text else ''}"
            for field in source.fields(name)
        ]
        lines.append("")
    return lines


def _type_cell(source: Source, kind: str) -> str:
    """A type as code, in which the types of this page are links."""
    kind = re.sub(r"\b(pulumi|kubernetes|typing)\.(?=Input\b|Output\b|Provider\b)", "", kind)
    parts = re.split(rf"\b({'|'.join(sorted(source.shown, key=len, reverse=True))})\b", kind)
    told = [
        f"[`{part}`](#{_anchor(part)})" if i % 2 else f"`{part}`"
        for i, part in enumerate(parts)
        if part
    ]
    return _pipes("".join(told))


def _token(node: ast.ClassDef) -> str:
    tokens = [
        c.value
        for c in ast.walk(node)
        if isinstance(c, ast.Constant) and str(c.value).startswith("groundplan:index:")
    ]
    return str(tokens[0])


def _signature(method: ast.FunctionDef) -> str:
    if any(ast.unparse(decorator) == "property" for decorator in method.decorator_list):
        return f"{method.name} -> {ast.unparse(method.returns) if method.returns else 'None'}"
    arguments = ast.unparse(method.args).removeprefix("self").removeprefix(", ")
    returns = f" -> {ast.unparse(method.returns)}" if method.returns else ""
    return f"{method.name}({arguments}){returns}"


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


# The reference of the settings.


def settings() -> str:
    """docs/settings.md: each key of a stack file."""
    infra = str(ROOT / "infra")
    if infra not in sys.path:
        sys.path.insert(0, infra)
    from schema import schema

    found = schema()
    config = found["properties"]["config"]
    lines = [
        NOTE,
        "# The settings",
        "",
        "What `Pulumi.<env>.yaml` can say below `config`. `<name>` is a name of your choice. What is not *required* may be",
        "left out. Everything that is wrong is said at once, before anything is registered. Editors that read",
        "`infra/settings.schema.json`, which the file's first line names, complete and check keys as you type.",
        "",
    ]
    simple = {key: node for key, node in config["properties"].items() if not _section(found, node)}
    lines += ["## Single values", "", "| Key | Type | Default | |", "| --- | --- | --- | --- |"]
    for key, node in simple.items():
        lines += _setting(found, key, node, key in config["then"]["required"])
    for key, node in config["properties"].items():
        if key not in simple:
            lines += ["", f"## {key}", "", _inline(_described(found, node)), ""]
            lines += ["| Key | Type | Default | |", "| --- | --- | --- | --- |"]
            lines += _settings_below(found, key, node)
    return "\n".join(lines) + "\n"


def _settings_below(whole: Mapping[str, Any], path: str, node: Mapping[str, Any]) -> Iterator[str]:
    section = _section(whole, node)
    if section is None:
        return
    prefix = f"{path}.<name>" if "additionalProperties" in node else path
    for key, value in section["properties"].items():
        yield from _setting(whole, f"{prefix}.{key}", value, key in section.get("required", ()))
        yield from _settings_below(whole, f"{prefix}.{key}", value)


def _setting(
    whole: Mapping[str, Any], path: str, node: Mapping[str, Any], required: bool
) -> Iterator[str]:
    default, text = _default(_described(whole, node))
    if "default" in node:
        default = json.dumps(node["default"])
    shown = "*required*" if required else _cell(default)
    # Within a section the namespace says nothing.
    path = path.split(":", 1)[1] if "." in path else path
    yield f"| `{path}` | {_pipes(_words(whole, node))} | {shown} | {_cell(text)} |"


def _described(whole: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    return str(node.get("description") or _resolved(whole, node).get("description", ""))


def _section(whole: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The group of settings that a key holds, itself or by name; `None` for a plain
    value."""
    inner = node.get("additionalProperties")
    found = _resolved(whole, inner if isinstance(inner, Mapping) else node)
    return found if "properties" in found else None


def _resolved(whole: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = node.get("$ref") or next(
        (part["$ref"] for part in node.get("allOf", ()) if "$ref" in part), None
    )
    return whole["definitions"][reference.rsplit("/", 1)[-1]] if reference else node


def _words(whole: Mapping[str, Any], node: Mapping[str, Any], plural: bool = False) -> str:
    """A type in the words of somebody who writes YAML."""
    inner = node.get("additionalProperties")
    found = _resolved(whole, node)
    if "enum" in found:
        return ", ".join(f"`{value}`" for value in found["enum"])
    if "properties" in found:
        return "groups of settings" if plural else "settings"
    if found["type"] == "object":
        return f"name -> {_words(whole, inner)}" if isinstance(inner, Mapping) else "mapping"
    if found["type"] == "array":
        least = ", at least one" if found.get("minItems") else ""
        return f"list of {_words(whole, found['items'], plural=True)}{least}"
    word = {
        "string": "text",
        "integer": "whole number",
        "number": "number",
        "boolean": "true or false",
    }[found["type"]]
    return word + ("s" if plural and "number" in word else "") + _bounds(found)


def _bounds(node: Mapping[str, Any]) -> str:
    low, above, high = (node.get(key) for key in ("minimum", "exclusiveMinimum", "maximum"))
    words = [
        f"from {low}" if low is not None else "",
        f"above {above}" if above is not None else "",
    ]
    words.append(f"to {high:g}" if high is not None else "")
    told = " ".join(word for word in words if word)
    return f" {told}" if told else ""


# The README's excerpt of a preview.

SHOWN = (
    "artifacts",
    "artifacts-bucket",
    "artifacts-versioning",
    "churn",
    "churn-endpoint",
    "churn-errors",
    "churn-scaling",
    "monitoring",
    "monitoring-endpoint-churn-latency",
    "monitoring-topic",
    "network",
    "network-private-1",
    "network-vpc",
    "training",
    "training-cluster",
    "training-gpu-nodes",
    "training-cluster-queue",
)
"""The resources of dev that the excerpt keeps."""

BEGIN, END = "<!-- preview: `make docs` writes this -->", "<!-- /preview -->"
WIDTH = 100


def with_excerpt(readme: str) -> str:
    """The README with the excerpt between its marks."""
    before, rest = readme.split(BEGIN)
    return f"{before}{BEGIN}\n```text\n{excerpt()}\n```\n{END}{rest.split(END)[1]}"


def excerpt() -> str:
    """What `make preview` prints, shortened to some lines; `...` stands where others
    were left out."""
    sys.path.insert(0, str(PACKAGE.parent))
    from groundplan.manifest.run import Request, preview
    from groundplan.report.terminal.tree import show
    from rich.console import Console

    result = preview(Request(ROOT, "dev"))
    if result.manifest is None or result.failed:
        raise SystemExit(f"the preview of dev fails: {result.message}")
    screen = io.StringIO()
    show(
        result.manifest,
        Console(
            file=screen, width=WIDTH, color_system=None, force_terminal=False, legacy_windows=False
        ),
    )
    return "\n".join(_shortened(screen.getvalue().splitlines()))


def _shortened(lines: Iterable[str]) -> Iterator[str]:
    left_out = False
    for line in lines:
        name = re.match(r"[│├└─ ]+(\S+)", line)
        if name and name[1] not in SHOWN:
            if not left_out:
                yield re.match(r"[│ ]*", line)[0] + "..."  # type: ignore[index]
            left_out = True
            continue
        left_out = False
        if line == "outputs":
            return
        yield line.rstrip()


# Markdown.


def _default(text: str) -> tuple[str, str]:
    """What a description says after `Default:`, and the description without that
    sentence."""
    text = " ".join(text.split())
    found = re.search(r"Default: (.+?)\.(?=\s|$)", text)
    if not found:
        return "", text
    return found[1], " ".join((text[: found.start()] + text[found.end() :]).split())


def _first(text: str) -> str:
    return re.split(r"(?<=\.)\s", " ".join(text.split()), maxsplit=1)[0]


def _paragraphs(text: str) -> list[str]:
    lines = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines += [_inline(paragraph), ""] if paragraph else []
    return lines


def _inline(text: str) -> str:
    """Text on one line; outside of code, `<` is not the beginning of a tag."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    return "".join(part if i % 2 else part.replace("<", "&lt;") for i, part in enumerate(parts))


def _cell(text: str) -> str:
    return _pipes(_inline(text))


def _pipes(text: str) -> str:
    return text.replace("|", "\\|")


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
