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
from groundplan.delivery_levels.declared import needs_approval
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
    assert declared("no such level").unknown == "no such level"
    assert declared("continuous-delivery").unknown is None


def of_files(**pipelines: str) -> Repository:
    """A repository with pipelines of GitHub of these texts."""
    files = {f".github/workflows/{name}.yml": text for name, text in pipelines.items()}
    return replace(repository(), pipelines=files)


DEPLOYS = "{steps: [{run: groundplan up loop}, {run: groundplan verify loop}]}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pull-request-previews", "# groundplan preview --all\non: pull_request\njobs: {}"),
        (
            "pull-request-previews",
            "on: pull_request\njobs: {a: {steps: [{run: '# groundplan preview'}]}}",
        ),
        (
            "pull-request-previews",
            "on: workflow_dispatch\njobs: {a: {steps: [{run: groundplan preview}]}}",
        ),
        (
            "pull-request-previews",
            "on: pull_request\njobs: {a: {if: false, steps: [{run: groundplan preview}]}}",
        ),
        ("pull-request-previews", "groundplan preview: ["),
        ("deployment-pipeline", f"jobs: {{a: {{if: 'false', steps: {DEPLOYS}}}}}"),
        # The stack of another job of the same file.
        (
            "sealed-approval",
            "jobs: {dev: {steps: [{run: groundplan up dev}]}, loop: {steps: [{run: pulumi up}]}}",
        ),
        ("drift-detection", "# loop\njobs: {a: {steps: [{run: groundplan drift dev}]}}"),
    ],
)
def test_what_never_runs_or_is_of_another_stack_is_no_pipeline(name: str, text: str) -> None:
    assert name in lacking(best(), of_files(a=text))


@pytest.mark.parametrize(
    "text",
    [
        "on: [push, pull_request]\njobs: {a: {steps: [{run: groundplan preview}]}}",
        "on: {pull_request: {}}\njobs: {a: {steps: [{run: make preview}]}}",
    ],
)
def test_a_preview_on_any_form_of_the_event_counts(text: str) -> None:
    assert "pull-request-previews" not in lacking(best(), of_files(a=text))


def test_pipelines_of_gitlab_and_of_steps_alone_are_read() -> None:
    text = "deploy: {script: [groundplan up loop, groundplan verify loop]}"
    steps = "steps: [{bash: groundplan up loop}, {bash: groundplan verify loop}]"
    for name, content in ((".gitlab-ci.yml", text), ("azure.yml", steps)):
        files = replace(repository(), pipelines={name: content})
        found = lacking(best(), files)
        assert not {"deployment-pipeline", "sealed-approval"} & found, name


def test_a_boundary_of_aws_limits_no_deploy_role() -> None:
    wide = {"permissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}
    assert lacking(without(of_type("iam/role:Role", **wide))) == {"bounded-roles"}


def test_alarms_whose_actions_are_off_notify_nobody() -> None:
    assert "notifications" in lacking(without(of_type("Alarm", actionsEnabled=False)))


def test_a_level_that_up_does_not_read_is_no_approval() -> None:
    exported = replace(best(), outputs={"deliveryLevel": "continuous-delivery"})
    assert assess(exported, repository()).lacking == []
    (item,) = assess(exported, replace(repository(), approves=False)).lacking
    assert item.demand.name == "sealed-approval"
    assert item.shortfalls[0].reason == (
        "continuous-delivery is exported, and delivery.level of Pulumi.loop.yaml is not: "
        "`groundplan up` asks for no approval"
    )
    by_gates = replace(best(), outputs={"deliveryLevel": "continuous-deployment"})
    assert assess(by_gates, replace(repository(), approves=False)).lacking == []


@pytest.mark.parametrize(
    ("args", "needed"),
    [
        ({}, False),
        ({"level": "continuous-integration"}, False),
        ({"level": "continuous-deployment"}, False),
        ({"level": "continuous-delivery"}, True),
        ({"approval": {"store": "s3://approvals"}}, True),
        ({"approval": {"valid_hours": 4}}, False),
    ],
)
def test_settings_decide_whether_up_needs_an_approval(args: Any, needed: bool) -> None:
    assert needs_approval(args) is needed
