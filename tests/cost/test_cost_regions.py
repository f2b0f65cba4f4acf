"""A resource is priced in its own region, and never at another region's price."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi_kubernetes as kubernetes
import pytest
from groundplan.cost.estimate import Estimate, estimate
from groundplan.cost.region import Regions
from groundplan.facts import prices
from groundplan.facts.prices import Price, PriceBook
from groundplan.manifest import state
from groundplan.manifest.model import Manifest, Resource
from groundplan.testing import deploy

NOWHERE = "mx-central-1"
"""A region without a price file."""

NAT, BUCKET = "aws:ec2/natGateway:NatGateway", "aws:s3/bucket:Bucket"
PROVIDER = "pulumi:providers:aws"
NODES = "aws:eks/nodeGroup:NodeGroup"


def urn(name: str) -> str:
    return f"urn:pulumi:dev::shop::{name}"


def resource(name: str, kind: str = NAT, provider: str = "", **inputs: Any) -> Resource:
    options = {"provider": urn(provider)} if provider else {}
    return Resource(urn(name), kind, name, None, True, inputs, options=options)


def plan(*resources: Resource, region: str = "") -> Manifest:
    return Manifest("shop", "dev", resources, aws_region=region)


def cost_of(*resources: Resource, region: str = "") -> Estimate:
    return estimate(plan(*resources, region=region))


@pytest.fixture
def two_regions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices of two regions, and of no other."""

    def book(usd: float) -> Mapping[str, Price]:
        return {
            key: Price(usd, "hour", "test", "2026-11-01")
            for key in ("nat-gateway-hour", "nat-gateway-gb")
        }

    books = {"eu-west-1": book(1.0), "us-east-1": book(2.0)}
    monkeypatch.setattr(
        prices, "of", lambda region: PriceBook(region or "", books.get(region or "", {}))
    )


def test_a_price_is_the_one_of_the_configured_region(two_regions: None) -> None:
    assert cost_of(resource("nat"), region="eu-west-1").expected == 830
    assert cost_of(resource("nat"), region="us-east-1").expected == 1660


def test_what_has_no_price_in_a_region_is_unknown_and_not_another_regions() -> None:
    found = cost_of(resource("nat"), region=NOWHERE)
    assert (found.items, found.expected) == ((), 0)
    assert found.unknown == (
        f"nat ({NAT}): no price for gateway, 730 h in {NOWHERE}",
        f"nat ({NAT}): no price for 100 GB in {NOWHERE}",
    )
    assert found.regions == (NOWHERE,)


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("aws:sagemaker/notebookInstance:NotebookInstance", {"instanceType": "ml.t3.medium"}),
        ("aws:lb/loadBalancer:LoadBalancer", {"loadBalancerType": "application"}),
        ("aws:eks/cluster:Cluster", {}),
        (BUCKET, {}),
        (
            "aws:rds/instance:Instance",
            {"engine": "postgres", "instanceClass": "db.t4g.small", "storageType": "gp3",
             "allocatedStorage": 20},
        ),
        (
            "aws:fsx/lustreFileSystem:LustreFileSystem",
            {"storageCapacity": 1200, "deploymentType": "PERSISTENT_2",
             "perUnitStorageThroughput": 125},
        ),
        (NODES, {"instanceTypes": ["m7i.large"], "scalingConfig": {"minSize": 1, "maxSize": 2}}),
        ("aws:ec2/capacityReservation:CapacityReservation",
         {"instanceType": "p5.48xlarge", "instanceCount": 1}),
        ("aws:sagemaker/trainingJob:TrainingJob",
         {"resourceConfig": {"instanceType": "ml.m5.large", "instanceCount": 1}}),
        ("aws:cloudwatch/logGroup:LogGroup", {}),
    ],
)  # fmt: skip
def test_no_service_takes_a_price_of_us_east_1_elsewhere(
    kind: str, inputs: Mapping[str, Any]
) -> None:
    item = resource("x", kind, **inputs)
    here, there = cost_of(item, region="us-east-1"), cost_of(item, region=NOWHERE)
    assert here.expected > 0
    assert there.expected == (73 if "eks/cluster" in kind else 0)  # the same everywhere
    assert len(there.unpriced) == (0 if "eks/cluster" in kind else 1)


def test_each_resource_has_the_prices_of_its_own_region(two_regions: None) -> None:
    found = cost_of(
        resource("frankfurt", region="eu-central-1"),
        resource("home"),
        resource("ireland", provider="ie"),
        resource("ie", PROVIDER, region="eu-west-1"),
        region="us-east-1",
    )
    assert {item.name: item.expected for item in found.items} == {"home": 1660, "ireland": 830}
    assert {line.split(" (")[0] for line in found.unknown} == {"frankfurt"}
    assert found.regions == ("eu-central-1", "eu-west-1", "us-east-1")
    assert found.assumptions["region"] == "list prices of eu-central-1, eu-west-1, us-east-1"


@pytest.mark.parametrize("region", ["${other.region}", "[secret]"])
def test_a_region_that_is_not_known_yet_has_no_prices(region: str, two_regions: None) -> None:
    found = cost_of(resource("nat", region=region), region="us-east-1")
    assert found.items == ()
    assert found.unknown[0] == f"nat ({NAT}): no price for gateway, 730 h: its region isn't known"


def test_an_explicit_provider_without_a_region_does_not_have_the_configured_one(
    two_regions: None,
) -> None:
    # pulumi-aws reads it from AWS_REGION.
    found = cost_of(
        resource("nat", provider="tagged"),
        resource("tagged", PROVIDER, defaultTags={}),
        region="us-east-1",
    )
    assert found.items == ()
    assert "its region isn't known" in found.unknown[0]


def test_an_object_in_kubernetes_is_where_its_cluster_is() -> None:
    cluster = resource("eks", "aws:eks/cluster:Cluster", region="eu-west-1")
    provider = replace(resource("k8s", "pulumi:providers:kubernetes"), dependencies=(urn("eks"),))
    claim = resource("claim", "kubernetes:core/v1:PersistentVolumeClaim", provider="k8s")
    regions = Regions(plan(cluster, provider, claim, region="us-east-1"))
    assert regions.of(claim) == "eu-west-1"


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("aws:ec2/subnet:Subnet", {"availabilityZone": "eu-west-1b"}),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", {"serviceName": "com.amazonaws.eu-west-1.ecr.api"}),
        (PROVIDER, {"region": "eu-west-1"}),
    ],
)
def test_without_configuration_the_only_region_that_is_named_is_that_of_all(
    kind: str, inputs: Mapping[str, Any]
) -> None:
    regions = Regions(plan(resource("x", kind, **inputs), resource("b", BUCKET)))
    assert (regions.default, regions.assumed) == ("eu-west-1", False)


def test_of_several_named_regions_none_is_guessed() -> None:
    regions = Regions(plan(resource("a", region="eu-west-1"), resource("b", region="us-east-2")))
    assert regions.default is None


def test_a_plan_that_names_no_region_is_priced_where_the_preview_runs_it_and_says_so() -> None:
    found = cost_of(resource("nat"))
    assert (found.regions, found.region_assumed) == (("us-east-1",), True)
    assert (
        found.assumptions["region"] == "list prices of us-east-1; the plan doesn't name its region"
    )


def test_a_deployed_state_says_its_region_by_its_default_provider_and_by_outputs() -> None:
    entries = [
        {
            "urn": f"urn:pulumi:dev::shop::{PROVIDER}::default_7_1_0",
            "type": PROVIDER,
            "custom": True,
            "inputs": {"region": "eu-central-1"},
        },
        {"urn": urn("nat"), "type": NAT, "custom": True, "inputs": {}, "outputs": {}},
        {
            "urn": urn("other"),
            "type": NAT,
            "custom": True,
            "inputs": {},
            "outputs": {"region": "eu-west-1"},
        },
    ]
    manifest = state.manifest({"deployment": {"resources": entries}}, "dev")
    regions = Regions(manifest)
    assert {r.name: regions.of(r) for r in manifest} == {
        "nat": "eu-central-1",
        "other": "eu-west-1",
    }


def test_the_configured_region_survives_a_saved_manifest() -> None:
    saved = plan(resource("nat"), region="eu-west-1").to_data()
    assert Manifest.from_data(saved).aws_region == "eu-west-1"
    assert "aws_region" not in plan(resource("nat")).to_data()


def test_a_program_of_kubernetes_alone_is_in_the_configured_region() -> None:
    def program() -> None:
        kubernetes.core.v1.Namespace("ml")

    assert Regions(deploy(program, region="eu-west-1").manifest).default == "eu-west-1"
