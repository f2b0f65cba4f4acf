"""Texts of a request that a solver chooses: a key, a prefix, the value of a condition
key."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

import z3

from groundplan.proof.formulas import TRUE, all_of, any_of, no
from groundplan.proof.wildcards import Combination, Pattern, combinations

FILLINGS = ("data/part-0.parquet", "other", "-other/data/part-0.parquet", "x", "")
"""What stands for `*` in examples that people read."""


class Text:
    """A text, as truth values: which patterns it matches."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._patterns: dict[Pattern, Any] = {}
        self._texts: dict[Combination, str] = {}
        self._needed: list[Pattern] = []
        self._either: list[tuple[Any, Any]] = []
        """For each pattern, in order: that it doesn't match, and that it does."""

    def matches(self, pattern: Pattern) -> Any:
        """Returns whether it matches a pattern, as a formula."""
        if pattern.text == "*" and not (pattern.literal or pattern.within_colons):
            return TRUE
        if pattern not in self._patterns:
            number = len(self._patterns)
            self._patterns[pattern] = z3.Bool(f"{self._name} matches {number}")
        return self._patterns[pattern]

    def needs(self, patterns: Iterable[Pattern]) -> Any:
        """That it matches one of some patterns, as a formula: other texts don't
        matter."""
        needed = list(patterns)
        formulas = [self.matches(pattern) for pattern in needed]
        self._needed = needed if all(p in self._patterns for p in needed) else []
        return any_of(formulas)

    def is_one_of_all(self) -> Any:
        """That there is such a text, as a formula, of all patterns so far."""
        patterns = tuple(self._patterns)
        if not patterns:
            return TRUE
        needed = tuple(patterns.index(pattern) for pattern in self._needed)
        found = combinations(patterns, needed)
        self._texts = {**found, **self._texts}
        return any_of([self._is(combination) for combination in found])

    def is_text(self, text: str) -> Any:
        """That it is this text, as a formula."""
        combination = tuple(pattern.matches(text) for pattern in self._patterns)
        self._texts.setdefault(combination, text)
        return self._is(combination)

    def examples(self) -> list[str]:
        """Texts like those that the patterns are written for."""
        return list(
            dict.fromkeys(
                pattern.text.replace("*", filling).replace("?", "x")
                for filling in FILLINGS
                for pattern in self._patterns
            )
        )

    def value(self, model: Any) -> str:
        """Returns the text in a model."""
        combination = tuple(
            z3.is_true(model.eval(formula, model_completion=True))
            for formula in self._patterns.values()
        )
        return self._texts.get(combination, "")

    def _is(self, combination: Combination) -> Any:
        for pattern in islice(self._patterns, len(self._either), None):
            formula = self._patterns[pattern]
            self._either.append((no(formula), formula))
        return all_of([self._either[n][matched] for n, matched in enumerate(combination)])
