import csv
import datetime
import json
import os
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.stub import Stubber  # type: ignore[import-untyped]
from groundplan.cost.price_list import RefreshError
from groundplan.cost.refresh import EC2_FILTERS, FACTS, Summary, refresh_file

TODAY = datetime.date(2026, 11, 21)

TABLE = """\
# EC2 instance types. An empty field is not known.
# Source: karpenter; prices as of 2026-07-20, limits and sizes as of 2026-08-21.
# Prices of 2025-01-01 still: c1.medium
instance_type,vcpu,usd_per_hour_us_east_1
a1.large,2,0.051000
c1.medium,2,0.130000
m7i.large,2,0.100800
x9.huge,9,
"""


def entry(usd: float, **more: Any) -> dict[str, Any]:
    return {
        "usd": usd,
        "unit": "hour",
        "source": "a/b@12345678: c",
        "date": "2024-07-01",
        "service": "AmazonEC2",
        **more,
    }


def product(attributes: Mapping[str, str], *tiers: tuple[str, str], sku: str = "SKU1") -> str:
    dimensions = {
        str(n): {"beginRange": begin, "pricePerUnit": {"USD": usd}}
        for n, (begin, usd) in enumerate(tiers)
    }
    return json.dumps(
        {
            "product": {"sku": sku, "attributes": attributes},
            "terms": {"OnDemand": {"term": {"priceDimensions": dimensions}}},
            "publicationDate": "2026-11-20T10:00:00Z",
        }
    )


class Api:
    """A pricing client that answers with the queued responses, in order, and nothing
    else."""

    def __init__(self) -> None:
        self.client = boto3.client(
            "pricing",
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",  # noqa: S106
        )
        self.stub = Stubber(self.client)

    def expects(self, service: str, filters: Mapping[str, str], *pages: Sequence[str]) -> None:
        asked = {
            "ServiceCode": service,
            "Filters": [
                {"Type": "TERM_MATCH", "Field": k, "Value": v} for k, v in sorted(filters.items())
            ],
            "FormatVersion": "aws_v1",
            "MaxResults": 100,
        }
        for number, page in enumerate(pages):
            more = {"NextToken": str(number + 1)} if number + 1 < len(pages) else {}
            before = {"NextToken": str(number)} if number else {}
            self.stub.add_response(
                "get_products", {"PriceList": list(page), **more}, {**asked, **before}
            )

    def ec2(self, *pages: Sequence[str]) -> None:
        self.expects("AmazonEC2", {**EC2_FILTERS, "regionCode": "us-east-1"}, *(pages or [[]]))


@pytest.fixture
def api() -> Iterator[Api]:
    api = Api()
    with api.stub:
        yield api


def written(
    folder: pathlib.Path, prices: Mapping[str, Any], tables: Mapping[str, Any] | None = None
) -> pathlib.Path:
    path = folder / "prices.json"
    path.write_text(
        json.dumps({"format": 1, "region": "us-east-1", "prices": prices, "tables": tables or {}}),
        encoding="utf-8",
    )
    (folder / "ec2-instances.csv").write_text(TABLE, encoding="utf-8")
    return path


def renew(path: pathlib.Path, api: Api) -> tuple[Summary, Any]:
    summary = refresh_file(path, api.client, lambda _line: None, TODAY)
    api.stub.assert_no_pending_responses()
    return summary, json.loads(path.read_text(encoding="utf-8"))


def test_a_price_is_renewed_with_its_source_and_date(tmp_path: pathlib.Path, api: Api) -> None:
    path = written(
        tmp_path, {"nat-gateway-hour": entry(0.045, filters={"usagetype": "NatGateway-Hours"})}
    )
    api.expects(
        "AmazonEC2",
        {"usagetype": "NatGateway-Hours", "regionCode": "us-east-1"},
        [product({}, ("0", "0.0480000000"))],
    )
    api.ec2()

    summary, data = renew(path, api)

    assert data["prices"]["nat-gateway-hour"] == {
        "usd": 0.048,
        "unit": "hour",
        "source": "AWS Price List API, offer AmazonEC2 of 2026-11-20, SKU SKU1",
        "date": "2026-11-21",
        "service": "AmazonEC2",
        "filters": {"usagetype": "NatGateway-Hours"},
    }
    assert summary.changed == {"nat-gateway-hour": (0.045, 0.048)}
    assert "nat-gateway-hour: 0.045 -> 0.048" in str(summary)


def test_an_unchanged_price_gets_a_new_date_and_is_not_called_changed(
    tmp_path: pathlib.Path, api: Api
) -> None:
    path = written(tmp_path, {"p": entry(0.1, filters={"a": "b"})})
    api.expects("AmazonEC2", {"a": "b", "regionCode": "us-east-1"}, [product({}, ("0", "0.1"))])
    api.ec2()
    summary, data = renew(path, api)
    assert (summary.renewed, summary.changed, data["prices"]["p"]["date"]) == (
        ["p"],
        {},
        "2026-11-21",
    )


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ([], "the price list has no price for it"),
        ([product({}, ("0", "0.0000000000"))], "the price list has no price for it"),
        ([product({}, ("1000", "0.5"))], "the price list has no price for it"),
        ([product({}, ("0", "1")), product({}, ("0", "2"))], "2 different prices match"),
    ],
)
def test_what_is_not_found_once_keeps_its_value_and_its_date(
    answer: Sequence[str], why: str, tmp_path: pathlib.Path, api: Api
) -> None:
    before = entry(0.1, filters={"a": "b"})
    path = written(tmp_path, {"p": before})
    api.expects("AmazonEC2", {"a": "b", "regionCode": "us-east-1"}, answer)
    api.ec2()
    summary, data = renew(path, api)
    assert data["prices"]["p"] == before
    assert summary.kept["p"] == why
    assert f"p kept: {why}" in str(summary)


def test_a_price_without_filters_is_kept_and_not_asked_for(
    tmp_path: pathlib.Path, api: Api
) -> None:
    before = entry(0.6)
    path = written(tmp_path, {"p": before})
    api.ec2()
    summary, data = renew(path, api)
    assert data["prices"]["p"] == before
    assert summary.kept["p"] == "how to find it in the price list isn't known"


def test_the_tier_the_unit_and_the_place_of_a_price_are_as_its_entry_says(
    tmp_path: pathlib.Path, api: Api
) -> None:
    path = written(
        tmp_path,
        {
            "tier": entry(1, filters={"t": "1"}, **{"from": 40000000}),
            "unit": entry(1, filters={"t": "2"}, divisor=1024),
            "place": entry(1, filters={"t": "3"}, anywhere=True),
        },
    )
    tiers = [("0", "0.0"), ("40000000", "0.0000000900"), ("2000000000", "0.0000000350")]
    api.expects("AmazonEC2", {"t": "1", "regionCode": "us-east-1"}, [product({}, *tiers)])
    api.expects("AmazonEC2", {"t": "2", "regionCode": "us-east-1"}, [product({}, ("0", "40.96"))])
    api.expects("AmazonEC2", {"t": "3"}, [product({}, ("0", "3"))])
    api.ec2()
    _, data = renew(path, api)
    assert {key: price["usd"] for key, price in data["prices"].items()} == {
        "tier": 0.00000009,
        "unit": 0.04,
        "place": 3.0,
    }


def test_a_table_is_renewed_page_by_page_and_what_is_gone_keeps_its_edition(
    tmp_path: pathlib.Path, api: Api
) -> None:
    old = {
        "date": "2026-09-27",
        "source": "old",
        "usd": {"ml.a": 1.0, "ml.gone": 2.0, "ml.two": 3.0},
    }
    table = {
        "unit": "hour",
        "service": "AmazonSageMaker",
        "filters": {"component": "Hosting"},
        "key": "instanceName",
    }
    path = written(tmp_path, {}, {"hosting": {**table, "editions": [old]}})
    api.expects(
        "AmazonSageMaker",
        {"component": "Hosting", "regionCode": "us-east-1"},
        [
            product({"instanceName": "ml.a"}, ("0", "1.5")),
            product({"instanceName": "ml.two"}, ("0", "3")),
        ],
        [
            product({"instanceName": "ml.two"}, ("0", "4")),
            product({"instanceName": "ml.new"}, ("0", "9")),
            product({}, ("0", "7")),
        ],
    )
    api.ec2()

    summary, data = renew(path, api)

    source = "AWS Price List API, offer AmazonSageMaker, component Hosting"
    assert data["tables"]["hosting"]["editions"] == [
        {"date": "2026-11-21", "source": source, "usd": {"ml.a": 1.5, "ml.new": 9.0}},
        {"date": "2026-09-27", "source": "old", "usd": {"ml.gone": 2.0, "ml.two": 3.0}},
    ]
    assert summary.added == ["hosting/ml.new"]
    assert summary.kept["hosting/ml.gone"] == "the price list has no price for it"
    assert summary.kept["hosting/ml.two"] == "2 different prices match"


def test_the_ec2_column_is_renewed_and_all_else_stays(tmp_path: pathlib.Path, api: Api) -> None:
    path = written(tmp_path, {})
    api.ec2(
        [product({"instanceType": "m7i.large"}, ("0", "0.1108000000"))],
        [
            product({"instanceType": "x9.huge"}, ("0", "0.0123456789")),
            product({"instanceType": "unlisted"}, ("0", "1")),
        ],
    )

    summary, _ = renew(path, api)

    assert (tmp_path / "ec2-instances.csv").read_text(encoding="utf-8") == (
        "# EC2 instance types. An empty field is not known.\n"
        "# Source: karpenter; prices as of 2026-11-21, limits and sizes as of 2026-08-21.\n"
        "# Prices of 2025-01-01 still: c1.medium\n"
        "# Prices of 2026-07-20 still: a1.large\n"
        "instance_type,vcpu,usd_per_hour_us_east_1\n"
        "a1.large,2,0.051000\n"
        "c1.medium,2,0.130000\n"
        "m7i.large,2,0.110800\n"
        "x9.huge,9,0.0123456789\n"
    )
    assert summary.changed == {"ec2/m7i.large": (0.1008, 0.1108)}
    assert summary.added == ["ec2/x9.huge"]
    assert set(summary.kept) == {"ec2/a1.large", "ec2/c1.medium"}


def test_the_librarys_own_files_are_written_as_they_are_read(
    tmp_path: pathlib.Path, api: Api
) -> None:
    data = json.loads(FACTS.read_text(encoding="utf-8"))
    bare = {
        key: {k: v for k, v in entry.items() if k != "filters"}
        for key, entry in data["prices"].items()
    }
    path = tmp_path / "prices.json"
    path.write_text(json.dumps({**data, "prices": bare, "tables": {}}), encoding="utf-8")
    text = FACTS.with_name("ec2-instances.csv").read_text(encoding="utf-8")
    (tmp_path / "ec2-instances.csv").write_text(text, encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    known = {row["instance_type"]: row["usd_per_hour_us_east_1"] for row in rows}
    api.ec2([product({"instanceType": name}, ("0", usd)) for name, usd in known.items() if usd])

    summary, _ = renew(path, api)

    assert summary.changed == {}
    assert (tmp_path / "ec2-instances.csv").read_text(encoding="utf-8") == text.replace(
        "2026-07-20", "2026-11-21"
    )


def test_the_shipped_price_file_reads_the_same_when_it_is_written_again() -> None:
    text = FACTS.read_text(encoding="utf-8")
    assert json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n" == text


def test_progress_names_what_is_asked_for(tmp_path: pathlib.Path, api: Api) -> None:
    path = written(tmp_path, {"p": entry(0.6), "q": entry(0.6)})
    api.ec2()
    lines: list[str] = []
    refresh_file(path, api.client, lines.append, TODAY)
    assert lines == ["1 of 2 prices: p", "2 of 2 prices: q", "table ec2"]


def test_a_filter_that_the_api_refuses_costs_one_price_only(
    tmp_path: pathlib.Path, api: Api
) -> None:
    before = entry(0.1, filters={"a": "b"})
    path = written(tmp_path, {"p": before})
    api.stub.add_client_error(
        "get_products", "InvalidParameterException", "The value for Field is invalid: a"
    )
    api.ec2([product({"instanceType": "m7i.large"}, ("0", "0.2"))])
    summary, data = renew(path, api)
    assert data["prices"]["p"] == before
    assert summary.kept["p"] == "the price list doesn't know it: The value for Field is invalid: a"
    assert summary.renewed == ["ec2/m7i.large"]


def test_without_permission_nothing_is_written_and_the_fix_is_reported(
    tmp_path: pathlib.Path, api: Api
) -> None:
    path = written(
        tmp_path, {"p": entry(0.1, filters={"a": "b"}), "q": entry(0.2, filters={"c": "d"})}
    )
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    api.expects("AmazonEC2", {"a": "b", "regionCode": "us-east-1"}, [product({}, ("0", "0.9"))])
    api.stub.add_client_error("get_products", "AccessDeniedException", "not authorized")
    with pytest.raises(
        RefreshError, match=r"not authorized.*Fix: credentials .* pricing:GetProducts"
    ):
        refresh_file(path, api.client, lambda _line: None, TODAY)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_without_credentials_the_fix_is_reported(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    path = written(tmp_path, {"p": entry(0.1, filters={"a": "b"})})
    client = boto3.Session().client("pricing", region_name="us-east-1")
    with pytest.raises(RefreshError, match=r"Unable to locate credentials.*Fix: AWS credentials"):
        refresh_file(path, client, lambda _line: None, TODAY)


@pytest.mark.parametrize("content", ["", "[]", '{"format": 2}', "{"])
def test_a_file_that_holds_no_prices_is_refused(
    content: str, tmp_path: pathlib.Path, api: Api
) -> None:
    path = written(tmp_path, {})
    path.write_text(content, encoding="utf-8")
    with pytest.raises(
        RefreshError, match=r"price facts can't be read|not a price file of format 1"
    ):
        refresh_file(path, api.client, lambda _line: None, TODAY)
    assert path.read_text(encoding="utf-8") == content


def test_a_missing_table_is_reported(tmp_path: pathlib.Path, api: Api) -> None:
    path = written(tmp_path, {})
    (tmp_path / "ec2-instances.csv").unlink()
    with pytest.raises(RefreshError, match=r"ec2-instances\.csv"):
        refresh_file(path, api.client, lambda _line: None, TODAY)


def test_what_was_renewed_leaves_no_other_files(tmp_path: pathlib.Path, api: Api) -> None:
    path = written(tmp_path, {"p": entry(0.6)})
    path.chmod(0o640)
    api.ec2()
    renew(path, api)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["ec2-instances.csv", "prices.json"]
    assert path.stat().st_mode & 0o777 == 0o640
