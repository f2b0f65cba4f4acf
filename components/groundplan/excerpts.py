"""Where a key is in a YAML file that a person wrote: its line, and that line with
the value marked.

An error then leads to what is to be edited. Knows neither Pulumi nor settings: a key is
a dotted path, `config.shop:pools.gpu.maxSize` or `zones[1]`.
"""

import pathlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from groundplan.problems import MISSING, Problem, printable
from groundplan.secret_names import names_a_secret

WIDEST = 100
"""Characters of a line that an excerpt shows."""

MOST_BYTES = 1_000_000
"""Size of a file of which excerpts are shown; the preview refuses a larger one."""

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Excerpt:
    """A line of a file, and the part of it that an error is about."""

    file: str
    line: int
    """From 1."""
    text: str
    start: int
    """The first marked character of `text`, from 0."""
    length: int

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"

    def lines(self) -> list[str]:
        """Returns the place, the line, and a line of marks below it."""
        number = str(self.line)
        marks = "^" * max(min(self.length, len(self.text) - self.start), 1)
        return [
            self.place,
            f"{number} | {self.text}",
            f"{' ' * len(number)} | {' ' * self.start}{marks}",
        ]


class YamlFile:
    """A YAML file with the places of its keys; one that can't be read has none."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._lines = text.split("\n")
        try:
            self._root = yaml.compose(text, Loader=LOADER)
        except (yaml.YAMLError, RecursionError, ValueError):
            self._root = None

    @classmethod
    def read(cls, file: pathlib.Path, name: str = "") -> "YamlFile":
        """Returns the file `file`, whose name in errors is `name`."""
        try:
            with file.open("rb") as stream:
                data = stream.read(MOST_BYTES + 1)
            text = data.decode("utf-8-sig") if len(data) <= MOST_BYTES else ""
        except (OSError, ValueError):
            text = ""
        return cls(name or file.name, text)

    def line(self, key: str) -> int:
        """Returns the line of a key, else of the nearest one above it; 0 without
        either."""
        found = self._find(key)
        return found[0].start_mark.line + 1 if found else 0

    def at(self, key: str) -> str:
        """Returns the file with the line of a key: `Pulumi.yaml:3`."""
        line = self.line(key)
        return f"{self.name}:{line}" if line else self.name

    def excerpt(self, key: str, value: object = MISSING, above: str = "") -> Excerpt | None:
        """Returns the line of a key, with its value marked where that is on it; of a
        key that isn't there, the nearest one above it, below the key `above`. `None`
        where the file has neither, or another value: that of an override."""
        found = self._find(f"{above}.{key}" if above else key)
        top = self._find(above)
        if found is None or (top and found[0] is top[0]):
            return None
        node, inside, whole = found
        if whole and not _is(inside, value):
            return None
        start = node.start_mark
        is_value = isinstance(inside, yaml.ScalarNode) and inside.start_mark.line == start.line
        marked = inside if whole and is_value else node
        return self._excerpt(start, marked)

    def _excerpt(self, start: Any, marked: Any) -> Excerpt:
        """A line from a key on, or the pair of a key where others are on its line: they
        are not what is wrong, and may be secrets."""
        text = printable(self._lines[start.line].replace("\t", " ")).rstrip()
        same_line = marked.end_mark.line == start.line
        stop = marked.end_mark.column if same_line else len(text)
        alone = not text[: start.column].strip(" -?")
        first, last = (0, len(text)) if alone else (start.column, stop)
        before, after = "" if first == 0 else "... ", "" if last >= len(text) else " ..."
        shown = f"{before}{text[first:last]}{after}"
        column = marked.start_mark.column - first + len(before)
        length = stop - marked.start_mark.column
        shown = shown if len(shown) <= WIDEST else f"{shown[: WIDEST - 3]}..."
        return Excerpt(self.name, start.line + 1, shown, min(column, len(shown) - 1), length)

    def _find(self, key: str) -> tuple[Any, Any, bool] | None:
        """Returns the node of a key, that of its value, and whether the key is found
        whole."""
        node, rest, found = self._root, key, None
        while rest:
            step = next(_steps(node, rest), None)
            if step is None:
                return (*found, False) if found else None
            at, node, rest = step
            found = (at, node)
        return (*found, True) if found else None


def _steps(node: Any, path: str) -> Iterator[tuple[Any, Any, str]]:
    """Yields the key of a mapping or the item of a list that a path begins with, the
    value below it and the rest of the path. A key may have dots: the longest one
    first."""
    if isinstance(node, yaml.MappingNode):
        keys = [pair for pair in node.value if isinstance(pair[0], yaml.ScalarNode)]
        for key, value in sorted(keys, key=lambda pair: -len(pair[0].value)):
            rest = path[len(key.value) :]
            if path.startswith(key.value) and rest[:1] in ("", ".", "["):
                yield key, value, rest.removeprefix(".")
    elif isinstance(node, yaml.SequenceNode) and path.startswith("["):
        index, _, rest = path[1:].partition("]")
        if index.isdecimal() and int(index) < len(node.value):
            item = node.value[int(index)]
            yield item, item, rest.removeprefix(".")


def _is(node: Any, value: object) -> bool:
    """Returns whether a node may have a value: a text or number is the one that it
    has."""
    if not isinstance(node, yaml.ScalarNode) or not isinstance(value, str | int | float):
        return True
    written = str(node.value).strip()
    if isinstance(value, str | bool):
        return written.lower() == str(value).strip().lower()
    try:
        return float(written) == value
    except ValueError:
        return True


def report(title: str, problems: Sequence[Problem], file: YamlFile, above: str = "") -> str:
    """Returns all problems as one text: a line that counts them, then each with the
    line of the file that it is about. `above` is the key that their keys are below."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    lines = [f"{printable(title)}: {count}."]
    for problem in problems:
        lines.append(f"  - {problem}")
        secret = names_a_secret(re.split(r"[.:\[]", problem.key)[-1])
        found = None if secret else file.excerpt(problem.key, problem.value, above)
        lines += [f"      {line}" for line in found.lines()] if found else []
    return "\n".join(lines)
