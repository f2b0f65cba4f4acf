"""Paths of properties in the engine's spelling (`scalingConfig.desiredSize`,
`tags["a.b"]`, `rules[*].action`), and undoing.

What `ignoreChanges` names is put back to its old value before two sides are compared,
as the engine does it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

Step = str | int
Path = tuple[Step, ...]

PLAIN = re.compile(r"[\w@/-]+")
"""Keys that a path spells without quotes; dots, brackets and colons need them."""

STEP = re.compile(r"""\[\s*(?:(\d+)|"((?:[^"\\]|\\.)*)"|'([^']*)'|(\*))\s*\]|([^.\[\]]+)""")
EVERY = "*"


@cache
def parse(text: str) -> Path:
    """The steps of a path: keys as text, list indices as numbers, `*` for every one."""
    return tuple(_step(found) for found in STEP.finditer(text))


def _step(found: re.Match[str]) -> Step:
    index, double, single, every, bare = found.groups()
    if index is not None:
        return int(index)
    if double is not None:
        return re.sub(r"\\(.)", r"\1", double)
    return next(text for text in (single, every, bare) if text is not None)


def key(path: str, name: str, separator: str = ".") -> str:
    """The path of the key `name` below `path`."""
    if PLAIN.fullmatch(name):
        return f"{path}{separator}{name}" if path else name
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}{separator if separator == ":" else ""}["{quoted}"]'


def restored(
    old: Mapping[str, Any], new: Mapping[str, Any], paths: Sequence[str]
) -> Mapping[str, Any]:
    """`new` with everything at `paths` as it is in `old`."""
    for path in paths:
        new = _restore(old, new, parse(path))
    return new


def _restore(old: Any, new: Any, path: Path) -> Any:
    if not path:
        return old
    step, rest = path[0], path[1:]
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        names = sorted({*old, *new}) if step == EVERY else [str(step)]
        made = dict(new)
        for name in names:
            _put(made, name, old, rest)
        return made
    if isinstance(old, list) and isinstance(new, list):
        places = range(min(len(old), len(new))) if step == EVERY else [step]
        items = list(new)
        for place in places:
            if isinstance(place, int) and place < len(items) and place < len(old):
                items[place] = _restore(old[place], items[place], rest)
        return items
    return new


def _put(made: dict[str, Any], name: str, old: Mapping[str, Any], rest: Path) -> None:
    if rest:
        if name in old and name in made:
            made[name] = _restore(old[name], made[name], rest)
    elif name in old:
        made[name] = old[name]
    else:
        made.pop(name, None)


def below(path: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether `path` is `pattern` or lies below it; both are keys without list indices,
    `*` stands for any key."""
    return len(path) >= len(pattern) and all(
        want in (EVERY, step) for step, want in zip(path, pattern, strict=False)
    )


def keys_of(text: str) -> tuple[str, ...]:
    """The keys of a path, without list indices."""
    return tuple(str(step) for step in parse(text) if isinstance(step, str))


def strings(value: Any) -> Iterator[str]:
    """All texts inside a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
