"""The spending ceiling of pools and teams."""

from dataclasses import replace

from groundplan.training.queues.spending import (
    Share,
    borrowing_limits,
    ceiling_problems,
    guarantee_problems,
)
from hypothesis import given
from hypothesis import strategies as st

POOLS = [
    Share("big", 8, 10.0, "pools.big.max_size", "pools.big.usd_per_hour"),
    Share("small", 20, 1.0, "pools.small.max_size", "pools.small.usd_per_hour"),
]
NEW = Share("new", 2, None, "pools.new.max_size", "pools.new.usd_per_hour")


def test_pools_below_the_ceiling_are_fine() -> None:
    assert ceiling_problems(POOLS, 100.0) == []
    assert ceiling_problems(POOLS, None) == []


def test_pools_above_the_ceiling_are_refused_with_the_sum_and_the_way_out() -> None:
    (problem,) = ceiling_problems(POOLS, 75.0)

    assert str(problem) == (
        "max_usd_per_hour is 75.0. Allowed: at least 100.00 USD an hour, the cost of the "
        "pools at their maximum size: "
        "big 8 x 10.00, small 20 x 1.00. Fix: lower pools.big.max_size to 5, or raise "
        "max_usd_per_hour."
    )


def test_a_ceiling_that_one_pool_cannot_satisfy_names_no_size() -> None:
    (problem,) = ceiling_problems(POOLS, 5.0)
    assert problem.fix == "raise max_usd_per_hour, or remove pools"
    (problem,) = ceiling_problems(POOLS, 15.0)
    assert problem.fix == (
        "lower more than one of pools.big.max_size, pools.small.max_size, or raise max_usd_per_hour"
    )


def test_a_size_below_the_smallest_is_not_proposed() -> None:
    pool = replace(POOLS[0], fewest=6)

    (problem,) = ceiling_problems([pool, POOLS[1]], 75.0)
    assert "lower more than one of" in problem.fix
    (problem,) = ceiling_problems([pool], 50.0)
    assert problem.fix == "raise max_usd_per_hour, or remove pools"


def test_a_price_that_is_not_known_is_required() -> None:
    (problem,) = ceiling_problems([NEW], 75.0)
    assert problem.key == "pools.new.usd_per_hour"


def test_a_ceiling_of_nothing_is_none() -> None:
    assert [p.key for p in ceiling_problems(POOLS, 0.0)] == ["max_usd_per_hour"]
    assert [p.key for p in guarantee_problems(POOLS, {}, -1.0)] == ["max_usd_per_hour"]


def test_a_guarantee_above_the_teams_ceiling_is_refused() -> None:
    assert guarantee_problems(POOLS, {"big": 2}, 20.0) == []
    (problem,) = guarantee_problems(POOLS, {"big": 2, "small": 1}, 20.0)
    assert problem.allowed == "at least 21.00 USD an hour, the cost of the team's guarantees"


def test_a_team_with_a_ceiling_needs_prices() -> None:
    (problem,) = guarantee_problems([NEW], {}, 20.0)
    assert problem.fix == "set pools.new.usd_per_hour"


def test_a_team_may_borrow_what_is_left_below_its_ceiling() -> None:
    assert borrowing_limits(POOLS, {"big": 1}, 1000.0) == {"big": 7, "small": 20}
    assert borrowing_limits(POOLS, {"big": 1}, 55.0) == {"big": 3, "small": 15}


pools = st.lists(
    st.tuples(st.integers(1, 500), st.floats(0.01, 150, allow_nan=False)).map(lambda t: t),
    min_size=1,
    max_size=6,
).map(lambda rows: [Share(f"p{i}", units, usd) for i, (units, usd) in enumerate(rows)])


@given(pools, st.floats(0, 1), st.floats(0.01, 50_000))
def test_no_team_can_ever_hold_more_than_its_ceiling(
    shares: list[Share], part: float, ceiling: float
) -> None:
    guaranteed = {share.name: int(share.units * part) for share in shares}
    if guarantee_problems(shares, guaranteed, ceiling):
        return

    limits = borrowing_limits(shares, guaranteed, ceiling)

    held = {share.name: guaranteed[share.name] + limits[share.name] for share in shares}
    assert all(limits[share.name] >= 0 and held[share.name] <= share.units for share in shares)
    assert sum(held[share.name] * (share.usd_per_hour or 0) for share in shares) <= ceiling + 0.01
    # Nothing is left that would fit: another unit of any pool exceeds the ceiling.
    spent = sum(held[share.name] * (share.usd_per_hour or 0) for share in shares)
    assert all(
        held[s.name] == s.units or spent + (s.usd_per_hour or 0) > ceiling - 0.01 for s in shares
    )
