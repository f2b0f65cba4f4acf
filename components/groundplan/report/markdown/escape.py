"""Values inside Markdown: whatever they say, they stay text, break out of nothing, and
call nobody.

GitHub links `@name`, `#12`, `GH-12` and addresses in any text that isn't code, decoded
entities included, so these are parted by a zero-width space. A dollar begins a formula
there, and a bar ends a table cell even within code.
"""

import html
import re
from collections.abc import Iterable

from groundplan.report.wording import line, printable

APART = "&#8203;"
"""A zero-width space: neither a mention nor a reference goes across it."""

SYMBOL = re.compile(r"(\$\{[^{}`|]{1,200}\})")
LINKED = re.compile(r"(?<=@)|(?<=#)|(?<=\bGH)(?=-\d)|(?<=:)(?=//)|(?<=\bwww)(?=\.)", re.IGNORECASE)
SPECIAL = re.compile(r"([\\`*_\[\]~!])")
PLAIN = frozenset(" .,/-=()")


def text(value: str) -> str:
    """Prose on one line, within a paragraph, a list or a table; `${...}` in it becomes
    code."""
    parts = SYMBOL.split(line(value))
    return "".join(code(part) if number % 2 else _prose(part) for number, part in enumerate(parts))


def _prose(value: str) -> str:
    marked = SPECIAL.sub(r"\\\1", LINKED.sub("\0", value))
    return (
        html.escape(marked, quote=False)
        .replace("$", "&#36;")
        .replace("|", "&#124;")
        .replace("\0", APART)
    )


def code(value: str) -> str:
    """A value as code on one line, within a paragraph, a list or a table; nothing for
    nothing."""
    flat = printable(value).replace("\n", "\\n").replace("\t", " ")
    if not flat.strip():
        return ""
    if "`" not in flat and "|" not in flat and flat == flat.strip():
        return f"`{flat}`"
    return (
        f"<code>{''.join(c if c.isalnum() or c in PLAIN else f'&#{ord(c)};' for c in flat)}</code>"
    )


def raw(value: str) -> str:
    """Text on one line within HTML, where Markdown isn't read: a `<summary>`."""
    return html.escape(LINKED.sub("\0", line(value)), quote=False).replace("\0", APART)


def fence(contents: Iterable[str]) -> str:
    """Backticks that none of the contents can end."""
    longest = max(
        (len(run) for content in contents for run in re.findall("`+", content)), default=0
    )
    return "`" * max(3, longest + 1)
