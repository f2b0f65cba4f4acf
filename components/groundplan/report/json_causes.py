"""Causes and risks as data: what changes come from, and each risk once."""

from collections.abc import Sequence
from typing import Any

from groundplan.diff.edits.edit import Edit
from groundplan.report.causes import Cause, causes
from groundplan.report.model import Report
from groundplan.report.risk_groups import RiskGroup, risk_groups


def causes_data(report: Report) -> list[dict[str, Any]]:
    """Returns the causes of a stack's changes, the worst first; changes are named by
    URN."""
    return [_cause(cause) for cause in causes(report)]


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "edits": [_edit(edit) for edit in cause.edits],
        "component": "" if cause.edits else cause.title,
        "counts": {kind.value: number for kind, number in cause.counts.items() if number},
        "changes": [change.resource.urn for change in cause.changes],
        "following": [change.resource.urn for change in cause.following],
        "risks": len(cause.risks),
    }


def _edit(edit: Edit) -> dict[str, Any]:
    """An edit; what is added or removed has one side."""
    sides = {"old": edit.old, "new": edit.new}
    return {
        "file": edit.file,
        "line": edit.line,
        "setting": edit.setting,
        **{side: text for side, text in sides.items() if text},
    }


def risks_data(reports: Sequence[Report]) -> list[dict[str, Any]]:
    """Returns the risks of all stacks, each once, the worst first."""
    return [_group(group) for group in risk_groups(reports)]


def _group(group: RiskGroup) -> dict[str, Any]:
    return {
        "level": group.level.value,
        "kind": group.first.kind,
        "words": group.first.words,
        "because": list(group.because),
        "stacks": list(group.stacks),
        "urns": list(dict.fromkeys(each.risk.urn for each in group.risks)),
        "affected": list(group.affected),
    }
