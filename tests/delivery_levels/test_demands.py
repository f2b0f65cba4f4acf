"""What each level of delivery demands."""

import copy
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from environments import manifests
from groundplan.delivery.pipelines.rendering import Delivery, Platform, render
from groundplan.delivery_levels.assessment import Assessment, assess
from groundplan.delivery_levels.choices import DeliveryLevel
from groundplan.delivery_levels.demand import Repository
from groundplan.delivery_levels.demands import DEMANDS
from groundplan.manifest.model import Manifest, Resource

BOUNDARY = {"permissionsBoundary": "arn:aws:iam::123456789012:policy/boundary"}


def repository(platform: Platform = Platform.GITHUB) -> Repository:
    """A repository with the pipelines that `groundplan init` writes."""
    files = render(platform, Delivery(("dev", "loop"), sealed=("loop",)))
    return Repository("loop", files, has_settings=True)


@cache
def best() -> Manifest:
    """The environment of the closed loop, with the boundary that it lacks."""
    manifest = manifests()["loop"]
    resources = tuple(
        replace(one, inputs={**one.inputs, **BOUNDARY}) if one.type == "aws:iam/role:Role" else one
        for one in manifest
    )
    return replace(manifest, resources=resources)


def without(change: Callable[[Resource], Resource]) -> Manifest:
    return replace(best(), resources=tuple(change(copy.copy(one)) for one in best()))


def of_type(kind: str, **inputs: Any) -> Callable[[Resource], Resource]:
    def change(resource: Resource) -> Resource:
        if kind not in resource.type:
            return resource
        return replace(resource, inputs={**resource.inputs, **inputs})

    return change


def target(**changed: Any) -> Callable[[Resource], Resource]:
    def change(resource: Resource) -> Resource:
        if resource.type != "groundplan:index:ModelEndpoint":
            return resource
        known = {**resource.outputs["releaseTarget"], **changed} if changed else {}
        return replace(resource, outputs={**resource.outputs, "releaseTarget": known})

    return change


def lacking(manifest: Manifest, files: Repository | None = None) -> set[str]:
    found = assess(manifest, files or repository())
    return {item.demand.name for item in found.assessed if not item.is_met}


ALL_AT_ONCE = {
    "autoRollbackConfiguration": {"alarms": [{"alarmName": "a"}]},
    "blueGreenUpdatePolicy": {"trafficRoutingConfiguration": {"type": "ALL_AT_ONCE"}},
}

BREACHES: dict[str, Callable[[], set[str]]] = {
    "settings-in-repository": lambda: lacking(best(), replace(repository(), has_settings=False)),
    "pull-request-previews": lambda: lacking(best(), changed(r"preview", "look")),
    "deployment-pipeline": lambda: lacking(best(), changed("groundplan verify", "true")),
    "sealed-approval": lambda: lacking(best(), changed("groundplan up", "pulumi up")),
    "drift-detection": lambda: lacking(best(), changed("pulumi refresh", "true")),
    "bounded-roles": lambda: lacking(without(of_type("iam/role:Role", permissionsBoundary=None))),
    "data-protected": lambda: lacking(without(lambda one: replace(one, options={}))),
    "notifications": lambda: lacking(
        replace(best(), resources=tuple(r for r in best() if "topicSubscription" not in r.type))
    ),
    "rollback-by-alarm": lambda: lacking(
        without(of_type("endpoint:Endpoint", deploymentConfig={}))
    ),
    "release-from-registry": lambda: lacking(without(target())),
    "gates": lambda: lacking(without(target(gates={}))),
    "gates-decide": lambda: lacking(
        without(target(gates={"metrics": {"auc": {}}, "sign_off": {"required": True}}))
    ),
    "traffic-shifts-in-steps": lambda: lacking(
        without(of_type("endpoint:Endpoint", deploymentConfig=ALL_AT_ONCE))
    ),
    "model-monitoring": lambda: lacking(
        replace(best(), resources=tuple(r for r in best() if "ModelMonitoring" not in r.type))
    ),
}


def changed(old: str, new: str) -> Repository:
    """The repository with other words in its pipelines."""
    files = {path: text.replace(old, new) for path, text in repository().pipelines.items()}
    return replace(repository(), pipelines=files)


def test_every_demand_has_a_case() -> None:
    assert [demand.name for demand in DEMANDS] == list(
        dict.fromkeys(demand.name for demand in DEMANDS)
    )
    assert set(BREACHES) == {demand.name for demand in DEMANDS}


def test_an_environment_with_everything_meets_the_last_level() -> None:
    assert lacking(best()) == set()
    assert assess(best(), repository()).met is DeliveryLevel.CONTINUOUS_DEPLOYMENT


@pytest.mark.parametrize("name", BREACHES)
def test_what_is_missing_is_named_and_lowers_the_level(name: str) -> None:
    found = BREACHES[name]()
    assert name in found
    allowed = {
        "rollback-by-alarm": {"traffic-shifts-in-steps"},
        "notifications": set(),
    }
    assert found - {name} <= allowed.get(name, set())


def test_each_level_includes_those_before() -> None:
    assert [level.number for level in DeliveryLevel] == [0, 1, 2, 3]
    order = [demand.level.number for demand in DEMANDS]
    assert order == sorted(order)
    assert set(order) == {0, 1, 2, 3}


@pytest.mark.parametrize("platform", list(Platform))
def test_the_pipelines_of_both_platforms_are_recognized(platform: Platform) -> None:
    assert lacking(best(), repository(platform)) == set()


def test_pipelines_of_another_stack_do_not_count() -> None:
    other = replace(repository(), stack="prod")
    assert {"deployment-pipeline", "drift-detection", "sealed-approval"} <= lacking(best(), other)


def test_a_stack_without_endpoints_needs_no_gates() -> None:
    bare = replace(best(), resources=())
    assert lacking(bare) == set()


def declared(level: str) -> Assessment:
    manifest = replace(best(), outputs={"deliveryLevel": level})
    return assess(manifest, replace(repository(), pipelines={}))


def test_what_the_declared_level_lacks_is_listed() -> None:
    assert declared("infrastructure-as-code").lacking == []
    names = [item.demand.name for item in declared("continuous-integration").lacking]
    assert names == ["pull-request-previews"]
    assert declared("continuous-integration").met is DeliveryLevel.INFRASTRUCTURE_AS_CODE
    assert declared("no such level").declared is None
