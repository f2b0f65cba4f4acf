"""Where things are on the page: each resource has one place that links lead to."""

import re
from collections.abc import Iterable, Sequence

from groundplan.manifest.model import Resource
from groundplan.report.markup import Markup, join, tag
from groundplan.report.model import Report
from groundplan.report.wording import line, name_in


class Links:
    """The ids of one stack's part of the page: `prod`, `prod.changes`, `prod.c3` (a
    change), `prod.r14` (a resource).

    A stack's own part holds no dot, so no id is that of another.
    """

    def __init__(self, report: Report, prefix: str) -> None:
        self.prefix = prefix
        changes = report.changes.changes if report.changes else ()
        known: Sequence[Resource] = report.manifest.resources if report.manifest else ()
        self._places = {
            resource.urn: f"{prefix}.r{number}" for number, resource in enumerate(known)
        }
        self._changes: dict[str, str] = {}
        for number, change in enumerate(changes):
            for side in (change.before, change.after):
                if side:
                    self._changes.setdefault(side.urn, f"{prefix}.c{number}")
        self._names: dict[str, str] = {}
        for urn in (*self._changes, *self._places):
            self._names.setdefault(name_in(urn), urn)

    def section(self, name: str) -> str:
        return f"{self.prefix}.{name}"

    def of_resource(self, urn: str) -> str | None:
        """The id of its row in the tree; `None` for what will be gone."""
        return self._places.get(urn)

    def of_change(self, urn: str) -> str | None:
        return self._changes.get(urn)

    def to(self, urn: str) -> Markup:
        """A resource's name as a link to its change, else to its row in the tree."""
        at = self._changes.get(urn) or self._places.get(urn)
        name = line(name_in(urn))
        return tag("a", name, href=f"#{at}") if at else tag("span", name)

    def named(self, names: Iterable[str]) -> Markup:
        """Names, those of resources as links."""
        return join(
            (
                self.to(self._names[name]) if name in self._names else tag("span", line(name))
                for name in names
            ),
            ", ",
        )


def prefixes(reports: Sequence[Report]) -> list[str]:
    """An id for each report's part of the page: the stack's name, with the project's or
    a number where that isn't enough."""
    found: list[str] = []
    for report in reports:
        for name in (report.stack, f"{report.project}-{report.stack}"):
            slug = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "stack"
            slug = slug if slug[0].isalpha() else f"stack-{slug}"
            if slug not in found:
                break
        number = 2
        while slug in found:
            slug = f"{slug.rstrip('0123456789').rstrip('-')}-{number}"
            number += 1
        found.append(slug)
    return found
