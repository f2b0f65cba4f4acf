"""Gives the findings, risks and obstacles of a stack the line that caused them, and
fixes in the language of that line: settings or a program."""

import pathlib
from collections.abc import Iterable
from dataclasses import replace

from groundplan.manifest.model import Manifest, Resource
from groundplan.manifest.project import Project
from groundplan.policy.finding import Finding
from groundplan.policy.settings_lines import Place, Places
from groundplan.report.model import Report
from groundplan.risk.obstacles import Obstacle
from groundplan.risk.risk import Risk
from groundplan.risk.verdict import Verdict

NO_SETTING = "no setting decides it; in a program: "


def located(report: Report, project: Project, before: Manifest | None = None) -> Report:
    """Returns the report with the places of its resources; those of deleted ones by
    their former registration in `before`."""
    lines = _Lines(report, project, before)
    urns = [
        *(finding.urn for finding in report.findings),
        *(risk.urn for risk in report.risks),
        *(obstacle.urn for obstacle in (report.verdict.obstacles if report.verdict else ())),
        *(change.resource.urn for change in (report.changes.changes if report.changes else ())),
    ]
    places = {urn: lines.of(urn) for urn in dict.fromkeys(urns) if urn}
    return replace(
        report,
        risks=tuple(lines.risk(risk) for risk in report.risks),
        findings=tuple(lines.finding(finding) for finding in report.findings),
        verdict=lines.verdict(report.verdict) if report.verdict else None,
        new_findings=tuple(lines.finding(finding) for finding in report.new_findings),
        sources={urn: place.source for urn, place in places.items() if place.source},
        settings={urn: place.setting for urn, place in places.items() if place.setting},
    )


class _Lines:
    """The places of the resources on both sides."""

    def __init__(self, report: Report, project: Project, before: Manifest | None) -> None:
        self._root = project.root.resolve()
        self._texts: dict[str, str] = {}
        file = project.settings_file(report.stack)
        text = _text(file)
        self._sides = [
            (side, Places(side, text, file.name, self._program))
            for side in (report.manifest, before)
            if side is not None
        ]
        changes = report.changes.changes if report.changes else ()
        self._resources = {change.resource.urn: change.resource for change in changes}
        self._changed = {
            change.resource.urn: [item.path for item in (*change.properties, *change.options)]
            for change in changes
        }

    def of(self, urn: str, path: str = "") -> Place:
        """Returns the place of a resource, or of one of its inputs."""
        for side, places in self._sides:
            resource: Resource | None = side.by_urn.get(urn)
            if resource is not None:
                return self._existing(places.of(resource, path))
        added = self._resources.get(urn)  # a default provider, which no program registers
        return self._sides[0][1].of(added, path) if added and self._sides else Place()

    def _existing(self, place: Place) -> Place:
        """A place in a file of the program that still exists, in a line that it has: a
        deleted resource has the line of the base. No place in a file that is gone."""
        file, _, line = place.source.rpartition(":")
        if place.setting or not file or not line.isdecimal():
            return place
        if not (self._root / file).is_file():
            return Place()
        last = len(self._program(file).splitlines())  # 0 outside of the project's folder
        return place if not last or int(line) <= last else Place(f"{file}:{last}")

    def finding(self, finding: Finding) -> Finding:
        """A finding with its place, and its fix in the language of that."""
        place = self.of(finding.urn, finding.property)
        fix = finding.fix
        if place.setting:
            fix = finding.settings_fix or f"{NO_SETTING}{fix}"
        return replace(finding, source=place.source, setting=place.setting, fix=fix)

    def risk(self, risk: Risk) -> Risk:
        """A risk with the place of the input that caused it."""
        place = self._place(risk.urn, risk.because)
        return replace(risk, source=place.source, setting=place.setting)

    def verdict(self, verdict: Verdict) -> Verdict:
        """A verdict with the places of its obstacles."""
        return Verdict(tuple(self._obstacle(obstacle) for obstacle in verdict.obstacles))

    def _obstacle(self, obstacle: Obstacle) -> Obstacle:
        if not obstacle.urn:
            return obstacle
        place = self._place(obstacle.urn, obstacle.because)
        return replace(obstacle, source=place.source, setting=place.setting)

    def _place(self, urn: str, because: str) -> Place:
        """Returns the place of the input that a cause begins with, else of the
        resource."""
        return self.of(urn, _cause(because, self._changed.get(urn, ())))

    def _program(self, file: str) -> str:
        """Returns the text of a file of the program; empty for any other."""
        if file not in self._texts:
            path = (self._root / file).resolve()
            self._texts[file] = _text(path) if path.is_relative_to(self._root) else ""
        return self._texts[file]


def _cause(because: str, paths: Iterable[str]) -> str:
    """Returns the changed input that a cause begins with: `maxSize: 8 -> 4`."""
    return next((path for path in paths if because.startswith(f"{path}: ")), "")


def _text(file: pathlib.Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
