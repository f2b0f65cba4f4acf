"""Property paths in the engine's syntax (`scalingConfig.desiredSize`, `tags["a.b"]`,
`rules[*].action`).

Properties in `ignoreChanges` are restored to their old values before two sides are
compared, as in the engine.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

Step = str | int
Path = tuple[Step, ...]

PLAIN = re.compile(r"[\w@/-]+")
"""Keys that need no quotes in a path; dots, brackets and colons do."""

STEP = re.compile(r"""\[\s*(?:(\d+)|"((?:[^"\\]|\\.)*)"|'([^']*)'|(\*))\s*\]|([^.\[\]]+)""")
EVERY = "*"


@cache
def parse(text: str) -> Path:
    """Returns the steps of a path: keys as text, list indices as numbers, `*` for each
    member."""
    return tuple(_step(match) for match in STEP.finditer(text))


def _step(match: re.Match[str]) -> Step:
    index, double, single, every, unquoted = match.groups()
    if index is not None:
        return int(index)
    if double is not None:
        return re.sub(r"\\(.)", r"\1", double)
    return next(text for text in (single, every, unquoted) if text is not None)


def key(path: str, name: str, separator: str = ".") -> str:
    """Returns the path of the key `name` below `path`."""
    if PLAIN.fullmatch(name):
        return f"{path}{separator}{name}" if path else name
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}{separator if separator == ":" else ""}["{quoted}"]'


def restored(
    old: Mapping[str, Any], new: Mapping[str, Any], paths: Sequence[str]
) -> Mapping[str, Any]:
    """`new` with the values of `old` at `paths`."""
    for path in paths:
        new = _restore(old, new, parse(path))
    return new


def _restore(old: Any, new: Any, path: Path) -> Any:
    if not path:
        return old
    step, rest = path[0], path[1:]
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        names = sorted({*old, *new}) if step == EVERY else [str(step)]
        restored_object = dict(new)
        for name in names:
            _restore_key(restored_object, name, old, rest)
        return restored_object
    if isinstance(old, list) and isinstance(new, list):
        indices = range(min(len(old), len(new))) if step == EVERY else [step]
        items = list(new)
        for index in indices:
            if isinstance(index, int) and index < len(items) and index < len(old):
                items[index] = _restore(old[index], items[index], rest)
        return items
    return new


def _restore_key(new: dict[str, Any], name: str, old: Mapping[str, Any], rest: Path) -> None:
    if rest:
        if name in old and name in new:
            new[name] = _restore(old[name], new[name], rest)
    elif name in old:
        new[name] = old[name]
    else:
        new.pop(name, None)


def below(path: Sequence[str], pattern: Sequence[str]) -> bool:
    """Returns whether `path` is `pattern` or is below it; both are keys without list
    indices, and `*` matches any key."""
    return len(path) >= len(pattern) and all(
        expected in (EVERY, step) for step, expected in zip(path, pattern, strict=False)
    )


def keys_of(text: str) -> tuple[str, ...]:
    """Returns the keys of a path, without list indices."""
    return tuple(str(step) for step in parse(text) if isinstance(step, str))


def strings(value: Any) -> Iterator[str]:
    """Yields all strings inside a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
