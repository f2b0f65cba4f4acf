"""Markup that cannot be broken by the text in it: whatever is not `Markup` is escaped
where it is put in.

For HTML and SVG alike. Characters that act on a screen (controls, direction marks: a
name could pose as another one with them) are shown by their code, as in the other
presenters.
"""

import re
from collections.abc import Iterable
from html import escape

from groundplan.report.wording import printable

Child = str | int | None
Attribute = str | int | float | bool | None


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


VOID = frozenset({"meta", "input", "br", "col"})

BEYOND = re.compile("[\ufffe\uffff]")
"""What XML forbids though no screen acts on it."""


def text(value: str) -> Markup:
    """A text as markup, fit for an element and for a quoted attribute."""
    return Markup(escape(BEYOND.sub("\ufffd", printable(value))))


def tag(name: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """An element. Attributes are named as in HTML with `_` for `-` (`class_` for
    `class`); `True` is a bare attribute, `None` and `False` leave it out, and so does a
    child that is `None`."""
    told = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Markup(f"<{name}{told}>")
    return Markup(f"<{name}{told}>{join(children)}</{name}>")


def join(children: Iterable[Child], between: str = "") -> Markup:
    """Children one after the other; plain text is escaped."""
    parts = (
        child if isinstance(child, Markup) else text(str(child))
        for child in children
        if child is not None
    )
    return Markup(text(between).join(parts))


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    return f' {name}="{text(str(value))}"'
