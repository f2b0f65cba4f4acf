"""Amazon OpenSearch: hours of nodes and volumes of a domain, OCUs of a collection."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.catalog.aws.opensearch import COLLECTION_GROUP
from groundplan.cost.assumptions import amount_text
from groundplan.cost.estimation import (
    Charge,
    Context,
    Estimator,
    Unknown,
    is_true,
    mapping,
    number,
)
from groundplan.manifest.model import Resource

OCUS, OCUS_WITHOUT_STANDBY = 2, 1
"""The least that an account is charged for its first collection: half an OCU for
indexing and half a one for searches, each with a standby or without (AWS Big Data Blog,
"Amazon OpenSearch Serverless cost-effective search capabilities, at any scale").
Collections under the same key share them. Collections of the newer generation scale to
none, and are in a collection group."""


def domain(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """Data nodes, dedicated masters, and a volume for each data node."""
    config = mapping(resource.inputs.get("clusterConfig"))
    count = number(config.get("instanceCount", 1))
    yield _nodes(config.get("instanceType") or "m4.large.search", count, "", ctx)
    if is_true(config.get("dedicatedMasterEnabled")):
        masters = number(config.get("dedicatedMasterCount"))
        yield _nodes(config.get("dedicatedMasterType"), masters, "dedicated master ", ctx)
    if is_true(config.get("warmEnabled")):
        yield Unknown("no price for UltraWarm nodes")
    yield from _volumes(mapping(resource.inputs.get("ebsOptions")), count, ctx)
    ctx.note("snapshots of search domains", "hourly ones, which AWS doesn't charge for")


def _nodes(kind: Any, count: float | None, what: str, ctx: Context) -> Charge:
    if not isinstance(kind, str) or count is None or "${" in kind:
        return Unknown(f"its {what}instances aren't known")
    price = ctx.prices.find(f"opensearch-hour/{kind}")
    return ctx.always_on(price, count, f"{count:g} x {what}{kind}")


def _volumes(options: Mapping[str, Any], count: float | None, ctx: Context) -> Iterator[Charge]:
    if not is_true(options.get("ebsEnabled")):
        return  # on the instances' own disks
    size = number(options.get("volumeSize"))
    if size is None or count is None:
        yield Unknown("the size of its volumes isn't known")
    elif options.get("volumeType") != "gp3":
        yield Unknown(f"no price for volumes of the type {options.get('volumeType') or 'gp2'}")
    else:
        words = f"{size * count:g} GB gp3"
        yield ctx.charge("opensearch-gp3-gb-month", size * count, words)
    if number(options.get("iops")) or number(options.get("throughput")):
        ctx.note("search volumes", "no more IOPS and throughput than gp3 includes")


def collection(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """Yields the least OCUs, which are charged at every hour, and storage."""
    if resource.inputs.get("collectionGroupName"):
        yield Unknown(f"its OCUs are those of its {COLLECTION_GROUP}")
        return
    alone = resource.inputs.get("standbyReplicas") == "DISABLED"
    count = OCUS_WITHOUT_STANDBY if alone else OCUS
    ctx.note(
        "search OCUs",
        "the least that AWS charges, at every hour and with nothing in it; it scales up to the "
        "account's limit, 10 for indexing and 10 for searches by default",
    )
    yield ctx.hours("opensearch-serverless-ocu-hour", count, f"{count} OCUs, the minimum")
    stored = ctx.assume("search_gb", resource)
    yield ctx.charge("opensearch-serverless-gb-month", stored, f"{stored:g} GB stored")


def endpoint(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A VPC endpoint of collections, which is one of AWS PrivateLink."""
    subnets = resource.inputs.get("subnetIds")
    if not isinstance(subnets, list):
        yield Unknown("its subnets aren't known")
        return
    traffic = ctx.assume("interface_endpoint_gb", resource)
    yield ctx.hours("vpc-endpoint-hour", len(subnets), f"endpoint in {len(subnets)} zones")
    yield ctx.charge("vpc-endpoint-gb", traffic, f"{amount_text(traffic)} GB")


ESTIMATORS: Mapping[str, Estimator] = {
    "search-domain": domain,
    "search-collection": collection,
    "search-endpoint": endpoint,
}
