"""What is left of a wildcard pattern after the beginning of a text, so that a solver
decides only on the rest."""

import re
from collections.abc import Mapping
from functools import lru_cache

from groundplan.proof.names import Shape

CHARACTERS: Mapping[Shape, re.Pattern[str]] = {
    Shape.SUFFIX: re.compile(r"[0-9a-f]"),
    Shape.ACCOUNT: re.compile(r"[0-9]"),
    Shape.WORD: re.compile(r"[0-9a-zA-Z-]"),
    Shape.ANY: re.compile(r".", re.DOTALL),
}


class Residuals:
    """The residuals of patterns in one plan, whose marks have these shapes."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self._shapes = shapes
        self.after = lru_cache(maxsize=65536)(self._after)

    def _after(self, pattern: str, beginning: str, loosely: bool) -> frozenset[str]:
        """Returns the patterns of what may follow `beginning` in a text that `pattern`
        matches. Loosely, a mark may be any text of its shape: the residuals are then
        too many rather than too few."""
        states = self._closed(pattern, {0}, loosely)
        for character in beginning:
            states = self._closed(pattern, self._next(pattern, states, character, loosely), loosely)
            if not states:
                break
        return frozenset(pattern[state:] for state in states)

    def _next(self, pattern: str, states: set[int], character: str, loosely: bool) -> set[int]:
        found = set()
        for state in states:
            written = pattern[state : state + 1]
            if written == "*":
                found.add(state)
            elif written == "?" or (written == character and written):
                found.add(state + 1)
            if loosely and written:
                found |= self._loosely(pattern, state, character)
        return found

    def _loosely(self, pattern: str, state: int, character: str) -> set[int]:
        """Returns the states that are reached where a mark is a text of its shape."""
        found = set()
        shape = self._shapes.get(character)
        if shape is not None:
            # The mark of the text is any part of the pattern that its shape allows.
            end = state
            while end < len(pattern) and self._may_be(pattern[end], shape):
                end += 1
                found.add(end)
        shape = self._shapes.get(pattern[state])
        if shape is not None and self._may_be(character, shape):
            # The mark of the pattern is a part of the text.
            found |= {state, state + 1}
        return found

    def _may_be(self, character: str, shape: Shape) -> bool:
        return (
            character in "*?"
            or character in self._shapes
            or bool(CHARACTERS[shape].match(character))
        )

    def _closed(self, pattern: str, states: set[int], loosely: bool) -> set[int]:
        """Returns the states, and those after what may match nothing."""
        closed = set()
        for first in states:
            state = first
            closed.add(state)
            while state < len(pattern) and (
                pattern[state] == "*" or (loosely and self._shapes.get(pattern[state]) is Shape.ANY)
            ):
                state += 1
                closed.add(state)
        return closed
