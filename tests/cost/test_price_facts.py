import datetime
import json
import re

import pytest
from groundplan.cost import prices
from groundplan.cost.refresh import FACTS
from groundplan.facts import table, training_instances

PRICES = prices.every()
DATA = json.loads(FACTS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("key", PRICES)
def test_every_price_has_a_value_a_unit_a_source_and_a_date(key: str) -> None:
    price = PRICES[key]
    assert 0 < price.usd < 1000
    assert price.unit
    assert re.search(
        r"AWS Price List|[\w.-]+/[\w.-]+@[0-9a-f]{8}: \S+|https://\S+", price.source
    ), price.source
    assert (
        datetime.date(2024, 1, 1)
        <= datetime.date.fromisoformat(price.date)
        <= datetime.date(2100, 1, 1)
    )


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


def test_the_prices_are_of_one_region() -> None:
    assert DATA["region"] == prices.REGION == "us-east-1"


def test_prices_that_are_well_known_are_as_they_are_known() -> None:
    known = {
        "nat-gateway-hour": 0.045,
        "eks-cluster-hour": 0.10,
        "ebs-gp3-gb-month": 0.08,
        "kms-key-month": 1.0,
    }
    assert {key: price.usd for key in known if (price := prices.find(key))} == known
    endpoint = prices.endpoint_hour("ml.m5.large")
    assert endpoint
    assert endpoint.usd == 0.115


def test_what_has_no_price_is_not_zero() -> None:
    assert prices.find("fsx-gb-month") is None
    assert prices.endpoint_hour("ml.m5.huge") is None
    assert prices.ec2_hour("ml.m5.large") is None
    assert prices.ec2_hour("m5.huge") is None


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
    both = {name: found for name in priced if (found := prices.endpoint_hour(name))}
    assert all(found.usd == priced[name].usd for name, found in both.items())


def test_a_standby_costs_about_as_much_as_the_database() -> None:
    one, two = (
        prices.postgres_hour("db.t4g.small", False),
        prices.postgres_hour("db.t4g.small", True),
    )
    assert one
    assert two
    assert 2 <= two.usd / one.usd < 2.1


def test_throughput_that_has_no_price_is_not_zero() -> None:
    assert prices.lustre_gb_month(500) is None
    found = prices.lustre_gb_month(125.0)
    assert found
    assert found.usd == 0.145


def test_a_sagemaker_instance_costs_more_than_the_machine_behind_it() -> None:
    for key, price in PRICES.items():
        if key.startswith("sagemaker-endpoint-hour/"):
            machine = prices.ec2_hour(key.split("/ml.")[1])
            assert machine is None or 1.1 < price.usd / machine.usd < 1.45, key


def test_an_ec2_price_has_the_date_of_its_table() -> None:
    price = prices.ec2_hour("m7i.large")
    assert price
    assert (price.usd, price.date, price.source) == (0.1008, "2026-07-20", "ec2-instances.csv")


def test_types_whose_price_is_older_are_listed_in_the_tables_comment() -> None:
    lines = [
        "# prices as of 2026-11-21, limits",
        "# Prices of 2026-07-20 still: a1.large, c1.medium",
    ]
    assert prices.ec2_dates("\n".join([*lines, "# Prices of 2025-01-01 still: x", "head"])) == (
        "2026-11-21",
        {"a1.large": "2026-07-20", "c1.medium": "2026-07-20", "x": "2025-01-01"},
    )
