import datetime
import json
import os
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.stub import Stubber  # type: ignore[import-untyped]
from click.testing import CliRunner
from groundplan.cli import main
from groundplan.cost import price_list
from groundplan.cost.price_list import QueryApi, RefreshError
from groundplan.cost.refresh import Summary, refresh_region
from groundplan.facts import prices
from groundplan.facts.prices import Price

TODAY = datetime.date(2026, 11, 21)

OLD = ("2024-07-01", "a/b@12345678: c")


def entry(**more: Any) -> dict[str, Any]:
    return {"unit": "hour", "service": "AmazonEC2", **more}


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

    def refuses(self, code: str, message: str) -> None:
        self.stub.add_client_error("get_products", code, message)


@pytest.fixture
def api() -> Iterator[Api]:
    api = Api()
    with api.stub:
        yield api


@pytest.fixture
def looks_up(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the prices and tables that a refresh looks up."""

    def set_(entries: Mapping[str, Any], tables: Mapping[str, Any] | None = None) -> None:
        monkeypatch.setattr(
            prices, "price_list", lambda: {"prices": entries, "tables": tables or {}}
        )

    return set_


def write(folder: pathlib.Path, usd: Mapping[str, float]) -> pathlib.Path:
    """Writes the price file of us-east-1, with prices of an old date."""
    path = folder / "us-east-1.csv"
    known = {key: Price(amount, "", OLD[1], OLD[0]) for key, amount in usd.items()}
    path.write_text(prices.written("us-east-1", known), encoding="utf-8")
    return path


def renew(
    folder: pathlib.Path, api: Api, region: str = "us-east-1"
) -> tuple[Summary, Mapping[str, Price]]:
    summary = refresh_region(region, QueryApi(api.client), lambda _line: None, folder, TODAY)
    api.stub.assert_no_pending_responses()
    return summary, prices.parsed((folder / f"{region}.csv").read_text(encoding="utf-8"))


def test_a_price_is_renewed_with_its_source_and_date(
    tmp_path: pathlib.Path, api: Api, looks_up: Any
) -> None:
    looks_up({"nat-gateway-hour": entry(filters={"usagetype": "{prefix}NatGateway-Hours"})})
    write(tmp_path, {"nat-gateway-hour": 0.045})
    api.expects(
        "AmazonEC2",
        {"usagetype": "NatGateway-Hours", "regionCode": "us-east-1"},
        [product({}, ("0", "0.0480000000"))],
    )

    summary, after = renew(tmp_path, api)

    source = "AWS Price List, offer AmazonEC2 of 2026-11-20"
    assert after == {"nat-gateway-hour": Price(0.048, "hour", source, "2026-11-21")}
    assert summary.changed == {"nat-gateway-hour": (0.045, 0.048)}
    assert str(summary).splitlines() == [
        "us-east-1: 1 prices renewed (1 changed, 0 new), 0 kept, 0 unknown",
        "nat-gateway-hour: 0.045 -> 0.048",
    ]


@pytest.mark.parametrize(
    ("region", "filters", "asked"),
    [
        ("eu-central-1", "{prefix}NatGateway-Hours", "EUC1-NatGateway-Hours"),
        ("eu-central-1", "{code}-AmazonEKS-Hours:perCluster", "EUC1-AmazonEKS-Hours:perCluster"),
        ("us-east-1", "{code}-AmazonEKS-Hours:perCluster", "USE1-AmazonEKS-Hours:perCluster"),
        ("ap-south-1", "{region}-KMS-Keys", "ap-south-1-KMS-Keys"),
        ("eu-west-1", "{prefix}EBS:VolumeP-IOPS.gp3", "EU-EBS:VolumeP-IOPS.gp3"),
    ],
)
def test_a_usage_type_is_spelled_as_in_the_region(
    region: str, filters: str, asked: str, tmp_path: pathlib.Path, api: Api, looks_up: Any
) -> None:
    looks_up({"p": entry(filters={"usagetype": filters})})
    api.expects(
        "AmazonEC2", {"usagetype": asked, "regionCode": region}, [product({}, ("0", "0.5"))]
    )
    summary, after = renew(tmp_path, api, region)
    assert (after["p"].usd, summary.added) == (0.5, ["p"])


def test_a_second_code_of_a_region_is_tried_too(
    tmp_path: pathlib.Path, api: Api, looks_up: Any
) -> None:
    looks_up({"p": entry(filters={"usagetype": "{code}-X"})})
    api.expects("AmazonEC2", {"usagetype": "EU-X", "regionCode": "eu-west-1"}, [])
    api.expects(
        "AmazonEC2",
        {"usagetype": "EUW1-X", "regionCode": "eu-west-1"},
        [product({}, ("0", "2"))],
    )
    assert renew(tmp_path, api, "eu-west-1")[1]["p"].usd == 2


def test_regions_are_kept_apart(tmp_path: pathlib.Path, api: Api, looks_up: Any) -> None:
    looks_up({"p": entry(filters={"a": "b"})})
    home = write(tmp_path, {"p": 0.1})
    before = home.read_bytes()
    api.expects("AmazonEC2", {"a": "b", "regionCode": "eu-north-1"}, [product({}, ("0", "0.2"))])
    _, after = renew(tmp_path, api, "eu-north-1")
    assert after["p"].usd == 0.2
    assert home.read_bytes() == before


def test_an_unchanged_price_gets_a_new_date_and_is_not_called_changed(
    tmp_path: pathlib.Path, api: Api, looks_up: Any
) -> None:
    looks_up({"p": entry(filters={"a": "b"})})
    write(tmp_path, {"p": 0.1})
    api.expects("AmazonEC2", {"a": "b", "regionCode": "us-east-1"}, [product({}, ("0", "0.1"))])
    summary, after = renew(tmp_path, api)
    assert (summary.renewed, summary.changed, after["p"].date) == (["p"], {}, "2026-11-21")


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
    answer: Sequence[str], why: str, tmp_path: pathlib.Path, api: Api, looks_up: Any
) -> None:
    looks_up({"p": entry(filters={"a": "b"}), "q": entry(filters={"a": "b"})})
    write(tmp_path, {"p": 0.1})
    for _ in range(2):
        api.expects("AmazonEC2", {"a": "b", "regionCode": "us-east-1"}, answer)
    summary, after = renew(tmp_path, api)
    assert after == {"p": Price(0.1, "", OLD[1], OLD[0])}
    assert (summary.kept, summary.unknown) == ({"p": why}, {"q": why})
    assert f"p kept: {why}" in str(summary)
    assert f"q unknown: {why}" in str(summary)


def test_a_price_without_filters_is_kept_and_not_asked_for(
    tmp_path: pathlib.Path, api: Api, looks_up: Any
) -> None:
    looks_up({"p": {"unit": "hour"}})
    write(tmp_path, {"p": 0.6})
    summary, after = renew(tmp_path, api)
    assert after["p"].usd == 0.6
    assert summary.kept["p"] == "how to look it up in the price list isn't known"


def test_the_tier_the_unit_and_the_place_of_a_price_are_as_its_entry_says(
    tmp_path: pathlib.Path, api: Api, looks_up: Any
) -> None:
    looks_up(
        {
            "tier": entry(filters={"t": "1"}, **{"from": 40000000}),
            "unit": entry(filters={"t": "2"}, divisor=1024),
            "place": entry(filters={"t": "3"}, anywhere=True),
        }
    )
    tiers = [("0", "0.0"), ("40000000", "0.0000000900"), ("2000000000", "0.0000000350")]
    api.expects("AmazonEC2", {"t": "1", "regionCode": "us-east-1"}, [product({}, *tiers)])
    api.expects("AmazonEC2", {"t": "2", "regionCode": "us-east-1"}, [product({}, ("0", "40.96"))])
    api.expects("AmazonEC2", {"t": "3"}, [product({}, ("0", "3"))])
    _, after = renew(tmp_path, api)
    assert {key: price.usd for key, price in after.items()} == {
        "tier": 0.00000009,
        "unit": 0.04,
        "place": 3.0,
    }


def test_a_table_is_renewed_page_by_page_and_what_is_gone_keeps_its_source(
    tmp_path: pathlib.Path, api: Api, looks_up: Any
) -> None:
    table = {
        "unit": "hour",
        "service": "AmazonSageMaker",
        "filters": {"component": "Hosting"},
        "key": "instanceName",
    }
    looks_up({}, {"hosting": table})
    write(tmp_path, {"hosting/ml.a": 1.0, "hosting/ml.gone": 2.0, "hosting/ml.two": 3.0})
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

    summary, after = renew(tmp_path, api)

    assert {key: (price.usd, price.date) for key, price in after.items()} == {
        "hosting/ml.a": (1.5, "2026-11-21"),
        "hosting/ml.gone": (2.0, OLD[0]),
        "hosting/ml.new": (9.0, "2026-11-21"),
        "hosting/ml.two": (3.0, OLD[0]),
    }
    assert summary.added == ["hosting/ml.new"]
    assert summary.kept["hosting/ml.gone"] == "the price list has no price for it"
    assert summary.kept["hosting/ml.two"] == "2 different prices match"


def test_progress_names_what_is_asked_for(tmp_path: pathlib.Path, api: Api, looks_up: Any) -> None:
    looks_up({"p": {"unit": "hour"}, "q": {"unit": "hour"}})
    lines: list[str] = []
    refresh_region("us-east-1", QueryApi(api.client), lines.append, tmp_path, TODAY)
    assert lines == ["us-east-1: 1 of 2 prices: p", "us-east-1: 2 of 2 prices: q"]


def test_a_filter_that_the_api_refuses_costs_one_price_only(
    tmp_path: pathlib.Path, api: Api, looks_up: Any
) -> None:
    looks_up({"p": entry(filters={"a": "b"}), "q": entry(filters={"c": "d"})})
    write(tmp_path, {"p": 0.1})
    api.refuses("InvalidParameterException", "The value for Field is invalid: a")
    api.expects("AmazonEC2", {"c": "d", "regionCode": "us-east-1"}, [product({}, ("0", "0.2"))])
    summary, after = renew(tmp_path, api)
    assert after["p"].usd == 0.1
    assert summary.kept["p"] == "the price list doesn't know it: The value for Field is invalid: a"
    assert summary.renewed == ["q"]


def test_without_permission_nothing_is_written_and_the_fix_is_reported(
    tmp_path: pathlib.Path, api: Api, looks_up: Any
) -> None:
    looks_up({"p": entry(filters={"a": "b"}), "q": entry(filters={"c": "d"})})
    write(tmp_path, {"p": 0.1, "q": 0.2})
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    api.expects("AmazonEC2", {"a": "b", "regionCode": "us-east-1"}, [product({}, ("0", "0.9"))])
    api.refuses("AccessDeniedException", "not authorized")
    with pytest.raises(
        RefreshError, match=r"not authorized.*Fix: credentials .* pricing:GetProducts"
    ):
        renew(tmp_path, api)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_without_credentials_the_fix_is_reported(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, looks_up: Any
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    looks_up({"p": entry(filters={"a": "b"})})
    client = boto3.Session().client("pricing", region_name="us-east-1")
    with pytest.raises(RefreshError, match=r"Unable to locate credentials.*Fix: AWS credentials"):
        refresh_region("us-east-1", QueryApi(client), lambda _line: None, tmp_path, TODAY)


@pytest.mark.parametrize("content", ["price,usd,source\np,1,1\n", "a,b\n1,2\n", "price\nq\n"])
def test_a_file_that_holds_no_prices_is_refused(
    content: str, tmp_path: pathlib.Path, api: Api
) -> None:
    path = tmp_path / "us-east-1.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RefreshError, match=r"price facts can't be read.*us-east-1\.csv"):
        renew(tmp_path, api)
    assert path.read_text(encoding="utf-8") == content


def test_what_was_renewed_leaves_no_other_files(
    tmp_path: pathlib.Path, api: Api, looks_up: Any
) -> None:
    looks_up({"p": {"unit": "hour"}})
    path = write(tmp_path, {"p": 0.6})
    path.chmod(0o640)
    renew(tmp_path, api)
    assert [file.name for file in tmp_path.iterdir()] == ["us-east-1.csv"]
    assert path.stat().st_mode & 0o777 == 0o640


def test_the_command_writes_the_users_folder_whose_prices_come_first(
    tmp_path: pathlib.Path, api: Api, looks_up: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "prices"
    monkeypatch.setenv(prices.OWN_FOLDER, str(own))
    monkeypatch.setattr(price_list, "connect", lambda: api.client)
    looks_up({"nat-gateway-hour": entry(filters={"a": "b"})})
    api.expects(
        "AmazonEC2", {"a": "b", "regionCode": "eu-central-1"}, [product({}, ("0", "0.052"))]
    )

    result = CliRunner().invoke(main, ["prices", "refresh", "--region", "eu-central-1"])

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("eu-central-1: 1 prices renewed")
    assert [file.name for file in own.iterdir()] == ["eu-central-1.csv"]
    found = prices.of("eu-central-1").find("nat-gateway-hour")
    assert found
    assert (found.usd, found.source) == (0.052, "AWS Price List, offer AmazonEC2 of 2026-11-20")


def test_a_region_that_does_not_exist_is_a_misuse() -> None:
    result = CliRunner().invoke(main, ["prices", "refresh", "--region", "eu-centrl-1"])
    assert result.exit_code == 2
    assert "--region eu-centrl-1 is not a region" in result.output


def test_a_relative_folder_is_of_the_folder_above_that_has_it(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "prices").mkdir()
    (tmp_path / "infra").mkdir()
    monkeypatch.setenv(prices.OWN_FOLDER, "prices")
    for folder in (tmp_path, tmp_path / "infra"):
        monkeypatch.chdir(folder)
        assert prices.folder() == tmp_path / "prices"


def test_a_broken_price_file_ends_a_preview_with_its_name_and_the_fix(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "eu-west-3.csv").write_text("a,b\n1,2\n")
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {aws:region: eu-west-3}\n")
    (tmp_path / "__main__.py").write_text("import pulumi_aws as aws\naws.sqs.Queue('q')\n")
    monkeypatch.setenv(prices.OWN_FOLDER, str(tmp_path))
    result = CliRunner().invoke(main, ["preview", "--project", str(tmp_path), "--stack", "dev"])
    assert result.exit_code == 1
    assert "eu-west-3.csv of GROUNDPLAN_PRICES can't be read" in result.stderr
    assert "groundplan prices refresh --region eu-west-3" in result.stderr
