"""Intervals and tests of shares beside scipy's own, and what many tests cost."""

import numpy as np
import pytest
from groundplan.model_monitoring.analysis import intervals
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

counted = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counted, st.sampled_from([0.1, 0.01, 1e-6]))
@settings(max_examples=50)
def test_the_interval_of_a_share_is_clopper_pearsons(pair: tuple[int, int], error: float) -> None:
    count, rows = pair
    found = intervals.share(count, rows, error)
    exact = stats.binomtest(count, rows).proportion_ci(1 - error, method="exact")
    assert found.low == pytest.approx(exact.low, abs=1e-9)
    assert found.high == pytest.approx(exact.high, abs=1e-9)


@given(counted, st.floats(0.01, 0.5), st.floats(0.5, 0.99))
@settings(max_examples=50)
def test_tails_are_those_of_the_binomial_distribution(
    pair: tuple[int, int], low: float, high: float
) -> None:
    count, rows = pair
    few, many = intervals.tails(np.array([count]), rows, np.array([low]), np.array([high]))
    assert few[0] == pytest.approx(stats.binom.cdf(count, rows, low), abs=1e-9)
    assert many[0] == pytest.approx(stats.binom.sf(count - 1, rows, high), abs=1e-9)


def test_a_share_without_rows_is_unknown() -> None:
    assert (intervals.share(0, 0, 0.05).low, intervals.share(0, 0, 0.05).high) == (0.0, 1.0)


def test_p_values_are_adjusted_as_holm_does() -> None:
    # The example of Holm's procedure with four tests, by hand.
    assert intervals.holm([0.01, 0.04, 0.03, 0.005], 4) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert intervals.holm([0.01], 100) == pytest.approx([1.0])
    assert intervals.holm([], 3) == []


def test_of_many_tests_a_false_one_is_as_rare_as_of_one() -> None:
    """1,000 checks of 50 tests each, whose p-values are uniform: no drift at all."""
    chances = np.random.default_rng(1).random((1000, 50))
    false = sum(min(intervals.holm(row.tolist(), 50)) <= 0.05 for row in chances)
    assert stats.binomtest(false, 1000, 0.05, alternative="greater").pvalue > 0.01
    assert false > 20
