"""The edits of a settings file: each value that differs, by its path and its line."""

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from groundplan.diff.edits.edit import Edit, shortened
from groundplan.manifest import yaml_text
from groundplan.manifest.model import SECRET
from groundplan.secret_names import HARMLESS, names_a_secret

CONFIG = "config"
"""The key of a stack file that its settings are below."""

MERGE = "<<"


@dataclass(frozen=True)
class _Entry:
    """A value of a settings file with the line of its key."""

    node: yaml.Node
    line: int


def settings_edits(file: str, old: str, new: str) -> list[Edit]:
    """Returns the values that differ between two texts of a settings file; none where
    one can't be read. What is added or removed as a whole is one edit."""
    try:
        before, after = _document(old), _document(new)
    except (yaml.YAMLError, yaml_text.TextError, RecursionError):
        return []
    return list(_compared(file, "", before, after))


def _document(text: str) -> _Entry | None:
    yaml_text.parse(text)  # its limits: no text of a few lines has millions of values
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    return _Entry(node, node.start_mark.line + 1) if node else None


def _compared(file: str, path: str, old: _Entry | None, new: _Entry | None) -> Iterator[Edit]:
    if old and new and _kind(old.node) == _kind(new.node):
        before, after = dict(_entries(old.node)), dict(_entries(new.node))
        is_alike = isinstance(new.node, yaml.MappingNode) or len(before) == len(after)
        if before and after and is_alike and not _is_secret(new.node):
            for key in dict.fromkeys([*after, *before]):
                yield from _compared(file, _joined(path, key), before.get(key), after.get(key))
            return
    if (old and _data(old.node)) != (new and _data(new.node)):
        line = new.line if new else old.line if old else 0
        name = path.rsplit(".", 1)[-1].rsplit(":", 1)[-1]
        yield Edit(file, line, path, _text(old, name), _text(new, name))


def _kind(node: yaml.Node) -> type:
    plain = isinstance(node, yaml.SequenceNode) and not any(
        isinstance(item, yaml.CollectionNode) for item in node.value
    )
    return yaml.ScalarNode if plain else type(node)  # a list of texts is one value


def _entries(node: yaml.Node) -> Iterator[tuple[str, _Entry]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value != MERGE:
                yield key.value, _Entry(value, key.start_mark.line + 1)
    elif isinstance(node, yaml.SequenceNode) and _kind(node) is yaml.SequenceNode:
        for index, item in enumerate(node.value):
            yield f"[{index}]", _Entry(item, item.start_mark.line + 1)


def _joined(path: str, key: str) -> str:
    if not path:
        return "" if key == CONFIG else key
    return f"{path}{key}" if key.startswith("[") else f"{path}.{key}"


def _is_secret(node: yaml.Node) -> bool:
    """Returns whether a value is encrypted: `{secure: ...}`."""
    return isinstance(node, yaml.MappingNode) and [k.value for k, _ in node.value] == ["secure"]


def _data(node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _data(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_data(item) for item in node.value]
    return (node.tag, node.value)


def _text(entry: _Entry | None, name: str) -> str:
    return shortened(_flow(entry.node, name)) if entry else ""


def _flow(node: yaml.Node, name: str = "") -> str:
    """Returns the value of a key on one line, as YAML in flow style."""
    is_scalar = isinstance(node, yaml.ScalarNode)
    if _is_secret(node) or (is_scalar and names_a_secret(name) and not _is_harmless(node)):
        return SECRET
    if isinstance(node, yaml.MappingNode):
        pairs = (f"{_flow(key)}: {_flow(value, str(key.value))}" for key, value in node.value)
        return f"{{{', '.join(pairs)}}}"
    if isinstance(node, yaml.SequenceNode):
        return f"[{', '.join(map(_flow, node.value))}]"
    return str(node.value)


def _is_harmless(node: yaml.Node) -> bool:
    return bool(HARMLESS.fullmatch(str(node.value)))
