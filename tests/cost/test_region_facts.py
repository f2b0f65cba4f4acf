"""The prices that are shipped for regions other than us-east-1."""

import pathlib

import pytest
from groundplan.facts import prices

SHIPPED = (
    "us-east-1",
    "us-east-2",
    "us-west-2",
    "eu-west-1",
    "eu-central-1",
    "eu-north-1",
    "ap-northeast-1",
    "ap-southeast-1",
)


PRICED_BY_SIZE = {"c4", "m1", "m3"}
"""Previous generations, each size of which AWS prices by itself."""


def usd(region: str, instance_type: str) -> float | None:
    price = prices.of(region).ec2_hour(instance_type)
    return price.usd if price else None


def test_the_regions_have_prices_of_accelerated_instances() -> None:
    assert set(prices.regions()) >= set(SHIPPED)
    assert all(usd(region, "g4dn.xlarge") for region in SHIPPED)
    assert all(usd(region, "inf2.xlarge") for region in SHIPPED)
    assert all(usd(region, "m7i.large") for region in SHIPPED)  # the default system pool


@pytest.mark.parametrize(
    ("instance_type", "region", "expected"),
    [
        ("g5.xlarge", "us-west-2", 1.006),
        ("g5.xlarge", "eu-west-1", 1.123),
        ("g5.xlarge", "eu-central-1", 1.258),
        ("g4dn.xlarge", "ap-southeast-1", 0.736),
        ("p5.48xlarge", "us-east-2", 55.04),
        ("p5.48xlarge", "eu-north-1", 58.8928),
        ("p5.48xlarge", "ap-northeast-1", 68.8),
        ("p4d.24xlarge", "eu-central-1", 27.43298),
        ("m5.large", "eu-central-1", 0.115),
        ("r6i.xlarge", "ap-southeast-1", 0.304),
        ("c7g.large", "eu-north-1", 0.0774),
    ],
)
def test_a_price_is_the_regions_own(instance_type: str, region: str, expected: float) -> None:
    assert usd(region, instance_type) == expected


@pytest.mark.parametrize(
    ("instance_type", "region"),
    [
        ("p5.48xlarge", "eu-central-1"),
        ("g6.xlarge", "eu-west-1"),
        ("trn1.32xlarge", "eu-north-1"),
        ("p6-b300.48xlarge", "us-east-2"),
        ("i7i.large", "eu-central-1"),
        ("m6g.metal", "eu-central-1"),  # its price in us-east-1 has changed since 2025
    ],
)
def test_what_is_not_known_in_a_region_is_not_priced(instance_type: str, region: str) -> None:
    assert usd("us-east-1", instance_type)
    assert usd(region, instance_type) is None


@pytest.mark.parametrize("region", [region for region in prices.regions() if region != "us-east-1"])
def test_no_price_is_far_from_that_of_us_east_1(region: str) -> None:
    # A slip of a digit would be: AWS's regions differ by less than this.
    for key, price in prices.of(region).prices.items():
        home = prices.of("us-east-1").find(key)
        assert home is None or 0.9 <= price.usd / home.usd <= 1.6, key


@pytest.mark.parametrize("region", [region for region in prices.regions() if region != "us-east-1"])
def test_a_family_keeps_its_proportions_in_every_region(region: str) -> None:
    # AWS scales all sizes of a family alike: one that is off is a mistake here.
    ratios: dict[str, list[float]] = {}
    for key, price in prices.of(region).prices.items():
        home = prices.of("us-east-1").find(key)
        family = key.split("/")[-1].split(".")[0]
        if key.startswith("ec2-hour/") and home and family not in PRICED_BY_SIZE:
            ratios.setdefault(family, []).append(price.usd / home.usd)
    assert {
        family: found for family, found in ratios.items() if max(found) / min(found) > 1.01
    } == {}


@pytest.mark.parametrize("region", SHIPPED)
def test_most_types_have_a_price_in_every_region(region: str) -> None:
    known = prices.of(region).prices
    assert sum(key.startswith("ec2-hour/") for key in known) >= 450
    assert sum(key.startswith("rds-postgres-hour/") for key in known) >= 140
    assert known["rds-postgres-hour/db.t4g.small"].usd < known["rds-postgres-hour/db.r6g.large"].usd


def test_a_price_for_all_regions_is_the_one_of_the_users_folder(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = prices.of("eu-west-1").find("eks-cluster-hour")
    assert shipped
    own = {"eks-cluster-hour": prices.Price(0.2, "hour", "an agreement", "2026-11-01")}
    (tmp_path / "us-east-1.csv").write_text(prices.written("us-east-1", own))
    monkeypatch.setenv(prices.OWN_FOLDER, str(tmp_path))
    found = prices.of("eu-west-1").find("eks-cluster-hour")
    assert found
    assert (shipped.usd, found.usd) == (0.1, 0.2)
