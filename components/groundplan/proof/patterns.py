"""IAM's wildcard patterns as regular expressions of z3.

A pattern is read in one of two ways. Exactly: a mark (`names`) is a character like any
other. Loosely: a mark is whatever its shape allows, so that a match says only that the
texts may be the same."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import z3

from groundplan.proof.names import VARIABLE, Shape

STRING = z3.StringSort()
REGEX = z3.ReSort(STRING)
ANYTHING: Any = z3.Full(REGEX)
NOTHING: Any = z3.Empty(REGEX)
ONE: Any = z3.AllChar(REGEX)
DIGIT: Any = z3.Range("0", "9")
HEX: Any = z3.Union(DIGIT, z3.Range("a", "f"))
WORD: Any = z3.Union(DIGIT, z3.Range("a", "z"), z3.Range("A", "Z"), z3.Re("-"))
PRINTABLE: Any = z3.Star(z3.Union(WORD, *(z3.Re(c) for c in "._/:@=${}")))
SHAPES: Mapping[Shape, Any] = {
    Shape.SUFFIX: z3.Loop(HEX, 7, 7),
    Shape.ACCOUNT: z3.Loop(DIGIT, 12, 12),
    Shape.WORD: z3.Plus(WORD),
    Shape.ANY: ANYTHING,
}

TOKENS = re.compile(rf"{VARIABLE.pattern}|[*?]")
ESCAPED = re.compile(r"\\u\{([0-9a-fA-F]+)\}|\\u([0-9a-fA-F]{4})")


def constant(text: str) -> Any:
    """A text as a constant of z3, whose own escapes begin with a backslash."""
    return z3.StringVal(text.replace("\\", "\\u{5c}"))


def text_of(value: Any) -> str:
    """The text of a constant of z3."""
    return ESCAPED.sub(lambda match: chr(int(match[1] or match[2], 16)), value.as_string())


def literal(characters: str, ignoring_case: bool = False) -> Any:
    """The expression that matches one text."""
    if not ignoring_case or characters.lower() == characters.upper():
        return z3.Re(constant(characters))
    return joined(
        z3.Re(constant(c))
        if c.lower() == c.upper()
        else z3.Union(z3.Re(constant(c.lower())), z3.Re(constant(c.upper())))
        for c in characters
    )


def joined(parts: Iterable[Any]) -> Any:
    """The expressions one after the other."""
    items = list(parts)
    if not items:
        return z3.Re(z3.StringVal(""))
    return items[0] if len(items) == 1 else z3.Concat(*items)


def union(parts: Iterable[Any]) -> Any:
    """What one of the expressions matches."""
    items = list(parts)
    if not items:
        return NOTHING
    return items[0] if len(items) == 1 else z3.Union(*items)


class Reader:
    """Reads patterns for one plan."""

    def __init__(self, shapes: Mapping[str, Shape], loosely: bool) -> None:
        self._shapes = shapes
        self._loosely = loosely
        self.literal = lru_cache(maxsize=4096)(self._literal)

    def is_marked(self, text: str) -> bool:
        """Whether a text has a mark."""
        return any(character in self._shapes for character in text)

    def is_fixed(self, text: str) -> bool:
        """Whether the marks of a text are those of generated names only, which are
        never another resource's."""
        return all(self._shapes.get(c, Shape.SUFFIX) is Shape.SUFFIX for c in text)

    def pattern(
        self,
        written: str,
        variables: Callable[[str], str | None],
        wildcards: bool = True,
        ignoring_case: bool = False,
        star: Any = ANYTHING,
    ) -> Any:
        """The expression of a pattern; `None` where a policy variable has no known
        value. `variables` returns the value of a policy variable by its key."""
        parts: list[Any] = []
        at = 0
        for match in TOKENS.finditer(written):
            if not wildcards and match[0] in "*?":
                continue
            if match.start() > at:
                parts.append(self.literal(written[at : match.start()], ignoring_case))
            at = match.end()
            if match[0] in "*?":
                parts.append(star if match[0] == "*" else ONE)
                continue
            value = _variable(match[0], variables)
            if value is None:
                return None
            parts.append(self.literal(value, ignoring_case))
        if at < len(written):
            parts.append(self.literal(written[at:], ignoring_case))
        return joined(parts)

    def _literal(self, characters: str, ignoring_case: bool = False) -> Any:
        if not self._loosely or not any(c in self._shapes for c in characters):
            return literal(characters, ignoring_case)
        parts: list[Any] = []
        plain = ""
        for character in characters:
            if character not in self._shapes:
                plain += character
                continue
            if plain:
                parts.append(literal(plain, ignoring_case))
                plain = ""
            parts.append(SHAPES[self._shapes[character]])
        if plain:
            parts.append(literal(plain, ignoring_case))
        return joined(parts)


def _variable(written: str, variables: Callable[[str], str | None]) -> str | None:
    inner = written[2:-1]
    if inner in ("*", "?", "$"):
        return inner
    key, comma, default = inner.partition(",")
    value = variables(key.strip().lower())
    if value is None and comma:
        return default.strip().strip("'")
    return value
