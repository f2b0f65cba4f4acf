import json
import pathlib
import random
import time
from collections.abc import Mapping
from dataclasses import replace

import pytest
from environments import manifests
from groundplan import catalog
from groundplan.cost.estimate import ESTIMATORS, Estimate, estimate
from groundplan.manifest.model import Manifest, Resource
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = pathlib.Path(__file__).parents[2]
STACKS = ("dev", "prod")


def manifest(stack: str) -> Manifest:
    return manifests()[stack]


def without(plan: Manifest, urns: set[str]) -> Manifest:
    return replace(plan, resources=tuple(resource for resource in plan if resource.urn not in urns))


def custom(plan: Manifest) -> list[Resource]:
    return [resource for resource in plan if resource.custom]


def named(found: Estimate) -> set[str]:
    """`name (type)` of all that is unknown."""
    return {line.split("): ", 1)[0] + ")" for line in found.unknown}


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_of_the_environments_is_priced_free_or_named(stack: str) -> None:
    found = estimate(manifest(stack))
    listed = {item.urn for item in found.items} | set(found.free)
    silent = [
        r
        for r in custom(manifest(stack))
        if r.urn not in listed and f"{r.name} ({r.type})" not in named(found)
    ]
    assert silent == []
    assert len(listed) == len(found.items) + len(found.free)


@pytest.mark.parametrize("stack", STACKS)
def test_every_type_of_the_environments_has_a_price_or_a_reason(stack: str) -> None:
    assert estimate(manifest(stack)).unknown == ()


def test_the_environments_cost_by_component_what_their_settings_say() -> None:
    dev, prod = ({item.name: item for item in estimate(manifest(stack)).items} for stack in STACKS)
    assert dev["churn-endpoint"].component == "churn"
    assert (round(dev["churn-endpoint"].expected, 2), round(dev["churn-endpoint"].high, 2)) == (
        83.95,
        167.90,
    )
    assert (
        round(prod["churn-endpoint"].high / prod["churn-endpoint"].expected, 6) == 3
    )  # 4 instances, up to 12
    assert [
        name for name in prod if name.startswith("network-nat-") and not name.endswith("address")
    ] == [
        "network-nat-1",
        "network-nat-2",
        "network-nat-3",
    ]
    assert (prod["training-gpu-nodes"].expected, prod["training-gpu-nodes"].component) == (
        0,
        "training",
    )
    assert prod["training-gpu-nodes"].high > 60_000


@pytest.mark.parametrize("stack", STACKS)
def test_costs_are_in_order_and_above_zero(stack: str) -> None:
    found = estimate(manifest(stack))
    assert all(0 <= item.low <= item.expected <= item.high for item in found.items)
    assert [item.expected for item in found.items] == sorted(
        (item.expected for item in found.items), reverse=True
    )


@pytest.mark.parametrize("stack", STACKS)
def test_the_order_of_resources_does_not_matter(stack: str) -> None:
    plan = manifest(stack)
    found = estimate(plan)
    for seed in range(5):
        shuffled = random.Random(seed).sample(plan.resources, len(plan.resources))  # noqa: S311 (an order, not a secret)
        assert estimate(replace(plan, resources=tuple(shuffled))) == found


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(STACKS), st.data())
def test_taking_a_resource_away_never_raises_the_estimate(stack: str, data: st.DataObject) -> None:
    urns = [resource.urn for resource in manifest(stack)]
    gone = set(data.draw(st.lists(st.sampled_from(urns), unique=True, max_size=len(urns))))
    left = without(manifest(stack), gone)
    before = estimate(left)
    if not left.resources:
        assert before == Estimate(())
        return
    after = estimate(
        without(left, {data.draw(st.sampled_from([resource.urn for resource in left]))})
    )
    assert after.expected <= before.expected + 1e-9
    assert after.high <= before.high + 1e-9


@pytest.mark.parametrize("stack", STACKS)
def test_taking_any_single_resource_away_never_raises_the_estimate(stack: str) -> None:
    whole = estimate(manifest(stack))
    for resource in manifest(stack):
        found = estimate(without(manifest(stack), {resource.urn}))
        assert found.expected <= whole.expected + 1e-9, resource.urn
        assert found.high <= whole.high + 1e-9, resource.urn


def test_every_priced_type_has_an_estimator_and_every_estimator_a_type() -> None:
    costs = [entry.cost for entry in catalog.CATALOG.types]
    assert {cost.estimator for cost in costs if isinstance(cost, catalog.Priced)} == set(ESTIMATORS)


def test_the_estimate_is_plain_data() -> None:
    found = estimate(manifest("dev"))
    assert (
        json.loads(json.dumps([vars(item) for item in found.items]))[0]["name"]
        == found.items[0].name
    )
    assert all(isinstance(value, str) for value in found.assumptions.values())


def copies(plan: Manifest, count: int) -> Manifest:
    """The plan `count` times over, each with names and URNs of its own."""

    def renamed(resource: Resource, number: int) -> Resource:
        def own(urn: str) -> str:
            return f"{urn}-{number}"

        depends: Mapping[str, tuple[str, ...]] = {
            key: tuple(own(urn) for urn in urns)
            for key, urns in resource.property_dependencies.items()
        }
        return replace(
            resource,
            urn=own(resource.urn),
            name=f"{resource.name}-{number}",
            parent=own(resource.parent) if resource.parent else None,
            property_dependencies=depends,
        )

    return replace(
        plan,
        resources=tuple(renamed(resource, number) for number in range(count) for resource in plan),
    )


def test_an_environment_a_hundred_times_over_costs_a_hundred_times_as_much_in_little_time() -> None:
    plan = copies(manifest("prod"), 100)
    one = estimate(manifest("prod"))
    began = time.perf_counter()
    found = estimate(plan)
    took = time.perf_counter() - began
    assert found.expected == pytest.approx(100 * one.expected)
    assert len(found.items) == 100 * len(one.items)
    assert took < 5  # 15,000 resources take half a second; anything quadratic takes minutes
