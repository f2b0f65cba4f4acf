"""Renders the macros of the Markdown templates, which return one piece of the comment
each."""

from typing import Any

from groundplan.report.markdown.escape import code, escaped, html_text, verbatim
from groundplan.report.templates import environment
from groundplan.report.wording import DONE, SYMBOLS, fold, line

LONGEST, LONGEST_CELL, LONGEST_MESSAGE, LONGEST_NAME = 600, 300, 4_000, 120
"""Characters of a text, of a table's cell, of a failure's message and of a name before
the middle is omitted."""

TEMPLATES = environment(
    "groundplan.report.markdown",
    escaped,
    code=code,
    fold=fold,
    html_text=html_text,
    line=line,
    verbatim=verbatim,
)
TEMPLATES.globals |= {
    "SYMBOLS": SYMBOLS,
    "DONE": DONE,
    "LONGEST": LONGEST,
    "LONGEST_CELL": LONGEST_CELL,
    "LONGEST_NAME": LONGEST_NAME,
}


def render(template: str, macro: str, *arguments: Any) -> str:
    """Returns what a macro of a template outputs."""
    module = TEMPLATES.get_template(f"{template}.md.jinja").module
    return str(getattr(module, macro)(*arguments))
