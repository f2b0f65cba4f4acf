"""Reads YAML as the Pulumi engine does, within limits, with errors that name the line
and the key.

The engine reads YAML 1.2 (gopkg.in/yaml.v3): `on`, `off` and `20:00` are text, a key
that is there twice is an error. PyYAML's own rules are those of YAML 1.1. Nesting,
aliases and size are limited, so that no text takes more than moments.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_BYTES = 1_000_000
"""Size of a file. The largest stack files in public repositories have some 100 KB."""
MAX_DEPTH = 50
"""Levels of nested mappings and lists."""
MAX_VALUES = 100_000
"""Values of a text, those of each alias counted again."""

WORDS: dict[str, Any] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
WHOLE = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)")
DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([Tt ]+\d{1,2}:\d{1,2}:\d{1,2}(\.\d*)?\s*(Z|[-+]\d.*)?)?")
LONGEST_WHOLE = 20
"""Digits of a whole number; more than 64 bits are a floating-point number."""

TAG = "tag:yaml.org,2002:"
TEXT = (f"{TAG}str", f"{TAG}binary", "!")
PLAIN = (None, *(f"{TAG}{name}" for name in ("int", "float", "bool", "null", "map", "seq")))


class TextError(ValueError):
    """A text that can't be read; the message names the problem and the fix."""

    def __init__(self, problem: str, line: int = 0, key: str = "") -> None:
        self.problem, self.line, self.key = problem, line, key
        super().__init__(f"{key} {problem}" if key else problem)


class LimitError(TextError):
    """A text that is nested too deep, or has too many values."""


@dataclass
class _Level:
    """A mapping or list that is being read."""

    value: Any
    path: str
    line: int
    anchor: str | None
    size: int = 1
    depth: int = 1
    key: str | None = None
    keys: dict[str, int] = field(default_factory=dict)
    """Key -> its line."""
    merged: list[Any] = field(default_factory=list)
    """The values of `<<`."""


@dataclass(frozen=True)
class _Anchored:
    value: Any
    size: int
    depth: int


def decode(data: bytes) -> str:
    """Returns the text of a file. Raises `TextError` for any encoding but UTF-8."""
    if len(data) > MAX_BYTES:
        raise TextError(f"has {len(data):,} bytes. Allowed: at most {MAX_BYTES:,}")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise TextError("is UTF-16. Fix: save it as UTF-8", 1)
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TextError(
            f"is not UTF-8: byte 0x{data[error.start]:02x}. Fix: save it as UTF-8", line
        ) from None


def parse(text: str, *, dates: bool = False) -> Any:
    """Returns the data in a text. Raises `TextError`; a date is one unless `dates`,
    which reads it as text: the engine would pass a time that nobody wrote."""
    reader = _Reader(dates)
    try:
        for event in yaml.parse(text, Loader=LOADER):
            reader.read(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        key = reader.path
        raise TextError(
            f"is not YAML: {' '.join(str(problem).split())}", mark.line + 1 if mark else 0, key
        ) from None
    except (UnicodeError, RecursionError) as error:
        raise TextError(f"is not YAML: {error}") from None
    return reader.document


def check_limits(text: str) -> None:
    """Raises `LimitError` for a text that is nested too deep or has too many values;
    any other error is that of who reads it."""
    try:
        parse(text, dates=True)
    except LimitError:
        raise
    except TextError:
        return


class _Reader:
    """Builds data from the events of the parser, without recursion."""

    def __init__(self, dates: bool) -> None:
        self.document: Any = None
        self._dates = dates
        self._levels: list[_Level] = []
        self._anchors: dict[str, _Anchored] = {}
        self._values = 0
        self._documents = 0

    @property
    def path(self) -> str:
        """The key that is being read: `config.shop:zones[2]`."""
        if not self._levels:
            return ""
        level = self._levels[-1]
        if isinstance(level.value, list):
            return f"{level.path}[{len(level.value)}]"
        parts = (level.path, level.key) if level.key is not None else (level.path,)
        return ".".join(part for part in parts if part)

    def read(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise TextError("has several documents. Fix: keep one", line)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._open({} if isinstance(event, yaml.MappingStartEvent) else [], event, line)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._close()
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event, line)

    def _fail(self, problem: str, line: int) -> TextError:
        return TextError(problem, line, self.path)

    def _open(self, value: Any, event: Any, line: int) -> None:
        if self._awaits_key():
            raise self._fail("has a key that is a mapping or a list. Allowed: text", line)
        if len(self._levels) >= MAX_DEPTH:
            raise LimitError(
                f"is nested deeper than {MAX_DEPTH} levels", line, self._levels[0].key or ""
            )
        self._check_tag(event.tag, line)
        self._count(1, line)
        self._levels.append(_Level(value, self.path, line, event.anchor))

    def _close(self) -> None:
        level = self._levels.pop()
        for source in level.merged:
            for key, value in source.items():
                level.value.setdefault(key, value)
        if level.anchor:
            self._anchors[level.anchor] = _Anchored(level.value, level.size, level.depth)
        self._put(level.value, level.size, level.depth, level.line)

    def _scalar(self, event: Any, line: int) -> None:
        if self._awaits_key():
            self._set_key(event.value, line, merges=event.implicit[0])
            return
        self._check_tag(event.tag, line)
        self._count(1, line)
        plain = event.tag in PLAIN and (event.implicit[0] or event.tag)
        value = self._resolve(event.value, line) if plain else event.value
        if event.anchor:
            self._anchors[event.anchor] = _Anchored(value, 1, 0)
        self._put(value, 1, 0, line)

    def _alias(self, event: Any, line: int) -> None:
        anchored = self._anchors.get(event.anchor)
        if anchored is None:
            raise self._fail(f"refers to *{event.anchor}, which is not defined before it", line)
        if self._awaits_key():
            self._set_key(str(anchored.value), line, merges=False)
            return
        self._count(anchored.size, line)
        if len(self._levels) + anchored.depth > MAX_DEPTH:
            raise LimitError(f"is nested deeper than {MAX_DEPTH} levels", line, self.path)
        self._put(anchored.value, anchored.size, anchored.depth, line)

    def _awaits_key(self) -> bool:
        level = self._levels[-1] if self._levels else None
        return level is not None and isinstance(level.value, dict) and level.key is None

    def _set_key(self, key: str, line: int, *, merges: bool) -> None:
        level = self._levels[-1]
        if key in level.keys and not (merges and key == "<<"):
            name = f"{level.path}.{key}" if level.path else key
            raise TextError(
                f"is there twice, first in line {level.keys[key]}. Fix: remove one of them",
                line,
                name,
            )
        level.key, level.keys[key] = key, line

    def _put(self, value: Any, size: int, depth: int, line: int) -> None:
        if not self._levels:
            self.document = value
            return
        level = self._levels[-1]
        level.size += size
        level.depth = max(level.depth, depth + 1)
        if isinstance(level.value, list):
            level.value.append(value)
            return
        if level.key == "<<":
            sources = value if isinstance(value, list) else [value]
            if not all(isinstance(source, dict) for source in sources):
                raise self._fail("merges what is no mapping", line)
            level.merged += sources
        else:
            level.value[level.key] = value
        level.key = None

    def _count(self, size: int, line: int) -> None:
        self._values += size
        if self._values > MAX_VALUES:
            problem = f"is part of more than {MAX_VALUES:,} values, with aliases"
            raise LimitError(problem, line, self.path)

    def _check_tag(self, tag: str | None, line: int) -> None:
        if tag not in (*PLAIN, *TEXT, f"{TAG}timestamp"):
            raise self._fail(f"has the tag {tag}. Fix: remove the tag", line)

    def _resolve(self, text: str, line: int) -> Any:
        if text in WORDS:
            return WORDS[text]
        if NOT_FINITE.fullmatch(text):
            raise self._fail(f"is {text}. Allowed: a finite number, or text in quotes", line)
        if DATE.fullmatch(text):
            if self._dates:
                return text
            raise self._fail(f'is a date. Fix: write it in quotes: "{text}"', line)
        return _number(text)


def _number(text: str) -> Any:
    """A number as the engine resolves it; any other text as it is."""
    if text[:1] not in "+-.0123456789" or not text:
        return text
    plain = text.replace("_", "") if text[0] != "." else text
    if len(plain) <= LONGEST_WHOLE and WHOLE.fullmatch(plain):
        return _whole(plain)
    if DECIMAL.fullmatch(plain):
        number = float(plain)
        return number if abs(number) != float("inf") else text
    return text


def _whole(text: str) -> int:
    digits = text.lstrip("+-")
    prefix = digits[:2].lower()
    bases: dict[str, Callable[[], int]] = {
        "0x": lambda: int(digits[2:], 16),
        "0b": lambda: int(digits[2:], 2),
        "0o": lambda: int(digits[2:], 8),
    }
    octal = digits[0] == "0" and len(digits) > 1
    number = bases.get(prefix, lambda: int(digits, 8 if octal else 10))()
    return -number if text[0] == "-" else number
