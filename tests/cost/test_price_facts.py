import datetime
import re

import pytest
from groundplan.cost import usage_types
from groundplan.facts import instances, prices, regions, table, training_instances

PRICES = prices.of("us-east-1").prices
DATA = prices.price_list()
HOME = prices.of("us-east-1")


@pytest.mark.parametrize("region", prices.regions())
def test_every_price_has_a_value_a_unit_a_source_and_a_date(region: str) -> None:
    for key, price in prices.of(region).prices.items():
        assert 0 < price.usd < 1000, key
        assert price.unit, key
        assert re.search(
            r"AWS Price List|[\w.-]+/[\w.-]+@[0-9a-f]{8}: \S+|https://\S+", price.source
        ), price.source
        assert (
            datetime.date(2024, 1, 1)
            <= datetime.date.fromisoformat(price.date)
            <= datetime.date(2100, 1, 1)
        )


@pytest.mark.parametrize("region", prices.regions())
def test_a_price_file_is_of_a_region_and_reads_the_same_when_it_is_written_again(
    region: str,
) -> None:
    assert region in regions.names()
    text = (prices.FOLDER / f"{region}.csv").read_text(encoding="utf-8")
    assert prices.written(region, prices.parsed(text)) == text


@pytest.mark.parametrize("region", prices.regions())
def test_every_price_is_one_that_is_looked_up(region: str) -> None:
    named = {key.split("/")[0] for key in prices.of(region).prices}
    assert named <= {*DATA["prices"], *DATA["tables"]}
    priced = {key[9:] for key in prices.of(region).prices if key.startswith("ec2-hour/")}
    assert priced <= set(instances.every())


def test_every_entry_says_how_it_is_found_again_or_is_known_not_to() -> None:
    silent = {
        key
        for key, entry in DATA["prices"].items()
        if not (entry.get("service") and entry.get("filters"))
    }
    # The names of these in the price list aren't known yet.
    mlflow = {
        "mlflow-small-hour",
        "mlflow-medium-hour",
        "mlflow-large-hour",
        "mlflow-metadata-gb-month",
    }
    assert silent == {"eks-cluster-extended-support-hour", "sagemaker-volume-gb-month"} | mlflow
    assert all(
        entry["service"] and entry["filters"] and entry["key"] for entry in DATA["tables"].values()
    )


def test_prices_that_are_well_known_are_as_they_are_known() -> None:
    known = {
        "nat-gateway-hour": 0.045,
        "eks-cluster-hour": 0.10,
        "ebs-gp3-gb-month": 0.08,
        "kms-key-month": 1.0,
    }
    assert {key: price.usd for key in known if (price := HOME.find(key))} == known
    endpoint = HOME.endpoint_hour("ml.m5.large")
    assert endpoint
    assert endpoint.usd == 0.115


def test_what_has_no_price_is_not_zero() -> None:
    assert HOME.find("fsx-gb-month") is None
    assert HOME.endpoint_hour("ml.m5.huge") is None
    assert HOME.ec2_hour("ml.m5.large") is None
    assert HOME.ec2_hour("m5.huge") is None


def test_endpoint_prices_are_of_types_that_endpoints_accept() -> None:
    accepted = {row["instance_type"] for row in table.rows("sagemaker-instances.csv")}
    priced = {key.split("/", 1)[1] for key in PRICES if key.startswith("sagemaker-endpoint-hour/")}
    assert priced <= accepted
    assert len(priced) > 100


def test_training_prices_are_of_types_that_training_jobs_accept_and_as_those_of_endpoints() -> None:
    priced = {
        key.split("/", 1)[1]: price
        for key, price in PRICES.items()
        if key.startswith("sagemaker-training-hour/")
    }
    assert set(priced) <= set(training_instances.names())
    assert len(priced) > 100
    both = {name: found for name in priced if (found := HOME.endpoint_hour(name))}
    assert all(found.usd == priced[name].usd for name, found in both.items())


def test_a_standby_costs_about_as_much_as_the_database() -> None:
    one, two = (
        HOME.postgres_hour("db.t4g.small", False),
        HOME.postgres_hour("db.t4g.small", True),
    )
    assert one
    assert two
    assert 2 <= two.usd / one.usd < 2.1


def test_throughput_that_has_no_price_is_not_zero() -> None:
    assert HOME.lustre_gb_month(500) is None
    found = HOME.lustre_gb_month(125.0)
    assert found
    assert found.usd == 0.145


def test_a_sagemaker_instance_costs_more_than_the_machine_behind_it() -> None:
    for key, price in PRICES.items():
        if key.startswith("sagemaker-endpoint-hour/"):
            machine = HOME.ec2_hour(key.split("/ml.")[1])
            assert machine is None or 1.1 < price.usd / machine.usd < 1.45, key


def test_an_ec2_price_has_its_source_and_date() -> None:
    price = HOME.ec2_hour("m7i.large")
    assert price
    assert (price.usd, price.date) == (0.1008, "2026-07-20")
    assert "karpenter-provider-aws" in price.source


def test_a_region_without_a_file_has_only_what_costs_the_same_everywhere() -> None:
    anywhere = {key for key, entry in DATA["prices"].items() if entry.get("anywhere")}
    assert set(prices.of("mx-central-1").prices) == anywhere
    assert set(prices.of("cn-north-1").prices) == set(prices.of("us-gov-west-1").prices) == set()
    assert prices.of(None).prices == {}


@pytest.mark.parametrize(
    ("key", "region", "usage_type"),
    [
        # As a public reading of the price list of 2026-09-29 has them.
        ("opensearch-serverless-ocu-hour", "us-east-1", "USE1-IndexingOCU"),
        ("opensearch-serverless-gb-month", "us-east-1", "USE1-StorageUsedInS3ByteHour"),
        ("opensearch-gp3-gb-month", "us-east-1", "ES:GP3-Storage"),
        # As public bills have them.
        ("opensearch-serverless-ocu-hour", "ap-northeast-2", "APN2-IndexingOCU"),
        ("opensearch-gp3-gb-month", "ap-southeast-1", "APS1-ES:GP3-Storage"),
        ("http-api-request", "eu-west-1", "EU-ApiGatewayHttpRequest"),
        ("http-api-request", "eu-central-1", "EUC1-ApiGatewayHttpRequest"),
    ],
)
def test_a_price_is_looked_up_by_the_usage_type_that_aws_bills(
    key: str, region: str, usage_type: str
) -> None:
    asked = usage_types.spellings(DATA["prices"][key]["filters"], region)

    assert usage_type in [filters["usagetype"] for filters in asked]
