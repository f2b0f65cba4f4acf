"""`max_usd_per_hour` is a ceiling at the prices of the cluster's region."""

from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from groundplan import TrainingCluster
from groundplan.arguments import InvalidArguments
from groundplan.context import Context
from groundplan.facts import prices
from groundplan.facts.prices import Price, PriceBook
from groundplan.problems import Problem
from groundplan.testing import deploy
from groundplan.training.cluster.validation import validate

NOWHERE = "mx-central-1"
"""A region without prices of instances."""


def args(**more: Any) -> Any:
    return {
        "private_subnet_ids": ["subnet-0a", "subnet-0b"],
        "administrators": ["arn:aws:iam::123456789012:role/admin"],
        "pools": {"gpu": {"instance_type": "g5.xlarge", "max_size": 4}},
        "max_usd_per_hour": 10.0,
        **more,
    }


def problems(given: Any, region: str | None) -> dict[str, Problem]:
    context = Context("training", "ml", "prod", region=region)
    return {problem.key: problem for problem in validate(given, context)}


def test_a_ceiling_is_judged_at_the_regions_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    usd = {"us-east-1": 1.0, "eu-central-1": 1.3}
    monkeypatch.setattr(
        prices,
        "of",
        lambda region: PriceBook(
            region,
            {f"ec2-hour/{name}": Price(usd[region], "hour", "test", "2026-11-01")
             for name in ("m7i.large", "g5.xlarge")},
        ),
    )  # fmt: skip
    assert problems(args(), "us-east-1") == {}
    found = problems(args(), "eu-central-1")
    assert set(found) == {"max_usd_per_hour"}
    assert "system 4 x 1.30, gpu 4 x 1.30" in found["max_usd_per_hour"].allowed


def test_a_ceiling_over_an_unknown_price_is_refused_with_the_region_and_both_fixes() -> None:
    found = problems(args(), NOWHERE)
    assert set(found) == {"pools.gpu.usd_per_hour", "system_pool.usd_per_hour"}
    problem = found["pools.gpu.usd_per_hour"]
    assert problem.allowed.endswith(f"Groundplan has no price for g5.xlarge in {NOWHERE}")
    assert problem.fix == (
        f"set it, run `groundplan prices refresh --region {NOWHERE}`, or remove max_usd_per_hour"
    )


def test_prices_in_the_arguments_are_enough_in_any_region() -> None:
    pool = {"instance_type": "g5.xlarge", "max_size": 4, "usd_per_hour": 1.7}
    priced = args(pools={"gpu": pool}, system_pool={"usd_per_hour": 0.15})
    assert problems(priced, NOWHERE) == {}
    assert problems(priced, None) == {}


@pytest.mark.parametrize("price", [0, -1.0])
def test_a_system_pools_price_is_above_0(price: float) -> None:
    found = problems(args(system_pool={"usd_per_hour": price}), "us-east-1")
    assert "a price above 0" in found["system_pool.usd_per_hour"].allowed


def test_the_zones_of_the_subnets_say_the_region_before_the_configuration() -> None:
    zones = [f"{NOWHERE}a", f"{NOWHERE}b"]
    assert "pools.gpu.usd_per_hour" in problems(args(zones=zones), "us-east-1")
    assert problems(args(zones=["us-east-1a", "us-east-1b"]), None) == {}


def test_without_a_region_no_price_is_known() -> None:
    found = problems(args(), None)
    allowed = found["pools.gpu.usd_per_hour"].allowed
    assert allowed.endswith("no price for g5.xlarge, as the region is not known")
    assert "refresh" not in found["pools.gpu.usd_per_hour"].fix


def test_the_region_is_the_programs() -> None:
    with pytest.raises(InvalidArguments, match=f"no price for g5.xlarge in {NOWHERE}"):
        deploy(lambda: TrainingCluster("training", args()), region=NOWHERE)
    assert deploy(lambda: TrainingCluster("training", args()), region="us-east-1")


def test_under_an_explicit_provider_the_configured_region_is_not_assumed() -> None:

    def program() -> None:
        there = aws.Provider("there", region=NOWHERE)
        opts = pulumi.ResourceOptions(providers=[there])
        TrainingCluster("training", args(), opts)

    with pytest.raises(InvalidArguments, match="as the region is not known"):
        deploy(program, region="us-east-1")


def test_a_teams_ceiling_over_an_unknown_price_is_refused_too() -> None:
    teams = {"vision": {"guaranteed": {"gpu": 1}, "max_usd_per_hour": 5.0}}
    given = args(teams=teams)
    del given["max_usd_per_hour"]
    assert problems(given, "us-east-1") == {}
    assert set(problems(given, NOWHERE)) == {"teams.vision.max_usd_per_hour"}
