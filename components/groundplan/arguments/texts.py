"""Which characters a text of arguments can have."""

import unicodedata

from groundplan.problems import Problem

BREAKS = "\n\r\t"
"""The control characters of texts with several lines."""

UNPRINTABLE = ("Cc", "Cs", "Zl", "Zp")
"""Unicode's categories of control characters, of halves of characters, which UTF-8
cannot encode, and of separators of lines and paragraphs."""


def text_problems(key: str, text: str, *, several_lines: bool = False) -> list[Problem]:
    """Returns the problem of a text with control characters.

    AWS refuses them in names, keys, addresses and descriptions, or stores them where
    nobody sees them; terminals and logs interpret them.
    """
    allowed = BREAKS if several_lines else ""
    wrong = [c for c in text if unicodedata.category(c) in UNPRINTABLE and c not in allowed]
    if not wrong:
        return []
    what = "a text" if several_lines else "a text on one line,"
    codes = ", ".join(dict.fromkeys(f"U+{ord(c):04X}" for c in wrong[:4]))
    return [Problem(key, text, f"{what} without control characters", f"remove {codes}")]


def printable(text: str) -> str:
    """Returns a text with control characters escaped."""
    return "".join(
        f"\\u{ord(c):04x}" if unicodedata.category(c) in UNPRINTABLE else c for c in text
    )
