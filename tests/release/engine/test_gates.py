"""Evaluation of gates: each rule, and properties that hold for all numbers."""

import math
from typing import Any

import pytest
from groundplan.release.engine.gate_spec import Gates
from groundplan.release.engine.gates import Champion, Check, judge
from groundplan.release.engine.metrics import Measured, Metric
from hypothesis import given, settings
from hypothesis import strategies as st

Values = dict[str, float | Metric]


def measured(overall: Values | None = None, dataset: str = "", **slices: Values) -> Measured:
    """Metrics of which higher is better; `country_DE` means `country=DE`."""

    def metrics(values: Values) -> dict[str, Metric]:
        return {
            name: value if isinstance(value, Metric) else Metric(value, True)
            for name, value in values.items()
        }

    return Measured(
        metrics(overall or {}),
        {name.replace("_", "="): metrics(of) for name, of in slices.items()},
        dataset,
    )


def judged(
    limits: dict[str, Any],
    candidate: Measured,
    champion: Measured | None = None,
    first: bool = False,
    **more: Any,
) -> list[Check]:
    return judge(
        Gates.read({"metrics": {"auc": limits}, **more}),
        candidate,
        None if first else Champion(champion),
    )


def only(checks: list[Check]) -> Check:
    (check,) = checks
    return check


# On its own.


@pytest.mark.parametrize(
    ("limits", "value", "ok", "reason"),
    [
        ({"min": 0.8}, 0.81, True, "0.81 is at least 0.8"),
        ({"min": 0.8}, 0.8, True, "0.8 is at least 0.8"),
        ({"min": 0.8}, 0.79, False, "0.79 is below 0.8"),
        ({"max": 0.2}, 0.2, True, "0.2 is at most 0.2"),
        ({"max": 0.2}, 0.21, False, "0.21 is above 0.2"),
        ({"min": 0.3}, 0.1 + 0.2, True, "0.3 is at least 0.3"),
        ({"max": 0.3}, 0.1 + 0.2, True, "0.3 is at most 0.3"),  # 0.30000000000000004
    ],
)
def test_a_limit_holds_or_not(limits: dict[str, Any], value: float, ok: bool, reason: str) -> None:
    check = only(judged(limits, measured({"auc": value}), first=True))
    assert (check.ok, check.reason, check.rule) == (ok, reason, next(iter(limits)))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("required", [True, False])
def test_what_is_no_number_breaks_every_gate(value: float, required: bool) -> None:
    check = only(
        judged(
            {"min": -1e9, "max": 1e9, "required": required}, measured({"auc": value}), first=True
        )
    )
    assert not check.ok
    assert check.reason == f"{value} is no measurement"
    assert check.as_dict()["candidate"] == str(value)


def test_a_metric_that_is_missing_breaks_the_gate_unless_it_is_not_required() -> None:
    assert not only(judged({"min": 0.8}, measured(), first=True)).ok
    assert only(judged({"min": 0.8, "required": False}, measured(), first=True)).ok


@pytest.mark.parametrize(("count", "ok"), [(1000, True), (999, False), (None, False)])
def test_metric_requires_a_minimum_row_count(count: int | None, ok: bool) -> None:
    checks = judged(
        {"min": 0.8, "min_count": 1000}, measured({"auc": Metric(0.9, True, count)}), first=True
    )
    assert [(check.rule, check.ok) for check in checks] == [("count", ok), ("min", True)]


# Beside the champion.


@pytest.mark.parametrize(
    ("limits", "candidate", "champion", "ok"),
    [
        ({"max_regression": 0.01}, 0.90, 0.91, True),
        ({"max_regression": 0.01}, 0.89, 0.90, True),  # the difference is 0.010000000000000009
        ({"max_regression": 0.01}, 0.899, 0.91, False),
        ({"max_regression": 0}, 0.91, 0.91, True),
        ({"max_regression": 0}, 0.909, 0.91, False),
        ({"max_regression_percent": 2}, 0.98, 1.0, True),
        ({"max_regression_percent": 2}, 0.979, 1.0, False),
        ({"max_regression_percent": 10}, -1.1, -1.0, True),  # a log-likelihood
        ({"max_regression_percent": 10}, -1.2, -1.0, False),
        ({"max_regression_percent": 10}, -0.1, 0.0, False),
    ],
)
def test_a_regression_is_allowed_up_to_its_limit(
    limits: dict[str, Any], candidate: float, champion: float, ok: bool
) -> None:
    assert only(judged(limits, measured({"auc": candidate}), measured({"auc": champion}))).ok is ok


def test_where_lower_is_better_more_is_worse() -> None:
    better, worse = measured({"auc": Metric(9.0, False)}), measured({"auc": Metric(12.0, False)})
    assert only(judged({"max_regression": 1}, better, worse)).reason == "3 better than the champion"
    check = only(judged({"max_regression": 1}, worse, better))
    assert (check.ok, check.reason) == (False, "3 worse than the champion, allowed 1")


def test_without_a_direction_nothing_can_be_compared() -> None:
    side = measured({"auc": Metric(0.9)})
    assert only(judged({"max_regression": 1}, side, side)).reason.startswith(
        "nobody says whether higher is better"
    )
    assert only(judged({"max_regression": 1, "higher_is_better": True}, side, side)).ok


def test_directions_in_dispute_break_the_gate() -> None:
    side, other = measured({"auc": Metric(0.9, True)}), measured({"auc": Metric(0.9, False)})
    check = only(judged({"max_regression": 1}, side, other))
    assert check.reason == (
        "whether higher is better is in dispute: the candidate says true, the champion says false"
    )
    assert not only(judged({"max_regression": 1, "higher_is_better": False}, side, side)).ok


def test_the_first_release_has_nothing_to_be_compared_with() -> None:
    checks = judged({"min": 0.8, "max_regression": 0}, measured({"auc": 0.81}), first=True)
    assert [check.rule for check in checks] == ["min"]


@pytest.mark.parametrize(
    ("champion", "reason"),
    [
        (None, "the champion has no metrics to compare with"),
        (measured(), "the champion was not measured on it"),
    ],
)
def test_a_champion_without_the_metric_breaks_the_gate_unless_it_is_not_required(
    champion: Measured | None, reason: str
) -> None:
    candidate = measured({"auc": 0.9})
    check = only(judged({"max_regression": 0.1}, candidate, champion))
    assert (check.ok, check.reason) == (False, reason)
    assert only(judged({"max_regression": 0.1, "required": False}, candidate, champion)).ok


def test_a_champion_that_is_no_number_can_not_be_compared_with() -> None:
    assert not only(
        judged({"max_regression": 1}, measured({"auc": 0.9}), measured({"auc": math.nan}))
    ).ok


def test_measurements_of_different_data_are_not_compared() -> None:
    ours, theirs = measured({"auc": 0.9}, "november"), measured({"auc": 0.8}, "october")
    check = only(judged({"max_regression": 0}, ours, theirs))
    assert (check.ok, check.reason) == (
        False,
        "measured on november, the champion on october: measure both on the same",
    )
    assert only(judged({"max_regression": 0}, ours, measured({"auc": 0.8}))).ok  # nobody says


@pytest.mark.parametrize(
    ("confidence", "stderr", "ok"),
    [
        (None, 0.01, False),  # at its word
        (0.95, 0.01, True),  # 0.02 more than allowed, of 1.645 * sqrt(2) * 0.01 = 0.0233
        (0.95, 0.008, False),  # of 0.0186
        (0.99, 0.008, True),  # of 0.0263
        (0.95, None, False),  # no error is known
    ],
)
def test_with_a_confidence_only_a_significant_regression_counts(
    confidence: float | None, stderr: float | None, ok: bool
) -> None:
    ours, theirs = (measured({"auc": Metric(value, True, None, stderr)}) for value in (0.87, 0.90))
    check = only(judged({"max_regression": 0.01}, ours, theirs, confidence=confidence))
    assert check.ok is ok
    assert ("not significant" in check.reason) is ok


# Slices.


def test_a_slice_has_limits_of_its_own_on_top_of_the_metric_s() -> None:
    limits = {"min": 0.8, "max_regression": 0.01, "slices": {"country=DE": {"min": 0.7}}}
    ours, theirs = (
        measured({"auc": 0.9}, country_DE={"auc": 0.75}),
        measured({"auc": 0.9}, country_DE={"auc": 0.8}),
    )
    result = {(check.slice, check.rule): check.ok for check in judged(limits, ours, theirs)}
    assert result == {
        (None, "min"): True,
        (None, "regression"): True,
        ("country=DE", "min"): True,
        ("country=DE", "regression"): False,
    }


def test_a_slice_s_regression_in_percent_takes_the_place_of_the_metric_s() -> None:
    limits = {"max_regression": 0, "slices": {"country=DE": {"max_regression_percent": 50}}}
    ours, theirs = (
        measured({"auc": 0.9}, country_DE={"auc": 0.5}),
        measured({"auc": 0.9}, country_DE={"auc": 0.8}),
    )
    assert all(check.ok for check in judged(limits, ours, theirs))


def test_the_longest_pattern_counts_and_a_name_before_all() -> None:
    slices = {"*": {"min": 0.1}, "country=*": {"min": 0.2}, "country=DE": {"min": 0.3}}
    ours = measured(
        {"auc": 0.9}, country_DE={"auc": 0.5}, country_FR={"auc": 0.5}, age_old={"auc": 0.5}
    )
    result = {check.slice: check.limit for check in judged({"slices": slices}, ours, first=True)}
    assert result == {"country=DE": 0.3, "country=FR": 0.2, "age=old": 0.1}


def test_a_slice_of_the_champion_can_not_be_left_out() -> None:
    limits = {"max_regression": 1, "slices": {"country=*": {}}}
    ours, theirs = (
        measured({"auc": 0.9}, country_DE={"auc": 0.9}),
        measured({"auc": 0.9}, country_DE={"auc": 0.9}, country_FR={"auc": 0.9}),
    )
    broken = [(check.slice, check.reason) for check in judged(limits, ours, theirs) if not check.ok]
    assert broken == [("country=FR", "not measured")]


def test_a_new_slice_is_no_regression_unless_the_gate_names_it() -> None:
    ours, theirs = measured({"auc": 0.9}, country_PL={"auc": 0.2}), measured({"auc": 0.9})
    result = judged({"max_regression": 0, "slices": {"country=*": {}}}, ours, theirs)
    assert [(check.slice, check.ok) for check in result] == [(None, True), ("country=PL", True)]
    named = judged({"max_regression": 0, "slices": {"country=PL": {}}}, ours, theirs)
    assert [(check.slice, check.ok) for check in named] == [(None, True), ("country=PL", False)]


def test_a_pattern_that_fits_nothing_breaks_the_gate_unless_it_is_not_required() -> None:
    limits = {"min": 0.5, "slices": {"region=*": {}}}
    assert [
        check.slice for check in judged(limits, measured({"auc": 0.9}), first=True) if not check.ok
    ] == ["region=*"]
    limits["slices"] = {"region=*": {"required": False}}
    assert all(check.ok for check in judged(limits, measured({"auc": 0.9}), first=True))


def test_slices_that_no_gate_is_there_for_are_left_alone() -> None:
    assert [
        c.slice
        for c in judged({"min": 0.5}, measured({"auc": 0.9}, country_DE={"auc": 0.1}), first=True)
    ] == [None]


# What holds for all numbers.

NUMBERS = st.floats(min_value=-1e6, max_value=1e6, allow_nan=False)
ERRORS = st.none() | st.floats(min_value=0, max_value=1e3)
METRICS = st.builds(Metric, NUMBERS, st.just(True), st.none(), ERRORS)
SIDES = st.builds(
    Measured,
    st.fixed_dictionaries({"auc": METRICS}),
    st.dictionaries(
        st.sampled_from(["country=DE", "country=FR", "age=old"]),
        st.fixed_dictionaries({"auc": METRICS}),
    ),
)
REGRESSIONS = st.one_of(
    st.fixed_dictionaries({"max_regression": st.floats(min_value=0, max_value=1e6)}),
    st.fixed_dictionaries({"max_regression_percent": st.floats(min_value=0, max_value=1e3)}),
)
CONFIDENCES = st.none() | st.floats(min_value=0.5, max_value=0.9999)


def moved(side: Measured, by: float) -> Measured:
    """Returns the measurements with each metric improved by an amount."""

    def better(metrics: Any) -> dict[str, Metric]:
        return {
            n: Metric(m.value + by, m.higher_is_better, m.count, m.stderr)
            for n, m in metrics.items()
        }

    return Measured(
        better(side.overall),
        {name: better(metrics) for name, metrics in side.slices.items()},
        side.dataset,
    )


def holds(
    limits: dict[str, Any], confidence: float | None, candidate: Measured, champion: Measured
) -> bool:
    limits = {**limits, "slices": {"*": {"required": False}}}
    return all(check.ok for check in judged(limits, candidate, champion, confidence=confidence))


@settings(deadline=None)
@given(SIDES, REGRESSIONS, CONFIDENCES)
def test_what_equals_the_champion_never_regresses(
    side: Measured, limits: dict[str, Any], confidence: float | None
) -> None:
    assert holds(limits, confidence, side, side)


@settings(deadline=None)
@given(SIDES, REGRESSIONS, CONFIDENCES, st.floats(min_value=0, max_value=1e6))
def test_what_is_better_than_the_champion_never_regresses(
    side: Measured, limits: dict[str, Any], confidence: float | None, by: float
) -> None:
    assert holds(limits, confidence, moved(side, by), side)


@settings(deadline=None)
@given(
    METRICS,
    METRICS,
    REGRESSIONS,
    CONFIDENCES,
    NUMBERS,
    st.floats(min_value=1e-3, max_value=1e6),
    st.booleans(),
)
def test_better_candidate_passes_what_a_worse_one_passes(
    ours: Metric,
    theirs: Metric,
    limits: dict[str, Any],
    confidence: float | None,
    least: float,
    by: float,
    higher: bool,
) -> None:
    def side(metric: Metric, better: float = 0.0) -> Measured:
        value = metric.value + (better if higher else -better)
        return Measured({"auc": Metric(value, higher, metric.count, metric.stderr)})

    limits = {**limits, "min" if higher else "max": least}
    if all(check.ok for check in judged(limits, side(ours), side(theirs), confidence=confidence)):
        assert all(
            check.ok
            for check in judged(limits, side(ours, by), side(theirs), confidence=confidence)
        )


@settings(deadline=None)
@given(METRICS, METRICS, st.floats(0, 1e6), st.floats(0, 1e6), CONFIDENCES)
def test_wider_limit_passes_what_a_narrower_limit_passes(
    ours: Metric, theirs: Metric, one: float, other: float, confidence: float | None
) -> None:
    narrow, wide = sorted((one, other))
    sides = Measured({"auc": ours}), Measured({"auc": theirs})
    if only(judged({"max_regression": narrow}, *sides, confidence=confidence)).ok:
        assert only(judged({"max_regression": wide}, *sides, confidence=confidence)).ok
