"""The page of a check: its rules, and the results before it. Pure; no packages, so that
a function renders it."""

from collections.abc import Sequence
from html import escape

from groundplan.data.quality.result import QualityResult, RuleResult

STYLE = (
    "body{font:16px system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem;"
    "border-bottom:1px solid #ddd}.bad{color:#b00020}.good{color:#0a6b2d}"
)


def page(result: QualityResult, history: Sequence[QualityResult]) -> str:
    """Returns the page. `history` are former results, the newest first."""
    verdict = "passed" if result.passed else "quarantined"
    rows = "".join(
        f"<tr><td>{escape(rule.rule)}</td>{_outcome(rule)}<td>{escape(rule.detail)}</td></tr>"
        for rule in result.rules
    )
    former = "".join(
        f"<tr><td>{escape(old.run)}</td>{_verdict(old.passed)}<td>{old.rows}</td>"
        f"<td>{escape(', '.join(rule.rule for rule in old.failed))}</td></tr>"
        for old in history
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(result.dataset)}: {verdict}</title><style>{STYLE}</style></head><body>"
        f"<h1>{escape(result.dataset)}: {verdict}</h1>"
        f"<p>Run {escape(result.run)}, {result.rows} rows.</p>"
        f"<table><tr><th>Rule</th><th>Result</th><th>Why</th></tr>{rows}</table>"
        "<h2>Results before</h2>"
        "<table><tr><th>Run</th><th>Result</th><th>Rows</th><th>Rules that failed</th></tr>"
        f"{former}</table></body></html>"
    )


def _outcome(rule: RuleResult) -> str:
    return _verdict(rule.passed) if rule.compared else "<td>not compared</td>"


def _verdict(passed: bool) -> str:
    return f'<td class="{"good" if passed else "bad"}">{"passed" if passed else "failed"}</td>'
