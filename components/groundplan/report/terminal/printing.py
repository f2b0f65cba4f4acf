"""The only place that prints on a terminal: whatever arrives here, no control character
leaves it."""

from rich.console import Console
from rich.text import Text

from groundplan.manifest.printable import is_printable, printable


def print_text(text: Text, console: Console, *, soft_wrap: bool = True) -> None:
    """Prints a text. One with control characters loses its colours, not its words."""
    if not is_printable(text.plain):
        text = Text(printable(text.plain))
    console.print(text, soft_wrap=soft_wrap)
