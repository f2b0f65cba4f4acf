"""A distribution is compared with the last version: by pandera as by Spark, within the
sketches' error."""

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from groundplan.data.quality import rules, tables
from groundplan.data.quality.checks import check
from groundplan.data.quality.result import RuleResult
from groundplan.data.sketches import Choice, Counts, batches

pandas = pytest.importorskip("pandas", reason="needs pandas: groundplan[quality]")
pytest.importorskip("pandera", reason="needs pandera: groundplan[quality]")

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
RANDOM = np.random.default_rng(7)
PRICES = RANDOM.normal(100.0, 10.0, 5000)
COUNTRIES = RANDOM.choice(["DE", "FR", "IT"], 5000, p=[0.5, 0.3, 0.2])


def table(prices: Any = PRICES, countries: Any = COUNTRIES, **more: Any) -> Any:
    return pandas.DataFrame({"price": prices, "country": countries, **more})


def compared(
    now: Any, column: str, limit: float = 0.1, before: Any = None, **statistics: Any
) -> RuleResult:
    (_rows, rule) = rules.of_args({"columns": {column: {"largest_drift": limit}}})
    known = tables.counted(table() if before is None else before).document()
    if statistics:
        known = statistics["known"]
    result = check(now, [rule], dataset="c", run="r", now=NOW, before=known)
    (found,) = result.rules
    return found


@pytest.mark.parametrize(
    ("now", "column", "passes"),
    [
        (table(), "price", True),
        (table(RANDOM.normal(100.0, 10.0, 5000)), "price", True),
        (table(PRICES + 1.0), "price", True),
        (table(PRICES + 5.0), "price", False),
        (table(PRICES * 2.0), "price", False),
        (table(countries=np.where(COUNTRIES == "IT", "DE", COUNTRIES)), "country", False),
        (table(countries=np.where(COUNTRIES == "IT", "XX", COUNTRIES)), "country", False),
        (table(countries=RANDOM.permutation(COUNTRIES)), "country", True),
    ],
)
def test_a_distribution_further_than_its_limit_breaks_the_rule(
    now: Any, column: str, passes: bool
) -> None:
    found = compared(now, column)
    assert (found.passed, found.compared) == (passes, True), found.detail


def test_missing_values_are_no_drift() -> None:
    prices = PRICES.copy()
    prices[:2500] = np.nan
    assert compared(table(prices), "price").passed


@pytest.mark.parametrize("known", [{}, {"rows": 0, "columns": {}, "left_out": ["price"]}])
def test_without_statistics_there_is_nothing_to_compare_with_and_the_rule_says_so(
    known: Mapping[str, Any],
) -> None:
    found = compared(table(), "price", known=known)
    assert (found.passed, found.compared) == (True, False)
    assert found.detail.startswith("there is nothing to compare with: ")


def test_a_column_of_only_missing_values_has_nothing_to_compare() -> None:
    found = compared(table(np.full(5000, np.nan)), "price")
    assert (found.passed, found.compared) == (True, False)


@pytest.mark.parametrize(
    "now", [table().drop(columns="price"), table(prices=["x"] * 5000), table(prices=[NOW] * 5000)]
)
def test_a_column_of_another_type_or_that_is_gone_breaks_the_rule(now: Any) -> None:
    found = compared(now, "price")
    assert not found.passed
    assert "numeric in the last version" in found.detail


def test_what_a_few_rows_may_be_by_chance_breaks_no_rule() -> None:
    few = table().head(20)
    found = compared(few, "price", 0.01)
    assert found.passed
    assert "may be chance" in found.detail
    # As large a difference of many rows is none.
    assert not compared(pandas.concat([few] * 500), "price", 0.01).passed


def exact(one: Sequence[float], other: Sequence[float]) -> float:
    """The Kolmogorov-Smirnov distance by its definition."""
    points = np.sort(np.concatenate([one, other]))
    shares = [np.searchsorted(np.sort(each), points, "right") / len(each) for each in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())


@pytest.mark.parametrize("shift", [0.5, 2.0, 5.0, 20.0])
def test_the_distance_is_the_true_one_within_the_error_of_the_cells(shift: float) -> None:
    found = compared(table(PRICES + shift), "price", 0.001)
    numbers = re.findall(r"\d+\.\d+(?:e-\d+)?", found.detail)
    distance, error = map(float, numbers[:2])
    true = exact(list(PRICES), list(PRICES + shift))
    assert distance - 0.0005 <= true <= distance + error + 0.0005


def test_counts_of_shards_in_any_order_are_those_of_the_whole() -> None:
    rows = table().to_dict("records")
    shards = [rows[:100], [], rows[100:3000], rows[3000:]]
    documents = []
    for order in ([0, 1, 2, 3], [3, 2, 1, 0]):
        choices = [Choice(["price"], ["country"]) for _ in shards]
        for place, shard in enumerate(shards):
            for batch in batches(shard):
                choices[place].add(batch, str(place), 0)
        whole = Choice(["price"], ["country"])
        for place in order:
            whole.merge(choices[place])
        counts = Counts.empty(whole.layout())
        for place in order:
            part = Counts.empty(whole.layout())
            part.add(shards[place])
            counts.merge(part)
        documents.append(counts.document())
    assert documents[0] == documents[1] == tables.counted(table()).document()
    assert Counts.read(documents[0]).document() == documents[0]
