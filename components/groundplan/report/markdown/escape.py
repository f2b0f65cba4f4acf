"""Escaping for Markdown: a value stays text, cannot end the element it is in, and
notifies nobody.

GitHub links `@name`, `#12`, `GH-12` and addresses in any text that isn't code, decoded
entities included, so these are separated by a zero-width space. A dollar begins a
formula there, and a bar ends a table cell even within code.

`text` is the autoescape of the Markdown templates: it applies to each value that no
other filter has escaped.
"""

import html
import re
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from groundplan.report.wording import line, printable

APART = "&#8203;"
"""A zero-width space: it ends a mention or a reference."""

SYMBOL = re.compile(r"(\$\{[^{}`|]{1,200}\})")
LINKED = re.compile(r"(?<=@)|(?<=#)|(?<=\bGH)(?=-\d)|(?<=:)(?=//)|(?<=\bwww)(?=\.)", re.IGNORECASE)
SPECIAL = re.compile(r"([\\`*_\[\]~!])")
PLAIN = frozenset(" .,/-=()")


def escaped(value: Any) -> Any:
    """Returns the autoescape of the templates. Markup and undefined values are returned
    unchanged."""
    return text(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def text(value: str) -> Markup:
    """Prose on one line, within a paragraph, a list or a table; `${...}` in it becomes
    code."""
    parts = SYMBOL.split(line(value))
    return Markup("").join(
        code(part) if number % 2 else _prose(part) for number, part in enumerate(parts)
    )


def verbatim(value: str) -> Markup:
    """A value within a fence that `fence` returned for it."""
    return Markup(printable(value))  # noqa: S704 (within a fence nothing is markup)


def _prose(value: str) -> Markup:
    marked = SPECIAL.sub(r"\\\1", LINKED.sub("\0", value))
    return Markup(  # noqa: S704
        html.escape(marked, quote=False)
        .replace("$", "&#36;")
        .replace("|", "&#124;")
        .replace("\0", APART)
    )


def code(value: str) -> Markup:
    """A value as code on one line, within a paragraph, a list or a table; empty for an
    empty value."""
    flat = printable(value).replace("\n", "\\n").replace("\t", " ")
    if not flat.strip():
        return Markup("")
    if "`" not in flat and "|" not in flat and flat == flat.strip():
        return Markup(f"`{flat}`")  # noqa: S704
    entities = "".join(c if c.isalnum() or c in PLAIN else f"&#{ord(c)};" for c in flat)
    return Markup(f"<code>{entities}</code>")  # noqa: S704


def html_text(value: str) -> Markup:
    """Text on one line within HTML, where Markdown isn't parsed: a `<summary>`."""
    marked = html.escape(LINKED.sub("\0", line(value)), quote=False)
    return Markup(marked.replace("\0", APART))  # noqa: S704


def fence(contents: Iterable[str]) -> Markup:
    """Returns the backticks around contents, longer than any in them."""
    longest = max(
        (len(run) for content in contents for run in re.findall("`+", content)), default=0
    )
    return Markup("`" * max(3, longest + 1))  # noqa: S704
