"""What is counted, beside exact statistics; and merging, in any order."""

import math
from fractions import Fraction
from functools import reduce

import numpy as np
from groundplan.model_monitoring.analysis.categories import LIMIT, Categories, Vocabulary
from groundplan.model_monitoring.analysis.cells import Cells, edges_of
from groundplan.model_monitoring.analysis.columns import Batch
from groundplan.model_monitoring.analysis.drift import Level, of_numbers
from groundplan.model_monitoring.analysis.exact_sum import UNIT, Moments, exact_sum
from groundplan.model_monitoring.analysis.sample import Sample
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

numbers = st.one_of(
    st.floats(-1e6, 1e6),
    st.integers(-3, 3).map(float),
    st.sampled_from([0.0, -0.0, 1e-300, -1e149, 5e-324]),
)
columns = st.lists(numbers, min_size=1, max_size=80).map(lambda v: np.array(v, dtype=np.float64))


@given(columns)
@settings(max_examples=50)
def test_a_sum_is_exact(values: np.ndarray) -> None:
    assert Fraction(exact_sum(values), 1 << UNIT) == sum(map(Fraction, values.tolist()))


def test_halves_of_mantissas_that_cancel_are_not_lost() -> None:
    values = [float(2**52 + 1), -float(2**52 + 2**26)]
    assert exact_sum(np.array(values)) == (1 - 2**26) << UNIT


@given(columns)
@settings(max_examples=50)
def test_moments_are_those_of_the_values(values: np.ndarray) -> None:
    moments = Moments()
    moments.add(values)
    assert moments.mean == float(sum(map(Fraction, values.tolist())) / len(values))
    assert Moments.read(moments.document()) == moments


@given(columns, columns, st.integers(1, 30))
@settings(max_examples=50)
def test_the_distance_over_cells_is_within_its_error_of_the_exact_one(
    before: np.ndarray, after: np.ndarray, edges: int
) -> None:
    cells = edges_of(before, edges)
    old, new = Cells.empty(cells), Cells.empty(cells)
    old.add(before)
    new.add(after)
    found = of_numbers(old, new, Level(0.01, 0.001))
    exact = float(stats.ks_2samp(before, after, method="exact").statistic)
    assert found.value <= exact + 1e-12
    assert exact <= found.value + found.error + 1e-12


@given(columns, st.floats(0, 1))
@settings(max_examples=50)
def test_a_quantile_has_its_rank_within_the_error(values: np.ndarray, rank: float) -> None:
    cells = Cells.empty(edges_of(values, 20))
    cells.add(values)
    found = cells.quantile(rank)
    assert found is not None
    below, upto = (values < found).mean(), (values <= found).mean()
    assert below - cells.error - 1e-12 <= rank <= upto + cells.error + 1e-12


@given(st.lists(columns, min_size=1, max_size=5), st.lists(st.integers(0, 3), max_size=5))
@settings(max_examples=30)
def test_shards_merge_to_the_same_bytes_in_any_order_and_any_grouping(
    shards: list[np.ndarray], lacking: list[int]
) -> None:
    edges = edges_of(shards[0], 10)
    ends = [np.array([math.nan] * number + [math.inf]) for number in lacking]
    shards = [*shards, *ends]

    def counted(values: np.ndarray) -> Cells:
        cells = Cells.empty(edges)
        cells.add(values)
        return cells

    def merged(left: Cells, right: Cells) -> Cells:
        result = Cells.read(left.document(), edges)
        result.merge(right)
        return result

    parts = [counted(values) for values in shards]
    whole = counted(np.concatenate(shards)).document()
    assert reduce(merged, parts).document() == whole
    assert reduce(merged, reversed(parts)).document() == whole
    nested = merged(parts[0], reduce(merged, parts[1:], Cells.empty(edges)))
    assert nested.document() == whole


def test_what_is_missing_and_what_is_no_number_is_counted_apart() -> None:
    cells = Cells.empty(np.array([0.0, 1.0]))
    cells.add(np.array([math.nan, math.nan, math.inf, 1e200, 0.5, 1.0, -0.0]), invalid=1)
    assert (cells.missing, cells.invalid, cells.valid) == (1, 3, 3)
    assert cells.counts.tolist() == [0, 1, 1, 1, 0]


def test_a_value_that_many_rows_share_is_a_cell_of_its_own() -> None:
    values = np.concatenate([np.zeros(900), np.linspace(1, 2, 100)])
    cells = Cells.empty(edges_of(values, 50))
    cells.add(values)
    assert cells.counts[1] == 900
    assert cells.error < 0.05


names = st.lists(st.sampled_from([*"abcdefgh", None]), max_size=40)


@given(names, st.lists(names, min_size=1, max_size=4))
@settings(max_examples=50)
def test_categories_are_counted_exactly_and_merge_in_any_order(
    known: list[str | None], shards: list[list[str | None]]
) -> None:
    vocabulary = Vocabulary.of(v for v in known if v is not None)

    def counted(values: list[str | None]) -> Categories:
        found = Categories.empty(vocabulary)
        found.add(values)
        return found

    every = [value for shard in shards for value in shard]
    whole = counted(every)
    assert whole.missing == every.count(None)
    assert whole.unseen == sum(v is not None and v not in known for v in every)
    assert {v: int(whole.counts[i]) for i, v in enumerate(vocabulary.values)} == {
        v: every.count(v) for v in vocabulary.values
    }
    backwards = Categories.empty(vocabulary)
    for shard in reversed(shards):
        backwards.merge(counted(shard))
    assert backwards.document() == whole.document()


def test_a_known_value_of_very_many_is_never_unseen_and_an_unseen_one_seldom_known() -> None:
    vocabulary = Vocabulary.of(f"city {number}" for number in range(5000))
    assert vocabulary.length == LIMIT
    known, other = Categories.empty(vocabulary), Categories.empty(vocabulary)
    known.add(f"city {number}" for number in range(5000))
    other.add(f"town {number}" for number in range(5000))
    assert known.unseen == 0
    share = 1 - other.unseen / 5000
    assert abs(share - vocabulary.collisions) < 0.02
    assert vocabulary.collisions < 0.04
    assert len(other.examples) == 10


def test_a_sample_does_not_depend_on_the_order_of_shards() -> None:
    values = np.random.default_rng(7).normal(size=3000)

    def sampled(shards: list[int]) -> Sample:
        whole = Sample(("a",), 500)
        for shard in shards:
            part = Sample(("a",), 500)
            rows = values[shard * 1000 : shard * 1000 + 1000]
            part.add(Batch(600, {"a": rows[:600]}), f"shard {shard}", 0)
            part.add(Batch(400, {"a": rows[600:]}), f"shard {shard}", 600)
            whole.merge(part)
        return whole

    first, second = sampled([0, 1, 2]), sampled([2, 0, 1])
    assert first.values.tolist() == second.values.tolist()
    assert len(first.kept) == 500
    # Within Dvoretzky-Kiefer-Wolfowitz's band of 500 rows.
    assert stats.ks_2samp(first.finite("a"), values, method="asymp").statistic < 0.09
