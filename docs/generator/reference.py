"""docs/reference.md: each component with its arguments, outputs, children and
methods."""

import ast
import re

from generator.markdown import (
    anchor,
    cell,
    escape_pipes,
    first_sentence,
    inline,
    paragraphs,
    split_default,
)
from generator.paths import NOTE
from generator.source import Source


def page() -> str:
    """docs/reference.md: each component with its arguments, outputs, children and
    methods."""
    source = Source()
    components = [name for name in source.public if source.is_component(name)]
    documented: set[str] = set()
    lines = [
        NOTE,
        "# The components",
        "",
        "Each is `Name(name, args, opts)`: `from groundplan import Network`. How to use them in a",
        "stack of your own: [Import a component](guides/import-a-component.md). Arguments that are",
        "not *required* are optional.",
        "",
        *(
            f"- [{name}](#{anchor(name)}): {inline(first_sentence(source.doc(name)))}"
            for name in components
        ),
        "",
    ]
    for name in components:
        lines += _component(source, name, documented)
    rest = [name for name in source.public if name not in documented and name not in components]
    lines += ["## Other names", ""]
    for name in rest:
        lines += _type(source, name)
    return "\n".join(lines).rstrip() + "\n"


def _component(source: Source, name: str, documented: set[str]) -> list[str]:
    node = source.classes[name]
    lines = [f"## {name}", "", *paragraphs(source.doc(name)), f"Type token: `{_token(node)}`.", ""]
    args = f"{name}Args"
    for part in [args, *source.used(args)]:
        if part not in documented:
            lines += _type(source, part)
            documented.add(part)
    outputs = [field for field in source.fields(name) if field.type.startswith("pulumi.Output[")]
    lines += [f"### Outputs of {name}", "", "| Output | Type | |", "| --- | --- | --- |"]
    for field in outputs:
        kind = field.type.removeprefix("pulumi.Output[").removesuffix("]")
        lines.append(f"| `{field.name}` | {_type_cell(source, kind)} | {cell(field.text)} |")
    lines.append("")
    children = [
        child for child in source.children(name) if child not in {field.name for field in outputs}
    ]
    if children:
        names = ", ".join(f"`{child}`" for child in children)
        lines += [f"Children are attributes, `None` if not created: {names}.", ""]
    for method in source.methods(name):
        lines += [f"### {name}.{method.name}", "", f"`{_signature(method)}`", ""]
        lines += paragraphs(ast.get_docstring(method) or "")
    return lines


def _type(source: Source, name: str) -> list[str]:
    """The section of an argument type, a choice, or any other class."""
    lines = [f"### {name}", "", *paragraphs(source.doc(name))]
    if source.is_args(name):
        lines += ["| Argument | Type | Default | |", "| --- | --- | --- | --- |"]
        for field in source.fields(name):
            kind = (
                field.type.removeprefix("NotRequired[").removesuffix("]")
                if not field.required
                else field.type
            )
            default, text = split_default(field.text)
            cells = ["*required*" if field.required else cell(default), cell(text)]
            lines.append(f"| `{field.name}` | {_type_cell(source, kind)} | {' | '.join(cells)} |")
        lines.append("")
    elif source.is_enum(name):
        lines += [
            f"- `{field.name}`{f': {inline(field.text)}' if field.text else ''}"
            for field in source.fields(name)
        ]
        lines.append("")
    return lines


def _type_cell(source: Source, kind: str) -> str:
    """A type as code, in which the types of this page are links."""
    kind = re.sub(r"\b(pulumi|kubernetes|typing)\.(?=Input\b|Output\b|Provider\b)", "", kind)
    parts = re.split(rf"\b({'|'.join(sorted(source.shown, key=len, reverse=True))})\b", kind)
    linked = [
        f"[`{part}`](#{anchor(part)})" if i % 2 else f"`{part}`"
        for i, part in enumerate(parts)
        if part
    ]
    return escape_pipes("".join(linked))


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
