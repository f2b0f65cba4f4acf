"""IAM's wildcard patterns as automata: which combinations of patterns one text matches.

A solver of strings takes seconds over a few patterns with wildcards, and now and then
gives up. The combinations are few, and found exactly: the solver then decides on
truth values alone."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

MAX_STATES = 20_000
"""Of the automaton of all patterns of one text; in a plan of 400 resources 2,000."""

OTHERS = "xyz0189_XYZ~"
"""Characters for what no pattern names: the first that none does."""

States = frozenset[int]


class TooManyStates(Exception):
    """The combinations of some patterns can't be enumerated."""


@dataclass(frozen=True)
class Pattern:
    """A pattern, and how it is compared."""

    text: str
    literal: bool = False
    """Whether `*` and `?` are characters like others."""
    ignoring_case: bool = False
    within_colons: bool = False
    """Whether `*` matches no colon, as in the parts of an ARN."""
    beginnings: bool = False
    """Whether the beginning of a text that matches is a match."""

    def start(self) -> States:
        """Returns the states before the first character."""
        return _closed(self, frozenset({0}))

    def after(self, states: States, character: str) -> States:
        """Returns the states after one more character."""
        return _after(self, states, character)

    def accepts(self, states: States) -> bool:
        """Returns whether a text that leads to these states matches."""
        return bool(states) if self.beginnings else len(self.text) in states

    def matches(self, text: str) -> bool:
        """Returns whether a text matches."""
        states = self.start()
        for character in text:
            states = self.after(states, character)
        return self.accepts(states)

    def characters(self) -> set[str]:
        """Returns the characters that it distinguishes."""
        named = set(self.text) if self.literal else set(self.text) - set("*?")
        if self.ignoring_case:
            named |= {c.lower() for c in named} | {c.upper() for c in named}
        return named | ({":"} if self.within_colons else set())


@lru_cache(maxsize=200_000)
def _after(pattern: Pattern, states: States, character: str) -> States:
    found = set()
    for state in states:
        written = pattern.text[state : state + 1]
        if not written:
            continue
        if written == "*" and not pattern.literal:
            if not (pattern.within_colons and character == ":"):
                found.add(state)
        elif (
            (written == "?" and not pattern.literal)
            or written == character
            or (pattern.ignoring_case and written.lower() == character.lower())
        ):
            found.add(state + 1)
    return _closed(pattern, frozenset(found))


def _closed(pattern: Pattern, states: States) -> States:
    """Returns the states, and those after stars, which may match nothing."""
    closed = set()
    for first in states:
        state = first
        closed.add(state)
        while pattern.text[state : state + 1] == "*" and not pattern.literal:
            state += 1
            closed.add(state)
    last = len(pattern.text)
    is_plain = not (pattern.literal or pattern.within_colons)
    if is_plain and {last - 1, last} <= closed and pattern.text.endswith("*"):
        return frozenset({last - 1, last})  # matches from now on, whatever follows
    return frozenset(closed)


Combination = tuple[bool, ...]


@lru_cache(maxsize=1024)
def combinations(
    patterns: tuple[Pattern, ...], needed: tuple[int, ...] = ()
) -> Mapping[Combination, str]:
    """Every combination of the patterns that a text matches, with the shortest such
    text. `needed`: the texts matter that one of these patterns may still match;
    default: all texts."""
    alphabet = _alphabet(patterns)
    start = tuple(pattern.start() for pattern in patterns)
    seen = {start}
    queue = deque([(start, "")])
    found: dict[Combination, str] = {}
    while queue:
        states, text = queue.popleft()
        matched = tuple(p.accepts(s) for p, s in zip(patterns, states, strict=True))
        found.setdefault(matched, text)
        for character in alphabet:
            following = tuple(
                p.after(s, character) if s else s for p, s in zip(patterns, states, strict=True)
            )
            if following in seen:
                continue
            if needed and not any(following[n] for n in needed):
                continue
            seen.add(following)
            if len(seen) > MAX_STATES:
                raise TooManyStates
            queue.append((following, text + character))
    return MappingProxyType(found)


def _alphabet(patterns: Iterable[Pattern]) -> str:
    """Returns the characters that the patterns distinguish, and one for all others."""
    named = set().union(*(pattern.characters() for pattern in patterns))
    other = next((c for c in OTHERS if c not in named), "\u00ff")
    return other + "".join(sorted(named))
