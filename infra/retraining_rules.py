"""The rules of retraining: each pipeline has an endpoint that releases from the
registry, and what begins its runs exists."""

from collections.abc import Iterator, Mapping
from typing import Any

import wiring
from groundplan.problems import MISSING, Problem
from groundplan.serving.model_endpoint import model_data, release
from known_names import taken_name, unknown_name
from settings import Settings


def problems(settings: Settings) -> Iterator[Problem]:
    """Returns the problems of all pipelines."""
    endpoints = settings.get("endpoints", {})
    for name, pipeline in settings.get("retraining", {}).items():
        key = f"retraining.{name}"
        if name in endpoints:
            yield from _endpoint(key, name, settings)
            yield from _models(name, pipeline, settings)
            yield from _triggers(key, name, pipeline, settings)
            yield from judgement_problems(key, name, pipeline, settings)
        else:
            yield from unknown_name(key, name, endpoints, "endpoints")


def _endpoint(key: str, name: str, settings: Settings) -> Iterator[Problem]:
    if name not in wiring.releases.released(settings):
        allowed = "an endpoint whose release is registry: runs release versions from there"
        yield Problem(key, name, allowed, f"set endpoints.{name}.release to registry")
    own = wiring.retraining.named(name)
    others = {*settings["endpoints"], *settings.get("services", {})}
    others |= {*settings.get("training", {}).get("file_systems", {})}
    yield from taken_name(key, name, own, others)
    same = [
        other
        for other in settings["retraining"]
        if _physical(other, settings) == _physical(name, settings)
    ]
    if same[0] != name:
        allowed = f"one pipeline of an endpoint: retraining.{same[0]} is of the same"
        yield Problem(key, name, allowed, "remove one of them")


def _models(name: str, pipeline: Mapping[str, Any], settings: Settings) -> Iterator[Problem]:
    """Returns whether the endpoint's role may read the models that runs write:
    SageMaker reads them with its permissions, and a release would fail."""
    endpoint: Mapping[str, Any] = settings["endpoints"][name]
    if endpoint.get("execution_role_arn") is not None:
        return
    readable = [endpoint["model_prefix"]] if "model_prefix" in endpoint else []
    if "model_data" in endpoint:
        readable.append(model_data.versions_prefix(endpoint["model_data"]))
    training: Mapping[str, Any] = pipeline.get("training", {})
    written = training.get("output_prefix", f"{release.MODELS}{training.get('job', '')}/")
    if not any(written.startswith(folder) for folder in readable or [release.MODELS]):
        allowed = f"a folder with {written} in it: runs write their models there"
        value = endpoint.get("model_prefix", MISSING)
        fix = f"set it to {written}"
        yield Problem(f"endpoints.{name}.model_prefix", value, allowed, fix)


def _physical(name: str, settings: Settings) -> object:
    """Returns the endpoint's name in AWS, as far as the settings say it."""
    return settings["endpoints"].get(name, {}).get("endpoint_name", name)


def _triggers(
    key: str, name: str, pipeline: Mapping[str, Any], settings: Settings
) -> Iterator[Problem]:
    triggers: Mapping[str, Any] = pipeline.get("triggers", {})
    checks = settings.get("model_monitoring", {}).get(name)
    for trigger in ("drift", "quality"):
        if triggers.get(trigger) and checks is None:
            allowed = "false without modelMonitoring: nothing checks the endpoint"
            fix = f"add model_monitoring.{name}, or remove it"
            yield Problem(f"{key}.triggers.{trigger}", True, allowed, fix)
    if triggers.get("quality") and checks is not None and "label_prefix" not in checks:
        allowed = "false without labels: quality is not checked"
        fix = f"set model_monitoring.{name}.label_prefix, or remove it"
        yield Problem(f"{key}.triggers.quality", True, allowed, fix)
    events = settings.get("artifacts", {}).get("event_notifications", True)
    if triggers.get("dataset", True) and not events:
        allowed = "true with triggers by dataset versions: S3 sends their events to EventBridge"
        fix = f"remove it, or set {key}.triggers.dataset to false"
        yield Problem("artifacts.event_notifications", False, allowed, fix)


def judgement_problems(
    key: str,
    name: str,
    pipeline: Mapping[str, Any],
    settings: Settings,
    section: str = "endpoints",
) -> Iterator[Problem]:
    """Returns the problems of who judges a version: without a person, gates do."""
    approval: Mapping[str, Any] = pipeline.get("approval", {})
    if approval.get("required") is not False:
        return
    served: Mapping[str, Any] = dict(settings).get(section, {})  # type: ignore[assignment]
    gates: Mapping[str, Any] = served.get(name, {}).get("gates", {})
    if not gates.get("metrics"):
        allowed = "true without gates on metrics: nothing else would judge a version"
        fix = f"set {section}.{name}.gates.metrics, or remove it"
        yield Problem(f"{key}.approval.required", False, allowed, fix)
