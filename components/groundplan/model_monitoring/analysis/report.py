"""A result as one HTML page that needs nothing else: no script, no font, no picture
from elsewhere. Whatever a template outputs is escaped."""

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from groundplan.model_monitoring.analysis import plots, quality_metrics
from groundplan.model_monitoring.analysis.categories import Categories
from groundplan.model_monitoring.analysis.cells import Cells
from groundplan.model_monitoring.analysis.check import Check
from groundplan.model_monitoring.analysis.history import Past
from groundplan.model_monitoring.analysis.verdicts import Family, Status, Verdict

TITLES = {
    Status.ALARM: "Alarm",
    Status.NOT_ENOUGH_DATA: "Not enough data",
    Status.OK: "OK",
    Status.NOT_CHECKED: "Not checked",
}
FAMILIES = {
    Family.RECORDS: "Unreadable lines",
    Family.DATA_DRIFT: "Data drift",
    Family.PREDICTION_DRIFT: "Prediction drift",
    Family.MISSING: "Missing values",
    Family.INVALID: "Invalid values",
    Family.UNSEEN: "Unseen values",
    Family.QUALITY: "Quality",
}
SUMMARY = {
    Status.ALARM: "This window differs from the baseline by more than accident, and by "
    "more than the limits allow.",
    Status.NOT_ENOUGH_DATA: "There are too few rows to say whether anything has changed.",
    Status.OK: "Nothing has changed by more than accident and the limits.",
    Status.NOT_CHECKED: "Nothing was checked.",
}


@cache
def _environment() -> Environment:
    created = Environment(
        loader=PackageLoader("groundplan.model_monitoring.analysis"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    created.filters |= {"number": number, "share": share, "title": TITLES.__getitem__}
    return created


def visible(value: Any) -> Any:
    """Returns text without what no page shows: control and direction characters, and
    half surrogates, which no encoding has."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in value)


def number(value: float | None) -> str:
    """Returns a number with four digits, a dash for none."""
    return "–" if value is None else f"{value:.4g}"  # noqa: RUF001 (a dash)


def share(value: float | None) -> str:
    """Returns a share in percent."""
    return "–" if value is None else f"{100 * value:.1f}%"  # noqa: RUF001 (a dash)


def page(check: Check, past: Sequence[Past] = ()) -> bytes:
    """Returns the page of a result, with those of former checks."""
    document = check.document()
    shown = (
        _environment()
        .get_template("report.html.jinja")
        .render(
            check=check,
            document=document,
            summary=SUMMARY[check.status],
            families=[(FAMILIES[f], status) for f, status in check.statuses.items()],
            columns=_columns(check),
            quality=_quality(check),
            plots=plots,
            past=past,
        )
    )
    return shown.encode("utf-8", "replace")


def _columns(check: Check) -> list[dict[str, Any]]:
    """Returns what the page says of each column: those that alarm first, then by their
    distance."""
    schema = check.baseline.layout.schema
    found = []
    for column in schema.features + schema.outputs:
        verdicts = [
            verdict
            for verdict in check.verdicts
            if verdict.subject == column.name and verdict.family is not Family.QUALITY
        ]
        old, new = check.baseline.window.column(column.name), check.window.column(column.name)
        plot: dict[str, Any] = {"curves": None, "bars": [], "examples": []}
        if isinstance(old, Cells) and isinstance(new, Cells):
            plot["curves"] = plots.curves(old, new)
        elif isinstance(old, Categories) and isinstance(new, Categories):
            plot["bars"] = plots.bars(old, new)
            plot["examples"] = sorted(new.examples.items(), key=lambda e: (-e[1], e[0]))
        found.append(
            {
                "name": column.name,
                "is_output": column in schema.outputs,
                "verdicts": [(FAMILIES[verdict.family], verdict) for verdict in verdicts],
                "facts": _facts(old, new),
                **plot,
            }
        )
    return sorted(found, key=_order)


def _order(column: dict[str, Any]) -> tuple[Any, ...]:
    verdicts: list[Verdict] = [verdict for _, verdict in column["verdicts"]]
    alarms = sum(verdict.status is Status.ALARM for verdict in verdicts)
    return (
        -alarms,
        -max((verdict.value or 0.0 for verdict in verdicts), default=0.0),
        column["name"],
    )


def _facts(old: Cells | Categories, new: Cells | Categories) -> list[tuple[str, Any, Any]]:
    """Returns plain statistics of a column, before and now."""
    if isinstance(old, Categories) or isinstance(new, Categories):
        return []
    return [
        ("mean", old.moments.mean, new.moments.mean),
        ("standard deviation", old.moments.deviation, new.moments.deviation),
        ("5th percentile", old.quantile(0.05), new.quantile(0.05)),
        ("median", old.quantile(0.5), new.quantile(0.5)),
        ("95th percentile", old.quantile(0.95), new.quantile(0.95)),
    ]


def _quality(check: Check) -> dict[str, Any]:
    """Returns what the page says of quality."""
    verdicts = [verdict for verdict in check.verdicts if verdict.family is Family.QUALITY]
    found: dict[str, Any] = {"verdicts": verdicts, "reliability": [], "calibration": None}
    if check.quality is not None and check.quality.slices[""].brier.count:
        tally = check.quality.slices[""]
        bins = quality_metrics.reliability(tally, check.limits.error)
        found["reliability"] = plots.reliability(bins)
        found["calibration"] = quality_metrics.calibration_error(tally)
    return found
