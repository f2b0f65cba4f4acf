"""Lines of a report on a terminal: sentences continue below their beginning."""

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from groundplan.report.terminal.printing import print_text

Lines = Iterator[tuple[Text, int]]
"""Texts, and the indentation of their continuation lines."""

NARROWEST = 30
"""The minimum width of a sentence, whatever its indentation."""

ASCII = str.maketrans({"↷": ">", "…": "~"})
"""For terminals that have no other characters."""


def print_lines(lines: Iterable[tuple[Text, int]], console: Console) -> None:
    """Prints texts, none wider than the terminal."""
    for text, hanging in lines:
        print_line(text, console, hanging)


def print_sentences(texts: Iterable[Text], console: Console) -> None:
    """Prints sentences; off a terminal each on one line, for logs and searches."""
    for text in texts:
        if console.is_terminal:
            print_line(text, console, 4)
        else:
            print_text(text, console)


def print_line(text: Text, console: Console, hanging: int = 0) -> None:
    """Prints a text; what doesn't fit continues below, indented by `hanging`."""
    if console.options.ascii_only:
        text = Text(text.plain.translate(ASCII), style=text.style, spans=text.spans)
    first, *rest = text.wrap(console, max(console.width, NARROWEST)) or [text]
    print_text(_stripped(first), console)
    if not rest:
        return
    # Continuation lines are narrower: the text after the first line is wrapped again.
    start = len(first.plain)
    left = text[start + len(text.plain[start:]) - len(text.plain[start:].lstrip()) :]
    for below in left.wrap(console, max(console.width - hanging, NARROWEST)):
        stripped = _stripped(below)
        if stripped.plain.strip():
            print_text(Text.assemble(" " * hanging, stripped), console)


def _stripped(text: Text) -> Text:
    text.rstrip()
    return text
