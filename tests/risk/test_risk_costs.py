"""What protects against costs, and what its deletion means."""

import pytest
from groundplan.diff.changes import Kind
from risk_changes import change, resource, risks_of


@pytest.mark.parametrize(
    ("type_", "level", "words"),
    [
        ("aws:budgets/budget:Budget", "medium", "nobody is notified of overspending"),
        ("aws:costexplorer/anomalyMonitor:AnomalyMonitor", "medium", "unusual costs"),
        (
            "aws:costexplorer/anomalySubscription:AnomalySubscription",
            "medium",
            "nobody is notified",
        ),
        ("aws:costexplorer/costAllocationTag:CostAllocationTag", "medium", "known by the tag"),
        ("aws:bcmdata/export:Export", "low", "no longer exported"),
    ],
)
def test_the_deletion_of_a_guard_is_reported(type_: str, level: str, words: str) -> None:
    (risk,) = risks_of(change(resource(type_, "costs"), None, Kind.DELETE))
    assert (risk.level.value, risk.kind) == (level, "protection")
    assert words in risk.words
