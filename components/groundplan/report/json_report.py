"""A whole report as JSON, for machines."""

from collections.abc import Sequence
from typing import Any

from groundplan.cost.estimate import Estimate
from groundplan.diff.changes import ABSENT, Change, PropertyChange
from groundplan.manifest import json_text
from groundplan.policy.finding import Finding
from groundplan.report import up
from groundplan.report.json_causes import causes_data, risks_data
from groundplan.report.judged import Judged
from groundplan.report.model import Report
from groundplan.report.risk_groups import by_level
from groundplan.report.wording import clear
from groundplan.risk import kinds
from groundplan.risk.risk import Risk

FORMAT = 1
"""The version of the report's format."""


def to_json(reports: Sequence[Report]) -> str:
    """Returns the reports as JSON text, the same bytes on every machine."""
    data = {
        "format": FORMAT,
        "up": up.status_of(reports).value,
        "risks": risks_data(reports),
        "reports": [_report(report) for report in reports],
    }
    return json_text.dumps(data) + "\n"


def _report(report: Report) -> dict[str, Any]:
    data: dict[str, Any] = {
        "project": report.project,
        "stack": report.stack,
        "up": up.to_data(report),
        "findings": [_finding(finding) for finding in report.findings],
        "cost": _cost(report.cost),
        "outputs": clear(dict(report.manifest.outputs)) if report.manifest else {},
        "resources": len(report.manifest.resources) if report.manifest else 0,
    }
    if report.proof is not None:
        data["proof"] = report.proof.to_data()
    if report.preflight is not None:
        data["preflight"] = dict(report.preflight.document)
    if report.delivery is not None:
        data["delivery"] = report.delivery.to_data()
    if report.acceptances:
        data["acceptances"] = [_acceptance(judged) for judged in report.acceptances]
    if report.message:
        data["failure"] = {"message": report.message, "frames": list(report.frames)}
    if report.changes is not None:
        data |= {
            "changes": {
                "base": report.changes.base,
                "unchanged": report.changes.unchanged,
                "counts": {kind.value: number for kind, number in report.changes.counts.items()},
                "changes": [_change(change, report) for change in report.changes.changes],
                "outputs": [_property(change) for change in report.changes.outputs],
            },
            "causes": causes_data(report),
            "risks": [_risk(risk) for risk in by_level(report.risks)],
            "new_findings": [_finding(finding) for finding in report.new_findings],
            "cost_before": _cost(report.cost_before),
            "cost_difference": report.cost_difference,
            "cost_retained": report.retained_cost,
            "cost_change": _cost_change(report),
        }
    return data


def _change(change: Change, report: Report) -> dict[str, Any]:
    resource = change.resource
    return {
        "kind": change.kind.value,
        "urn": resource.urn,
        "type": resource.type,
        "name": resource.name,
        "parent": resource.parent,
        "before": change.before.urn if change.before else None,
        "properties": [_property(item) for item in change.properties],
        "options": [_property(item) for item in change.options],
        "note": change.note,
        "causes": list(change.causes),
        "source": report.sources.get(resource.urn) or resource.source,
        "setting": report.settings.get(resource.urn, ""),
    }


def _property(change: PropertyChange) -> dict[str, Any]:
    """An absent side has no key, and a change that isn't refused no reason."""
    sides = {"old": change.old, "new": change.new}
    there = {side: clear(value) for side, value in sides.items() if value is not ABSENT}
    reason = {"refused": change.refused} if change.refused else {}
    return {"path": change.path, "replaces": change.replaces, **there, **reason}


def _risk(risk: Risk) -> dict[str, Any]:
    return {
        "level": risk.level.value,
        "kind": risk.kind,
        "urn": risk.urn,
        "words": risk.words,
        "because": risk.because,
        "affected": list(risk.affected),
        "prevents_up": risk.prevents_up,
        "source": risk.source,
        "setting": risk.setting,
        "fix": kinds.fix_of(risk.kind, in_settings=bool(risk.setting)),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "urn": finding.urn,
        "reason": finding.reason,
        "fix": finding.fix,
        "property": finding.property,
        "source": finding.source,
        "setting": finding.setting,
        "component": finding.component,
    }


def _acceptance(judged: Judged) -> dict[str, Any]:
    acceptance = judged.acceptance
    return {
        "status": judged.status.value,
        acceptance.subject.value: acceptance.name,
        "resource_pattern" if acceptance.is_pattern else "resource": acceptance.resource,
        "reason": acceptance.reason,
        "owner": acceptance.owner,
        "expires": acceptance.expires.isoformat(),
        "source": acceptance.source,
        "new": judged.is_new,
        "findings": [_finding(finding) for finding in judged.findings],
        "risks": [_risk(risk) for risk in judged.risks],
    }


def _cost_change(report: Report) -> dict[str, Any] | None:
    """Returns the change of what has a known price, and what has none."""
    change = report.cost_change
    return {"known": change.known, "unknown": list(change.unknown)} if change else None


def _cost(estimate: Estimate | None) -> dict[str, Any] | None:
    if estimate is None:
        return None
    return {
        "usd_a_month": {"low": estimate.low, "expected": estimate.expected, "high": estimate.high},
        "scenarios": dict(estimate.scenarios),
        "items": [
            {
                "name": i.name,
                "component": i.component,
                "low": i.low,
                "expected": i.expected,
                "high": i.high,
                "working_days": i.on_working_days,
                "basis": i.basis,
            }
            for i in estimate.items
        ],
        "unknown": list(estimate.unknown),
        "assumptions": dict(estimate.assumptions),
        "source": estimate.source,
        "regions": list(estimate.regions),
        "region_assumed": estimate.region_assumed,
        "price_dates": list(estimate.dates),
    }
