"""Jinja2 environments for the reports. Every value that a template outputs is escaped,
without a filter that could be forgotten.

Two steps apply to each `{{ ... }}`: `finalize` converts the value for the format (HTML
and SVG: unprintable characters become visible; Markdown: its own escaping), then
Jinja2's autoescape escapes whatever is not `Markup` after that.
"""

import re
from collections.abc import Callable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from groundplan.report.wording import printable

NONCHARACTERS = re.compile("[\ufffe\uffff]")
"""Characters that XML forbids and that `printable` leaves in place."""


def environment(
    package: str, finalize: Callable[[Any], Any], **filters: Callable[..., Any]
) -> Environment:
    """Returns the environment for the templates in `<package>/templates`; an undefined
    name in a template is an error."""
    created = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    created.filters["printable"] = visible
    created.filters.update(filters)
    return created


def visible(value: Any) -> Any:
    """Returns the filter for text: control, C1, bidirectional and zero-width characters
    are replaced by their codes. Markup and undefined values are returned unchanged."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return NONCHARACTERS.sub("\ufffd", printable(value))
    return value
