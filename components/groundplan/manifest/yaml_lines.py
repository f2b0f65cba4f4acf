"""The lines of the keys and items of a YAML text."""

from collections.abc import Iterator, Mapping

import yaml

MAX_DEPTH = 5
"""Levels below the start whose lines are known. What an alias names is at the line of
its anchor."""


def lines(text: str, *start: str) -> Mapping[str, int]:
    """Path -> its line, from 1: `acceptedFindings[0].expires`. With `start`, the paths
    are those below these keys. Empty for what is no YAML."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return {}
    for key in start:
        node = next((value for name, _, value in _keys(node) if name == key), None)
    return dict(_lines(node, "", MAX_DEPTH))


def _lines(node: yaml.Node | None, path: str, depth: int) -> Iterator[tuple[str, int]]:
    if depth == 0:
        return
    for name, line, value in _keys(node):
        at = f"{path}.{name}" if path else name
        yield at, line
        yield from _lines(value, at, depth - 1)
    for number, item in enumerate(node.value if isinstance(node, yaml.SequenceNode) else ()):
        at = f"{path}[{number}]"
        yield at, item.start_mark.line + 1
        yield from _lines(item, at, depth - 1)


def _keys(node: yaml.Node | None) -> Iterator[tuple[str, int, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield key.value, key.start_mark.line + 1, value
