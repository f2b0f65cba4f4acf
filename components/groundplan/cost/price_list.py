"""Products of the AWS Price List and their prices, by its query API (`GetProducts`)
with boto3's pricing client.

`bulk_price_list` reads the same from AWS's public offer files, without credentials.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

NO_SUCH = ("InvalidParameterException", "NotFoundException", "ResourceNotFoundException")
"""Error codes of the API for an unknown service or attribute."""


class RefreshError(Exception):
    """The prices can't be read, or can't be written; the message has the fix."""


class NoSuchProduct(Exception):
    """The API knows no such service or attribute."""


class PricingClient(Protocol):
    """The used part of `boto3.client("pricing")`."""

    def get_paginator(self, operation_name: str) -> Any: ...


@dataclass(frozen=True)
class Product:
    """A product of the price list."""

    sku: str
    attributes: Mapping[str, str]
    tiers: tuple[tuple[Decimal, Decimal], ...]
    """On-demand prices: where the tier begins, and USD a unit."""
    published: str
    """The day of the offer: `2026-10-07`."""


class PriceList(Protocol):
    """Where prices are looked up."""

    def products(self, service: str, filters: Mapping[str, str]) -> Iterator[Product]:
        """Yields all products of a service whose attributes are as `filters` says.

        Raises `NoSuchProduct` for filters that it does not know, `RefreshError` where
        it can't be read.
        """
        ...


class QueryApi:
    """The query API of the price list."""

    def __init__(self, client: PricingClient) -> None:
        self._client = client

    def products(self, service: str, filters: Mapping[str, str]) -> Iterator[Product]:
        return products(self._client, service, filters)


def connect() -> PricingClient:
    """A pricing client with the credentials of the environment. The API has its own
    regions; us-east-1 serves all prices."""
    import boto3  # type: ignore[import-untyped]

    client: PricingClient = boto3.client("pricing", region_name="us-east-1")
    return client


def products(client: PricingClient, service: str, filters: Mapping[str, str]) -> Iterator[Product]:
    """Yields all products of a service whose attributes are as `filters` says, page by
    page.

    Raises `NoSuchProduct` for filters that the API doesn't know, `RefreshError` where
    it can't be asked.
    """
    terms = [
        {"Type": "TERM_MATCH", "Field": name, "Value": value}
        for name, value in sorted(filters.items())
    ]
    try:
        pages = client.get_paginator("get_products").paginate(
            ServiceCode=service,
            Filters=terms,
            FormatVersion="aws_v1",
            PaginationConfig={"PageSize": 100},
        )
        for page in pages:
            for text in page.get("PriceList", []):
                yield _product(json.loads(text))
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in NO_SUCH:
            raise NoSuchProduct(error.response["Error"].get("Message", code)) from None
        raise RefreshError(
            f"the AWS Price List API refused: {error}. Fix: credentials of any account whose "
            "policy allows pricing:GetProducts"
        ) from None
    except BotoCoreError as error:
        raise RefreshError(
            f"the AWS Price List API can't be asked: {error}. Fix: AWS credentials (AWS_PROFILE, "
            "aws sso login) and a network"
        ) from None
    except ValueError as error:
        raise RefreshError(
            f"the AWS Price List API answered something that isn't a product: {error}"
        ) from None


def _product(data: Mapping[str, Any]) -> Product:
    product = data.get("product") or {}
    terms = (data.get("terms") or {}).get("OnDemand") or {}
    tiers = {
        (Decimal(dimension.get("beginRange") or 0), Decimal(dimension["pricePerUnit"]["USD"]))
        for term in terms.values()
        for dimension in (term.get("priceDimensions") or {}).values()
        if "USD" in (dimension.get("pricePerUnit") or {})
    }
    return Product(
        product.get("sku", ""),
        product.get("attributes") or {},
        tuple(sorted(tiers)),
        str(data.get("publicationDate", ""))[:10],
    )
