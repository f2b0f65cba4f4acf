"""The width of a text without a font: that of the widest of the usual system fonts
(Verdana and DejaVu Sans)."""

import unicodedata

NARROW, WIDE = (
    frozenset("iljI.,:;'!|ft()[]{}/\\ -r\"`°·"),
    frozenset("mwMW@%—…&+~<>=^_#QGO\u00d7→↷\u2013"),
)


def width(text: str, size: float, bold: bool = False) -> float:
    """Returns the width in pixels, at least the real one."""
    return sum(_share(char) for char in text) * size * (1.12 if bold else 1.0)


def cut(text: str, available: float, size: float, bold: bool = False) -> str:
    """Returns the text, truncated to the available width."""
    if width(text, size, bold) <= available:
        return text
    while text and width(text + "…", size, bold) > available:
        text = text[:-1]
    return text.rstrip() + "…"


def wrapped(text: str, available: float, size: float, most: int) -> list[str]:
    """Returns the text in at most `most` lines of the available width; the last is
    truncated."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and width(longer, size) > available:
            lines.append(line)
            longer = word
        line = longer
    lines.append(line)
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return [cut(line, available, size) for line in lines]


def _share(char: str) -> float:
    """Returns the width of a character as a share of the font's size."""
    if unicodedata.east_asian_width(char) in "WF":
        return 1.05
    if unicodedata.combining(char):
        return 0.0
    if char in WIDE:
        return 0.98 if char not in "GOQ+~<>=^_\u00d7\u2013" else 0.84
    if char in NARROW:
        return 0.45
    return 0.72 if char.isupper() else 0.64
