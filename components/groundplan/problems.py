"""What is wrong with a value that a person wrote, in words that name the key, the
value, what is allowed and the fix.

The rules of every room return lists of `Problem`, so that the settings of an
environment and the arguments of a component are judged by the same rule. Nothing here
knows Pulumi.
"""

import difflib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


MISSING = _Missing()
"""The value of a `Problem` whose key is not there at all."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong."""

    key: str
    """Where: a dotted path, `pools.gpu.max_size`."""
    value: object
    """What was found there, or `MISSING`."""
    allowed: str
    """What may stand there, as a noun phrase: `a whole number from 1 to 100`."""
    fix: str = ""
    """What to do, as an order: `use a network of /24 or larger`."""

    def under(self, prefix: str) -> "Problem":
        """Returns the same problem, seen from one level further out."""
        return replace(self, key=f"{prefix}.{self.key}" if self.key else prefix)

    def __str__(self) -> str:
        found = "is missing" if self.value is MISSING else f"is {shown(self.value)}"
        fix = f" Fix: {self.fix}." if self.fix else ""
        return printable(f"{self.key} {found}. Allowed: {self.allowed}.{fix}")


def shown(value: object) -> str:
    """A value as a person would write it in YAML or JSON, cut at 80 characters."""
    if isinstance(value, Enum):
        value = value.value
    text = json.dumps(value, default=str, ensure_ascii=False, sort_keys=True)
    return printable(text if len(text) <= 80 else text[:77] + "...")


def whole_number(key: str, value: object, low: int, high: int, unit: str = "") -> list[Problem]:
    """Returns whether `value`, where it is known, is a whole number in `[low,
    high]`."""
    if isinstance(value, bool) or not isinstance(value, int) or low <= value <= high:
        return []
    return [
        Problem(key, value, f"a whole number from {low} to {high}{f' ({unit})' if unit else ''}")
    ]


def nearest(value: str, names: Iterable[str], cutoff: float = 0.75, most: int = 1) -> list[str]:
    """Returns the names that a misspelt value may mean, the likeliest first: those that
    differ by two letters in each other's place, then the most similar ones."""
    known = list(names)
    swapped = [name for name in known if _is_transposed(value, name)]
    similar = difflib.get_close_matches(value, known, n=most, cutoff=cutoff)
    return list(dict.fromkeys([*swapped, *similar]))[:most]


def _is_transposed(value: str, name: str) -> bool:
    if len(value) != len(name) or sorted(value) != sorted(name):
        return False
    different = [place for place in range(len(name)) if value[place] != name[place]]
    return len(different) == 2 and different[1] == different[0] + 1


def one_of(key: str, value: object, allowed: Iterable[str]) -> list[Problem]:
    """Returns whether `value`, where it is a known string, is one of the allowed ones;
    the nearest is proposed."""
    names = list(allowed)
    if not isinstance(value, str) or value in names:
        return []
    listed = ", ".join(names) if len(names) <= 24 else f"one of {len(names)} known values"
    fix = did_you_mean(value, names) or ("name one of them" if names else "remove it")
    return [Problem(key, value, listed or "none: there are none", fix)]


def did_you_mean(
    value: str,
    names: Sequence[str],
    spelled: Callable[[str], str] | None = None,
    cutoff: float = 0.5,
) -> str:
    """Returns the fix of a misspelt name: the one that is meant or, where that is not
    certain, three of them. `m5.large` in place of `ml.m5.large` lacks a prefix.
    `cutoff` is the least similarity of a name that is proposed."""
    bare = value.strip().lower().removeprefix("ml.")
    certain = [name for name in (bare, f"ml.{bare}", value.strip().lower()) if name in names]
    certain += [name for name in names if _plain(name) == _plain(value)]
    certain += [name for name in names if _is_transposed(value, name)]
    near = certain[:1] or nearest(value, names, cutoff=cutoff, most=3)
    if len(near) > 1 and difflib.SequenceMatcher(None, value, near[0]).ratio() >= CERTAIN:
        near = near[:1]
    quoted = [(spelled or shown)(name) for name in near]
    return (
        f"did you mean {', '.join(quoted[:-1])} or {quoted[-1]}"
        if len(near) > 1
        else (f"did you mean {quoted[0]}" if near else "")
    )


def _plain(name: str) -> str:
    """A name without case and separators: `ON_DEMAND` is `on-demand`."""
    return re.sub(r"[-_ ]", "", name).lower()


CERTAIN = 0.85
"""Similarity from which one name is proposed; below, three are."""


def unknown_key(key: str, value: object, known: Iterable[str]) -> Problem:
    """Returns the problem of a key that nobody reads, with the nearest known one
    proposed."""
    names = sorted(known)
    fix = did_you_mean(key.rsplit(".", 1)[-1], names, str, cutoff=0.65) or "remove it"
    return Problem(key, value, f"the keys {', '.join(names)}", fix)


def under(prefix: str, problems: Iterable[Problem]) -> list[Problem]:
    """Returns the problems, seen from one level further out."""
    return [problem.under(prefix) for problem in problems]


def report(title: str, problems: Iterable[Problem]) -> str:
    """Returns all problems as one text: a line that counts them, then a line each."""
    lines = [str(problem) for problem in problems]
    count = "1 problem" if len(lines) == 1 else f"{len(lines)} problems"
    return "\n".join([f"{printable(title)}: {count}.", *(f"  - {line}" for line in lines)])


# Text that is safe on a terminal: names, values and messages come from other people's
# programs and files, and a raw escape sequence moves the cursor or hides a line.


def printable(text: str) -> str:
    r"""Returns the text with control, format and bidirectional characters replaced by
    their codes (`\x1b`); line ends and tabs stay."""
    if text.isprintable():
        return text
    for char in {*text}:
        if _unprintable(char):
            text = text.replace(char, _escaped(char))
    return text


def one_line(text: str) -> str:
    """Returns the printable text on one line."""
    return printable(" ".join(text.split()))


def is_printable(text: str) -> bool:
    """Returns whether a text has no character that `printable` replaces."""
    return text.isprintable() or not any(_unprintable(char) for char in {*text})


def _unprintable(char: str) -> bool:
    # Control, format (direction marks, zero width), half of a pair, line and paragraph
    # separators.
    return char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _escaped(char: str) -> str:
    code = ord(char)
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )
