"""Link targets on the page: each change and each resource has one id."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from groundplan.manifest.model import Resource
from groundplan.report.model import Report
from groundplan.report.wording import line, name_in


@dataclass(frozen=True)
class Link:
    """A text, the id that it links to (`None`: plain text), and whether it is code."""

    text: str
    target: str | None = None
    code: bool = False


class Links:
    """The ids of one stack's part of the page: `prod`, `prod.changes`, `prod.c3` (a
    change), `prod.r14` (a resource).

    A stack's own id has no dot, so that no two ids are equal.
    """

    def __init__(self, report: Report, prefix: str) -> None:
        self.prefix = prefix
        changes = report.changes.changes if report.changes else ()
        resources: Sequence[Resource] = report.manifest.resources if report.manifest else ()
        self._resources = {
            resource.urn: f"{prefix}.r{number}" for number, resource in enumerate(resources)
        }
        self._changes: dict[str, str] = {}
        for number, change in enumerate(changes):
            for side in (change.before, change.after):
                if side:
                    self._changes.setdefault(side.urn, f"{prefix}.c{number}")
        self._urns: dict[str, str] = {}
        for urn in (*self._changes, *self._resources):
            self._urns.setdefault(name_in(urn), urn)

    def section(self, name: str) -> str:
        """Returns the id of a section of this stack."""
        return f"{self.prefix}.{name}"

    def of_resource(self, urn: str) -> str | None:
        """Returns the id of a resource's row in the tree; `None` for a deleted
        resource."""
        return self._resources.get(urn)

    def of_change(self, urn: str) -> str | None:
        """Returns the id of a resource's change; `None` for an unchanged resource."""
        return self._changes.get(urn)

    def to(self, urn: str) -> Link:
        """A resource's name as a link to its change, else to its row in the tree."""
        return Link(line(name_in(urn)), self._changes.get(urn) or self._resources.get(urn))

    def to_names(self, names: Iterable[str]) -> list[Link]:
        """Names; those of resources are links."""
        return [
            self.to(self._urns[name]) if name in self._urns else Link(line(name)) for name in names
        ]


def prefixes(reports: Sequence[Report]) -> list[str]:
    """An id for each report's part of the page: the stack's name, with the project's
    name or a number where that is not unique."""
    ids: list[str] = []
    for report in reports:
        for name in (report.stack, f"{report.project}-{report.stack}"):
            slug = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "stack"
            slug = slug if slug[0].isalpha() else f"stack-{slug}"
            if slug not in ids:
                break
        number = 2
        while slug in ids:
            slug = f"{slug.rstrip('0123456789').rstrip('-')}-{number}"
            number += 1
        ids.append(slug)
    return ids
