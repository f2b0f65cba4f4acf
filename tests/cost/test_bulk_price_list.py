"""AWS's public offer files: one CSV a service and region."""

import datetime
import io
import pathlib
import urllib.error
from decimal import Decimal
from typing import IO

import pytest
from click.testing import CliRunner
from groundplan.cli import main
from groundplan.cost import bulk_price_list
from groundplan.cost.bulk_price_list import OfferFiles, attributes
from groundplan.cost.price_list import Product, RefreshError
from groundplan.cost.refresh import refresh_region
from groundplan.facts import prices

OFFER = """\
"FormatVersion","v1.0"
"Disclaimer","This pricing list is for informational purposes only."
"Publication Date","2026-11-18T21:14:03Z"
"Version","20261118211403"
"OfferCode","AmazonEC2"
"SKU","TermType","StartingRange","PricePerUnit","Currency","Instance Type","Tenancy","Operating System","Pre Installed S/W","CapacityStatus","operation","usageType","Volume API Name"
"A","OnDemand","0","1.2580000000","USD","g5.xlarge","Shared","Linux","NA","Used","RunInstances","EUC1-BoxUsage:g5.xlarge",""
"A","Reserved","","0.7900000000","USD","g5.xlarge","Shared","Linux","NA","Used","RunInstances","EUC1-BoxUsage:g5.xlarge",""
"B","OnDemand","0","1.4420000000","USD","g5.xlarge","Shared","Windows","NA","Used","RunInstances:0002","EUC1-BoxUsage:g5.xlarge",""
"C","OnDemand","0","0.0520000000","USD","","","","","","NatGateway","EUC1-NatGateway-Hours",""
"D","OnDemand","0","0.0900000000","USD","","","","","","","EUC1-T",""
"D","OnDemand","10240","0.0850000000","USD","","","","","","","EUC1-T",""
"""  # noqa: E501


class Server:
    """Serves one file for every address, and lists what was asked for."""

    def __init__(self, content: str = OFFER) -> None:
        self.content, self.asked = content.encode(), list[str]()

    def __call__(self, url: str) -> IO[bytes]:
        self.asked.append(url)
        return io.BytesIO(self.content)


def files(server: Server) -> OfferFiles:
    return OfferFiles("eu-central-1", attributes(prices.price_list()), server)


def test_products_are_those_whose_attributes_match_on_demand_only() -> None:
    server = Server()
    table = prices.price_list()["tables"]["ec2-hour"]
    found = list(files(server).products("AmazonEC2", table["filters"]))
    assert [(product.sku, product.tiers) for product in found] == [
        ("A", ((Decimal(0), Decimal("1.258")),))
    ]
    assert found[0].published == "2026-11-18"
    assert found[0].attributes["instanceType"] == "g5.xlarge"


def test_tiers_are_rows_of_one_product() -> None:
    (product,) = files(Server()).products("AmazonEC2", {"usagetype": "EUC1-T"})
    assert isinstance(product, Product)
    assert product.tiers == ((Decimal(0), Decimal("0.09")), (Decimal(10240), Decimal("0.085")))


def test_a_file_is_read_once_and_is_the_regions() -> None:
    server = Server()
    offers = files(server)
    for _ in range(3):
        list(offers.products("AmazonEC2", {"usagetype": "x", "regionCode": "eu-central-1"}))
    assert [url.split("/offers/")[1] for url in server.asked] == [
        "v1.0/aws/AmazonEC2/current/eu-central-1/index.csv"
    ]


def test_a_regions_prices_are_written_from_offer_files(tmp_path: pathlib.Path) -> None:
    refresh_region(
        "eu-central-1",
        files(Server()),
        lambda _line: None,
        tmp_path,
        datetime.date(2026, 11, 21),
    )
    after = prices.parsed((tmp_path / "eu-central-1.csv").read_text(encoding="utf-8"))
    assert after["ec2-hour/g5.xlarge"].usd == 1.258
    assert after["nat-gateway-hour"].usd == 0.052
    assert after["nat-gateway-hour"].source == "AWS Price List, offer AmazonEC2 of 2026-11-18"


@pytest.mark.parametrize("content", ["", "a,b\n", OFFER.replace("TermType", "Term")])
def test_a_file_of_another_form_is_refused_with_service_and_region(content: str) -> None:
    with pytest.raises(RefreshError, match=r"AmazonEC2 in eu-central-1 can't be read.*Fix"):
        list(files(Server(content)).products("AmazonEC2", {}))


def test_the_command_fails_without_a_stack_trace_and_writes_nothing(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(url: str) -> IO[bytes]:
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(bulk_price_list, "_download", offline)
    monkeypatch.setenv(prices.OWN_FOLDER, str(tmp_path))
    result = CliRunner().invoke(main, ["prices", "refresh", "--region", "eu-west-1", "--bulk"])
    assert result.exit_code == 1
    assert "no network" in result.stderr
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []
